//! The first pass: bytes → a tree of values, each with its place.
//!
//! Knows YAML and nothing of mail. It reads the parser's events itself instead of going through serde, because
//! serde stops at the first problem and loses the places of keys.

mod maps;
mod node;
mod parse;
mod scalar;
mod syntax;

pub(super) use node::{Entry, Kind, Node};
pub(super) use parse::{Limits, parse};
