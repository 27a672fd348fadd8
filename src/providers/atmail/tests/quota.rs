//! What quotas count in.

use super::*;

async fn read_quota(bench: &Bench, name: &str) -> Reading {
    let seen = bench.object(&mailbox(name), &[Field::Quota]).await.expect("a mailbox");
    seen.fields.get(&Field::Quota).expect("told").clone()
}

async fn bench(quirk: Option<Quirk>, unit: &str, column: &str) -> Bench {
    let params = [me(), vec![("quota_unit", text(unit))]].concat();
    Bench::with(
        |builder| quirk.into_iter().fold(builder, Builder::with),
        params,
        |rows| {
            rows.user(ANN, "x").column(ANN, "UserQuota", column);
        },
    )
    .await
}

#[tokio::test]
async fn a_quota_that_may_be_either_is_not_read_before_a_write_has_shown_it() {
    for (quirk, column, now) in [(None, "102400", 102_400), (Some(Quirk::QuotaInKb), "524288", 512)] {
        let bench = bench(quirk, "auto", column).await;
        match read_quota(&bench, ANN).await {
            Reading::NotRead(reason) | Reading::Untold(reason) => {
                assert!(reason.contains("unverified") && reason.contains("`quota_unit`"), "{reason}");
            }
            Reading::Known(value) => panic!("{value}"),
        }
        let made = create(mailbox(BOB), person().with(Field::Quota, mebibytes(1024)));
        assert_eq!(bench.write(&made).await, [""; 0]);
        for (name, mib) in [(ANN, now), (BOB, 1024)] {
            assert_eq!(read_quota(&bench, name).await, Reading::Known(mebibytes(mib)), "{quirk:?}");
        }
        bench
            .write(&update(mailbox(ANN), Fields::new(), Fields::new().with(Field::Quota, mebibytes(2048))))
            .await;
        assert_eq!(read_quota(&bench, ANN).await, Reading::Known(mebibytes(2048)));
    }
}

#[tokio::test]
async fn what_the_next_run_cannot_see_is_told_once() {
    for (quirk, mib, unit) in
        [(None, 100 << 10, "mib"), (Some(Quirk::QuotaInKb), 500, "kib"), (Some(Quirk::QuotaInKb), 20, "kib")]
    {
        let bench = bench(quirk, "auto", "1").await;
        let quota = || person().with(Field::Quota, mebibytes(mib));
        let notes = bench.write(&create(mailbox(BOB), quota())).await;
        assert!(notes.len() == 1 && notes[0].contains(&format!("`quota_unit: {unit}`")), "{mib}: {notes:?}");
        assert_eq!(bench.write(&create(mailbox("c@example.com"), quota())).await, [""; 0]);
    }
}

#[tokio::test]
async fn the_connection_may_say_it() {
    for (unit, value) in [("mib", mebibytes(5120)), ("kib", mebibytes(5))] {
        let bench = bench(None, unit, "5120").await;
        assert_eq!(read_quota(&bench, ANN).await, Reading::Known(value));
    }
    // A server that counts otherwise than said is noticed at the first write.
    let bench = bench(Some(Quirk::QuotaInKb), "mib", "5120").await;
    let change = update(mailbox(ANN), Fields::new(), Fields::new().with(Field::Quota, mebibytes(10)));
    let notes = bench.write(&change).await;
    assert!(notes.len() == 1 && notes[0].contains("`quota`"), "{notes:?}");
    assert!(matches!(read_quota(&bench, ANN).await, Reading::NotRead(_)));
}

#[tokio::test]
async fn no_quota_is_not_taken_for_any() {
    for column in ["", "0"] {
        let bench = bench(None, "mib", column).await;
        assert_eq!(read_quota(&bench, ANN).await, Reading::Known(Value::Quota(Quota::Unlimited)));
    }
}
