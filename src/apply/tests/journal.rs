//! What a run leaves in its journal, and what it does when there is none.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::apply::fake::{Fake, Fault, PASSWORD, create, create_with_password, needs, plan};
use crate::apply::journal::{Journal, Store, unfinished};
use crate::model::{Change, NeedKind, Plan, ResultState};
use crate::provider::ErrorKind;

use super::{Trial, notes, told};

/// A disk that keeps its writes apart, and may be full after some.
#[derive(Clone, Default)]
struct Disk {
    writes: Arc<Mutex<Vec<String>>>,
    full_after: Option<usize>,
    /// Told when so many records are there.
    watch: Option<(usize, Arc<Notify>)>,
    /// Cancelled while the first record is written.
    stop: Option<CancellationToken>,
}

impl Disk {
    fn lines(&self) -> Vec<String> {
        let writes = self.writes.lock().expect("the disk");
        writes.iter().flat_map(|write| write.lines()).map(str::to_owned).collect()
    }

    fn journal(&self, plan: &Plan) -> Journal {
        Journal::over(self.clone(), "journal/run.jsonl".into(), "run".to_owned(), plan, noon)
    }
}

impl Store for Disk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut writes = self.writes.lock().expect("the disk");
        if self.full_after.is_some_and(|most| writes.len() >= most) {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device"));
        }
        writes.push(String::from_utf8(bytes.to_vec()).expect("text"));
        if let Some(stop) = &self.stop {
            stop.cancel();
        }
        let records = writes.iter().map(|write| write.lines().count()).sum::<usize>();
        if let Some((_, reached)) = self.watch.as_ref().filter(|(count, _)| records >= *count) {
            reached.notify_one();
        }
        Ok(())
    }
}

fn noon() -> jiff::Timestamp {
    "2026-01-31T12:00:00Z".parse().expect("a time")
}

