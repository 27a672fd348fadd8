//! TCP connections that the fault layer can end before a byte of the answer is written.
//!
//! HTTP servers always answer something. A lost reply and a reset happen below HTTP, so the connection's I/O carries
//! a switch which the layer finds as the request's connection info. Must not know HTTP.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::door::Threshold;

const OPEN: u8 = 0;
const CLOSED: u8 = 1;
const RESET: u8 = 2;

/// The switch of one connection.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    state: Arc<AtomicU8>,
    /// Requests in flight.
    calls: Arc<AtomicUsize>,
    /// The server goes down: no further request is read.
    last: CancellationToken,
}

/// A request in flight.
pub(super) struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Wire {
    /// From now on nothing is written; the connection ends with FIN.
    pub(super) fn close(&self) {
        self.state.store(CLOSED, Ordering::SeqCst);
    }

    /// From now on nothing is written; the connection ends with RST.
    pub(super) fn reset(&self) {
        self.state.store(RESET, Ordering::SeqCst);
    }

    /// Counts a request for as long as the answer is kept.
    pub(super) fn call(&self) -> InFlight {
        self.calls.fetch_add(1, Ordering::SeqCst);
        InFlight(Arc::clone(&self.calls))
    }

    /// Whether the connection ends with the answer to the request in flight.
    pub(super) fn is_last_call(&self) -> bool {
        self.last.is_cancelled()
    }

    fn is_idle(&self) -> bool {
        self.calls.load(Ordering::SeqCst) == 0
    }
}

/// A TCP stream that obeys its [`Wire`].
#[derive(Debug)]
pub(super) struct WireStream {
    tcp: TcpStream,
    wire: Wire,
    last: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl WireStream {
    fn refuse_if_cut(&self) -> io::Result<()> {
        match self.wire.state.load(Ordering::SeqCst) {
            OPEN => Ok(()),
            RESET => {
                // Without lingering the kernel sends RST instead of FIN when the socket is dropped.
                self.tcp.set_zero_linger()?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl AsyncRead for WireStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.tcp).poll_read(cx, buf) {
            // Nothing read means that the client ends the connection, which ends this side too.
            Poll::Pending if self.last.as_mut().poll(cx).is_ready() && self.wire.is_idle() => {
                Poll::Ready(Ok(()))
            }
            read => read,
        }
    }
}

impl AsyncWrite for WireStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }
}

/// How long a listener that cannot accept just now, for want of files say, waits.
const AGAIN: Duration = Duration::from_millis(100);

/// Accepts [`WireStream`]s.
#[derive(Debug)]
pub(super) struct WireListener(pub(super) Threshold);

impl Listener for WireListener {
    type Io = WireStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (WireStream, SocketAddr) {
        loop {
            let Ok((tcp, last)) = self.0.accept().await else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            // One that is gone again is not served.
            let Ok(address) = tcp.peer_addr() else { continue };
            // A refusal to set it costs only speed.
            let _ = tcp.set_nodelay(true);
            let wire = Wire { state: Arc::default(), calls: Arc::default(), last: last.clone() };
            return (WireStream { tcp, wire, last: Box::pin(last.cancelled_owned()) }, address);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.address())
    }
}

impl Connected<IncomingStream<'_, WireListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.io().wire.clone()
    }
}
