//! The tree that a file is read into.

use std::borrow::Cow;
use std::rc::Rc;

use crate::config::text::Span;

/// A value and its place. Cloning is cheap: lists and maps are shared.
#[derive(Debug, Clone)]
pub(in crate::config) struct Node<'a> {
    /// Where it stands; for an `*alias`, where the anchored value stands.
    pub(in crate::config) span: Span,
    /// What it is.
    pub(in crate::config) kind: Kind<'a>,
}

/// What a value is, by the rules of YAML 1.2.
#[derive(Debug, Clone)]
pub(in crate::config) enum Kind<'a> {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number, as written.
    Float(Cow<'a, str>),
    /// Text.
    Str(Cow<'a, str>),
    /// A list.
    Seq(Rc<[Node<'a>]>),
    /// A map, in the order of the file, without equal keys and with merge keys resolved.
    Map(Rc<[Entry<'a>]>),
    /// Something that was reported already.
    Broken,
}

/// One entry of a map.
#[derive(Debug, Clone)]
pub(in crate::config) struct Entry<'a> {
    /// The key's text.
    pub(in crate::config) key: Cow<'a, str>,
    /// The key's place.
    pub(in crate::config) key_span: Span,
    /// The value.
    pub(in crate::config) value: Node<'a>,
}

impl Node<'_> {
    /// What it is, in words, with an article.
    pub(in crate::config) fn described(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing (null)",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) | Kind::Float(_) => "a number",
            Kind::Str(_) => "text",
            Kind::Seq(_) => "a list",
            Kind::Map(_) => "a map",
            Kind::Broken => "something unreadable",
        }
    }

    /// True for the word `absent`.
    pub(in crate::config) fn is_absent(&self) -> bool {
        matches!(&self.kind, Kind::Str(text) if text == "absent")
    }
}
