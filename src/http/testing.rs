//! A server on loopback that does to each connection what a test says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::provider::Limits;

use super::{Client, Config, Standard, Throttle};

/// What is done to one connection.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Reads the request, writes these bytes, closes.
    Say(Vec<u8>),
    /// Reads the request, writes these bytes, then nothing more, without closing.
    SayThenHang(Vec<u8>),
    /// Reads the request, writes these bytes, then one more byte every ten seconds.
    SayThenDrip(Vec<u8>),
    /// Reads the request and writes these bytes again and again.
    SayForever(Vec<u8>),
    /// Reads the request and closes.
    Hush,
    /// Breaks the connection while the request is arriving.
    Reset,
}

impl Act {
    /// A whole reply.
    pub(super) fn reply(status: &str, headers: &str, body: &str) -> Self {
        Self::Say(
            format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
                body.len()
            )
            .into_bytes(),
        )
    }
}

/// A running server; it ends with the test's runtime.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves these connections in turn, the last one for ever.
    pub(super) async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let acts: Vec<Act> = acts.into_iter().collect();
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let act = acts[number.min(acts.len() - 1)].clone();
                number += 1;
                tokio::spawn(play(stream, act, Arc::clone(&seen)));
            }
        });
        Self { url, requests }
    }

    /// The requests that arrived whole, as text.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }

    /// A client of this server.
    pub(super) fn client(&self) -> Client {
        self.client_with(|_| ())
    }

    /// A client of this server with a configuration of its own.
    pub(super) fn client_with(&self, change: impl FnOnce(&mut Config)) -> Client {
        let mut config = Config::new(&*self.url);
        change(&mut config);
        Client::new(config, throttle(), Standard).expect("a client")
    }
}

/// A brake that does not brake.
pub(super) fn throttle() -> Arc<Throttle> {
    Arc::new(Throttle::new(Limits { max_in_flight: 16, reads_per_minute: None, writes_per_minute: None }))
}

async fn play(mut stream: TcpStream, act: Act, seen: Arc<Mutex<Vec<String>>>) {
    if matches!(act, Act::Reset) {
        // Closing with bytes unread is what makes the kernel send a reset.
        stream.readable().await.expect("readable");
        return;
    }
    let Some(request) = request(&mut stream).await else {
        return;
    };
    seen.lock().expect("not poisoned").push(request);
    match act {
        Act::Say(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Act::SayThenHang(bytes) => {
            let _ = stream.write_all(&bytes).await;
            tokio::time::sleep(Duration::from_hours(24)).await;
        }
        Act::SayThenDrip(bytes) => {
            let _ = stream.write_all(&bytes).await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
        }
        Act::SayForever(bytes) => while stream.write_all(&bytes).await.is_ok() {},
        Act::Hush | Act::Reset => (),
    }
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length: usize = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
    }
}
