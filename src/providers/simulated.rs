//! The simulated services: how one of each is made, and what reaches it.

use crate::sandbox::Simulator;

use super::{atmail, censornet, mailinabox, open_xchange, postfixadmin, rackspace};

/// A simulated service, for `sandbox` and for tests.
#[derive(Debug, Clone, Copy)]
pub struct SimulatedService {
    /// The type of connection that it answers.
    pub name: &'static str,
    /// Makes a fresh one.
    pub simulator: fn() -> Simulator,
    /// The entry under `providers:` that reaches it at an address, with made-up credentials.
    pub connection: fn(&str) -> String,
}

/// Every simulated service, by type.
pub fn simulators() -> Vec<SimulatedService> {
    let mailinabox = SimulatedService {
        name: "mailinabox",
        simulator: || mailinabox::sandbox::MailInABox::default().simulator(),
        connection: |url| {
            format!(
                "box:\n  type: mailinabox\n  url: {url}\n  email: me@example.com\n  # BOX_PASSWORD=adminpass123\n  \
                 password: {{env: BOX_PASSWORD}}\n"
            )
        },
    };
    let rackspace = SimulatedService {
        name: "rackspace",
        simulator: || {
            use rackspace::sandbox::{Quirk, Rackspace};
            Rackspace::builder().with(Quirk::AnyDomain).build().simulator()
        },
        connection: |url| {
            use rackspace::sandbox::Rackspace;
            format!(
                "exchange:\n  type: rackspace\n  url: {url}\n  # RACKSPACE_USER_KEY={}\n  \
                 user_key: {{env: RACKSPACE_USER_KEY}}\n  # RACKSPACE_SECRET_KEY={}\n  \
                 secret_key: {{env: RACKSPACE_SECRET_KEY}}\n",
                Rackspace::USER_KEY,
                Rackspace::SECRET_KEY
            )
        },
    };
    let censornet = SimulatedService {
        name: "censornet",
        simulator: || censornet::sandbox::Censornet::builder().tracking_all().build().simulator(),
        connection: |url| {
            format!(
                "gateway:\n  type: censornet\n  url: {url}\n  username: admin@example.com\n  \
                 # GATEWAY_PASSWORD=adminpass123\n  password: {{env: GATEWAY_PASSWORD}}\n"
            )
        },
    };
    let open_xchange = SimulatedService {
        name: "open_xchange",
        simulator: || {
            use open_xchange::sandbox::{OpenXchange, Quirk};
            OpenXchange::builder().with(Quirk::AnyDomain).build().simulator()
        },
        connection: |url| {
            use open_xchange::sandbox::OpenXchange;
            format!(
                "cloud:\n  type: open_xchange\n  url: {url}\n  context: {}\n  username: {}\n  # OX_SECRET={}\n  \
                 password: {{env: OX_SECRET}}\n",
                OpenXchange::CONTEXT,
                OpenXchange::BRAND,
                OpenXchange::SECRET
            )
        },
    };
    let atmail = SimulatedService {
        name: "atmail",
        simulator: || atmail::sandbox::Atmail::default().simulator(),
        connection: |url| {
            use atmail::sandbox::Atmail;
            format!(
                "webadmin:\n  type: atmail\n  url: {url}/index.php/api\n  username: {}\n  \
                 # ATMAIL_PASSWORD={}\n  password: {{env: ATMAIL_PASSWORD}}\n",
                Atmail::USERNAME,
                Atmail::PASSWORD
            )
        },
    };
    // The database is a file; what is simulated is the Dovecot beside it.
    let postfixadmin = SimulatedService {
        name: "postfixadmin",
        simulator: || postfixadmin::sandbox::Dovecot::new("sandbox").knowing_all().simulator(),
        connection: |url| {
            format!(
                "directory:\n  type: postfixadmin\n  database: sqlite:sandbox.db\n  create: true\n  \
                 # DOVEADM_API_KEY=sandbox\n  doveadm: {{url: \"{url}\", api_key: {{env: DOVEADM_API_KEY}}}}\n"
            )
        },
    };
    vec![mailinabox, rackspace, open_xchange, atmail, censornet, postfixadmin]
}
