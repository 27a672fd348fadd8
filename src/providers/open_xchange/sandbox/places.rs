//! Where each operation lives in one service, and how it is moved.
//!
//! Each path can be put elsewhere, so that a client whose paths are configuration can be tested with every one of them
//! moved. Must not know what an operation does.

use std::collections::BTreeMap;

use axum::http::Method;

use super::catalogue::{FAMILY, Group, PLACES, Place, Subject};
use super::content::Segment;

/// Where everything is in one service.
#[derive(Clone, Debug, Default)]
pub(super) struct Map {
    prefixes: BTreeMap<Group, String>,
    /// Verb and template by name.
    moved: BTreeMap<String, (Option<Method>, String)>,
}

/// What a request's path and verb lead to.
#[derive(Debug)]
pub(super) enum Found {
    Place(&'static Place, Method, BTreeMap<String, Segment>),
    WrongVerb,
    Nothing,
}

/// The names in braces of a template, sorted.
fn holes(template: &str) -> Vec<&str> {
    let mut holes: Vec<&str> = template.split('/').filter_map(hole).collect();
    holes.sort_unstable();
    holes
}

fn hole(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

impl Map {
    pub(super) fn set_prefix(&mut self, group: Group, prefix: String) {
        self.prefixes.insert(group, prefix);
    }

    /// Moves one place; says what is wrong where it cannot be.
    pub(super) fn set(&mut self, name: &str, template: &str) -> Result<(), String> {
        let (verb, path) = match template.split_once(' ') {
            Some((verb, path)) => {
                let verb = verb.parse::<Method>().map_err(|_| format!("no verb: {verb}"))?;
                (Some(verb), path)
            }
            None => (None, template),
        };
        if !path.starts_with('/') {
            return Err(format!("not an absolute path: {path}"));
        }
        let known: Vec<&Place> = PLACES
            .iter()
            .filter(|place| match place.subject {
                Subject::Attribute(_) => place.name == name || name == FAMILY,
                _ => place.name == name,
            })
            .collect();
        let Some(place) = known.first() else {
            return Err(format!("no place is called {name}"));
        };
        let below = place.below_prefix();
        let mut wanted = holes(&below);
        if name == FAMILY {
            wanted.insert(0, "attribute");
        }
        if holes(path) != wanted {
            return Err(format!("{name} needs exactly {{{}}}", wanted.join("}, {")));
        }
        if verb.is_some() && (known.len() > 1 || place.verbs.len() > 1) {
            return Err(format!("{name} has more than one verb"));
        }
        self.moved.insert(name.to_owned(), (verb, path.to_owned()));
        Ok(())
    }

    /// The verb that is another, and the template.
    fn location(&self, place: &Place) -> (Option<&Method>, String) {
        if let Some((verb, template)) = self.moved.get(place.name) {
            return (verb.as_ref(), template.clone());
        }
        if let (Subject::Attribute(_), Some((_, template))) = (place.subject, self.moved.get(FAMILY)) {
            return (None, template.replace("{attribute}", place.name));
        }
        let prefix = self.prefixes.get(&place.group).map_or(place.group.default_prefix(), String::as_str);
        (None, format!("{prefix}{}", place.below_prefix()))
    }

    /// Finds what answers; of several templates that fit the one with the most literal parts counts.
    pub(super) fn find(
        &self,
        method: &Method,
        segments: &[Segment],
        served: impl Fn(&Place) -> bool,
    ) -> Found {
        let mut best: Option<(usize, &'static Place, Method, BTreeMap<String, Segment>)> = None;
        let mut most = None;
        for place in PLACES.iter().filter(|place| served(place)) {
            let (verb, template) = self.location(place);
            let Some((literals, holes)) = fits(&template, segments, place.group) else {
                continue;
            };
            most = most.max(Some(literals));
            let canonical = match verb {
                Some(verb) => (verb == method).then(|| place.verbs[0].clone()),
                None => place.verbs.contains(method).then(|| method.clone()),
            };
            if let Some(canonical) = canonical
                && best.as_ref().is_none_or(|(found, ..)| *found < literals)
            {
                best = Some((literals, place, canonical, holes));
            }
        }
        match (best, most) {
            (Some((literals, place, verb, holes)), Some(most)) if literals == most => {
                Found::Place(place, verb, holes)
            }
            (_, Some(_)) => Found::WrongVerb,
            _ => Found::Nothing,
        }
    }
}

/// How many parts of a template are literal, and what its holes hold.
fn fits(template: &str, segments: &[Segment], group: Group) -> Option<(usize, BTreeMap<String, Segment>)> {
    let parts: Vec<&str> = template.split('/').skip(1).collect();
    if parts.len() != segments.len() {
        return None;
    }
    let (mut literals, mut filled) = (0, BTreeMap::new());
    for (part, segment) in parts.into_iter().zip(segments) {
        if let Some(hole) = hole(part) {
            // The contexts and the domains of explicit domains stand at the same place.
            let number = segment.text.bytes().all(|byte| byte.is_ascii_digit());
            let wanted = match (group, hole) {
                (Group::ExplicitDomains, "context") => number,
                (Group::ExplicitDomains, "domain") => !number,
                _ => true,
            };
            if segment.text.is_empty() || !wanted {
                return None;
            }
            filled.insert(hole.to_owned(), segment.clone());
        } else if segment.is(part) {
            literals += 1;
        } else {
            return None;
        }
    }
    Some((literals, filled))
}
