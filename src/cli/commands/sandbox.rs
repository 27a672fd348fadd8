//! `sandbox`: serves simulated services on this machine until Ctrl-C.

use std::net::{Ipv4Addr, SocketAddr};

use crate::cli::args::Sandbox;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::shell::Shell;
use crate::providers::simulators;
use crate::sandbox::{self, Running, ServeError};

use super::fault;

pub(super) async fn run(shell: &Shell, typed: &Sandbox) -> Result<Exit, CliError> {
    let all = simulators();
    let known: Vec<&str> = all.iter().map(|entry| entry.name).collect();
    for name in &typed.services {
        if !known.contains(&name.as_str()) {
            return Err(CliError::usage(
                format!("there is no simulated service `{name}`"),
                format!("there are {}", known.join(", ")),
            ));
        }
    }
    let faults = typed.fault.iter().map(|text| fault::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let mut running: Vec<Running> = Vec::new();
    let mut config = String::from("version: 1\nproviders:\n");
    for entry in all
        .iter()
        .filter(|entry| typed.services.is_empty() || typed.services.iter().any(|name| name == entry.name))
    {
        let port = match typed.port {
            0 => 0,
            first => first.saturating_add(u16::try_from(running.len()).unwrap_or(u16::MAX)),
        };
        let served = sandbox::serve((entry.simulator)(), SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .await
            .map_err(|error| not_served(&error))?;
        for fault in &faults {
            served.faults().add(fault.clone());
        }
        for line in (entry.connection)(&served.url()).lines() {
            config.push_str("  ");
            config.push_str(line);
            config.push('\n');
        }
        running.push(served);
    }
    shell.printer.data(&config)?;
    shell.printer.say("\nServing until Ctrl-C; use these connections from another terminal.");
    shell.interrupt.token().cancelled().await;
    for served in running {
        served.stop().await;
    }
    Ok(Exit::Done)
}

fn not_served(error: &ServeError) -> CliError {
    let why = std::error::Error::source(error).map_or_else(String::new, |source| format!(": {source}"));
    CliError::usage(format!("{error}{why}"), "--port names another port, 0 picks free ones")
}
