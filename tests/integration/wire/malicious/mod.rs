//! Services that mean harm: before each simulated service stands a proxy ([`proxy`]) that at one call, or from one on,
//! answers something made to do harm ([`evils`]). Whatever it does, nothing is called elsewhere, nothing grows or runs
//! without end, nothing is deleted that an honest service would not have shown, and what is shown is safe to print.

use std::path::Path;

use async_trait::async_trait;
use mailwright::sandbox::Running;

use super::service::{Dump, Service, Type};

mod evils;
mod limits;
mod proxy;
mod reading;
pub(crate) mod record;
mod writing;

use proxy::Proxy;

/// A simulated service with a proxy before it.
struct Proxied {
    service: Box<dyn Service>,
    proxy: Proxy,
    honest: String,
}

impl Proxied {
    async fn fresh(kind: Type) -> Self {
        let service = kind.fresh().await;
        let honest = service.servers().first().expect("it is reached over HTTP").url();
        let proxy = Proxy::before(&honest).await;
        Self { service, proxy, honest }
    }
}

#[async_trait]
impl Service for Proxied {
    fn type_name(&self) -> &'static str {
        self.service.type_name()
    }

    fn connection(&self) -> String {
        let connection = self.service.connection().replace(&self.honest, &self.proxy.url);
        assert!(connection.contains(&self.proxy.url), "{connection}");
        connection
    }

    fn servers(&self) -> Vec<&Running> {
        self.service.servers()
    }

    fn folder(&self) -> &Path {
        self.service.folder()
    }

    async fn dump(&self) -> Dump {
        self.service.dump().await
    }

    async fn trace(&self) -> String {
        self.service.trace().await
    }

    async fn settle(&self) {
        self.service.settle().await;
    }
}

/// The type's name in a connection.
fn name(kind: Type) -> &'static str {
    match kind {
        Type::MailInABox => "mailinabox",
        Type::Rackspace => "rackspace",
        Type::OpenXchange => "open_xchange",
        Type::Atmail => "atmail",
        Type::Censornet => "censornet",
        Type::PostfixAdmin(_) | Type::Dovecot | Type::FilteredBox => "several",
    }
}
