//! `apply`: makes the services as declared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::apply::journal::unfinished;
use crate::apply::{self, AccountKey, Grounds, Journal, Lock, OnFailure, Verdict, verify_grounds};
use crate::cli::args::{Apply, Format};
use crate::cli::confirm::{self, Answer};
use crate::cli::connect::{Providers, capabilities, connect};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::load::{load, narrowing, state_dir};
use crate::cli::planning;
use crate::cli::progress::Progress;
use crate::cli::report::{Report, Reports};
use crate::cli::shell::Shell;
use crate::config::{Loaded, SecretResolver};
use crate::model::{Change, ConnectionName, Outcome, Plan, ResultState};
use crate::provider::Capabilities;
use crate::render::{Style, json, markdown, text};

use super::saved;

pub(super) async fn run(shell: &Shell, typed: &Apply) -> Result<Exit, CliError> {
    let can_ask = shell.printer.may_ask() && confirm::can_ask();
    if !typed.yes && !can_ask {
        return Err(CliError::usage(
            "apply asks before it begins, and nobody is there to answer",
            "add --yes; it releases no brake",
        ));
    }
    let reports = Reports::of::<Applied<'_>>(&typed.output)?;
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let state_dir = state_dir(typed.state_dir.as_deref(), &typed.config.config);
    // Before anything is read: what another run changes after that would not be in the plan.
    let _lock = Lock::acquire(&state_dir, &typed.config.config)?;
    let doubts = tell_doubts(shell, &state_dir);
    let secrets = shell.secrets(&loaded);
    let ready = prepare(shell, typed, &loaded, &secrets).await?;
    show_plan(shell, typed, &ready.plan)?;
    let writes = ready.plan.totals().writes;
    if writes == 0 {
        // A plan just made has read what the doubts are about; a saved one has not.
        if doubts == Doubts::Told && typed.plan.is_none() {
            settle_doubts(&state_dir, &ready.plan).await;
        }
        return finish(shell, typed, &reports, &Applied::nothing(&ready.plan));
    }
    if !typed.yes {
        let noun = if writes == 1 { "write" } else { "writes" };
        let question = format!("Make {writes} {noun}?");
        if confirm::ask(&shell.interrupt, question).await? == Answer::No {
            shell.printer.say("Nothing was changed.");
            return Ok(Exit::Done);
        }
    }
    let grounds = match &typed.plan {
        Some(path) => shell.interrupt.or(verify(path, &ready)).await??,
        None => Grounds::default(),
    };
    let mut outcome = carry_out(shell, typed, &loaded, &ready, &secrets, grounds, &state_dir).await?;
    outcome.generated = secrets.generated().iter().map(|path| path.display().to_string()).collect();
    let applied = Applied { plan: &ready.plan, outcome };
    finish(shell, typed, &reports, &applied)
}

/// A plan and the connections to carry it out with.
struct Ready {
    plan: Plan,
    providers: Providers,
    capabilities: BTreeMap<ConnectionName, Capabilities>,
}

/// Makes a plan, or reads the saved one and connects to what it writes to.
async fn prepare(
    shell: &Shell,
    typed: &Apply,
    loaded: &Loaded,
    secrets: &SecretResolver,
) -> Result<Ready, CliError> {
    let Some(path) = &typed.plan else {
        let narrowing = narrowing(&typed.narrow, loaded)?;
        let planned = planning::make(shell, loaded, &narrowing, &typed.brakes.allow, secrets).await?;
        return Ok(Ready {
            plan: planned.plan,
            providers: planned.survey.providers,
            capabilities: planned.capabilities,
        });
    };
    let plan = saved::read(shell, path, loaded)?;
    let rests_on = |change: &Change| {
        let elsewhere: Vec<ConnectionName> =
            change.absent.iter().chain(&change.present).map(|object| object.connection.clone()).collect();
        std::iter::once(change.connection.clone()).chain(elsewhere)
    };
    let names: BTreeSet<ConnectionName> = plan.ready().flat_map(rests_on).collect();
    let providers = shell.interrupt.or(connect(shell, loaded, &names, secrets)).await??;
    Ok(Ready { plan, providers, capabilities: capabilities(&loaded.desired, &shell.catalogue) })
}

/// Reads again what a saved plan rests on; a plan of which nothing holds any more, or nothing could be read again, is
/// refused as a whole.
async fn verify(path: &Path, ready: &Ready) -> Result<Grounds, CliError> {
    let grounds = verify_grounds(&ready.plan, &ready.providers, &ready.capabilities).await;
    let verdicts: Vec<&Verdict> =
        ready.plan.ready().filter_map(|change| grounds.verdict(&change.id)).collect();
    let holds = verdicts.iter().any(|verdict| **verdict == Verdict::Holds);
    let unread = verdicts.iter().find_map(|verdict| match verdict {
        Verdict::Unread(why) => Some(why),
        Verdict::Holds | Verdict::Moved(_) => None,
    });
    let moved = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Moved(_)));
    if let (Some(why), false, false) = (unread, moved, holds) {
        return Err(CliError::Unread { path: path.to_owned(), why: why.clone() });
    }
    let first = grounds.stale().next().map(|(change, why)| format!("{change}: {why}"));
    match first {
        Some(why) if !holds => Err(CliError::StalePlan {
            path: path.to_owned(),
            why: format!("nothing that it rests on holds any more ({why})"),
        }),
        Some(_) | None => Ok(grounds),
    }
}

