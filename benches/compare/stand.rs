//! The other side of each comparison: seeded simulators to plan and apply against, and the bare work that the program
//! is measured by. `run` beside this file starts it; each command ends by itself.
//!
//! ```text
//! stand serve TYPE MAILBOXES DELAY_MS   serves until its standard input ends; a line asks for the counters
//! stand post URL CALLS IN_FLIGHT        the same creates as an apply, without a journal, a plan or a reading back
//! stand events FOLDER                   the events of every file, and nothing made of them
//! stand load FOLDER                     every file to a validated wish with places
//! ```

use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use mailwright::config;
use mailwright::providers::atmail::sandbox::Atmail;
use mailwright::providers::catalogue;
use mailwright::providers::censornet::sandbox::Censornet;
use mailwright::providers::mailinabox::sandbox::MailInABox;
use mailwright::providers::open_xchange::sandbox::{OpenXchange, Quirk};
use mailwright::providers::rackspace::sandbox::{Quirk as RackspaceQuirk, Rackspace};
use mailwright::sandbox::{self, Simulator};
use serde_yaml::granit_parser::{Event, Parser};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let typed: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = typed.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", type_name, mailboxes, delay] => {
            let delay = Duration::from_millis(delay.parse()?);
            runtime()?.block_on(serve(type_name, mailboxes.parse()?, delay))
        }
        ["post", url, calls, in_flight] => runtime()?.block_on(post(url, calls.parse()?, in_flight.parse()?)),
        ["events", folder] => events(Path::new(folder)),
        ["load", folder] => load(Path::new(folder)),
        _ => say("stand: `benches/compare/run` uses it; nothing is measured by it alone"),
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

fn say(text: &str) -> Outcome {
    let mut out = std::io::stdout();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

/// The same addresses as `folder.py` declares.
fn address(number: usize) -> String {
    format!("person{number:07}@d{}.example", number % 10)
}

fn simulator(type_name: &str, mailboxes: usize, delay: Duration) -> Simulator {
    let addresses = (0..mailboxes).map(address);
    match type_name {
        "mailinabox" => {
            let made =
                MailInABox::builder().behind_nginx().side_by_side().delay(delay).api_key("key").build();
            made.edit(|rows| {
                addresses.for_each(|one| {
                    rows.user(&one, "password123").quota(&one, "5G");
                });
            });
            made.simulator()
        }
        "rackspace" => {
            let made = Rackspace::builder().with(RackspaceQuirk::AnyDomain).build();
            made.edit(|rows| {
                addresses.for_each(|one| {
                    rows.mailbox(&one, "Password123");
                });
            });
            made.simulator()
        }
        "open_xchange" => {
            let made = OpenXchange::builder().with(Quirk::AnyDomain).build();
            made.edit(|rows| {
                addresses.for_each(|one| {
                    rows.user(OpenXchange::CONTEXT, &one, "Password123");
                });
            });
            made.simulator()
        }
        "atmail" => {
            let made = Atmail::default();
            made.edit(|rows| {
                (0..10).for_each(|domain| {
                    rows.domain(&format!("d{domain}.example"));
                });
                addresses.for_each(|one| {
                    rows.user(&one, "Password123");
                });
            });
            made.simulator()
        }
        "censornet" => {
            let made = Censornet::builder().tracking_all().build();
            made.edit(|rows| {
                addresses.for_each(|one| {
                    rows.mailbox(&one);
                });
            });
            made.simulator()
        }
        other => panic!("no simulator of `{other}` is seeded here"),
    }
}

async fn serve(type_name: &str, mailboxes: usize, delay: Duration) -> Outcome {
    let running = sandbox::start(simulator(type_name, mailboxes, delay)).await?;
    say(&running.url())?;
    let (asked, mut asks) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if asked.send(line).is_err() {
                break;
            }
        }
    });
    while asks.recv().await.is_some() {
        let counters = running.counters();
        running.clear();
        say(&serde_json::json!({
            "total": counters.total, "most": counters.max_in_flight, "routes": counters.routes,
        })
        .to_string())?;
    }
    running.stop().await;
    Ok(())
}

/// Creates the mailboxes as a program would that knows nothing but HTTP.
async fn post(url: &str, calls: usize, in_flight: usize) -> Outcome {
    let client = reqwest::Client::new();
    let add = &format!("{url}/admin/mail/users/add");
    let client = &client;
    let mut made = stream::iter(0..calls)
        .map(|number| async move {
            let form =
                [("email", address(number)), ("password", "password123".into()), ("quota", "5G".into())];
            let sent = client.post(add).basic_auth("key", Some("")).form(&form).send().await?;
            sent.error_for_status()?.bytes().await
        })
        .buffer_unordered(in_flight);
    while let Some(reply) = made.next().await {
        reply?;
    }
    Ok(())
}

fn texts(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        texts.push(std::fs::read_to_string(entry?.path())?);
    }
    Ok(texts)
}

fn events(folder: &Path) -> Outcome {
    let (mut scalars, mut bytes) = (0_u64, 0);
    for text in texts(folder)? {
        bytes += text.len();
        for event in Parser::new_from_str(&text) {
            scalars += u64::from(matches!(event?.0, Event::Scalar(..)));
        }
    }
    say(&format!("{scalars} scalars in {bytes} bytes"))
}

fn load(folder: &Path) -> Outcome {
    let loaded = config::load(folder, &catalogue()).map_err(|problems| format!("{problems:?}"))?;
    say(&format!("{} objects", loaded.desired.objects.len()))
}
