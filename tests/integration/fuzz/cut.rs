//! A reply that ends early is never taken for a whole one: wherever it is cut, what is read is what was there, or
//! the reading is not complete.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::number;
use super::record::{decoders, recorded};
use super::targets::{Decoder, Script, block_on};
use crate::tally::{What, held};

/// How many cuts of each service are tried.
const CUTS: u64 = 60;

fn cut_anywhere(name: &str, decoder: &Decoder) {
    let seed = number("MAILWRIGHT_FUZZ_SEED").unwrap_or(1);
    let cuts = number("MAILWRIGHT_FUZZ_CASES").unwrap_or(CUTS);
    let mut random = StdRng::seed_from_u64(seed);
    let Script(whole) = recorded(name);
    let wanted = block_on(decoder.read(Script(whole.clone())));
    for case in 0..cuts {
        let mut entries = whole.clone();
        let number = random.random_range(0..entries.len());
        let body = &mut entries[number].body;
        // A body without a byte is an answer of its own: some say that way that nothing is set.
        let length = random.random_range(1..body.len().max(2));
        body.truncate(length);
        let request = entries[number].request.clone();
        let told = format!("MAILWRIGHT_FUZZ_SEED={seed} case {case}: {name} {request} cut at {length}");
        let found = block_on(decoder.read(Script(entries)));
        let is_whole = found.error.is_none()
            && found.observed.incomplete().is_empty()
            && found.observed.unknown == wanted.observed.unknown;
        if is_whole {
            for (identity, object) in &wanted.observed.objects {
                let same = found.observed.objects.get(identity);
                let same = same.unwrap_or_else(|| panic!("{told}: {identity} is gone and the list is whole"));
                for (field, reading) in
                    same.fields.iter().filter_map(|(field, reading)| Some((field, reading.known()?)))
                {
                    assert_eq!(Some(reading), object.fields.value(field), "{told}: {identity} {field}");
                }
            }
        }
        assert_eq!(found.ready, 0, "{told}: it plans a change");
    }
    let name = name.trim_start_matches("reply_");
    held(What::HostileInputs, &format!("fuzz-cut-{name}"), usize::try_from(cuts).expect("fewer"));
}

#[test]
fn a_reply_that_is_cut_is_no_whole_one() {
    for (name, decoder) in decoders() {
        cut_anywhere(name, decoder);
    }
}

/// A list of nothing says `[]` or `null`. A reply without a byte says nothing, and is no reason to think that there is
/// nothing: neither users, nor forwarding aliases, nor one of them.
#[test]
fn a_list_of_open_xchange_without_a_byte_is_no_empty_list() {
    let (name, decoder) = decoders().find(|(name, _)| *name == "reply_open_xchange").expect("it is recorded");
    let Script(whole) = recorded(name);
    let mut count = 0;
    for number in 0..whole.len() {
        let path = whole[number].request.split('?').next().unwrap_or_default().to_owned();
        if !path.ends_with("/users") && !path.contains("/forward") {
            continue;
        }
        let mut entries = whole.clone();
        entries[number].body.clear();
        let found = block_on(decoder.read(Script(entries)));
        assert!(found.error.is_some() || !found.observed.incomplete().is_empty(), "{path}");
        assert_eq!(found.ready, 0, "{path}");
        count += 1;
    }
    assert!(count >= 2, "{whole:?}");
}
