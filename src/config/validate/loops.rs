//! Aliases and forwards that lead in a circle: an error where no mail arrives, a warning where some does.

use std::collections::HashMap;

use crate::config::circles::{Circle, Way, circles};
use crate::config::report::{Report, Sink};
use crate::config::resolve::{Object, Resolved};
use crate::model::{Address, Field, Identity, Presence, Value};

/// Addresses shown of a circle; a longer one is cut.
const SHOWN: usize = 8;

pub(super) fn check(resolved: &Resolved, sink: &mut Sink) {
    let is_gone = |address: &Address| {
        let mailbox = resolved.mailboxes.get(address);
        mailbox.is_some_and(|mailbox| mailbox.presence == Presence::Absent)
    };
    let found = circles(ways(resolved).map(|(way, _)| way), is_gone);
    if found.is_empty() {
        return;
    }
    let objects: HashMap<&Address, &Object> =
        ways(resolved).map(|(way, object)| (way.address, object)).collect();
    for circle in found {
        report(&circle, &objects, sink);
    }
}

fn ways(resolved: &Resolved) -> impl Iterator<Item = (Way<'_>, &Object)> {
    resolved.objects.iter().filter_map(|object| {
        let (Identity::Alias(address) | Identity::Forward(address)) = &object.name.identity else {
            return None;
        };
        let targets = object.fields.get(&Field::Targets).and_then(Value::addresses)?;
        let keeps = object.fields.get(&Field::KeepCopy) == Some(&Value::Bool(true));
        let way = Way { address, targets, keeps };
        Some((way, object))
    })
}

fn report(circle: &Circle<'_>, objects: &HashMap<&Address, &Object>, sink: &mut Sink) {
    let place = |address: &Address| objects[address].place(Some(&Field::Targets));
    let mut chain: Vec<String> = circle.path.iter().take(SHOWN).map(ToString::to_string).collect();
    if circle.path.len() > SHOWN {
        chain.push(format!("… {} more …", circle.path.len() - SHOWN));
    }
    chain.push(circle.path[0].to_string());
    let chain = chain.join(" → ");
    let (at, rest) = (place(circle.path[0]), &circle.path[1..]);
    let mut report = if circle.ends {
        Report::warning("loop", at, format!("mail goes in a circle on its way: {chain}"))
            .help("some of it arrives, and some services refuse to deliver such mail; take one arrow out")
    } else {
        let forwards = |address: &&Address| matches!(objects[*address].name.identity, Identity::Forward(_));
        let help = if circle.members.iter().any(forwards) {
            "let one of these addresses deliver to a mailbox, or set `keep_copy: true` on a forward among them"
        } else {
            "let one of these addresses deliver to a mailbox"
        };
        Report::error("loop", at, format!("mail goes in a circle and arrives nowhere: {chain}")).help(help)
    };
    for address in rest.iter().take(3) {
        report = report.related(place(address), "");
    }
    sink.put(report);
}
