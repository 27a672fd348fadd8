//! Every operation has a row, and a path that cannot be used says why.

use std::collections::BTreeSet;

use super::*;
use crate::model::ConnectionName;

fn spec(paths: &[(&str, &str)]) -> ConnectionSpec {
    let map = paths.iter().map(|(key, path)| ((*key).to_owned(), Param::Text((*path).to_owned()))).collect();
    ConnectionSpec {
        name: ConnectionName::new("cloud"),
        type_name: "open_xchange".into(),
        params: BTreeMap::from([("paths".to_owned(), Param::Map(map))]),
        at: None,
    }
}

fn path(paths: &Paths, op: Op, values: &[(&str, &str)]) -> String {
    format!("{:?}", paths.call(op, Method::Get, values).expect("a call"))
}

#[test]
fn every_operation_has_one_row_and_one_key() {
    let ops: BTreeSet<Op> = OPERATIONS.iter().map(|row| row.op).collect();
    let keys: BTreeSet<&str> = OPERATIONS.iter().map(|row| row.key).collect();
    assert_eq!((ops.len(), keys.len()), (OPERATIONS.len(), OPERATIONS.len()));
    // The last one is the last of the type, so none is left out.
    assert_eq!(Op::AnnouncementDisable as usize + 1, OPERATIONS.len());
    for row in &OPERATIONS {
        assert_eq!(operation(row.op).key, row.key);
        if let Some(path) = row.path {
            row.read(path).unwrap_or_else(|error| panic!("{}: {error}", row.key));
        }
    }
    assert!(
        OPERATIONS.iter().all(|row| row.method.is_none()
            || row.method != Some(Method::Delete)
            || !["forwards", "sessions_all"].contains(&row.key)),
        "nothing empties a context"
    );
}

#[test]
fn values_are_escaped_so_that_a_star_is_one() {
    let paths = Paths::of(&spec(&[])).expect("the defaults");
    let values = [("context", "24"), ("user", "7"), ("value", "*@spam.example/x")];
    let shown = path(&paths, Op::BlacklistFind, &values);
    assert!(shown.contains("/oxaas/v1/admin/contexts/24/users/7/blacklist/%2A@spam.example%2Fx"), "{shown}");
    let shown = path(&paths, Op::Welcome, &values);
    assert!(shown.contains("/oxaas/v1/notification/welcome/7@24\""), "{shown}");
    assert!(paths.call(Op::ExplicitDomains, Method::Get, &values).is_err());
}

#[test]
fn a_verb_may_stand_before_a_path_that_has_but_one() {
    let given =
        spec(&[("forward_replace", "PUT /x/{context}/{alias}"), ("mail_quota", "/m/{user}@{context}/q")]);
    let paths = Paths::of(&given).expect("paths");
    let values = [("context", "acme_shop"), ("alias", "a@example.com"), ("user", "7"), ("uid", "x")];
    let shown = path(&paths, Op::ForwardReplace, &values);
    assert!(shown.contains("method: Put") && shown.contains("\"/x/acme_shop/a@example.com\""), "{shown}");
    assert!(path(&paths, Op::MailQuota, &values).contains("/m/7@acme_shop/q"));
}

#[test]
fn a_path_that_cannot_be_used_says_why() {
    for (key, path, words) in [
        ("custom", "/x/{context}", "`{user}` is missing"),
        ("custom", "/x/{context}/{user}/{alias}", "`{alias}` is no placeholder"),
        ("custom", "PUT /x/{context}/{user}", "several verbs"),
        ("bulk", "PATCH /x/{context}/{user}", "`PATCH` is no verb"),
        ("bulk", "GET /x/{context}/{user}", "`GET` is no verb for it"),
        ("search", "POST /x", "`POST` is no verb for it"),
        ("search", "x", "must start with `/`"),
        ("search", "/x?y=1", "no query"),
        ("mail_quota", "/m", "`{uid}` or `{user}` is missing"),
        ("brand", "/x/{context", "is missing"),
        ("brand", "/x/{context}/y}", "braces"),
    ] {
        let error = Paths::of(&spec(&[(key, path)])).expect_err(path);
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains(words), "{path}: {error}");
        assert!(error.message.contains(&format!("paths.{key}")) && error.hint.is_some(), "{error}");
    }
}
