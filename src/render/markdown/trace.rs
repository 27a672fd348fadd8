//! The way of mail, to be pasted where people talk about it.

use crate::model::Trace;
use crate::render::parts::trace::{ends, tree, when};

use super::inline::{code, prose};
use super::page::{Fold, Page, Section, Shape, Weight};
use super::shared::item;

/// The way of mail for an address as a comment: where it ends, and the tree.
pub fn trace(trace: &Trace) -> String {
    let title = format!("Mail for {}", code(&trace.root.address.to_string()));
    let sentences = format!("{} This is {}.", prose(&ends(&trace.ends)), when(trace.state));
    let mut page = Page::new(super::TRACE, &title, &sentences, "see the trace's text or JSON.");
    let tree = tree(trace);
    page.push(
        Section::new(Weight::Gravest, Shape::Block("text"), Fold::Never, "Hop by hop")
            .with(tree.into_iter().map(|hop| item([&hop.line()]))),
    );
    page.render()
}
