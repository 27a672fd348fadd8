//! What a malicious service answers. Each is short; what is long or endless is in `limits`.

use super::proxy::{Evil, Piece};

/// Text that would clear a screen, set a title, turn the direction of writing, and end a line.
pub(super) const WILD: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}\u{9b}31m\r\nforged line\u{0}";

fn evil(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Evil {
    Evil { name: name.into(), lies: false, pieces: vec![Piece::Bytes(bytes.into())] }
}

/// A reply whose length is told right.
fn reply(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(super) fn json(body: impl AsRef<[u8]>) -> Vec<u8> {
    reply("200 OK", "content-type: application/json\r\n", body)
}

fn xml(body: &str) -> Vec<u8> {
    reply("200 OK", "content-type: application/xml\r\n", body)
}

/// Everything; `elsewhere` is a host and port that must not hear of any of it.
pub(super) fn all(elsewhere: &str) -> Vec<Evil> {
    [redirects(elsewhere), framing(), heads(), documents(), trees(elsewhere), waits(), words()].concat()
}

fn redirects(elsewhere: &str) -> Vec<Evil> {
    let mut evils = Vec::new();
    for status in [300, 301, 302, 303, 305, 306, 307, 308, 399] {
        let to = format!("location: http://{elsewhere}/x?a=b\r\n");
        evils.push(evil(format!("redirect {status}"), reply(&format!("{status} Elsewhere"), &to, "")));
    }
    for to in [
        format!("//{elsewhere}/"),
        format!("http://user:word@{elsewhere}/#x"),
        format!("http:\\\\{elsewhere}\\"),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
        "/".to_owned(),
        "\u{1b}[2J".to_owned(),
        String::new(),
        "x".repeat(60_000),
    ] {
        let headers = format!("location: {to}\r\n");
        let shown: String = to.chars().take(30).collect();
        evils.push(evil(format!("redirect to {shown:?}"), reply("302 Found", &headers, "")));
    }
    let refresh =
        format!("refresh: 0; url=http://{elsewhere}/\r\nlink: <http://{elsewhere}/>; rel=preload\r\n");
    evils.push(evil(
        "refresh",
        reply("200 OK", &refresh, format!("<meta http-equiv=refresh content='0;url=http://{elsewhere}'>")),
    ));
    let alternative = format!("alt-svc: h2=\"{elsewhere}\"; ma=86400\r\n");
    evils.push(evil("another service", reply("503 Unavailable", &alternative, "")));
    evils
}

fn framing() -> Vec<Evil> {
    let plain = |head: &str, body: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}\r\n{body}")
    };
    vec![
        evil("nothing", ""),
        evil("shorter than it says", plain("content-length: 1000\r\n", "[]")),
        evil("longer than it says", plain("content-length: 1\r\nconnection: close\r\n", "[[[[")),
        evil("a negative length", plain("content-length: -1\r\n", "[]")),
        evil("a length beyond all numbers", plain("content-length: 99999999999999999999999\r\n", "[]")),
        evil("the largest length", plain("content-length: 18446744073709551615\r\n", "[]")),
        evil("two lengths", plain("content-length: 2\r\ncontent-length: 3\r\n", "[]")),
        evil(
            "a length and chunks",
            plain("content-length: 2\r\ntransfer-encoding: chunked\r\n", "2\r\n[[\r\n0\r\n\r\n"),
        ),
        evil(
            "a chunk beyond all numbers",
            plain("transfer-encoding: chunked\r\n", "fffffffffffffffffff\r\n["),
        ),
        evil("the largest chunk", plain("transfer-encoding: chunked\r\n", "ffffffffffffffff\r\n[")),
        evil("a chunk that is none", plain("transfer-encoding: chunked\r\n", "zz\r\n[]\r\n0\r\n\r\n")),
        evil("a chunk that ends elsewhere", plain("transfer-encoding: chunked\r\n", "1\r\n[]]\r\n0\r\n\r\n")),
        evil("a chunk that is cut", plain("transfer-encoding: chunked\r\n", "5\r\n[")),
        evil(
            "a trailer that sets things",
            plain("transfer-encoding: chunked\r\n", "1\r\n[\r\n0\r\nlocation: /\r\n\r\n"),
        ),
        evil("another coding", plain("transfer-encoding: gzip, chunked\r\n", "2\r\n[1\r\n0\r\n\r\n")),
        evil("no gzip", reply("200 OK", "content-encoding: gzip\r\n", "[]")),
        evil("gzip within gzip", reply("200 OK", "content-encoding: gzip, gzip\r\n", "\u{1f}x")),
        evil(
            "brotli, which nobody asked for",
            reply("200 OK", "content-encoding: br\r\n", "\u{b}\u{2}[]\u{3}"),
        ),
        evil("deflate, which nobody asked for", reply("200 OK", "content-encoding: deflate\r\n", "x\u{1}[")),
    ]
}

