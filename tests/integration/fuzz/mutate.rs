//! Small changes to bytes that worked: what a fuzzer does, without counting coverage.

use rand::RngExt as _;
use rand::rngs::StdRng;

/// Words that parsers stumble over: of numbers, of JSON, of XML, of YAML, of addresses, of terminals.
const WORDS: [&[u8]; 56] = [
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"4294967296",
    b"9223372036854775807",
    b"9223372036854775808",
    b"18446744073709551615",
    b"18446744073709551616",
    b"1e999999",
    b"-0.0",
    b"NaN",
    b"0x10",
    b"null",
    b"true",
    b"false",
    b"\"\"",
    b"[]",
    b"{}",
    b"[[[[",
    b"}",
    b",",
    b":",
    b"\"\\ud800\"",
    b"\\u0000",
    b"\\u001b[31m",
    b"\x1b[2J",
    b"\0",
    b"\r\n",
    b"\n",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"<",
    b"</",
    b"/>",
    b"<![CDATA[",
    b"]]>",
    b"&#0;",
    b"&amp;",
    b"<!DOCTYPE a>",
    b"&x ",
    b"*x",
    b"<<: ",
    b"!!str ",
    b"- ",
    b"|\n  ",
    b"? ",
    b"absent",
    b"all",
    b"@",
    b"@example.com",
    b"ann@example.com",
    b"xn--",
    b"\xc3\xbc",
];

/// The longest input that is tried.
const LONGEST: usize = 64 << 10;

/// One of the corpus, changed in one to six places.
pub(super) fn mutated(corpus: &[(String, Vec<u8>)], random: &mut StdRng) -> Vec<u8> {
    let mut data = corpus[random.random_range(0..corpus.len())].1.clone();
    for _ in 0..random.random_range(1..=6) {
        let other = &corpus[random.random_range(0..corpus.len())].1;
        change(&mut data, other, random);
    }
    data.truncate(LONGEST);
    data
}

/// A stretch of so many bytes.
fn stretch(length: usize, random: &mut StdRng) -> std::ops::Range<usize> {
    if length == 0 {
        return 0..0;
    }
    let start = random.random_range(0..length);
    let most = if random.random_bool(0.8) { 16 } else { length };
    start..(start + random.random_range(1..=most)).min(length)
}

fn change(data: &mut Vec<u8>, other: &[u8], random: &mut StdRng) {
    let at = random.random_range(0..=data.len());
    match random.random_range(0..11) {
        0 if at < data.len() => data[at] ^= 1 << random.random_range(0..8),
        1 if at < data.len() => data[at] = random.random(),
        2 => data.truncate(at),
        3 => drop(data.drain(stretch(data.len(), random))),
        4 => {
            let piece = data[stretch(data.len(), random)].to_vec();
            data.splice(at..at, piece);
        }
        5 => {
            let piece = other[stretch(other.len(), random)].to_vec();
            let gone = at..stretch(data.len(), random).end.max(at);
            data.splice(gone, piece);
        }
        6 => number(data, at, random),
        7 => lines(data, random),
        8 => {
            let piece = [data[stretch(data.len(), random)].to_vec()].concat();
            let many = random.random_range(2..40);
            data.splice(at..at, piece.repeat(many));
        }
        9 => {
            // A word of the text in the place of another.
            let piece = word(other, random.random_range(0..=other.len()))
                .map_or(Vec::new(), |word| other[word].to_vec());
            if let Some(gone) = word(data, at) {
                data.splice(gone, piece);
            }
        }
        _ => {
            let word = WORDS[random.random_range(0..WORDS.len())];
            let gone = if random.random_bool(0.5) { at..at } else { self::word(data, at).unwrap_or(at..at) };
            data.splice(gone, word.iter().copied());
        }
    }
}

/// The word that stands at a place or after it.
fn word(data: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-@".contains(byte);
    let start = at + data[at..].iter().position(is_part)?;
    let length = data[start..].iter().take_while(|byte| is_part(byte)).count();
    Some(start..start + length)
}

/// Changes the next number.
fn number(data: &mut Vec<u8>, at: usize, random: &mut StdRng) {
    let Some(start) = data[at..].iter().position(u8::is_ascii_digit) else { return };
    let start = at + start;
    let length = data[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let word = WORDS[random.random_range(0..13)];
    data.splice(start..start + length, word.iter().copied());
}

/// Exchanges two lines, or says one again.
fn lines(data: &mut Vec<u8>, random: &mut StdRng) {
    let mut lines: Vec<Vec<u8>> = data.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let (one, two) = (random.random_range(0..lines.len()), random.random_range(0..lines.len()));
    if random.random_bool(0.5) {
        lines.swap(one, two);
    } else {
        let again = lines[one].clone();
        lines.insert(two, again);
    }
    *data = lines.concat();
}
