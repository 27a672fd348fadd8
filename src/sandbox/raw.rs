//! A client for tests that sees every byte: it writes a request to a socket and reads until the connection ends.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back before the connection ended, and how it ended.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Every byte received.
    pub(crate) bytes: Vec<u8>,
    /// `None` after FIN, `Some` after RST.
    pub(crate) error: Option<io::ErrorKind>,
}

impl Seen {
    /// The status of the first answer; 0 where there is none.
    pub(crate) fn status(&self) -> u16 {
        self.head().split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// The head of the first answer.
    pub(crate) fn head(&self) -> String {
        let end = self.bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(self.bytes.len());
        String::from_utf8_lossy(&self.bytes[..end]).into_owned()
    }

    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.head().lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    /// Everything after the head.
    pub(crate) fn body(&self) -> String {
        let start = (self.head().len() + 4).min(self.bytes.len());
        String::from_utf8_lossy(&self.bytes[start..]).into_owned()
    }
}

/// Opens a connection and writes a whole request.
pub(crate) async fn send(address: SocketAddr, request: &[u8]) -> TcpStream {
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(request).await.unwrap();
    tcp
}

/// Reads until the connection ends.
pub(crate) async fn drain(mut tcp: TcpStream) -> Seen {
    let mut bytes = Vec::new();
    let error = tcp.read_to_end(&mut bytes).await.err().map(|error| error.kind());
    Seen { bytes, error }
}

/// Sends a request without a body and reads until the connection ends.
pub(crate) async fn call(address: SocketAddr, method: &str, path: &str) -> Seen {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    drain(send(address, request.as_bytes()).await).await
}
