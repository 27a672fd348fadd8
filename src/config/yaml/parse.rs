//! The parser's events → the tree, with limits, anchors, merge keys and equal keys minded on the way.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_yaml::granit_parser::{self, ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag};

use super::maps::{merge, without_equal_keys};
use super::scalar::resolve;
use super::syntax::explain;
use super::{Entry, Kind, Node};
use crate::config::limits::{MAX_ALIAS_NODES, MAX_DEPTH, MAX_FILE_NODES, MAX_KEY_CHARS, MAX_NODES};
use crate::config::report::{Report, Sink};
use crate::config::text::{SourceText, Span};

/// What the files read so far have used up.
#[derive(Debug, Default)]
pub(in crate::config) struct Limits {
    nodes: u64,
    expanded: u64,
}

/// Reads one file; none where it holds nothing.
///
/// What is wrong goes to `sink`. A file that is no YAML at all, or beyond a limit, yields one error and [`Stop`];
/// every other problem yields its own and leaves [`Kind::Broken`] in the tree.
pub(in crate::config) fn parse<'a>(
    file: &'a SourceText,
    number: u32,
    limits: &mut Limits,
    sink: &mut Sink,
) -> Result<Option<Node<'a>>, Stop> {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: false,
        simple_key_max_lookahead: MAX_KEY_CHARS,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let parser = Parser::new_from_str_with_options(&file.text, options);
    let mut builder = Builder {
        file: number,
        open: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        documents: 0,
        nodes: 0,
        limits,
        sink,
    };
    for next in parser {
        match next {
            Ok((event, span)) => {
                let span = builder.span(span);
                builder.event(event, span)?;
            }
            Err(error) => {
                builder.syntax(&error);
                return Err(Stop);
            }
        }
    }
    Ok(builder.root)
}

/// The file could not be read to its end; why was reported.
pub(in crate::config) struct Stop;

/// A list or map that is not closed yet.
struct Open<'a> {
    span: Span,
    anchor: usize,
    size: Size,
    body: Body<'a>,
}

/// How much a value is, its aliases counted as what they stand for.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// How many values.
    weight: u64,
    /// How many maps and lists deep.
    height: usize,
}

const SCALAR: Size = Size { weight: 1, height: 0 };

