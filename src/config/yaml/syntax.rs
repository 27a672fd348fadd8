//! Syntax errors in words that help somebody who does not know YAML's grammar.

use serde_yaml::granit_parser::{ErrorKind, ScanError};

/// What is wrong, and what to look for.
pub(super) fn explain(error: &ScanError) -> (String, Option<&'static str>) {
    use ErrorKind as K;
    const INDENT: &str = "look at the indentation of this line and of the one before";
    let (message, help) = match error.kind() {
        K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::ExpectedFlowMappingSeparator
        | K::UnclosedFlowCollection { open: '{' } => (
            "a map in braces is not closed, or lacks a comma",
            Some("look for the `{` before this place and its `}`"),
        ),
        K::UnexpectedEofFlowSequence
        | K::ExpectedFlowSequenceSeparator
        | K::UnclosedFlowCollection { .. } => (
            "a list in brackets is not closed, or lacks a comma",
            Some("look for the `[` before this place and its `]`"),
        ),
        K::MisplacedFlowCollectionEnd | K::MismatchedFlowCollectionEnd { .. } => {
            ("a bracket or brace is closed that was not opened", None)
        }
        K::UnclosedQuotedScalar | K::InvalidQuotedScalarIndent | K::DocumentIndicatorInQuotedScalar => {
            ("a quoted text does not end", Some("a quotation mark is missing, here or in a line above"))
        }
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => (
            "something follows a quoted text",
            Some("a quotation mark within the text must be doubled ('') or escaped (\\\")"),
        ),
        K::TabNotAllowed
        | K::TabInBlockIndentation
        | K::TabInIndentation
        | K::TabAtBlockScalarStart
        | K::TabInPlainScalar => ("a tab stands where YAML takes only spaces", Some("indent with spaces")),
        K::UnexpectedCharacter { .. } => (
            "a text cannot start with this character",
            Some("put the text in quotes, like `\"@example.com\"`"),
        ),
        K::InvalidIndentation | K::ExpectedBlockMappingKey | K::ExpectedBlockSequenceEntry => {
            ("the indentation fits to nothing above", Some(INDENT))
        }
        K::SimpleKeyExpected | K::InvalidSimpleKey => (
            "a key is not followed by `:`",
            Some("is a `:` with a space after it missing, or a quotation mark in a line above?"),
        ),
        K::MappingValueNotAllowed => (
            "a `:` stands where no key can be",
            Some("a text with `: ` in it must stand in quotes; else look at the indentation"),
        ),
        other => return (format!("this is no YAML: {other}"), None),
    };
    (format!("this is no YAML: {message}"), help)
}
