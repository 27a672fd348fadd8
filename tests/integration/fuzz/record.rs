//! Seeds of the corpus that the program and the simulated services write: what services answer while the wish of a
//! decoder is read that they hold, and the plan from a service that holds nothing of it.
//!
//! `MAILWRIGHT_FUZZ_RECORD=1` writes them anew; else the test looks whether they still read well.

use std::fs;

use super::targets::{self, Decoder, Script};
use super::{corpus_folder, number};
use crate::wire::{Answered, answered};

/// The decoders by the name of their corpus.
const DECODERS: [(&str, &Decoder); 5] = [
    ("reply_mailinabox", &targets::MAILINABOX),
    ("reply_rackspace", &targets::RACKSPACE),
    ("reply_open_xchange", &targets::OPEN_XCHANGE),
    ("reply_atmail", &targets::ATMAIL),
    ("reply_censornet", &targets::CENSORNET),
];

/// The script with which a decoder sees its wish fulfilled.
pub(super) fn recorded(name: &str) -> Script {
    let path = corpus_folder(name).join("recorded");
    Script::read(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

pub(super) fn decoders() -> impl Iterator<Item = (&'static str, &'static Decoder)> {
    DECODERS.into_iter()
}

#[test]
fn the_seeds_of_the_corpus_are_what_services_answer() {
    for (name, decoder) in decoders() {
        if number("MAILWRIGHT_FUZZ_RECORD").is_some() {
            let type_name = name.trim_start_matches("reply_");
            let Answered { before, after, plan } = answered(type_name, decoder.wish);
            for (file, entries) in [("before", before), ("recorded", after)] {
                fs::write(corpus_folder(name).join(file), Script(entries).write()).expect("written");
            }
            fs::write(corpus_folder("saved_plan").join(type_name), plan).expect("written");
        }
        let seen = targets::block_on(decoder.read(recorded(name)));
        assert!(seen.error.is_none(), "{name}: {:?}", seen.error);
        assert!(seen.observed.incomplete().is_empty(), "{name}: {:?}", seen.observed.incomplete());
        assert_eq!(seen.ready, 0, "{name} is not what its wish asks for");
        assert!(seen.observed.objects.len() >= 2, "{name}: {:?}", seen.observed.objects);
    }
}