#[tokio::test(start_paused = true)]
async fn an_intent_stands_before_each_sending_and_a_result_after_it() {
    let disk = Disk::default();
    let a = create_with_password("a");
    let b = needs(create("b"), &a, NeedKind::Hard);
    let plan = plan(vec![a, b]);
    let mut trial = Trial::new(Fake::default());
    trial.journal = Some(disk.journal(&plan));
    trial.fake().state().faults.insert(1, Fault::Refuse(ErrorKind::Invalid));
    trial.run(&plan).await;
    let line = |entry: &str| {
        format!(r#"{{"run":"run","time":"2026-01-31T12:00:00Z","plan":"7f3a91c2","entry":{{{entry}}}}}"#)
    };
    assert_eq!(
        disk.lines(),
        [
            line(r#""intent":{"change":"create:mailbox:box:a@example.com"}"#),
            line(r#""result":{"change":"create:mailbox:box:a@example.com","result":{"state":"done"}}"#),
            line(r#""intent":{"change":"create:mailbox:box:b@example.com"}"#),
            line(
                r#""result":{"change":"create:mailbox:box:b@example.com","result":{"state":"failed","error":"refused"}}"#
            ),
            line(r#""end":{"whole":true}"#),
        ]
    );
    assert!(!disk.lines().concat().contains(PASSWORD));
}

#[tokio::test(start_paused = true)]
async fn records_that_wait_together_are_written_together() {
    let disk = Disk::default();
    let plan = plan((0..200).map(|number| create(&format!("m{number}"))).collect());
    let mut trial = Trial::new(Fake::default());
    trial.capabilities.limits.max_in_flight = 50;
    trial.journal = Some(disk.journal(&plan));
    let outcome = trial.run(&plan).await;
    assert_eq!(told(&outcome), vec!["done"; 200]);
    assert_eq!(disk.lines().len(), 401);
    let writes = disk.writes.lock().expect("the disk").len();
    assert!(writes < 401 / 8, "{writes} writes for 401 records");
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_stops_the_run_before_anything_unrecorded_is_sent() {
    for full_after in 0..6 {
        let disk = Disk { full_after: Some(full_after), ..Disk::default() };
        let plan = plan((0..20).map(|number| create(&format!("m{number}"))).collect());
        let mut trial = Trial::new(Fake::default());
        trial.capabilities.limits.max_in_flight = 2;
        trial.journal = Some(disk.journal(&plan));
        let outcome = trial.run(&plan).await;
        let sent = trial.fake().begun();
        assert!(sent.len() < 20);
        for id in &sent {
            assert!(
                disk.lines().iter().any(|line| line.contains("intent") && line.contains(id.as_str())),
                "{id}"
            );
        }
        let told = told(&outcome);
        assert_eq!(
            told[19],
            "skipped: nothing is sent that the journal does not hold, and it cannot be written: \
             journal/run.jsonl: no space left on device"
        );
        if let Some(last) = told.iter().rposition(|told| told == "done") {
            let all: String = (0..=last).map(|index| notes(&outcome, index)).collect();
            assert!(all.contains("are not in the journal"), "{all}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_in_doubt_is_reported_until_a_later_whole_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = plan(vec![create("a")]);
    let mut trial = Trial::new(Fake::default());
    trial.fake().state().faults.insert(0, Fault::LostAfter);
    let denied = crate::provider::ProviderError::new(ErrorKind::Denied, "no reading");
    trial.fake().state().reading_faults = vec![denied];
    trial.journal = Some(Journal::open(folder.path(), &plan).expect("a journal"));
    assert!(told(&trial.run(&plan).await)[0].starts_with("in doubt"));

    let found = unfinished(folder.path()).expect("a readable journal");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].change, plan.changes[0].id);
    assert_eq!(found[0].plan, "7f3a91c2");
    assert!(found[0].reason.as_ref().is_some_and(|reason| reason.contains("no reading")));

    let empty = crate::apply::fake::plan(Vec::new());
    let narrowed = Plan {
        narrowing: crate::model::Narrowing {
            only: vec!["b@*".to_owned()],
            ..crate::model::Narrowing::default()
        },
        ..empty.clone()
    };
    let unread = crate::model::ConnectionReading {
        incomplete: vec![crate::model::Incomplete {
            collection: crate::model::Collection::object(&crate::apply::fake::mailbox("a")),
            reason: "no reading".into(),
        }],
        ..crate::model::ConnectionReading::default()
    };
    let half_read =
        Plan { connections: [(crate::model::ConnectionName::new("box"), unread)].into(), ..empty.clone() };
    for (plan, left) in [(narrowed, 1), (half_read, 1), (empty, 0)] {
        trial.journal = Some(Journal::open(folder.path(), &plan).expect("a journal"));
        trial.run(&plan).await;
        assert_eq!(unfinished(folder.path()).expect("a readable journal").len(), left);
    }
}

#[tokio::test]
async fn journals_are_their_owners_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(folder.path(), &plan(Vec::new())).expect("a journal");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(journal.path()), 0o600);
        assert_eq!(mode(&folder.path().join("journal")), 0o700);
    }
    assert_eq!(journal.path().file_stem().and_then(|name| name.to_str()), Some(journal.run()));
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let error = Journal::open(file.path(), &plan(Vec::new())).expect_err("a file is no folder");
    assert!(error.to_string().contains("journal"), "{error}");
    assert_eq!(unfinished(Path::new("/nowhere/at/all")).expect("nothing there"), []);
}

#[test]
fn a_line_cut_short_by_a_crash_is_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("journal")).expect("a folder");
    let whole = r#"{"run":"r","time":"2026-01-31T12:00:00Z","plan":"p","entry":{"intent":{"change":"create:mailbox:box:a@example.com"}}}"#;
    let torn = &whole[..60];
    std::fs::write(folder.path().join("journal/r.jsonl"), format!("{whole}\n{torn}")).expect("written");
    let found = unfinished(folder.path()).expect("readable");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].reason, None);
}

