//! The examples that stand under each command's help.

use std::fmt::Write as _;

use super::exit::Exit;

pub(super) const TOP: &str = "\
Begin with:
  mailwright init mail          write a first configuration into mail/
  mailwright plan mail          show what would be done
  mailwright apply mail         do it

`mailwright COMMAND --help` shows examples.";

/// [`TOP`] with the exit codes.
pub(super) fn top_long() -> String {
    let mut text = format!("{TOP}\n\nExit, the first that fits:\n");
    for exit in Exit::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:>3}  {}", exit.code(), exit.meaning());
    }
    text
}

pub(super) const INIT: &str = "\
Examples:
  mailwright init               here
  mailwright init mail          in mail/, which is made

Nothing that is there already is overwritten.";

pub(super) const VALIDATE: &str = "\
Examples:
  mailwright validate           the folder that you are in
  mailwright validate mail.yaml

It reads no service and needs no secret, so that it can run on every commit.";

pub(super) const PLAN: &str = "\
Examples:
  mailwright plan                                  everything
  mailwright plan --only 'jane.doe@*'              one person
  mailwright plan --out plan.json                  save it, to apply just this one after a review
  mailwright plan --allow deletes:mailbox=12       release a brake, as the plan itself tells
  mailwright plan --report plan.txt --detailed-exitcode

The first character of a line says what happens:
  + create   ~ update   > rename   - delete   ± delete and make anew   ! does not run";

pub(super) const APPLY: &str = "\
Examples:
  mailwright apply                                 show the plan, ask, do it
  mailwright apply --yes                           without asking, as in a CI job
  mailwright apply --plan plan.json --yes          what was reviewed and nothing else

Ctrl-C begins no new call and lets those under way finish; a second one ends at once.";

pub(super) const AUDIT: &str = "\
Examples:
  mailwright audit                                 leaves with 2 where something is not as declared
  mailwright audit --report audit.json --quiet     as a scheduled job
  mailwright audit --baseline audit.json           only what is new since that report
  mailwright audit --access-review                 who can read, send as, receive for or administer whom
  mailwright audit --explain                       every rule in a line
  mailwright audit --explain MW011                 one of them: its cause, how to mend it, how to accept it

It looks at more than a plan: at the way of mail and at rights in every declared domain. Where a service tells these
of one mailbox at a time, it takes a call for each.";

pub(super) const EXPORT: &str = "\
Examples:
  mailwright export > mailboxes.yaml               everything in the declared domains
  mailwright export --domain example.com --out example.yaml

The configuration needs providers and domains only. Passwords cannot be read, so none is written.";

pub(super) const SHOW: &str = "\
Examples:
  mailwright show jane.doe@example.com
  mailwright show jane.doe@example.com mail --format json
  mailwright show jane@elsewhere.example --provider box
  mailwright show helpdesk --provider mail             an administrator's login
  mailwright show announcement/maintenance             an object of a service's own kind";

pub(super) const TRACE: &str = "\
Examples:
  mailwright trace sales@example.com               as the services hold it now
  mailwright trace sales@example.com --desired     as it will be once the plan is applied
  mailwright trace @example.com                    whatever nothing else takes

It reads what stands at each address on the way and nothing else. Leaves with 4 where that could not be read.";

pub(super) const ACCESS: &str = "\
Examples:
  mailwright access jane.doe@example.com           who can do what with it, and what it can do itself
  mailwright access ceo@example.com --desired      as it will be once the plan is applied

It looks at permissions, permitted senders, aliases, forwards and administrators of every declared domain.
`mailwright audit --access-review` tells the same of everybody.";

pub(super) const PROVIDERS: &str = "\
Examples:
  mailwright providers                             the types, and what each can do
  mailwright providers TYPE                        keys and settings of one
  mailwright providers --format markdown           for a document";

pub(super) const DOCTOR: &str = "\
Examples:
  mailwright doctor                                every connection
  mailwright doctor --provider box

It only reads.";

pub(super) const SANDBOX: &str = "\
Examples:
  mailwright sandbox                               every simulated service
  mailwright sandbox TYPE --port 8000
  mailwright sandbox TYPE --fault lost-reply:3
  mailwright sandbox TYPE --fault 'throttled:every@POST /some/path*'

The services run until Ctrl-C, on this machine only, and forget everything then.";

pub(super) const SCHEMA: &str = "\
Examples:
  mailwright schema > mailwright.schema.json

An editor that knows YAML schemas completes and checks with it:
  # yaml-language-server: $schema=mailwright.schema.json";

pub(super) const COMPLETIONS: &str = "\
Examples:
  mailwright completions bash > /etc/bash_completion.d/mailwright
  mailwright completions zsh > ~/.zfunc/_mailwright";