fn heads() -> Vec<Evil> {
    let many = |line: &str, count: usize| line.repeat(count);
    vec![
        evil("HTTP/0.9", "[]"),
        evil("HTTP/2 unasked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        evil("mail", "220 mail.example.com ESMTP\r\n"),
        evil("TLS", b"\x15\x03\x01\x00\x02\x02\x28".as_slice()),
        evil("switching", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n[]"),
        evil("continue without end", many("HTTP/1.1 100 Continue\r\n\r\n", 10_000)),
        evil("hints without end", many("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", 10_000)),
        evil("204 with a body", "HTTP/1.1 204 No Content\r\n\r\n[{\"email\":\"x\"}]"),
        evil("205 with a body", reply("205 Reset Content", "", "[1")),
        evil("206 unasked", reply("206 Partial Content", "content-range: bytes 0-1/9999\r\n", "[")),
        evil("304 unasked", "HTTP/1.1 304 Not Modified\r\n\r\n"),
        evil("status 000", reply("000 Zero", "", "[]")),
        evil("status 999", reply("999 Much", "", "[]")),
        evil("no status", "HTTP/1.1\r\n\r\n[]"),
        evil("a header of a megabyte", reply("200 OK", &format!("x: {}\r\n", "y".repeat(1 << 20)), "[")),
        evil("ten thousand headers", reply("200 OK", &many("x-y: z\r\n", 10_000), "[")),
        evil(
            "a flood of cookies",
            reply("200 OK", &many("set-cookie: session=x; domain=example.com\r\n", 5_000), "["),
        ),
        evil("a header with a NUL", reply("200 OK", "x: \0\r\n", "[")),
        evil("a header that goes on", reply("200 OK", "x: y\r\n z\r\n", "[")),
        evil("a header without a name", reply("200 OK", ": y\r\n", "[")),
        evil(
            "a type that is none",
            reply("200 OK", &format!("content-type: {}\r\n", "a;".repeat(9_000)), "["),
        ),
    ]
}

fn documents() -> Vec<Evil> {
    let named = |name: &str, body: String| evil(format!("JSON {name}"), json(body));
    let mut evils = vec![
        named("100000 deep", "[".repeat(100_000)),
        named("100000 objects deep", "{\"a\":".repeat(100_000)),
        named("closed and deep", "[".repeat(20_000) + &"]".repeat(20_000)),
        named("with a surrogate alone", "{\"users\":[\"\\ud800\"],\"data\":\"\\udfff\"".to_owned()),
        named("in two", "{} {}".to_owned()),
        named("with a comment", "/* */ []".to_owned()),
        named("cut", "[{\"domain\":\"example.com\",\"users\":[{".to_owned()),
        named("in UTF-16", "\u{0}[\u{0}]".to_owned()),
    ];
    evils.push(evil("JSON not in UTF-8", json(b"[\"\xff\xfe\"]")));
    evils.push(evil("a page", reply("200 OK", "content-type: text/html\r\n", "<html><title>login</title>")));
    for body in [
        "[]",
        "{}",
        "null",
        "0",
        "true",
        "\"\"",
        "\"OK\"",
        "[null]",
        "[[]]",
        "[{}]",
        "",
        " ",
        "{\"status\":\"success\"}",
        "{\"users\":1e999999}",
        "{\"total\":18446744073709551616,\"size\":-1,\"offset\":-9}",
        "{\"a\":1,\"a\":[]}",
        "{\"data\":[],\"meta\":{\"page\":1,\"page_size\":0,\"total\":-1,\"total_pages\":-1}}",
        "{\"data\":[],\"meta\":{\"page\":1,\"page_size\":0,\"total\":0,\"total_pages\":1e12}}",
    ] {
        let mut lie = named(body, body.to_owned());
        lie.lies = true;
        evils.push(lie);
    }
    evils
}

fn trees(elsewhere: &str) -> Vec<Evil> {
    let entity = |n: u32| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10));
    let lol = (1..20).map(entity).collect::<Vec<_>>().concat();
    let external = format!("<!DOCTYPE a [<!ENTITY b SYSTEM \"http://{elsewhere}/x\">]><api>&b;</api>");
    let mut evils = vec![
        evil(
            "XML that reads a file",
            xml(
                "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><api>&b;</api>",
            ),
        ),
        evil("XML that fetches", xml(&external)),
        evil(
            "XML with a DTD elsewhere",
            xml(&format!("<!DOCTYPE a SYSTEM \"http://{elsewhere}/a.dtd\"><api/>")),
        ),
        evil("XML that grows", xml(&format!("<!DOCTYPE a [<!ENTITY l0 \"lol\">{lol}]><api>&l19;</api>"))),
        evil("XML with a style sheet", xml(&format!("<?xml-stylesheet href=\"http://{elsewhere}/\"?><api>"))),
        evil("XML with 100000 attributes", xml(&format!("<api {}>", "a='' ".repeat(100_000)))),
        evil("XML 100000 deep", xml(&"<a>".repeat(100_000))),
        evil("XML with an unknown entity", xml("<api><b>&etc;</b></api>")),
        evil("XML with a long name", xml(&format!("<{}>", "a".repeat(1 << 20)))),
        evil("XML in another coding", xml("<?xml version=\"1.0\" encoding=\"UTF-7\"?><api>+ADw-</api")),
    ];
    let mut empty = evil("an empty tree", xml("<api/>"));
    empty.lies = true;
    evils.push(empty);
    evils
}