#[tokio::test(start_paused = true)]
async fn killed_after_any_record_each_call_under_way_has_an_intent_and_no_result() {
    for count in 1..=20 {
        let reached = Arc::new(Notify::new());
        let disk = Disk { watch: Some((count, Arc::clone(&reached))), ..Disk::default() };
        let plan = plan((0..10).map(|number| create(&format!("m{number}"))).collect());
        let mut trial = Trial::new(Fake::taking(Duration::from_secs(1)));
        trial.capabilities.limits.max_in_flight = 3;
        trial.journal = Some(disk.journal(&plan));
        tokio::select! {
            biased;
            () = reached.notified() => {}
            _ = trial.run(&plan) => {}
        }
        let has = |kind: &str, id: &str| {
            let start = format!(r#""{kind}":{{"change":"{id}""#);
            disk.lines().iter().any(|line| line.contains(&start))
        };
        assert!(disk.lines().len() >= count);
        for id in trial.fake().begun() {
            assert!(has("intent", &id), "{id} was sent unrecorded, after {count} records");
        }
        for id in trial.fake().lost() {
            assert!(!has("result", id.as_str()), "{id} has a result, after {count} records");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn interrupted_between_intent_and_sending_nothing_is_sent_and_nothing_in_doubt() {
    let plan = plan(vec![create("a")]);
    let mut trial = Trial::new(Fake::default());
    let disk = Disk { stop: Some(trial.stop.clone()), ..Disk::default() };
    trial.journal = Some(disk.journal(&plan));
    let outcome = trial.run(&plan).await;
    assert_eq!(told(&outcome), ["skipped: interrupted"]);
    assert!(trial.fake().begun().is_empty());
    assert!(disk.lines()[1].contains(r#""state":"skipped","reason":"interrupted""#), "{:?}", disk.lines());
}

#[tokio::test(start_paused = true)]
async fn records_that_wait_together_share_a_flush_and_a_result_goes_with_the_next_intent() {
    let disk = Disk::default();
    let changes: Vec<Change> = (0..100).map(|number| create(&format!("m{number}"))).collect();
    let journal = disk.journal(&plan(changes.clone()));
    let writes = || disk.writes.lock().expect("the disk").len();
    let intents = changes.iter().map(|change| journal.intent(&change.id));
    futures_util::future::try_join_all(intents).await.expect("written");
    assert_eq!((writes(), disk.lines().len()), (1, 100));

    changes[..10].iter().for_each(|change| journal.result(&change.id, &ResultState::Done));
    tokio::task::yield_now().await;
    assert_eq!(writes(), 1, "a result waits for company");
    journal.intent(&changes[0].id).await.expect("written");
    assert_eq!((writes(), disk.lines().len()), (2, 111));

    journal.result(&changes[0].id, &ResultState::Done);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((writes(), disk.lines().len()), (3, 112), "and not for long");
    journal.end().await.expect("written");
    assert_eq!((writes(), disk.lines().len()), (4, 113));
}

#[tokio::test(start_paused = true)]
async fn those_made_ready_ahead_are_few_and_not_sent_beyond_the_limit() {
    let disk = Disk::default();
    let plan = plan((0..100).map(|number| create(&format!("m{number}"))).collect());
    let mut trial = Trial::new(Fake::taking(Duration::from_secs(1)));
    trial.capabilities.limits.max_in_flight = 8;
    trial.journal = Some(disk.journal(&plan));
    let start = tokio::time::Instant::now();
    let outcome = trial.run(&plan).await;
    assert_eq!(told(&outcome), vec!["done"; 100]);
    assert_eq!(trial.fake().state().most_under_way, 8);
    assert_eq!(start.elapsed().as_secs(), 13, "no place is empty meanwhile");
    let mut open = 0_usize;
    for line in disk.lines() {
        open += usize::from(line.contains("intent"));
        open -= usize::from(line.contains("result\":{\"change"));
        assert!(open <= 12, "half as many again");
    }
}

#[tokio::test(start_paused = true)]
async fn those_made_ready_ahead_are_not_sent_to_an_account_that_is_closed_meanwhile() {
    let disk = Disk::default();
    let plan = plan((0..20).map(|number| create(&format!("m{number}"))).collect());
    let mut trial = Trial::new(Fake::taking(Duration::from_secs(1)));
    trial.capabilities.limits.max_in_flight = 4;
    (0..4).for_each(|call| {
        trial.fake().state().faults.insert(call, Fault::Refuse(ErrorKind::Auth));
    });
    trial.journal = Some(disk.journal(&plan));
    let outcome = trial.run(&plan).await;
    assert_eq!(trial.fake().begun().len(), 4);
    let told = told(&outcome);
    assert!(told[..4].iter().all(|told| told.starts_with("failed")), "{told:?}");
    assert!(told[4..].iter().all(|told| told.contains("refused the credentials")), "{told:?}");
    let count = |word: &str| disk.lines().iter().filter(|line| line.contains(word)).count();
    assert_eq!(
        (count("\"intent\""), count("\"state\":\"failed\""), count("\"state\":\"skipped\"")),
        (6, 4, 2)
    );
}
