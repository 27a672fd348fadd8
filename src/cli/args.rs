//! What can be typed. What it means is for each command to say.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::model::{Address, Override};

use super::help;

/// Keeps mailboxes, aliases, permissions and forwards the way a Git repository says they should be.
#[derive(Debug, Parser)]
#[command(name = "mailwright", version, about, after_help = help::TOP, after_long_help = help::top_long())]
#[command(disable_help_subcommand = true, propagate_version = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What holds for every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Global {
    /// Whether text has colour; `auto` looks at the terminal and at `NO_COLOR`
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: ColorWhen,
    /// Say errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say each step; more with -vv and -vvv
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
    /// How standard error is written; with `json` each line is an object
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ColorWhen {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a first configuration into a folder
    #[command(after_help = help::INIT)]
    Init(Init),
    /// Check a configuration without asking any service
    #[command(after_help = help::VALIDATE)]
    Validate(Validate),
    /// Show what apply would do, and change nothing
    #[command(after_help = help::PLAN)]
    Plan(Plan),
    /// Make the services as declared
    #[command(after_help = help::APPLY)]
    Apply(Apply),
    /// Say where the services are not as declared
    #[command(after_help = help::AUDIT)]
    Audit(Audit),
    /// Write what the services hold as YAML
    #[command(after_help = help::EXPORT)]
    Export(Export),
    /// Show what the services hold for an address
    #[command(after_help = help::SHOW)]
    Show(Show),
    /// Show where mail for an address ends up, and why
    #[command(after_help = help::TRACE)]
    Trace(Asked),
    /// Show who can read, send as or receive for an address, and what it can reach
    #[command(after_help = help::ACCESS)]
    Access(Asked),
    /// Show which services can be managed, and what each can do
    #[command(after_help = help::PROVIDERS)]
    Providers(Providers),
    /// Check each connection: reach, credentials, rights
    #[command(after_help = help::DOCTOR)]
    Doctor(Doctor),
    /// Serve simulated services on this machine, to try things out
    #[command(after_help = help::SANDBOX)]
    Sandbox(Sandbox),
    /// Print the JSON Schema of the configuration
    #[command(after_help = help::SCHEMA)]
    Schema,
    /// Print completions for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions(Completions),
    /// Print the manual page, or write one for each command
    Man(Man),
}

/// Which configuration.
#[derive(Debug, Clone, Args)]
pub(super) struct Config {
    /// The configuration: a YAML file, or a folder of them
    #[arg(default_value = ".", value_name = "CONFIG", value_hint = ValueHint::AnyPath)]
    pub(super) config: PathBuf,
}

/// How much of it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Narrowing")]
pub(super) struct Narrow {
    /// Only this connection (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(super) provider: Vec<String>,
    /// Only this domain (repeatable)
    #[arg(long, value_name = "DOMAIN")]
    pub(super) domain: Vec<String>,
    /// Only addresses that match this glob (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(super) only: Vec<String>,
}

/// In which form, and where to.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Output {
    /// The form on standard output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: Format,
    /// Also write it to a file; `.txt`, `.json`, `.md`, `.sarif` or `.csv` picks the form (repeatable)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) report: Vec<PathBuf>,
}

/// The forms of what a command shows. Which of them it has is for each result to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// For hosts that show findings beside the lines.
    Sarif,
    /// For spreadsheets.
    Csv,
}

/// The forms of what is shown in these two only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum TextOrJson {
    #[default]
    Text,
    Json,
}

