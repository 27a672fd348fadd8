//! What a panic says. The one that anybody can bring about: the system refuses the program's threads.

use std::process::Stdio;

use tokio::process::Command;

use super::world::{Way, World};
use crate::process::bench::Ran;
use crate::tally::{self, What};

/// Runs the program with less and less room until it starts and its threads do not.
async fn panicked(world: &World, more: &str) -> Ran {
    for thousands in 20..400 {
        let script =
            format!("ulimit -v {thousands}000; exec {} plan mail {more}", env!("CARGO_BIN_EXE_mailwright"));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script]).current_dir(world.bench.path("")).env_clear();
        command.envs(world.variables.iter().map(|(name, value)| (*name, value.as_str())));
        command.env("RUST_BACKTRACE", "full").stdin(Stdio::null()).kill_on_drop(true);
        let output = command.output().await.expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if said.contains("panicked at") {
            let out = String::from_utf8_lossy(&output.stdout).into_owned();
            return Ran { code: output.status.code(), out, err: said };
        }
    }
    panic!("no limit makes it panic");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_panic_says_where_it_was_and_no_value() {
    let mut pairs = 0;
    for log in ["text", "json"] {
        let mut world = World::fresh(Way::BoxPassword, None).await;
        let ran = panicked(&world, &format!("--log-format {log}")).await;
        world.searched(&ran, "a panic");
        assert_ne!(ran.code, Some(0), "{ran}");
        if log == "json" {
            for line in ran.err.lines().filter(|line| line.contains("panicked at")) {
                let said: serde_json::Value = serde_json::from_str(line).expect("one object a line");
                let message = said["message"].as_str().expect("text");
                assert!(message.starts_with("this is a bug of mailwright: panicked at "), "{message}");
                assert!(message.contains("not shown, since it may hold a secret"), "{message}");
            }
        } else {
            assert!(ran.err.contains("error: this is a bug of mailwright: panicked at "), "{ran}");
        }
        pairs += world.search.pairs;
    }
    tally::held(What::Canaries, "secrets-panics", pairs);
}
