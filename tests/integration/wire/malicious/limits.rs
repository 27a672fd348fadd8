//! Answers without an end: bytes, headers, waits and pages. Each reading ends, and takes no more than it says it does.

use std::time::Duration;

use mailwright::model::{Change, Kind, Plan, Verb};
use tokio::time::Instant;

use super::evils::json;
use super::proxy::{Evil, Piece, Strike};
use super::reading::{Elsewhere, endures, wishes};
use super::{Proxied, name};
use crate::tally::{What, held};
use crate::wire::service::Type;
use crate::wire::site::{Site, lines};

const TYPES: [Type; 5] =
    [Type::MailInABox, Type::Rackspace, Type::OpenXchange, Type::Atmail, Type::Censornet];

fn evil(name: &str, pieces: Vec<Piece>) -> Evil {
    Evil { name: name.to_owned(), lies: false, pieces }
}

/// A service that holds the first wish, and the second.
async fn ready(kind: Type) -> (Proxied, Site, Elsewhere) {
    let service = Proxied::fresh(kind).await;
    let (first, second) = wishes(kind);
    Site::load(&service, &first).expect("loads").run(&service).await;
    let site = Site::load(&service, &second).expect("loads");
    (service, site, Elsewhere::listen().await)
}

/// Plans while one call, or all of them, is answered so; returns how many bytes were taken.
async fn taken(kind: Type, evil: Evil, from: usize, times: usize) -> u64 {
    let (service, site, elsewhere) = ready(kind).await;
    endures(&service, &site, Strike { evil, from, times }, &elsewhere).await;
    service.proxy.taken()
}

fn head(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{line}\r\n").into_bytes()
}

#[test]
fn a_body_without_end_is_cut_off() {
    // No stopped clock: the bytes of this are always on their way.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for (kind, line) in TYPES.into_iter().zip(["x: y\r\n", "transfer-encoding: chunked\r\n"].iter().cycle()) {
        let piece = if line.starts_with('x') { vec![b' '; 1 << 20] } else { chunk(1 << 20) };
        let endless = evil("a body without end", vec![Piece::Bytes(head(line)), Piece::Forever(piece)]);
        let bytes = runtime.block_on(taken(kind, endless, 1, 1));
        // 64 MiB are read, and what is under way then; of Open-Xchange, whose lists come in one reply, 256.
        let most = if kind == Type::OpenXchange { 280 << 20 } else { 80 << 20 };
        assert!((60 << 20..most).contains(&bytes), "{kind:?}: {bytes}");
    }
    held(What::HostileInputs, "malicious-server-bodies", TYPES.len());
}

fn chunk(length: usize) -> Vec<u8> {
    [format!("{length:x}\r\n").as_bytes(), &vec![b' '; length], b"\r\n"].concat()
}

#[test]
fn headers_without_end_are_cut_off() {
    for kind in TYPES {
        for piece in ["x-a: b\r\n".repeat(1_000), "x-a: b".to_owned() + &"c".repeat(9_000)] {
            let begins = Piece::Bytes(b"HTTP/1.1 200 OK\r\n".to_vec());
            let endless = evil("headers without end", vec![begins, Piece::Forever(piece.into_bytes())]);
            let bytes = kind.block_on(taken(kind, endless, 1, 1));
            assert!(bytes < 8 << 20, "{kind:?}: {bytes}");
        }
    }
    held(What::HostileInputs, "malicious-server-headers", TYPES.len() * 2);
}

#[test]
fn a_drip_of_bytes_ends_with_the_time_given() {
    for kind in TYPES {
        kind.block_on(async {
            let (service, site, elsewhere) = ready(kind).await;
            let started = Instant::now();
            let drip = evil("a drip", vec![Piece::Bytes(head("content-length: 100000\r\n")), Piece::Drip]);
            endures(&service, &site, Strike { evil: drip, from: 1, times: 1 }, &elsewhere).await;
            // Four times the connection's five seconds.
            assert!(started.elapsed() < Duration::from_mins(2), "{kind:?}: {:?}", started.elapsed());
        });
    }
    held(What::HostileInputs, "malicious-server-drips", TYPES.len());
}

/// The number after `key` in a target.
fn after(target: &str, key: &str) -> usize {
    let rest = target.split_once(key).map_or("", |(_, rest)| rest);
    rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
}

fn exchange_page(target: &str, offset: usize, size: i64, total: &str, count: usize) -> Option<Vec<u8>> {
    target.contains("/ex/mailboxes?").then(|| {
        let rows: Vec<String> = (0..count)
            .map(|n| format!("{{\"name\":\"u{}\",\"displayName\":\"U\",\"size\":2048}}", offset + n))
            .collect();
        json(format!(
            "{{\"offset\":{offset},\"size\":{size},\"total\":{total},\"mailboxes\":[{}]}}",
            rows.join(",")
        ))
    })
}

