//! The client against TLS: who is trusted, and what a handshake that fails means.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::provider::{ErrorKind, ProviderError};

use super::testing::throttle;
use super::{Call, Client, Config, Standard};

/// A private authority and a server on loopback with a certificate of it for `name`; the authority's PEM and
/// the server's port.
async fn serve(name: &str) -> (String, u16) {
    serve_until(name, None).await
}

/// The same, with a certificate that ends with a year.
async fn serve_until(name: &str, year: Option<i32>) -> (String, u16) {
    let mut params = CertificateParams::new(Vec::new()).expect("valid");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("valid");
    if let Some(year) = year {
        params.not_after = rcgen::date_time_ymd(year, 12, 31);
    }
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A handshake that the client ends is what half of these tests are about.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK")
                .await;
            let _ = stream.shutdown().await;
        }
    });
    (authority.pem(), port)
}

fn client(url: String, change: impl FnOnce(&mut Config)) -> Client {
    let mut config = Config::new(url);
    change(&mut config);
    Client::new(config, throttle(), Standard).expect("a client")
}

async fn refused(client: &Client) -> ProviderError {
    let error = client.send(Call::post("/change")).await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::Unavailable, "nothing was sent: {error}");
    let tried = client.calls();
    client.send(Call::get("/list")).await.expect_err("refused");
    assert_eq!(client.calls(), tried + 1, "a certificate does not become better by asking again");
    error
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_its_file_is_given() {
    let (pem, port) = serve("localhost").await;
    let url = format!("https://localhost:{port}");
    let error = refused(&client(url.clone(), |_| ())).await;
    assert!(error.message.contains("certificate is not accepted"), "{error}");
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("`ca_file`")), "{error:?}");

    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&file, &pem).expect("written");
    let trusting = client(url, |config| config.ca_file = Some(file.path().to_owned()));
    assert_eq!(trusting.text(Call::post("/change")).await.expect("a reply"), "OK");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_even_with_its_authority() {
    let (pem, port) = serve("other.example").await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&file, &pem).expect("written");
    let client = client(format!("https://localhost:{port}"), |config| {
        config.ca_file = Some(file.path().to_owned());
    });
    let error = refused(&client).await;
    assert!(error.message.contains("certificate is not accepted"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_refused_even_with_its_authority() {
    let (pem, port) = serve_until("localhost", Some(2020)).await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&file, &pem).expect("written");
    let client = client(format!("https://localhost:{port}"), |config| {
        config.ca_file = Some(file.path().to_owned());
    });
    let error = refused(&client).await;
    assert!(error.message.contains("certificate is not accepted"), "{error}");
}

#[tokio::test]
async fn a_file_without_authorities_is_refused_at_once() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    for (content, words) in [("", "holds no certificate"), ("hello", "holds no certificate")] {
        std::fs::write(&file, content).expect("written");
        let mut config = Config::new("https://localhost");
        config.ca_file = Some(file.path().to_owned());
        let error = Client::new(config, throttle(), Standard).expect_err("refused");
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains(words), "{error}");
    }
    let mut config = Config::new("https://localhost");
    config.ca_file = Some("/nonexistent/ca.pem".into());
    let error = Client::new(config, throttle(), Standard).expect_err("refused");
    assert!(error.message.contains("/nonexistent/ca.pem cannot be read"), "{error}");
}

#[tokio::test]
async fn tls_to_a_port_that_speaks_none_sends_nothing() {
    let plain = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://127.0.0.1:{}", plain.local_addr().expect("an address").port());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let error = client(url, |_| ()).send(Call::post("/change")).await.expect_err("no TLS");
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_hangs_is_no_connection() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://127.0.0.1:{}", silent.local_addr().expect("an address").port());
    let client = client(url, |config| config.connect_timeout = Duration::from_secs(3));
    let error = client.send(Call::post("/change")).await.expect_err("silence");
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
    assert!(error.message.contains("no connection came about in time"), "{error}");
}