async fn carry_out(
    shell: &Shell,
    typed: &Apply,
    loaded: &Loaded,
    ready: &Ready,
    secrets: &SecretResolver,
    grounds: Grounds,
    state_dir: &Path,
) -> Result<Outcome, CliError> {
    let accounts =
        loaded.desired.connections.iter().map(|(name, spec)| (name.clone(), AccountKey::of(spec))).collect();
    let journal = Journal::open(state_dir, &ready.plan)?;
    tracing::info!(journal = %journal.path().display(), "the run is journalled");
    let progress = Progress::new(shell.printer);
    Ok(apply::apply(
        &ready.plan,
        apply::Context {
            providers: &ready.providers,
            capabilities: &ready.capabilities,
            accounts: &accounts,
            secrets,
            journal: Some(journal),
            events: &|event| progress.event(event),
            stop: shell.interrupt.token().clone(),
            on_failure: if typed.fail_fast { OnFailure::StopAll } else { OnFailure::Continue },
            grounds,
        },
    )
    .await)
}

/// Whether earlier runs left something in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubts {
    /// No run did, as far as their journals tell.
    None,
    /// It was told what is in doubt.
    Told,
}

/// Tells what earlier runs left in doubt. The plan itself reads the services, so this decides nothing.
fn tell_doubts(shell: &Shell, state_dir: &Path) -> Doubts {
    match unfinished(state_dir) {
        Ok(doubts) => {
            let said = if doubts.is_empty() { Doubts::None } else { Doubts::Told };
            for doubt in doubts {
                let change = &doubt.change;
                shell
                    .printer
                    .say(&format!("note: an earlier run left in doubt whether this was done: {change}"));
            }
            said
        }
        Err(error) => {
            tracing::warn!(%error, "earlier journals were not read");
            Doubts::None
        }
    }
}

/// Writes down that a run read everything and has nothing to do, so that no later run tells the same doubts again.
async fn settle_doubts(state_dir: &Path, plan: &Plan) {
    let settled = match Journal::open(state_dir, plan) {
        Ok(journal) => journal.end().await,
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = settled {
        tracing::warn!(%error, "what was in doubt will be told again");
    }
}

/// Where the outcome goes to standard output in another form than text, the plan must not stand before it.
fn show_plan(shell: &Shell, typed: &Apply, plan: &Plan) -> Result<(), CliError> {
    if typed.output.format == Format::Text {
        return shell.printer.data(&text::plan_to_apply(plan, shell.printer.style()));
    }
    shell.printer.rendered(&text::plan_to_apply(plan, shell.printer.err_style()));
    Ok(())
}

fn finish(shell: &Shell, typed: &Apply, reports: &Reports, applied: &Applied<'_>) -> Result<Exit, CliError> {
    reports.write(applied)?;
    if typed.output.format == Format::Text {
        shell.printer.data("\n")?;
    }
    reports.show(shell.printer, applied)?;
    Ok(applied.exit())
}

/// An outcome with its plan.
struct Applied<'a> {
    plan: &'a Plan,
    outcome: Outcome,
}

impl<'a> Applied<'a> {
    /// Where nothing could be done.
    fn nothing(plan: &'a Plan) -> Self {
        Self { plan, outcome: Outcome { plan: plan.id.clone(), ..Outcome::default() } }
    }

    fn exit(&self) -> Exit {
        let interrupted = self.outcome.interrupted.then_some(Exit::Interrupted);
        // What the plan said it would not do is blocked, not skipped on the way.
        let partial = self
            .outcome
            .results
            .iter()
            .filter(|result| !matches!(result.state, ResultState::Done | ResultState::NotNeeded))
            .any(|result| {
                self.plan.changes.iter().any(|change| change.id == result.change && change.is_ready())
            })
            .then_some(Exit::Partial);
        Exit::first(planning::exits(self.plan).chain(interrupted).chain(partial))
    }
}

impl Report for Applied<'_> {
    const NAME: &'static str = "what came of an apply";
    const FORMS: &'static [Format] = &[Format::Text, Format::Json, Format::Markdown];

    fn render(&self, format: Format, style: Style) -> Option<Result<String, CliError>> {
        match format {
            Format::Text => Some(Ok(text::outcome(self.plan, &self.outcome, style))),
            Format::Json => Some(json::outcome(&self.outcome).map_err(CliError::from)),
            Format::Markdown => Some(Ok(markdown::outcome(self.plan, &self.outcome))),
            Format::Sarif | Format::Csv => None,
        }
    }
}
