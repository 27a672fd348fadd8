//! What real types of connections refuse offline: `tests/refusals/NAME.yaml` beside what a person is told, `NAME.txt`.
//!
//! `UPDATE_GOLDENS=1` writes the texts anew; look at them then.

use std::path::{Path, PathBuf};

use mailwright::{config, providers};

use crate::scenarios::golden::compare;

#[test]
fn what_a_service_cannot_hold_is_refused_with_its_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 8, "{cases:?}");
    for case in cases {
        let Err(problems) = config::load(&case, &providers::catalogue()) else {
            panic!("{} is not refused", case.display());
        };
        assert!(problems.errors() > 0, "{}", case.display());
        let told = problems.to_string().replace(&*folder.to_string_lossy(), "tests/refusals");
        compare(&case.with_extension("txt"), Some(&told));
    }
}
