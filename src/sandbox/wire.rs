//! TCP connections that the fault layer can end before a byte of the answer is written.
//!
//! HTTP servers always answer something. A lost reply and a reset happen below HTTP, so the connection's I/O carries
//! a switch which the layer finds as the request's connection info. Must not know HTTP.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const OPEN: u8 = 0;
const CLOSED: u8 = 1;
const RESET: u8 = 2;

/// The switch of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire(Arc<AtomicU8>);

impl Wire {
    /// From now on nothing is written; the connection ends with FIN.
    pub(super) fn close(&self) {
        self.0.store(CLOSED, Ordering::SeqCst);
    }

    /// From now on nothing is written; the connection ends with RST.
    pub(super) fn reset(&self) {
        self.0.store(RESET, Ordering::SeqCst);
    }
}

/// A TCP stream that obeys its [`Wire`].
#[derive(Debug)]
pub(super) struct WireStream {
    tcp: TcpStream,
    wire: Wire,
}

impl WireStream {
    fn refuse_if_cut(&self) -> io::Result<()> {
        match self.wire.0.load(Ordering::SeqCst) {
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
        Pin::new(&mut self.tcp).poll_read(cx, buf)
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

/// Accepts [`WireStream`]s.
#[derive(Debug)]
pub(super) struct WireListener(pub(super) TcpListener);

impl Listener for WireListener {
    type Io = WireStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (WireStream, SocketAddr) {
        let (tcp, address) = Listener::accept(&mut self.0).await;
        // A refusal to set it costs only speed.
        let _ = tcp.set_nodelay(true);
        (WireStream { tcp, wire: Wire::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, WireListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.io().wire.clone()
    }
}
