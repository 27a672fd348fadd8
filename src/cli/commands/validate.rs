//! `validate`: checks a configuration without asking any service.

use serde_json::{Value, json};

use crate::cli::args::{TextOrJson, Validate};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::load::load;
use crate::cli::shell::Shell;
use crate::config::{self, Diagnostic};
use crate::model::{Kind, Presence};
use crate::render::json::pretty;

pub(super) fn run(shell: &Shell, typed: &Validate) -> Result<Exit, CliError> {
    match typed.format {
        TextOrJson::Text => text(shell, typed),
        TextOrJson::Json => machine(shell, typed),
    }
}

fn text(shell: &Shell, typed: &Validate) -> Result<Exit, CliError> {
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let desired = &loaded.desired;
    let count = |kind: Kind| {
        desired
            .objects
            .iter()
            .filter(|(object, wish)| object.identity.kind() == kind && wish.presence == Presence::Present)
            .count()
    };
    let objects: Vec<String> = Kind::ALL
        .into_iter()
        .map(|kind| (kind, count(kind)))
        .filter(|(_, number)| *number > 0)
        .map(|(kind, number)| match (kind, number) {
            (Kind::SenderRules, _) => format!("{number} sender rules"),
            (kind, 1) => format!("1 {}", kind.singular()),
            (kind, number) => format!("{number} {}", kind.plural()),
        })
        .collect();
    let objects = if objects.is_empty() { "nothing".to_owned() } else { objects.join(", ") };
    shell.printer.data(&format!("Valid: {objects} declared.\n"))?;
    // The process ends here, and its memory goes at once.
    std::mem::forget(loaded);
    Ok(Exit::Done)
}

fn machine(shell: &Shell, typed: &Validate) -> Result<Exit, CliError> {
    let (valid, problems) = match config::load(&typed.config.config, &shell.catalogue) {
        Ok(loaded) => (true, loaded.warnings),
        Err(problems) => (false, problems.diagnostics),
    };
    let all: Vec<Value> = problems.iter().map(problem).collect();
    shell.printer.data(&pretty(&json!({ "valid": valid, "problems": all }))?)?;
    Ok(if valid { Exit::Done } else { Exit::Failed })
}

fn problem(diagnostic: &Diagnostic) -> Value {
    json!({
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "at": diagnostic.at.as_ref().map(|excerpt| &excerpt.at),
        "related": diagnostic.related.iter().map(|excerpt| &excerpt.at).collect::<Vec<_>>(),
        "help": diagnostic.help,
    })
}
