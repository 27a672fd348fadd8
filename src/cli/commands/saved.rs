//! A saved plan: read back, and refused as a whole where it does not belong to this configuration.

use std::path::Path;

use crate::cli::connect::capabilities;
use crate::cli::error::CliError;
use crate::cli::files;
use crate::cli::shell::Shell;
use crate::config::Loaded;
use crate::model::Plan;
use crate::plan::read_saved;

/// The longest file that is read as a plan, in bytes: a change takes about one thousand, so this is a plan of more than
/// a hundred thousand. Without a limit a wrong path could take all the memory.
const LONGEST: u64 = 128 * 1024 * 1024;

/// Reads a saved plan.
pub(super) fn read(shell: &Shell, path: &Path, loaded: &Loaded) -> Result<Plan, CliError> {
    let stale = |why: String| CliError::StalePlan { path: path.to_owned(), why };
    let bytes = files::read_at_most(path, LONGEST)?.ok_or_else(|| {
        stale(format!("it is not a saved plan: it is longer than {} MiB", LONGEST / 1024 / 1024))
    })?;
    let capabilities = capabilities(&loaded.desired, &shell.catalogue);
    read_saved(&bytes, &loaded.desired, &capabilities, shell.today).map_err(|error| stale(error.to_string()))
}
