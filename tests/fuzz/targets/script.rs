//! What a service answers, as one text: the bytes that decoders are fuzzed with.
//!
//! Each reply begins with a line `## METHOD TARGET STATUS CONTENT-TYPE`; what follows up to the next is its body. The
//! replies of one target come in their order, the last again and again; what no reply is for is not found.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What begins a reply.
const BEGINS: &[u8] = b"## ";

/// A reply and the request that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The method and the target of the request, as `GET /mail/users?format=json`.
    pub(crate) request: String,
    /// The status, as it is sent.
    pub(crate) status: String,
    /// The content type, as it is sent; none where it is empty.
    pub(crate) content_type: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// All that a service answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Script(pub(crate) Vec<Entry>);

impl Script {
    /// Reads a script. What is no head of a reply is part of the body before it.
    pub(crate) fn read(data: &[u8]) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        for line in data.split_inclusive(|byte| *byte == b'\n') {
            if let Some(head) = line.strip_prefix(BEGINS) {
                entries.extend(entry(&String::from_utf8_lossy(head)));
            } else if let Some(entry) = entries.last_mut() {
                entry.body.extend_from_slice(line);
            }
        }
        for entry in &mut entries {
            // The line's end before the next head is not the body's.
            if entry.body.last() == Some(&b'\n') {
                entry.body.pop();
            }
        }
        Self(entries)
    }

    /// Writes it as it is read.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for Entry { request, status, content_type, body } in &self.0 {
            bytes.extend(format!("## {request} {status} {content_type}\n").bytes());
            bytes.extend(body);
            bytes.push(b'\n');
        }
        bytes
    }

    fn reply(&self, request: &str, number: usize) -> Option<&Entry> {
        let path = |request: &str| request.split('?').next().unwrap_or_default().to_owned();
        let exact: Vec<&Entry> = self.0.iter().filter(|entry| entry.request == request).collect();
        let all = if exact.is_empty() {
            self.0.iter().filter(|entry| path(&entry.request) == path(request)).collect()
        } else {
            exact
        };
        all.get(number.min(all.len().saturating_sub(1))).copied()
    }
}

fn entry(head: &str) -> Option<Entry> {
    let mut words = head.trim().splitn(4, ' ');
    let request = format!("{} {}", words.next()?, words.next()?);
    let status = words.next()?.to_owned();
    let content_type = words.next().unwrap_or_default().to_owned();
    Some(Entry { request, status, content_type, body: Vec::new() })
}

/// A service on loopback that answers by a script, to the end of its runtime.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    script: Script,
    asked: BTreeMap<String, usize>,
    calls: usize,
}

impl Server {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State { script, asked: BTreeMap::new(), calls: 0 }));
        let answering = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&answering)));
            }
        });
        Self { url, state }
    }

    /// How many requests came.
    pub(crate) fn calls(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).calls
    }
}

async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    while let Some(request) = request(&mut stream).await {
        let reply = {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.calls += 1;
            let number = state.asked.entry(request.clone()).or_default();
            let number = std::mem::replace(number, *number + 1);
            state.script.reply(&request, number).map_or_else(not_found, bytes)
        };
        if stream.write_all(&reply).await.is_err() {
            return;
        }
    }
}

fn not_found() -> Vec<u8> {
    b"HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\nnot found".to_vec()
}

fn bytes(entry: &Entry) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", entry.status, entry.body.len());
    if !entry.content_type.is_empty() {
        head.extend(["content-type: ", &entry.content_type, "\r\n"]);
    }
    [head.as_bytes(), b"\r\n", &entry.body].concat()
}

/// The method and the target of a request that has come whole; none where the connection ends.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            let mut words = head.split(' ');
            return Some(format!("{} {}", words.next()?, words.next()?));
        }
    }
}
