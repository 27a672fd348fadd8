//! The view of the way of mail.

use crate::model::Trace;
use crate::render::line::Line;
use crate::render::parts::trace::{ends, tree, when};
use crate::render::style::{Ink, Style};

use super::blocks;

/// The way of mail for an address, as a tree with the reason of each hop, and where it ends.
pub fn trace(trace: &Trace, style: Style) -> String {
    let title = Line::of(Ink::Strong, &format!("Mail for {}, {}", trace.root.address, when(trace.state)));
    let tree = tree(trace).into_iter().flat_map(|hop| hop.lines(style.width)).collect();
    let end = Line::plain(&ends(&trace.ends)).wrap(style.width);
    blocks(vec![vec![title], tree, end], style)
}