enum Body<'a> {
    Seq(Vec<Node<'a>>),
    Map {
        entries: Vec<Entry<'a>>,
        key: Option<(Cow<'a, str>, Span)>,
        /// True while the value of a key that cannot be used is read.
        drop_value: bool,
        merges: Vec<(Span, Node<'a>)>,
    },
}

struct Builder<'a, 'p> {
    file: u32,
    open: Vec<Open<'a>>,
    anchors: HashMap<usize, (Node<'a>, Size)>,
    root: Option<Node<'a>>,
    documents: usize,
    /// Values of this file so far.
    nodes: u64,
    limits: &'p mut Limits,
    sink: &'p mut Sink,
}

const MERGE: &str = "<<";

impl<'a> Builder<'a, '_> {
    fn span(&self, span: granit_parser::Span) -> Span {
        let offset = |value: Option<usize>| u32::try_from(value.unwrap_or(0)).unwrap_or(u32::MAX);
        Span {
            file: self.file,
            start: offset(span.start.byte_offset()),
            end: offset(span.end.byte_offset()),
            line: offset(Some(span.start.line())),
            column: offset(Some(span.start.col())).saturating_add(1),
        }
    }

    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.count(span)?;
                let plain_key = style == ScalarStyle::Plain && tag.is_none();
                if self.expects_key() {
                    let node = Node { span, kind: Kind::Str(text) };
                    self.anchor(anchor, &node, SCALAR);
                    self.key(node, plain_key);
                    return Ok(());
                }
                let kind = self.scalar(text, style, tag.as_deref(), span);
                let node = Node { span, kind };
                self.anchor(anchor, &node, SCALAR);
                self.value(node, SCALAR);
                Ok(())
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(span, anchor, tag.as_deref(), "seq", Body::Seq(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let body =
                    Body::Map { entries: Vec::new(), key: None, drop_value: false, merges: Vec::new() };
                self.open(span, anchor, tag.as_deref(), "map", body)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => self.alias(id, span),
            // The name is not repeated: it may be a password that somebody forgot to quote.
            Event::UnresolvedAlias(_) => {
                self.sink.put(
                    Report::error("unknown-anchor", span, "this alias has no anchor of its name before it").help(
                        "an anchor holds within its file, from the line on that defines it; a text that starts with \
                         `*` must stand in quotes",
                    ),
                );
                self.value_or_key(Node { span, kind: Kind::Broken }, SCALAR);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn document(&mut self, span: Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents > 1 {
            self.sink.put(
                Report::error("several-documents", span, "a second YAML document starts here")
                    .help("put each document into a file of its own, or take the `---` out"),
            );
            return Err(Stop);
        }
        Ok(())
    }

    fn count(&mut self, span: Span) -> Result<(), Stop> {
        self.limits.nodes += 1;
        self.nodes += 1;
        let (message, help) = if self.nodes > MAX_FILE_NODES {
            let message = format!("a file holds more than {MAX_FILE_NODES} values (limit: nodes)");
            (message, "split it into several files of one folder")
        } else if self.limits.nodes > MAX_NODES {
            let message = format!("the configuration holds more than {MAX_NODES} values (limit: nodes)");
            (message, "split it into several configurations")
        } else {
            return Ok(());
        };
        self.sink.put(Report::error("limit", span, message).help(help));
        Err(Stop)
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { body: Body::Map { key: None, drop_value: false, .. }, .. }))
    }

    fn scalar(&mut self, text: Cow<'a, str>, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Kind<'a> {
        let Some(tag) = tag else {
            return if style == ScalarStyle::Plain { resolve(text) } else { Kind::Str(text) };
        };
        match tag.core_suffix() {
            Some("str") => Kind::Str(text),
            Some(wanted) => {
                let kind = resolve(text);
                let fits = match kind {
                    Kind::Null => wanted == "null",
                    Kind::Bool(_) => wanted == "bool",
                    Kind::Int(_) => wanted == "int" || wanted == "float",
                    Kind::Float(_) => wanted == "float",
                    _ => false,
                };
                if fits { kind } else { self.bad_tag(span) }
            }
            // The non-specific tag `!` makes text of a plain word.
            None if tag.handle() == "" && tag.suffix() == "!" => Kind::Str(text),
            None => self.bad_tag(span),
        }
    }

    fn bad_tag(&mut self, span: Span) -> Kind<'a> {
        // The tag is not repeated: it may be a password that somebody forgot to quote.
        self.sink.put(
            Report::error("unknown-tag", span, "the tag before this value means nothing here")
                .help("leave the tag out; a text that starts with `!` must stand in quotes"),
        );
        Kind::Broken
    }

    fn open(
        &mut self,
        span: Span,
        anchor: usize,
        tag: Option<&Tag>,
        core: &str,
        body: Body<'a>,
    ) -> Result<(), Stop> {
        self.count(span)?;
        if self.open.len() >= MAX_DEPTH {
            return self.too_deep(span);
        }
        if let Some(tag) = tag
            && tag.core_suffix() != Some(core)
            && tag.suffix() != "!"
        {
            self.bad_tag(span);
        }
        self.open.push(Open { span, anchor, size: Size { weight: 1, height: 1 }, body });
        Ok(())
    }

    fn too_deep(&mut self, span: Span) -> Result<(), Stop> {
        let message = format!("maps and lists lie more than {MAX_DEPTH} deep in one another (limit: depth)");
        self.sink.put(Report::error("limit", span, message));
        Err(Stop)
    }

    fn close(&mut self, end: Span) -> Result<(), Stop> {
        let Some(mut open) = self.open.pop() else {
            return Ok(());
        };
        open.span.end = open.span.end.max(end.end);
        let mut size = open.size;
        let kind = match open.body {
            Body::Seq(items) => Kind::Seq(items.into()),
            Body::Map { entries, merges, .. } => {
                let mut entries = without_equal_keys(entries, self.sink);
                if !merges.is_empty() {
                    let own = entries.len();
                    merge(&mut entries, &merges, self.sink);
                    let added = (entries.len() - own) as u64;
                    size.weight += added;
                    self.expand(added, open.span)?;
                }
                Kind::Map(entries.into())
            }
        };
        let node = Node { span: open.span, kind };
        self.anchor(open.anchor, &node, size);
        self.value_or_key(node, size);
        Ok(())
    }

    fn anchor(&mut self, id: usize, node: &Node<'a>, size: Size) {
        if id != 0 {
            self.anchors.insert(id, (node.clone(), size));
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        self.count(span)?;
        let (node, size) = if let Some((node, size)) = self.anchors.get(&id) {
            (node.clone(), *size)
        } else {
            // An anchor without a value yet is one of the maps and lists that are still open.
            self.sink.put(
                Report::error("endless-alias", span, "this alias stands within its own anchor")
                    .help("a value cannot hold itself"),
            );
            let kind = Kind::Broken;
            (Node { span, kind }, SCALAR)
        };
        self.expand(size.weight, span)?;
        if self.open.len() + size.height > MAX_DEPTH {
            return self.too_deep(span);
        }
        if self.expects_key() {
            self.key(Node { span, ..node }, false);
        } else {
            self.value(node, size);
        }
        Ok(())
    }

    fn expand(&mut self, weight: u64, span: Span) -> Result<(), Stop> {
        self.limits.expanded = self.limits.expanded.saturating_add(weight);
        if self.limits.expanded > MAX_ALIAS_NODES {
            let message = format!(
                "anchors and merge keys stand for more than {MAX_ALIAS_NODES} values (limit: alias expansion)"
            );
            self.sink.put(
                Report::error("limit", span, message)
                    .help("use `profiles:` for what many mailboxes have in common"),
            );
            return Err(Stop);
        }
        Ok(())
    }

    fn value_or_key(&mut self, node: Node<'a>, size: Size) {
        if self.expects_key() {
            self.key(node, false);
        } else {
            self.value(node, size);
        }
    }

    fn key(&mut self, node: Node<'a>, plain: bool) {
        let Some(Open { body: Body::Map { key, drop_value, .. }, .. }) = self.open.last_mut() else {
            return;
        };
        match node.kind {
            // A quoted `<<` is an ordinary key, and an unknown one; marking it keeps it apart from a merge key.
            Kind::Str(text) if text == MERGE && !plain => *key = Some((Cow::Borrowed("\"<<\""), node.span)),
            Kind::Str(text) if text.len() > MAX_KEY_CHARS => {
                *drop_value = true;
                let message = format!("a key is longer than {MAX_KEY_CHARS} characters (limit: key)");
                self.sink.put(Report::error("limit", node.span, message));
            }
            Kind::Str(text) => *key = Some((text, node.span)),
            Kind::Broken => *drop_value = true,
            _ => {
                *drop_value = true;
                let message = format!("a key must be text, and this is {}", node.described());
                self.sink.put(
                    Report::error("wrong-type", node.span, message)
                        .help("a `{` or `[` that starts a plain text must stand in quotes"),
                );
            }
        }
    }

    fn value(&mut self, node: Node<'a>, size: Size) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        open.size.weight = open.size.weight.saturating_add(size.weight);
        open.size.height = open.size.height.max(size.height + 1);
        match &mut open.body {
            Body::Seq(items) => items.push(node),
            Body::Map { entries, key, drop_value, merges } => match key.take() {
                Some((key, span)) if key == MERGE => merges.push((span, node)),
                Some((key, key_span)) => entries.push(Entry { key, key_span, value: node }),
                None => *drop_value = false,
            },
        }
    }

    fn syntax(&mut self, error: &ScanError) {
        let place = self.span(granit_parser::Span::empty(*error.marker()));
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            let _ = self.too_deep(place);
            return;
        }
        let (message, help) = explain(error);
        self.sink.put(Report::error("yaml-syntax", place, message).maybe_help(help.map(str::to_owned)));
    }
}
