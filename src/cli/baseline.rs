//! `--baseline`: the report of an earlier audit, read back.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::audit::Baseline;
use crate::model::Narrowing;

use super::error::CliError;
use super::files;

/// What of a report counts. Whatever else stands in it may change from version to version.
#[derive(Debug, Deserialize)]
struct Report {
    findings: Vec<Known>,
    #[serde(default)]
    narrowing: Narrowing,
    #[serde(default)]
    known: u64,
}

#[derive(Debug, Deserialize)]
struct Known {
    fingerprint: String,
}

/// Reads a report of `audit --format json`.
pub(super) fn read(path: &Path) -> Result<Baseline, CliError> {
    let text = files::read(path)?;
    let refused = |why: String| {
        CliError::usage(
            format!("--baseline {} is not a report of an audit: {why}", path.display()),
            "write one with `mailwright audit --format json > FILE`, and look at what is in it before you accept it",
        )
    };
    let report: Report = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
    if report.known > 0 {
        return Err(CliError::usage(
            format!("--baseline {} was itself compared with a baseline", path.display()),
            "it holds only what was new then; write one without --baseline",
        ));
    }
    let mut fingerprints = BTreeMap::new();
    for Known { fingerprint } in report.findings {
        if fingerprint.len() != 32 || !fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refused("a finding in it has no fingerprint".to_owned()));
        }
        *fingerprints.entry(fingerprint.to_ascii_lowercase()).or_default() += 1;
    }
    Ok(Baseline { fingerprints, narrowing: report.narrowing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(text: &str) -> Result<Baseline, CliError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("baseline.json");
        std::fs::write(&path, text).expect("written");
        read(&path)
    }

    #[test]
    fn a_report_is_read_and_equal_findings_are_counted() {
        let one = "0123456789abcdef0123456789abcdef";
        let baseline = read_back(&format!(
            r#"{{"findings": [{{"fingerprint": "{one}", "rule": "MW001"}}, {{"fingerprint": "{one}"}}], "gone": 0}}"#
        ))
        .expect("a report");
        assert_eq!(baseline.fingerprints, BTreeMap::from([(one.to_owned(), 2)]));
        assert!(baseline.narrowing.is_whole());
    }

    #[test]
    fn what_is_no_whole_report_is_refused_with_what_to_do() {
        for (text, word) in [
            ("", "is not a report"),
            ("[]", "is not a report"),
            (r#"{"format": 1, "changes": []}"#, "is not a report"),
            (r#"{"findings": [{"fingerprint": ""}]}"#, "no fingerprint"),
            (r#"{"findings": [{"fingerprint": "zz23456789abcdef0123456789abcdef"}]}"#, "no fingerprint"),
            (r#"{"findings": [], "known": 3}"#, "compared with a baseline"),
        ] {
            let error = read_back(text).expect_err(text);
            assert!(error.to_string().contains(word), "{error}");
            assert!(error.to_string().contains("baseline.json"), "{error}");
            assert!(error.hint().is_some_and(|hint| hint.contains("write one")), "{error}");
        }
    }
}
