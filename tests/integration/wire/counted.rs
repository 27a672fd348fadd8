//! What a service sees of a large apply: one write for each change, and never more calls at once than the connection
//! says.

use std::fmt::Write as _;
use std::time::Duration;

use axum::http::Method;
use mailwright::providers::mailinabox::sandbox::MailInABox;
use mailwright::sandbox::{Running, start};

use crate::process::bench::Bench;

const MAILBOXES: u64 = 500;
const LIMIT: usize = 32;

/// The calls that write, by path.
fn writes(server: &Running) -> Vec<(String, u64)> {
    let routes = server.counters().routes.into_iter();
    routes.filter(|(route, _)| !route.starts_with(Method::GET.as_str())).collect()
}

#[tokio::test]
async fn a_large_apply_is_one_write_for_each_change_within_the_limit_and_the_next_writes_nothing() {
    let sandbox = MailInABox::builder().behind_nginx().side_by_side().delay(Duration::from_millis(5)).build();
    let server = start(sandbox.simulator()).await.expect("a server");
    let mut wish = format!("policy: {{max_creates: {{mailboxes: {MAILBOXES}}}}}\ndomains:\n");
    for domain in 0..10 {
        let _ = writeln!(wish, "  d{domain}.example: {{provider: box}}");
    }
    wish.push_str("mailboxes:\n");
    for number in 0..MAILBOXES {
        let _ = writeln!(wish, "  p{number}@d{}.example: {{password: {{env: NORA_PASSWORD}}}}", number % 10);
    }
    let bench = Bench::boxed(&format!("{}/admin", server.url()), &wish);
    let limit = format!("timeout: 30\n    max_in_flight: {LIMIT}");
    bench.edit("mail/providers.yaml", "timeout: 2", &limit);

    let ran = bench.run(["apply", "mail", "--yes"]).await;
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(writes(&server), [("POST /admin/mail/users/add".to_owned(), MAILBOXES)]);
    let most = server.counters().max_in_flight;
    assert!((2..=LIMIT).contains(&most), "{most} at once");
    let made = sandbox.snapshot().users.into_iter().filter(|user| user.email.starts_with('p'));
    assert_eq!(made.map(|user| user.password_writes).collect::<Vec<_>>(), [1].repeat(500));

    server.clear();
    let ran = bench.run(["apply", "mail", "--yes"]).await;
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(writes(&server), []);
}
