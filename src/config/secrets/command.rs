//! Secrets that a program prints.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::{Failure, MAX_BYTES};

/// Runs a program without a shell and returns what it prints. Its standard input is empty, and what it writes to its
/// standard error is dropped: it may hold the secret. Of this process's environment it does not get what is `kept`:
/// secrets that are none of its business.
pub(super) async fn run(
    words: &[String],
    root: &Path,
    kept: &BTreeSet<Arc<str>>,
    timeout: Duration,
) -> Result<String, Failure> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failure::new("no program is named"));
    };
    // A program that is named by a relative path lies in the configuration, not where somebody happens to stand.
    let path = if program.starts_with("./") { root.join(program) } else { program.into() };
    let by_hand = || format!("run `{program}` by hand to see what it says");
    let mut command = Command::new(path);
    for name in kept {
        command.env_remove(&**name);
    }
    let mut child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            Failure::new(format!("{program} cannot be started: {error}"))
                .hint("the first word is the program; no shell reads the line")
        })?;
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let work = async {
        let mut text = Vec::new();
        let print = async {
            match stdout {
                Some(stdout) => stdout.take(MAX_BYTES + 1).read_to_end(&mut text).await,
                None => Ok(0),
            }
        };
        let drain = async {
            if let Some(mut stderr) = stderr {
                let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
            }
        };
        let printed = tokio::select! {
            biased;
            printed = print => printed,
            () = async { drain.await; std::future::pending().await } => Ok(0),
        };
        printed.map_err(|error| Failure::new(format!("what {program} prints cannot be read: {error}")))?;
        if text.len() as u64 > MAX_BYTES {
            return Err(
                Failure::new(format!("{program} prints more than 64 KiB, and so no secret")).hint(by_hand())
            );
        }
        let status = child
            .wait()
            .await
            .map_err(|error| Failure::new(format!("how {program} ended cannot be known: {error}")))?;
        if !status.success() {
            return Err(Failure::new(format!("{program} failed ({status})")).hint(by_hand()));
        }
        String::from_utf8(text).map_err(|_| Failure::new(format!("what {program} prints is not UTF-8")))
    };
    // Dropping the child kills it.
    tokio::time::timeout(timeout, work).await.unwrap_or_else(|_| {
        let seconds = timeout.as_secs();
        Err(Failure::new(format!("{program} has not ended after {seconds} s")).hint(by_hand()))
    })
}
