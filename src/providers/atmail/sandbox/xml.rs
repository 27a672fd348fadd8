//! The XML that `Zend_Rest_Server` prints. Contract sections 2 and 3.
//!
//! Must not know what is told in it.

use std::fmt::Display;

use super::settings::Numbering;

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// With text, which may be empty.
    Text(String, String),
    /// With elements; none prints as an empty tag.
    Inner(String, Vec<Node>),
}

impl Node {
    pub(super) fn text(name: impl Into<String>, text: impl Display) -> Self {
        Self::Text(name.into(), text.to_string())
    }

    /// A database column; NULL is an empty element.
    pub(super) fn column(name: &str, value: Option<impl Display>) -> Self {
        Self::text(name, value.map_or_else(String::new, |value| value.to_string()))
    }

    pub(super) fn inner(name: impl Into<String>, children: Vec<Node>) -> Self {
        Self::Inner(name.into(), children)
    }

    /// Prints it; `end` stands behind each tag that ends a line.
    pub(super) fn print(&self, attributes: &str, end: &str, to: &mut String) {
        match self {
            Self::Text(name, text) => {
                to.extend(["<", name, attributes, ">", &escaped(text), "</", name, ">", end]);
            }
            Self::Inner(name, children) if children.is_empty() => {
                to.extend(["<", name, attributes, "/>", end]);
            }
            Self::Inner(name, children) => {
                to.extend(["<", name, attributes, ">", end]);
                for child in children {
                    child.print("", end, to);
                }
                to.extend(["</", name, ">", end]);
            }
        }
    }
}

/// The names of an array's items.
pub(super) fn keys(numbering: Numbering) -> impl Iterator<Item = String> {
    let (first, step) = match numbering {
        Numbering::FromZero => (0, 1),
        Numbering::FromOne => (1, 1),
        Numbering::Gaps => (3, 2),
    };
    (first..).step_by(step).map(|number: usize| format!("key_{number}"))
}

/// Text as libxml prints it; characters that XML cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(letter),
            letter if letter < ' ' => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}
