//! How much the pages of one list may hold together: each reply is bounded by itself, and a list may have thousands.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most that the pages of one list may hold together, decompressed, in bytes: a million rows of the longest kind.
const MOST: u64 = 256 << 20;

tokio::task_local! {
    static VOLUME: Volume;
}

/// What the pages of one list have brought so far.
#[derive(Debug, Clone)]
pub struct Volume {
    read: Arc<AtomicU64>,
    most: u64,
}

impl Default for Volume {
    fn default() -> Self {
        Self { read: Arc::default(), most: MOST }
    }
}

impl Volume {
    /// Another bound.
    #[cfg(test)]
    pub(super) fn of_most(most: u64) -> Self {
        Self { most, ..Self::default() }
    }

    /// Reads a page: every reply within is counted, and refused where the list becomes too large.
    pub async fn page<F: Future>(&self, page: F) -> F::Output {
        VOLUME.scope(self.clone(), page).await
    }
}

/// Counts what came. The bound, where it is passed.
pub(super) fn add(bytes: usize) -> Option<u64> {
    let add = |volume: &Volume| {
        let bytes = bytes as u64;
        let read = volume.read.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        (read > volume.most).then_some(volume.most)
    };
    VOLUME.try_with(add).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Call;
    use crate::http::testing::{Act, Server};
    use crate::provider::ErrorKind;

    #[tokio::test]
    async fn the_pages_of_a_list_have_a_bound_together() {
        let server = Server::start([Act::reply("200 OK", "", &"x".repeat(400))]).await;
        let client = server.client();
        let volume = Volume::of_most(1000);
        for _ in 0..2 {
            volume.page(client.send(Call::get("/list"))).await.expect("a page");
        }
        let error = volume.page(client.send(Call::get("/list"))).await.expect_err("too much");
        assert_eq!(error.kind, ErrorKind::Protocol);
        assert!(error.message.contains("larger than 1 kB together"), "{error}");
        assert_eq!(server.requests().len(), 3, "and it is not asked for again");
        client.send(Call::get("/list")).await.expect("what is no page of it does not count");
        Volume::of_most(1000).page(client.send(Call::get("/list"))).await.expect("another list");
    }
}
