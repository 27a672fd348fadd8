//! Saved plans that somebody changed: each value of the file, one at a time, with the id as it was and with one that
//! fits, cut short anywhere, and in other encodings. Such a plan is refused, or what it applies is what was planned.
//!
//! What may be otherwise and is only shown: reasons, effects, notes, places, the counts of what was read, the day. What
//! can be left out: a change, for then less is done. What the plan says that it read (what was there, the service's id and
//! record of it) is not compared here: `apply` reads it again and skips a change of which it is otherwise; that is tried
//! in the laws. `MAILWRIGHT_WIRE_SEED` sets which of the values are tried.

use std::fmt::Write as _;

use mailwright::model::{Change, Ground, Kind, Plan, Status};
use mailwright::plan::SavedError;
use mailwright::render::json;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::conformance::{complete, files, steps};
use super::service::Type;
use super::site::{Cut, Site};
use crate::tally::{self, What};

/// How many values of one plan are tried.
const SAMPLE: usize = 90;

/// The plans of a type, as files, with their configurations.
async fn plans(kind: Type) -> Vec<(Site, Plan)> {
    let mut plans = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("readable");
        let service = kind.fresh().await;
        for (_, wish) in steps(&text) {
            let Ok(site) = Site::load(&*service, &complete(kind, &wish)) else { continue };
            let (providers, plan) = site.look().await;
            site.apply(&*service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
            if plan.ready().count() > 0 {
                plans.push((site, plan));
            }
        }
    }
    plans
}

/// The places of all values, the containers among them.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let at = format!("{at}/{}", escaped(key));
                places.push(at.clone());
                self::places(value, &at, places);
            }
        }
        Value::Array(array) => {
            for (number, value) in array.iter().enumerate() {
                let at = format!("{at}/{number}");
                places.push(at.clone());
                self::places(value, &at, places);
            }
        }
        _ => {}
    }
}

fn without(document: &Value, place: &str) -> Value {
    let mut document = document.clone();
    let (parent, key) = place.rsplit_once('/').expect("a pointer");
    match document.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            object.remove(&key.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(array)) => {
            array.remove(key.parse().expect("a number"));
        }
        _ => panic!("{place} is in no container"),
    }
    document
}

/// What may stand there instead.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!(0)],
        Value::Bool(yes) => vec![json!(!yes), json!("x")],
        Value::Number(number) => {
            let number = number.as_u64().unwrap_or(7);
            vec![json!(number + 1), json!(-1), json!(1.5), json!(u64::MAX)]
        }
        Value::String(text) => {
            let mut others =
                vec![json!(format!("x{text}")), json!(""), json!(null), json!("\u{202e}\u{0}\n")];
            others.extend(text.contains('@').then(|| json!("eve@example.com")));
            for (one, other) in [("create", "delete"), ("update", "delete"), ("delete", "create")] {
                others.extend(text.starts_with(one).then(|| json!(text.replacen(one, other, 1))));
            }
            others
        }
        Value::Array(array) => {
            let mut twice = array.clone();
            twice.extend(array.first().cloned());
            let mut more = array.clone();
            more.push(json!("eve@example.com"));
            vec![json!([]), json!(twice), json!(more), json!({})]
        }
        Value::Object(object) => {
            let mut more = object.clone();
            more.insert("unknown".to_owned(), json!(1));
            vec![json!(more), json!({}), json!("ready"), json!([])]
        }
    }
}

/// Bytes as a plan's id writes them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Gives a document the id that fits it, where it is still a plan.
fn forged(document: &Value) -> Option<Vec<u8>> {
    let mut plan: Plan = serde_json::from_value(document.clone()).ok()?;
    plan.id = String::new();
    let mut text = serde_json::to_vec(&plan).expect("plans are JSON");
    text.push(b'\n');
    let id = hex(&Sha256::digest(&text));
    let mut document = document.clone();
    document["id"] = json!(id);
    Some(serde_json::to_vec(&document).expect("JSON"))
}

/// What of a change is carried out: without what is only shown, and whether it runs at all.
fn carried_out(change: &Change) -> Change {
    let mut change = change.clone();
    change.reason = String::new();
    change.at = None;
    change.effects.retain(|effect| effect.contains("session"));
    change.effects.dedup();
    change.needs.clear();
    change.status = Status::Ready;
    // Aliases must be known before a mailbox goes; of the other kinds in its record a plan need not tell.
    change.parts.retain(|kind, _| *kind == Kind::Alias);
    // Read again.
    change.remote = None;
    change.record = "".into();
    change.before = None;
    change.ground = Ground::Absent;
    change.after = change
        .fields
        .iter()
        .filter_map(|field| Some((field.clone(), change.after.get(field)?.clone())))
        .collect();
    change
}

/// Fails the test where a changed file is taken and applies what was not planned.
fn refused_or_harmless(site: &Site, plan: &Plan, bytes: &[u8], what: &str) {
    let Ok(read) = site.read_saved(bytes) else { return };
    for change in read.ready() {
        let planned = plan.changes.iter().find(|planned| planned.id == change.id);
        let planned = planned.unwrap_or_else(|| panic!("{what}: {} was not planned", change.id));
        assert_eq!(carried_out(change), carried_out(planned), "{what}");
    }
}

