//! A proxy before a simulated service that turns evil at a call of its choice.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::fuzz::targets::Entry;

/// What is written in place of an answer.
#[derive(Clone)]
pub(super) enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes again and again.
    Forever(Vec<u8>),
    /// One byte each second, for ever.
    Drip,
    /// What the request is answered with; none where it is answered honestly.
    Made(fn(&str) -> Option<Vec<u8>>),
}

/// A way to be evil.
#[derive(Clone)]
pub(super) struct Evil {
    /// Its name in messages.
    pub(super) name: String,
    /// True where it is a well-formed answer that lies: then nobody can know better.
    pub(super) lies: bool,
    pub(super) pieces: Vec<Piece>,
}

/// Evil at the calls `from..from + times`, counted from when it was set.
#[derive(Clone)]
pub(super) struct Strike {
    pub(super) evil: Evil,
    pub(super) from: usize,
    pub(super) times: usize,
}

/// A running proxy; it ends with the test's runtime.
pub(super) struct Proxy {
    pub(super) url: String,
    state: Arc<State>,
}

struct State {
    upstream: String,
    strike: Mutex<Option<Strike>>,
    calls: AtomicUsize,
    /// Bytes of evil that the client took.
    taken: AtomicU64,
    seen: Mutex<Vec<Entry>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Proxy {
    /// Stands before the service at `url`.
    pub(super) async fn before(url: &str) -> Self {
        let upstream = url.strip_prefix("http://").expect("plain http").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(State {
            upstream,
            strike: Mutex::default(),
            calls: AtomicUsize::new(0),
            taken: AtomicU64::new(0),
            seen: Mutex::default(),
        });
        let serving = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&serving);
                tokio::spawn(async move {
                    // A client that goes is none of our business.
                    let _ = serve(stream, &state).await;
                });
            }
        });
        Self { url, state }
    }

    /// Sets what is evil, and counts calls and bytes anew.
    pub(super) fn set(&self, strike: Option<Strike>) {
        *lock(&self.state.strike) = strike;
        self.state.calls.store(0, Ordering::SeqCst);
        self.state.taken.store(0, Ordering::SeqCst);
        lock(&self.state.seen).clear();
    }

    /// The calls since then.
    pub(super) fn calls(&self) -> usize {
        self.state.calls.load(Ordering::SeqCst)
    }

    /// The bytes of evil that were taken since then.
    pub(super) fn taken(&self) -> u64 {
        self.state.taken.load(Ordering::SeqCst)
    }

    /// What the service answered since then.
    pub(super) fn seen(&self) -> Vec<Entry> {
        lock(&self.state.seen).clone()
    }
}

async fn serve(mut stream: TcpStream, state: &State) -> std::io::Result<()> {
    let Some((target, request)) = request(&mut stream).await? else { return Ok(()) };
    let number = state.calls.fetch_add(1, Ordering::SeqCst);
    let strike = lock(&state.strike).clone();
    let is_due = |strike: &Strike| number >= strike.from && number - strike.from < strike.times;
    let Some(Strike { evil, .. }) = strike.filter(is_due) else {
        let reply = forward(&state.upstream, &request).await?;
        lock(&state.seen).push(entry(&target, &reply));
        stream.write_all(&reply).await?;
        return stream.shutdown().await;
    };
    for piece in &evil.pieces {
        match piece {
            Piece::Bytes(bytes) => write(&mut stream, bytes, state).await?,
            Piece::Made(made) => match made(&target) {
                Some(answer) => write(&mut stream, &answer, state).await?,
                None => stream.write_all(&forward(&state.upstream, &request).await?).await?,
            },
            Piece::Forever(bytes) => loop {
                write(&mut stream, bytes, state).await?;
            },
            Piece::Drip => loop {
                write(&mut stream, b" ", state).await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            },
        }
    }
    stream.shutdown().await
}

async fn write(stream: &mut TcpStream, bytes: &[u8], state: &State) -> std::io::Result<()> {
    for piece in bytes.chunks(64 << 10) {
        stream.write_all(piece).await?;
        state.taken.fetch_add(piece.len() as u64, Ordering::SeqCst);
    }
    Ok(())
}

/// Sends a request on and returns the whole answer.
async fn forward(upstream: &str, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(upstream).await?;
    let line = request.windows(2).position(|pair| pair == b"\r\n").map_or(0, |at| at + 2);
    let closing = [&request[..line], b"connection: close\r\n", &request[line..]].concat();
    stream.write_all(&closing).await?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await?;
    Ok(reply)
}

/// Method and target of a request, and all of it; none where the connection ends before.
async fn request(stream: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece[..count]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok()
        });
        if bytes.len() - end - 4 >= length.unwrap_or(0) {
            let target: Vec<&str> = head.split(' ').take(2).collect();
            return Ok(Some((target.join(" "), bytes)));
        }
    }
}

fn entry(request: &str, reply: &[u8]) -> Entry {
    let end = reply.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(reply.len().saturating_sub(4));
    let head = String::from_utf8_lossy(&reply[..end]).to_ascii_lowercase();
    assert!(!head.contains("transfer-encoding"), "the simulators tell the length of what they answer");
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    Entry {
        request: request.to_owned(),
        status: head.split(' ').nth(1).unwrap_or("200").to_owned(),
        content_type: header("content-type: ").unwrap_or_default().to_owned(),
        body: reply[end + 4..].to_vec(),
    }
}
