//! Whether a server listens, and how it stops listening for a while.
//!
//! Whoever is refused never reaches HTTP, so no single request can be. A server that goes down between two requests
//! refuses the second: it ends its connections, closes its listening socket, and keeps the port meanwhile.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How many connections wait to be accepted.
const BACKLOG: u32 = 1024;

/// How long a client's side is given to hear that its idle connections ended, before it hears anything else.
const HEARD: Duration = Duration::from_millis(1);

/// To shut: the number of the order, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    number: u64,
    until: Instant,
}

/// The switch by which a server goes down. Clones are the same switch.
#[derive(Clone, Debug)]
pub(super) struct Door {
    orders: Arc<watch::Sender<Order>>,
    /// The last order after which nobody was let in any more.
    obeyed: watch::Receiver<u64>,
    connections: Connections,
}

/// What ends the connections that came in since the door last opened.
type Connections = Arc<Mutex<CancellationToken>>;

impl Door {
    /// Stops listening for this long and ends the connections, each when its request in flight is answered.
    /// Returns when nobody is let in any more.
    pub(super) async fn shut(&self, time: Duration) {
        // Those of now, whatever comes in when it opens again.
        let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut number = 0;
        self.orders.send_modify(|order| {
            number = order.number + 1;
            *order = Order { number, until: Instant::now() + time };
        });
        // An error means that the server is gone, which refuses everybody too.
        let _ = self.obeyed.clone().wait_for(|obeyed| *obeyed >= number).await;
        connections.cancel();
        tokio::time::sleep(HEARD).await;
    }
}

/// A port that is listened on, or only kept.
#[derive(Debug)]
pub(super) struct Threshold {
    address: SocketAddr,
    listening: Option<TcpListener>,
    /// Has the same port and never listens: no other program is given it while the first is closed.
    kept: TcpSocket,
    orders: watch::Receiver<Order>,
    last: u64,
    obeyed: watch::Sender<u64>,
    connections: Connections,
}

impl Threshold {
    /// Listens on an address; port 0 picks a free one.
    pub(super) fn open(address: SocketAddr) -> io::Result<(Self, Door)> {
        if address.port() != 0 {
            // The sockets below would share the port with another simulator's.
            drop(std::net::TcpListener::bind(address)?);
        }
        let first = socket(address)?;
        // Connections to a server that ended a moment ago do not keep it from listening.
        #[cfg(unix)]
        first.set_reuseaddr(true)?;
        first.bind(address)?;
        let listening = first.listen(BACKLOG)?;
        let address = listening.local_addr()?;
        let kept = bind(address)?;
        let (orders, received) = watch::channel(Order { number: 0, until: Instant::now() });
        let (obeyed, last) = watch::channel(0);
        let connections = Connections::default();
        let door = Door { orders: Arc::new(orders), obeyed: last, connections: Arc::clone(&connections) };
        let listening = Some(listening);
        Ok((Self { address, listening, kept, orders: received, last: 0, obeyed, connections }, door))
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection, and what ends it. While the door is shut there is none.
    pub(super) async fn accept(&mut self) -> io::Result<(TcpStream, CancellationToken)> {
        loop {
            self.keep_shut().await;
            if self.listening.is_none() {
                self.reopen()?;
            }
            let Some(listening) = &self.listening else { continue };
            tokio::select! {
                biased;
                order = self.orders.changed() => {
                    // Without a server's handle nobody orders anything, and it is about to stop.
                    if order.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
                accepted = listening.accept() => {
                    let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
                    return accepted.map(|(tcp, _)| (tcp, connections.clone()));
                }
            }
        }
    }

    /// Carries the orders out that were given.
    async fn keep_shut(&mut self) {
        loop {
            let order = *self.orders.borrow_and_update();
            if order.number == self.last {
                return;
            }
            self.listening = None;
            self.obeyed.send_replace(order.number);
            tokio::time::sleep_until(order.until).await;
            self.last = order.number;
        }
    }

    fn reopen(&mut self) -> io::Result<()> {
        let kept = std::mem::replace(&mut self.kept, bind(self.address)?);
        *self.connections.lock().unwrap_or_else(PoisonError::into_inner) = CancellationToken::new();
        self.listening = Some(kept.listen(BACKLOG)?);
        Ok(())
    }
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(unix)]
    socket.set_reuseport(true)?;
    #[cfg(not(unix))]
    socket.set_reuseaddr(true)?;
    Ok(socket)
}

/// A socket that shares its port with those from here alone.
fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = socket(address)?;
    socket.bind(address)?;
    Ok(socket)
}