fn sample(places: Vec<String>, seed: u64) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut places = places;
    let mut chosen = Vec::new();
    while chosen.len() < SAMPLE && !places.is_empty() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let number = usize::try_from(state % places.len() as u64).expect("an index");
        chosen.push(places.swap_remove(number));
    }
    chosen
}

fn seed() -> u64 {
    std::env::var("MAILWRIGHT_WIRE_SEED").map_or(1, |text| text.parse().expect("a whole number"))
}

/// How many changed files were tried.
fn tampered(site: &Site, plan: &Plan, number: u64) -> usize {
    let document = serde_json::to_value(plan).expect("plans are JSON");
    let mut all = Vec::new();
    places(&document, "", &mut all);
    let mut tried = 0;
    let seed = seed();
    for place in sample(all, seed + number) {
        let value = document.pointer(&place).expect("it was just found");
        let mut changed = vec![without(&document, &place)];
        for other in others(value) {
            let mut document = document.clone();
            *document.pointer_mut(&place).expect("it was just found") = other;
            changed.push(document);
        }
        for (variant, changed) in changed.into_iter().enumerate() {
            if changed == document {
                continue;
            }
            let what = format!("MAILWRIGHT_WIRE_SEED={seed}: plan {number}, {place}, variant {variant}");
            let bytes = serde_json::to_vec(&changed).expect("JSON");
            assert!(site.read_saved(&bytes).is_err(), "{what}: its id does not fit");
            tried += 1;
            if let Some(forged) = forged(&changed) {
                refused_or_harmless(site, plan, &forged, &what);
                tried += 1;
            }
        }
        if let Value::Object(object) = value
            && let Some(key) = object.keys().next()
        {
            let mut twice = document.clone();
            twice.pointer_mut(&place).expect("it was just found")["\u{1}"] = json!("x");
            let text = serde_json::to_string(&twice).expect("JSON").replace("\\u0001", key);
            let read = site.read_saved(text.as_bytes());
            assert!(matches!(read, Err(SavedError::NotPlan(_))), "{place}: {key} stands twice: {read:?}");
            tried += 1;
        }
    }
    tried
}

fn changed(kind: Type, suite: &str) {
    let plans = kind.block_on(plans(kind));
    let mut tried = 0;
    for (number, (site, plan)) in plans.iter().enumerate() {
        // Some of each type: every plan is one more hash of all of it for each value.
        if (number + usize::try_from(seed()).expect("a small number")) % 5 == 0 {
            tried += tampered(site, plan, number as u64);
        }
    }
    tally::held(What::HostileInputs, suite, tried);
}

#[test]
fn a_changed_plan_of_a_box_is_refused_or_harmless() {
    changed(Type::MailInABox, "saved-plans-tampered-mailinabox");
}

#[test]
fn a_changed_plan_of_exchange_is_refused_or_harmless() {
    changed(Type::Rackspace, "saved-plans-tampered-rackspace");
}

#[test]
fn a_changed_plan_of_open_xchange_is_refused_or_harmless() {
    changed(Type::OpenXchange, "saved-plans-tampered-open-xchange");
}

#[test]
fn a_changed_plan_of_atmail_is_refused_or_harmless() {
    changed(Type::Atmail, "saved-plans-tampered-atmail");
}

#[test]
fn a_changed_plan_of_a_filtered_box_is_refused_or_harmless() {
    changed(Type::FilteredBox, "saved-plans-tampered-filtered");
}

#[test]
fn a_plan_cut_anywhere_or_in_another_encoding_is_refused() {
    let plans = Type::MailInABox.block_on(plans(Type::MailInABox));
    let mut tried = 0;
    for (site, plan) in plans.iter().take(3) {
        let text = json::plan(plan).expect("plans are JSON");
        let end = text.trim_end().len();
        for cut in (0..end).step_by(97).chain([end - 1]) {
            assert!(site.read_saved(&text.as_bytes()[..cut]).is_err(), "cut at {cut}");
            tried += 1;
        }
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        let mut nul = text.clone().into_bytes();
        nul.insert(20, 0);
        for bytes in [
            format!("\u{feff}{text}").into_bytes(),
            utf16(&text),
            utf16(&format!("\u{feff}{text}")),
            nul,
            format!("{text}\0").into_bytes(),
            format!("{text}{text}").into_bytes(),
            text.replace("\"format\": 1", &format!("\"format\": {deep}")).into_bytes(),
            deep.into_bytes(),
            text.replace("\"format\": 1", "\"format\": 1e0").into_bytes(),
            text.replace("\"format\": 1", "\"format\": 2").into_bytes(),
            text.replace("\"format\": 1", "\"format\": \"1\"").into_bytes(),
            b"null".to_vec(),
            b"\xff\xfe\x00".to_vec(),
            Vec::new(),
        ] {
            assert!(
                site.read_saved(&bytes).is_err(),
                "{}",
                String::from_utf8_lossy(&bytes[..bytes.len().min(80)])
            );
            tried += 1;
        }
        assert_eq!(site.read_saved(text.as_bytes()).as_ref(), Ok(plan));
    }
    tally::held(What::HostileInputs, "saved-plans-encodings", tried);
}
