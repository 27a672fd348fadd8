//! Reads a small XML document into a tree, within bounds and without anything that XML can fetch or expand.
//!
//! Knows no service: what the elements mean is `envelope.rs`'s business. Attributes are not kept.

use quick_xml::Reader;
use quick_xml::events::Event;

/// How deep elements may lie within each other; the service's lists take six.
const DEEPEST: usize = 24;

/// How many elements a document may hold: a list of a hundred thousand aliases takes less than a million.
const MOST: usize = 4_000_000;

/// An element with its text, entities resolved, and its children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text without white space around it.
    pub(super) fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// True where it holds nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.children.is_empty() && self.trimmed().is_empty()
    }
}

/// Reads a document up to the end of its root element.
///
/// # Errors
/// In words, where it is not well-formed, holds a DOCTYPE or an entity beyond the five of XML, or is too large.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    loop {
        let event = reader
            .read_event()
            .map_err(|error| format!("its XML is broken: {}", crate::http::excerpt(&error.to_string())))?;
        match event {
            Event::Start(start) => {
                admit(&mut count, open.len())?;
                open.push(Element::named(start.name().as_ref()));
            }
            Event::Empty(start) => {
                admit(&mut count, open.len())?;
                let element = Element::named(start.name().as_ref());
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::End(_) => {
                let Some(element) = open.pop() else {
                    return Err("its XML closes an element that was not opened".to_owned());
                };
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let is_bad =
                    || format!("its XML holds the unknown entity `&{};`", crate::http::excerpt(&reference));
                let c = match reference.resolve_char_ref().map_err(|_| is_bad())? {
                    Some(c) => c,
                    None => predefined(&reference).ok_or_else(is_bad)?,
                };
                append(&mut open, c.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(_) => return Err("its XML holds a DOCTYPE".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return Err("its XML ends too early".to_owned()),
        }
    }
}

fn admit(count: &mut usize, depth: usize) -> Result<(), String> {
    *count += 1;
    if depth >= DEEPEST {
        return Err(format!("its XML is more than {DEEPEST} elements deep"));
    }
    if *count > MOST {
        return Err(format!("its XML holds more than {MOST} elements"));
    }
    Ok(())
}

fn append(open: &mut [Element], text: &str) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("its XML has text outside of its root element".to_owned()),
    }
    Ok(())
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_tree_with_its_text() {
        let root = parse(
            "<?xml version=\"1.0\"?>\n<!-- x --><a b=\"c\"><d>1 &lt;&#x32;&amp;<![CDATA[<3>]]></d><e/></a>",
        )
        .expect("a tree");
        assert_eq!(root.name, "a");
        assert_eq!(root.child("d").expect("d").text, "1 <2&<3>");
        assert!(root.child("e").expect("e").is_empty() && !root.is_empty() && root.child("b").is_none());
    }

    #[test]
    fn refuses_what_could_fetch_or_expand_and_what_is_broken() {
        for (bad, words) in [
            ("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "DOCTYPE"),
            ("<a>&nbsp;</a>", "unknown entity `&nbsp;`"),
            ("<a>&#0;</a>", "unknown entity"),
            ("<a><b></a>", "broken"),
            ("<a><b>", "too early"),
            ("", "too early"),
            ("text<a/>", "outside"),
        ] {
            let error = parse(bad).expect_err(bad);
            assert!(error.contains(words), "{bad}: {error}");
        }
        let deep = "<a>".repeat(DEEPEST + 1);
        assert!(parse(&deep).expect_err("deep").contains("deep"));
        let high = format!("{}{}", "<a>".repeat(DEEPEST), "</a>".repeat(DEEPEST));
        assert!(parse(&high).is_ok());
    }
}
