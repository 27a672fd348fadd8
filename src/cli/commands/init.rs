//! `init`: writes a first configuration.

use crate::cli::args::Init;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::files::{self, Made};
use crate::cli::shell::Shell;
use crate::render::quoted;

/// The files, from `examples/quickstart`.
const FILES: [(&str, &str); 2] = [
    ("mailwright.yaml", include_str!("../../../examples/quickstart/mailwright.yaml")),
    (".gitignore", include_str!("../../../examples/quickstart/.gitignore")),
];

/// How the files call the folder that they are in.
const HOME: &str = "examples/quickstart";

pub(super) fn run(shell: &Shell, typed: &Init) -> Result<Exit, CliError> {
    files::make_folder(&typed.folder)?;
    let folder = typed.folder.display().to_string();
    let mut kept = 0;
    for (name, content) in FILES {
        let path = typed.folder.join(name);
        match files::make(&path, &content.replace(HOME, &quoted(&folder)))? {
            Made::New => shell.printer.say(&format!("wrote {}", path.display())),
            Made::Kept => {
                kept += 1;
                shell.printer.say(&format!("kept  {}, which is there already", path.display()));
            }
        }
    }
    if kept < FILES.len() {
        shell.printer.say(&format!("\nNext: mailwright plan {}", quoted(&folder)));
    }
    Ok(Exit::Done)
}
