//! Serves a simulator on loopback and stops it.
//!
//! Owns the listening socket and the rule that nothing but loopback is served. Must not know any service.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::middleware::from_fn_with_state;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::door::{Door, Threshold};
use super::fault::Faults;
use super::layer::{self, Replies, Shared};
use super::requests::{Counters, Recorded, Requests};
use super::simulator::Simulator;
use super::wire::{Wire, WireListener};

/// Why a simulator could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can be reached from other machines; simulators hold made-up accounts and trust everybody.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The address could not be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// Serves on a free port of 127.0.0.1.
pub async fn start(simulator: Simulator) -> Result<Running, ServeError> {
    serve(simulator, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
}

/// Serves on a loopback address; port 0 picks a free one.
pub async fn serve(simulator: Simulator, address: SocketAddr) -> Result<Running, ServeError> {
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let bind = |source| ServeError::Bind { address, source };
    let (threshold, door) = Threshold::open(address).map_err(bind)?;
    let address = threshold.address();

    let (stop, mut stopped) = watch::channel(false);
    let (faults, requests) = (Faults::default(), Requests::default());
    let router = simulator.router.clone();
    let shared = Shared {
        simulator,
        faults: faults.clone(),
        requests: requests.clone(),
        stop: stopped.clone(),
        replies: Replies::default(),
        door: door.clone(),
    };
    let service =
        router.layer(from_fn_with_state(shared, layer::answer)).into_make_service_with_connect_info::<Wire>();
    let task = tokio::spawn(async move {
        let graceful = axum::serve(WireListener(threshold), service).with_graceful_shutdown(async move {
            // An error means that the handle is gone, which stops the server too.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        });
        // Accepting retries on its own; serving has no other error.
        let _ = graceful.await;
    });
    Ok(Running { address, faults, requests, door, stop, task: Some(task) })
}

/// A simulator that is being served. Dropping it stops the server: no new connections, requests in flight finish.
pub struct Running {
    address: SocketAddr,
    faults: Faults,
    requests: Requests,
    door: Door,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://` and the address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The script of faults.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Every request since the start or since [`Running::clear`], in the order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.all()
    }

    /// How often what was called since the start or since [`Running::clear`].
    pub fn counters(&self) -> Counters {
        self.requests.counters()
    }

    /// Goes down for this long: ends the connections, each when its request in flight is answered, and refuses new
    /// ones. Returns when the first is refused.
    pub async fn refuse(&self, time: Duration) {
        self.door.shut(time).await;
    }

    /// Empties the log and the counters, not the faults.
    pub fn clear(&self) {
        self.requests.clear();
    }

    /// Stops and waits until the requests in flight are answered.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            // A panic of the task was already reported by the runtime.
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}
