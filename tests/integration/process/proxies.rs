//! Variables that send other programs' calls through a proxy send none of ours: it would see the credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;

use super::Bench;
use super::bench::simulated_box;
use crate::tally::{What, held};

const VARIABLES: [&str; 6] =
    ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

#[tokio::test]
async fn the_environment_names_no_proxy_for_us() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let proxy = format!("http://{}", listener.local_addr().expect("an address"));
    let came = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&came);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counting.fetch_add(1, Ordering::SeqCst);
        }
    });
    let service = simulated_box().await;
    let mut bench = Bench::boxed(&service.url(), "domains:\n  example.com: {provider: box}\n");
    for variable in VARIABLES {
        bench.set(variable, &proxy);
    }
    let ran = bench.run(["doctor", "mail"]).await;
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!service.requests().is_empty(), "the service was asked");
    assert_eq!(came.load(Ordering::SeqCst), 0, "something went through the proxy");
    held(What::HostileInputs, "malicious-server-proxy-variables", VARIABLES.len());
    service.stop().await;
}
