//! The text of the files and places in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::Source;

/// A file, read and decoded.
#[derive(Debug)]
pub(super) struct SourceText {
    /// Its name, relative to the configuration's root.
    pub(super) name: Arc<str>,
    /// The folder that relative paths in it start from, seen from the configuration's root.
    pub(super) folder: PathBuf,
    /// Its text, without a byte order mark.
    pub(super) text: String,
}

impl SourceText {
    /// A file, whose folder follows from its name.
    pub(super) fn new(name: &str, text: String) -> Self {
        let folder = Path::new(name).parent().map(Path::to_owned).unwrap_or_default();
        Self { name: name.into(), folder, text }
    }
}

/// A stretch of a file: bytes `start..end`, and the line and column of its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Span {
    /// The number of the file.
    pub(super) file: u32,
    /// The first byte.
    pub(super) start: u32,
    /// The byte after the last.
    pub(super) end: u32,
    /// The line, from 1.
    pub(super) line: u32,
    /// The column in characters, from 1.
    pub(super) column: u32,
}

impl Span {
    /// The place of this stretch, as the model shows it.
    pub(super) fn source(self, files: &[SourceText]) -> Source {
        Source {
            file: files.get(self.file as usize).map_or_else(|| "".into(), |file| Arc::clone(&file.name)),
            line: self.line,
            column: self.column,
        }
    }
}

/// A value with the place where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At<T> {
    /// The value.
    pub(super) value: T,
    /// The place.
    pub(super) span: Span,
}

impl<T> At<T> {
    /// A value at a place.
    pub(super) fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl At<std::borrow::Cow<'_, str>> {
    /// The same, borrowed.
    pub(super) fn by_ref(&self) -> At<&str> {
        At::new(&*self.value, self.span)
    }
}

/// `path` seen from `folder`, without a needless `./`.
pub(super) fn joined(folder: &Path, path: &str) -> PathBuf {
    let mut plain = path;
    while let Some(rest) = plain.strip_prefix("./") {
        plain = rest.trim_start_matches('/');
    }
    folder.join(plain)
}