fn webadmin_page(target: &str, start: usize, count: usize) -> Option<Vec<u8>> {
    target.contains("/users/list/").then(|| {
        let row = |n: usize| format!("<key_{n}><Account>u{}@example.com</Account></key_{n}>", start + n);
        let rows = (0..count).map(row).collect::<Vec<_>>().concat();
        let body =
            format!("<api><userlist><response>{rows}</response><status>success</status></userlist></api>");
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
    })
}

fn filter_page(target: &str, meta: &str, padding: usize) -> Option<Vec<u8>> {
    target.contains("/email/mailbox/v2").then(|| {
        let page = after(target, "page=").max(1);
        let row = format!(
            "{{\"id\":{page},\"email_address_id\":{page},\"email_address\":\"u{page}@example.com\",\"executive\":0,\
             \"realname\":\"{}\",\"is_ad_mailbox\":0}}",
            "x".repeat(padding)
        );
        let meta = meta.replace("PAGE", &page.to_string());
        json(format!("{{\"data\":[{row}],\"meta\":{{{meta}}}}}"))
    })
}

/// Deletes that rest on a list: what is declared to be gone, and was found by itself, may go.
fn pruned(plan: &Plan) -> usize {
    let is_listed = |change: &&Change| change.verb == Verb::Delete && change.identity.kind() != Kind::Mailbox;
    plan.ready().filter(is_listed).count()
}

type Page = fn(&str) -> Option<Vec<u8>>;

/// Lists that never end, or say so.
fn lists() -> Vec<(Type, &'static str, Page)> {
    vec![
        (Type::Rackspace, "rows for ever", |t| exchange_page(t, after(t, "offset="), 1, "1000000000000", 1)),
        (Type::Rackspace, "the same page for ever", |t| exchange_page(t, 0, 100, "1000000000000", 100)),
        (Type::Rackspace, "empty pages of a large list", |t| {
            exchange_page(t, after(t, "offset="), 100, "1000000000000", 0)
        }),
        (Type::Rackspace, "pages of size 0", |t| exchange_page(t, after(t, "offset="), 0, "5", 0)),
        (Type::Rackspace, "a negative size and total", |t| {
            exchange_page(t, after(t, "offset="), -5, "-7", 1)
        }),
        (Type::Rackspace, "an offset that goes back", |t| {
            exchange_page(t, after(t, "offset=").saturating_sub(1), 100, "500", 100)
        }),
        (Type::Atmail, "rows for ever", |t| webadmin_page(t, after(t, "start/"), 2)),
        (Type::Atmail, "the same page for ever", |t| webadmin_page(t, 0, 200)),
        (Type::Atmail, "other rows each time", |t| webadmin_page(t, after(t, "start/") * 7 + 3, 200)),
        (Type::Censornet, "a million million pages", |t| {
            filter_page(
                t,
                "\"page\":PAGE,\"page_size\":1,\"total\":1000000000000,\"total_pages\":1000000000000",
                1,
            )
        }),
        (Type::Censornet, "the same page for ever", |t| {
            filter_page(
                t.split('?').next()?,
                "\"page\":1,\"page_size\":1,\"total\":9000,\"total_pages\":9000",
                1,
            )
        }),
        (Type::Censornet, "pages of size 0", |t| {
            filter_page(t, "\"page\":PAGE,\"page_size\":0,\"total\":9000,\"total_pages\":9000", 1)
        }),
        (Type::Censornet, "negative numbers", |t| {
            filter_page(t, "\"page\":PAGE,\"page_size\":-1,\"total\":-9,\"total_pages\":-3", 1)
        }),
    ]
}

#[test]
fn a_list_without_end_is_read_to_a_bound_and_counts_as_incomplete() {
    let mut count = 0;
    for (kind, told, page) in lists() {
        kind.block_on(async {
            let (service, site, elsewhere) = ready(kind).await;
            let pages = Evil { lies: true, ..evil(told, vec![Piece::Made(page)]) };
            let strike = Strike { evil: pages, from: 0, times: usize::MAX };
            let plan = endures(&service, &site, strike, &elsewhere).await;
            assert!(plan.is_incomplete(), "{}: {told}\n{}", name(kind), lines(&plan));
            assert_eq!(pruned(&plan), 0, "{}: {told}\n{}", name(kind), lines(&plan));
        });
        count += 1;
    }
    held(What::HostileInputs, "malicious-server-pages", count);
}
