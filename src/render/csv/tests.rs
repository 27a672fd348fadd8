//! Sheets, read back by another reader.

use proptest::prelude::*;

use super::*;
use crate::render::samples::{audit_report, hostile, review};

fn rows(sheet: &str) -> Vec<Vec<String>> {
    ::csv::ReaderBuilder::new()
        .has_headers(false)
        .terminator(::csv::Terminator::CRLF)
        .from_reader(sheet.as_bytes())
        .records()
        .map(|record| record.expect("a row").iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn an_audit_is_a_sheet() {
    insta::assert_snapshot!(audit(&audit_report()).replace("\r\n", "\n"), @r#"
rule,severity,kind,identity,connection,message,declared,remote,file,line,column,fingerprint
MW001,error,mailbox,li@example.com,box,"quota is 1 GiB, declared 5 GiB",5 GiB,1 GiB,team.yaml,57,3,5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f
MW005,warning,,,,aliases on box could not be read: {0} [a](b),,,,,,
MW007,note,mailbox,li@example.com,box,is not declared,,,,,,
"#);
}

#[test]
fn an_access_review_is_a_sheet_whose_cells_a_spreadsheet_does_not_run() {
    let sheet = access(&review());
    insta::assert_snapshot!(sheet.replace("\r\n", "\n"), @r#"
whom,can,who,outside,through,because,connection,file,line,ledger_entry,ledger_reason,ledger_owner,ledger_expires
"'@example.com",administer,root@example.com,false,,administrator,box,team.yaml,12,,,,
jane@example.com,read,john@example.com,false,,permission full_access,box,team.yaml,12,,,,
jane@example.com,send_on_behalf,john@example.com,false,,permission send_on_behalf,box,team.yaml,12,,,,
jane@example.com,receive,jane@partner.example,true,sales@example.com,"alias, forward",box,team.yaml,12,"'@partner.example",mother company,it@example.com,2027-01-31
sales@example.com,send_as,jane@example.com,false,,permitted sender,box,,,,,,
"#);
    assert_eq!(rows(&sheet)[1][0], "'@example.com");
}

proptest! {
    #[test]
    fn every_cell_comes_back_and_none_runs(text in hostile(), more in hostile()) {
        let mut report = audit_report();
        report.findings.truncate(1);
        report.findings[0].message.clone_from(&text);
        report.findings[0].declared = Some(more.clone());
        let sheet = audit(&report);
        let rows = rows(&sheet);
        prop_assert_eq!(rows.len(), 2);
        prop_assert_eq!(rows[1].len(), AUDIT.len());
        for (cell, raw) in [(&rows[1][5], &text), (&rows[1][6], &more)] {
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
            let escaped = escape(raw);
            let added = cell.matches('\'').count() - escaped.matches('\'').count();
            prop_assert!(added <= cell.split(';').count());
            let pieces = cell.split(';').zip(escaped.split(';'));
            for (piece, bare) in pieces {
                prop_assert!(piece == bare || piece.strip_prefix('\'') == Some(bare), "{cell:?} {raw:?}");
            }
        }
    }
}
