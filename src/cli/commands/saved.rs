//! A saved plan: read back, and refused as a whole where it does not belong to this configuration.

use std::path::Path;

use crate::cli::error::CliError;
use crate::cli::files;
use crate::config::Loaded;
use crate::model::{PLAN_FORMAT, Plan};
use crate::plan::{digests, is_genuine};

/// Reads a saved plan.
pub(super) fn read(path: &Path, loaded: &Loaded) -> Result<Plan, CliError> {
    let stale = |why: String| CliError::StalePlan { path: path.to_owned(), why };
    let text = files::read(path)?;
    // The number first: a plan of another format says so instead of failing somewhere in its middle.
    let format = serde_json::from_str::<serde_json::Value>(&text)
        .map_err(|error| stale(format!("it is not a saved plan: {error}")))?
        .get("format")
        .and_then(serde_json::Value::as_u64);
    match format {
        Some(format) if format == u64::from(PLAN_FORMAT) => {}
        Some(format) => {
            return Err(stale(format!("it has format {format}, this version reads {PLAN_FORMAT}")));
        }
        None => return Err(stale("it is not a saved plan".to_owned())),
    }
    let plan: Plan =
        serde_json::from_str(&text).map_err(|error| stale(format!("it is not a saved plan: {error}")))?;
    if !is_genuine(&plan) {
        return Err(stale("it was changed after it was made".to_owned()));
    }
    let now = digests(&loaded.desired);
    let moved: Vec<&str> = [
        ("the connections", plan.digests.connections == now.connections),
        ("the policy", plan.digests.policy == now.policy),
        ("the declared objects", plan.digests.wish == now.wish),
    ]
    .into_iter()
    .filter(|(_, same)| !same)
    .map(|(what, _)| what)
    .collect();
    if moved.is_empty() {
        Ok(plan)
    } else {
        Err(stale(format!("{} changed since it was made", moved.join(" and "))))
    }
}
