//! What is fuzzed, and what must hold whatever comes: each target is a function of some bytes that panics where
//! something does not hold. The programs of `fuzz_targets` call one each, and so do the ordinary tests
//! (`tests/integration/fuzz`), with the corpus and with mutations of it.

mod files;
mod replies;
mod script;
mod state;
mod texts;

pub(crate) use replies::{ATMAIL, CENSORNET, Decoder, MAILINABOX, OPEN_XCHANGE, RACKSPACE};
pub(crate) use script::{Entry, Script};
pub(crate) use state::block_on;

/// A target: some bytes in, a panic where something does not hold.
type Target = fn(&[u8]);

/// Every target by the name of its corpus.
const TARGETS: [(&str, Target); 13] = [
    ("address", texts::address),
    ("config_file", texts::config_file),
    ("config_folder", texts::config_folder),
    ("connection", texts::connection),
    ("journal", files::journal),
    ("quota", texts::quota),
    ("reply_atmail", replies::atmail),
    ("reply_censornet", replies::censornet),
    ("reply_mailinabox", replies::mailinabox),
    ("reply_open_xchange", replies::open_xchange),
    ("reply_postfixadmin", replies::postfixadmin),
    ("reply_rackspace", replies::rackspace),
    ("saved_plan", files::saved_plan),
];

/// Runs the target of this name.
pub(crate) fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target of this name");
    target(data);
}

/// Fails where a text that goes to a terminal holds what moves its cursor or hides or turns text.
pub(crate) fn tame(text: &str, what: &str) {
    let wild = text.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    assert!(wild.is_none(), "{what} shows {wild:?}: {text:?}");
}