fn waits() -> Vec<Evil> {
    let mut evils = Vec::new();
    for status in ["429 Too Many Requests", "503 Service Unavailable", "200 OK"] {
        for wait in [
            "1000000000",
            "18446744073709551616",
            "-5",
            "NaN",
            "0",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Thu, 01 Jan 1970 00:00:00 GMT",
        ] {
            let headers = format!("retry-after: {wait}\r\n");
            evils.push(evil(format!("{status} after {wait}"), reply(status, &headers, "[")));
        }
    }
    evils
}

/// Errors whose text would do something to a terminal.
fn words() -> Vec<Evil> {
    let mut evils = Vec::new();
    let text = serde_json::to_string(WILD).expect("a text");
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "409 Conflict",
        "422 No",
        "500 Error",
        "200 OK",
    ] {
        evils.push(evil(
            format!("{status} in wild text"),
            reply(status, "content-type: text/plain\r\n", WILD),
        ));
        let body = format!(
            "{{\"error\":{text},\"errors\":[{{\"title\":{text}}}],\"message\":{text},\"status\":\"invalid\",\"reason\":{text},\
             {text}:{text},\"unauthorizedFault\":{{\"message\":{text}}},\"success\":false}}"
        );
        evils.push(evil(
            format!("{status} in wild JSON"),
            reply(status, "content-type: application/json\r\n", body),
        ));
        let tree = format!(
            "<api><response><message>{WILD}</message></response><status>failed</status><{WILD}/></api>"
        )
        .replace('\0', "");
        evils.push(evil(
            format!("{status} in wild XML"),
            reply(status, "content-type: application/xml\r\n", tree),
        ));
    }
    for evil in &mut evils {
        // What is not there may truly not be there.
        evil.lies = evil.name.starts_with("404");
    }
    evils
}