/// Which brakes are released.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Brakes {
    /// Release a brake for this plan, like `delete:mailbox:bob@example.com` or `deletes:mailbox=12` (repeatable)
    #[arg(long, value_name = "RELEASE")]
    pub(super) allow: Vec<Override>,
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The folder, which is made where it is not there
    #[arg(default_value = ".", value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Validate {
    #[command(flatten)]
    pub(super) config: Config,
    /// The form on standard output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    pub(super) config: Config,
    #[command(flatten)]
    pub(super) brakes: Brakes,
    /// Save the plan for `apply --plan`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    /// Leave with 2 where there are changes
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
    #[command(flatten)]
    pub(super) narrow: Narrow,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Apply {
    #[command(flatten)]
    pub(super) config: Config,
    /// Apply this saved plan instead of a new one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["allow", "provider", "domain", "only"])]
    pub(super) plan: Option<PathBuf>,
    #[command(flatten)]
    pub(super) brakes: Brakes,
    /// Do not ask; releases no brake
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Begin no further change once one failed
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Where locks and journals are kept [default: .mailwright beside the configuration]
    #[arg(long, value_name = "FOLDER", env = "MAILWRIGHT_STATE_DIR", value_hint = ValueHint::DirPath)]
    pub(super) state_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(super) narrow: Narrow,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(flatten)]
    pub(super) config: Config,
    /// Show only what this report of `audit --format json` does not hold
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "access_review")]
    pub(super) baseline: Option<PathBuf>,
    /// Show who can read, send as, receive for or administer whom, instead of findings
    #[arg(long)]
    pub(super) access_review: bool,
    /// Explain a rule, like MW003: what it means, how to mend it, how to accept it; all rules in short without one
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "")]
    #[arg(conflicts_with_all = ["access_review", "baseline", "provider", "domain", "only", "report"])]
    pub(super) explain: Option<String>,
    #[command(flatten)]
    pub(super) narrow: Narrow,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    pub(super) config: Config,
    #[command(flatten)]
    pub(super) narrow: Narrow,
    /// Write to this file instead of standard output; one that is there is not overwritten
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The address; `@domain`; the login of an administrator; or KIND/NAME for an object of a service's own kind
    #[arg(value_name = "ADDRESS", value_hint = ValueHint::EmailAddress)]
    pub(super) address: String,
    #[command(flatten)]
    pub(super) config: Config,
    /// Ask this connection, whatever the configuration says of the domain (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(super) provider: Vec<String>,
    /// The form on standard output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: TextOrJson,
}

/// One address, in one of two states.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// The address, or `@domain` for every address of a domain that nothing holds
    #[arg(value_name = "ADDRESS", value_hint = ValueHint::EmailAddress, value_parser = Address::parse_or_domain)]
    pub(super) address: Address,
    #[command(flatten)]
    pub(super) config: Config,
    /// As it will be once the plan is applied, instead of as it is
    #[arg(long)]
    pub(super) desired: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Providers {
    /// A type: its keys, its settings and what it can do
    #[arg(value_name = "TYPE")]
    pub(super) type_name: Option<String>,
    /// The form of the tables
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: TableFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum TableFormat {
    #[default]
    Text,
    Markdown,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    pub(super) config: Config,
    /// Only this connection (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(super) provider: Vec<String>,
    /// The form on standard output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(super) struct Sandbox {
    /// Which services; all of them where none is named
    #[arg(value_name = "TYPE")]
    pub(super) services: Vec<String>,
    /// The port of the first one, the next ones follow; 0 picks free ones
    #[arg(long, default_value_t = 0)]
    pub(super) port: u16,
    /// A fault: `KIND`, `KIND:N` for the Nth call, `KIND:every`, each with `@METHOD PATH` for some calls only
    /// (repeatable)
    #[arg(long, value_name = "FAULT")]
    pub(super) fault: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_holds_together_and_every_command_is_taught() {
        let command = Arguments::command();
        command.clone().debug_assert();
        for sub in command.get_subcommands() {
            assert!(sub.get_about().is_some(), "{}", sub.get_name());
        }
    }

    #[test]
    fn a_saved_plan_takes_no_release() {
        let typed = ["mailwright", "apply", "--plan", "p.json", "--allow", "deletes:mailbox=9"];
        assert!(Arguments::try_parse_from(typed).is_err());
        assert!(Arguments::try_parse_from(["mailwright", "plan", "--allow", "nonsense"]).is_err());
    }
}
