//! What YAML says of the keys of one map: each once, and what merge keys bring.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::{Entry, Kind, Node};
use crate::config::report::{Report, Sink, key_shown};
use crate::config::text::Span;

/// The entries less those whose key stood before; each of them is an error that names both places.
pub(super) fn without_equal_keys<'a>(entries: Vec<Entry<'a>>, sink: &mut Sink) -> Vec<Entry<'a>> {
    let mut twice: Vec<(usize, usize)> = Vec::new();
    if entries.len() <= 8 {
        for (index, entry) in entries.iter().enumerate() {
            if let Some(first) = entries[..index].iter().position(|other| other.key == entry.key) {
                twice.push((index, first));
            }
        }
    } else {
        let mut seen: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            if let Some(&first) = seen.get(&*entry.key) {
                twice.push((index, first));
            } else {
                seen.insert(&entry.key, index);
            }
        }
    }
    if twice.is_empty() {
        return entries;
    }
    for &(second, first) in &twice {
        let message = format!("the key {} stands twice in this map", key_shown(&entries[second].key));
        sink.put(
            Report::error("duplicate", entries[second].key_span, message)
                .label("again here")
                .related(entries[first].key_span, "first here")
                .help("keep one of the two"),
        );
    }
    let mut index = 0;
    let mut skipped = twice.into_iter().map(|(second, _)| second).peekable();
    let mut kept = entries;
    kept.retain(|_| {
        let keep = skipped.peek() != Some(&index);
        if !keep {
            skipped.next();
        }
        index += 1;
        keep
    });
    kept
}

/// Adds what the merge keys bring: own entries win, then earlier maps over later ones.
pub(super) fn merge<'a>(entries: &mut Vec<Entry<'a>>, merges: &[(Span, Node<'a>)], sink: &mut Sink) {
    if let Some((second, first)) = merges.get(1).zip(merges.first()) {
        sink.put(
            Report::error("duplicate", second.0, "the merge key `<<` stands twice in this map")
                .label("again here")
                .related(first.0, "first here")
                .help("write `<<: [*first, *second]`"),
        );
    }
    let mut maps = Vec::new();
    for (span, node) in merges {
        match &node.kind {
            Kind::Map(map) => maps.push(Rc::clone(map)),
            Kind::Seq(items) => {
                for item in items.iter() {
                    match &item.kind {
                        Kind::Map(map) => maps.push(Rc::clone(map)),
                        Kind::Broken => {}
                        _ => bad_merge(*span, item, sink),
                    }
                }
            }
            Kind::Broken => {}
            _ => bad_merge(*span, node, sink),
        }
    }
    let added = {
        let mut seen: HashSet<&str> = entries.iter().map(|entry| &*entry.key).collect();
        let mut added = Vec::new();
        for entry in maps.iter().flat_map(|map| map.iter()) {
            if seen.insert(&entry.key) {
                added.push(entry.clone());
            }
        }
        added
    };
    entries.extend(added);
}

fn bad_merge(span: Span, node: &Node<'_>, sink: &mut Sink) {
    let message = format!("a merge key takes a map or a list of maps, and this is {}", node.described());
    sink.put(Report::error("wrong-type", span, message));
}
