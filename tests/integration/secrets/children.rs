//! What processes show of each other: arguments and environments, of the program and of those that it starts.

use std::fs;

use super::world::{Way, World};
use crate::tally::{self, What};

/// Writes down what it can see, then prints the secret.
const SPY: &str = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\ncat /proc/self/environ > ../../environ\ncat /proc/$PPID/cmdline > \
                   ../../cmdline\ncat /proc/self/cmdline > ../../own\ncat printed\n";

#[tokio::test]
async fn a_program_that_prints_a_secret_sees_no_other() {
    let mut world = World::fresh(Way::BoxPassword, None).await;
    world.bench.write("mail/secrets/print", SPY);
    world.bench.set("HARMLESS", "kept");
    // Every file that is left is searched, and so what the program saw.
    let ran = world.run(&["apply", "mail", "--yes"]).await;
    let environ = fs::read_to_string(world.bench.path("environ")).expect("it ran");
    assert!(environ.contains("HARMLESS=kept") && environ.contains("PATH="), "{ran}");
    for name in ["SECRET", "ENV_PASSWORD"] {
        assert!(!environ.contains(&format!("{name}=")), "{name} was handed on");
    }
    let cmdline = fs::read(world.bench.path("cmdline")).expect("it ran");
    assert!(String::from_utf8_lossy(&cmdline).contains("apply"), "the program's own arguments");
    tally::held(What::Canaries, "secrets-processes", world.search.pairs);
}
