//! Long lists, and servers that page in their own way.

use super::*;
use crate::providers::atmail::sandbox::Order;

fn fill(rows: &mut Rows<'_>, count: usize) {
    for number in 0..count {
        rows.user(&format!("m{number:04}@example.com"), "x");
    }
}

async fn count(bench: &Bench) -> (usize, usize) {
    let (state, error) = bench.try_read(vec![whole(Kind::Mailbox, &[])]).await;
    assert!(error.is_none(), "{error:?}");
    (state.objects.len(), state.incomplete().len())
}

#[tokio::test]
async fn a_list_is_read_to_its_end_whatever_the_server_makes_of_the_paging() {
    let quirks = [
        None,
        Some(Quirk::VolumeIgnored),
        Some(Quirk::LastPageRepeated),
        Some(Quirk::StartFromOne),
        Some(Quirk::BareNames),
    ];
    for quirk in quirks {
        for number in [0, 1, 2, 49, 50, 51, 199, 200, 201, 399, 400, 457] {
            let bench = Bench::with(
                |builder| quirk.into_iter().fold(builder.order(Order::Account), Builder::with),
                me(),
                |rows| fill(rows, number),
            )
            .await;
            assert_eq!(count(&bench).await, (number, 0), "{quirk:?} {number}");
        }
    }
}

#[tokio::test]
async fn a_start_that_is_ignored_is_noticed_where_a_page_is_full() {
    for (number, found, gaps) in [(150, 150, 0), (200, 200, 1), (457, 200, 1)] {
        let bench = Bench::odd(Quirk::StartIgnored, |rows| fill(rows, number)).await;
        assert_eq!(count(&bench).await, (found, gaps), "{number}");
    }
    let bench = Bench::odd(Quirk::StartIgnored, |rows| fill(rows, 457)).await;
    let (state, _) = bench.try_read(vec![whole(Kind::Mailbox, &[])]).await;
    assert!(unknown(&state, &mailbox("m0400@example.com")).contains("incomplete list"));
}

#[tokio::test]
async fn a_list_that_shifts_is_read_again() {
    let bench = Bench::new(|rows| fill(rows, 450)).await;
    let sandbox = bench.sandbox.clone();
    let shift = FaultKind::Meanwhile(Arc::new(move || {
        sandbox.edit(|rows| {
            rows.remove_user("m0000@example.com");
        });
    }));
    let path = format!("{BASE}/users/list*");
    bench.server.faults().add(Fault::new(shift).to(Method::GET, path).nth(2));
    assert_eq!(count(&bench).await, (449, 0));
}

#[tokio::test]
async fn a_page_that_fails_leaves_the_list_incomplete() {
    let bench = Bench::new(|rows| fill(rows, 450)).await;
    let path = format!("{BASE}/users/list*");
    for kind in [FaultKind::HtmlPage, FaultKind::HalfBody] {
        bench.server.faults().add(Fault::new(kind.clone()).to(Method::GET, path.clone()).nth(2));
        assert_eq!(count(&bench).await, (200, 1), "{kind:?}");
    }
}
