//! Who may read what a run leaves: whatever the umask says, what holds a secret is its owner's alone.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::world::{Way, World, files};
use crate::process::bench::{Ran, ended};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o7777
}

/// Runs the program under a umask.
async fn under(world: &mut World, umask: &str, arguments: &str) -> Ran {
    let script = format!("umask {umask}; exec {} {arguments}", env!("CARGO_BIN_EXE_mailwright"));
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script]).current_dir(world.bench.path("")).env_clear();
    command.envs(world.variables.iter().map(|(name, value)| (*name, value.as_str())));
    command.env("PATH", std::env::var("PATH").unwrap_or_default());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let ran = ended(command.spawn().expect("started")).await;
    world.searched(&ran, &format!("umask {umask}: {arguments}"));
    ran
}

#[tokio::test]
async fn what_holds_a_secret_is_its_owners_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let mut world = World::fresh(Way::PostfixAdmin, None).await;
        let ran = under(&mut world, umask, "apply mail --yes --report outcome.json").await;
        assert_eq!(ran.code, Some(0), "{ran}");
        let at = |name: &str| world.bench.path(name);
        let made = files(&at("mail/passwords"));
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!((mode(&made[0]), mode(&at("mail/passwords"))), (0o600, 0o700), "umask {umask}");
        let state = files(&at("mail/.mailwright"));
        assert!(state.len() >= 2, "a lock and a journal: {state:?}");
        for file in state {
            assert_eq!(mode(&file), 0o600, "{} under umask {umask}", file.display());
        }
        for folder in ["mail/.mailwright", "mail/.mailwright/journal"] {
            assert_eq!(mode(&at(folder)), 0o700, "{folder} under umask {umask}");
        }
        // The hashes are Postfix's and Dovecot's too, by the group; others have no business there.
        assert_eq!(mode(&at("mail/directory.db")), 0o660, "umask {umask}");
    }
}

#[tokio::test]
async fn what_was_open_to_others_is_told_or_closed() {
    let mut world = World::fresh(Way::BoxPassword, None).await;
    let at = |world: &World, name: &str| world.bench.path(name);
    // A password that was made earlier, and a folder of journals, both opened by somebody.
    world.bench.write("mail/passwords/made@example.com", "made-earlier-and-long\n");
    fs::create_dir_all(at(&world, "mail/.mailwright/journal")).expect("made");
    fs::set_permissions(at(&world, "mail/.mailwright/journal"), Permissions::from_mode(0o777))
        .expect("opened");
    fs::set_permissions(at(&world, "mail/secrets/file"), Permissions::from_mode(0o600)).expect("closed");
    fs::set_permissions(at(&world, "mail/secrets/printed"), Permissions::from_mode(0o600)).expect("closed");
    let password = at(&world, "mail/passwords/made@example.com");
    fs::set_permissions(&password, Permissions::from_mode(0o640)).expect("opened");
    let ran = world.run(&["apply", "mail", "--yes"]).await;
    assert!(ran.err.contains("a file with a generated password can be read by its group"), "{ran}");
    assert_eq!(mode(&at(&world, "mail/.mailwright/journal")), 0o700);
    assert_eq!(mode(&password), 0o640, "it is told, not changed");

    let mut world = World::fresh(Way::BoxPassword, None).await;
    for (file, word) in [("mail/passwords/made@example.com", "everybody"), ("mail/secrets/file", "everybody")]
    {
        world.bench.write("mail/passwords/made@example.com", "made-earlier-and-long\n");
        for other in ["mail/passwords/made@example.com", "mail/secrets/file"] {
            let mode = if other == file { 0o604 } else { 0o600 };
            fs::set_permissions(at(&world, other), Permissions::from_mode(mode)).expect("set");
        }
        let ran = world.run(&["apply", "mail", "--yes"]).await;
        assert!(ran.err.contains(word), "{file}: {ran}");
        // The next round meets a service without those mailboxes.
        world = World::fresh(Way::BoxPassword, None).await;
    }
}

#[tokio::test]
async fn a_folder_of_passwords_that_others_can_look_into_is_told() {
    let mut world = World::fresh(Way::BoxPassword, None).await;
    fs::create_dir_all(world.bench.path("mail/passwords")).expect("made");
    fs::set_permissions(world.bench.path("mail/passwords"), Permissions::from_mode(0o755)).expect("opened");
    let ran = world.run(&["apply", "mail", "--yes"]).await;
    assert!(ran.err.contains("others can look into the folder of generated passwords"), "{ran}");
    assert_eq!(mode(&world.bench.path("mail/passwords/made@example.com")), 0o600);
}
