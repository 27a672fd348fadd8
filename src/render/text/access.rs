//! The view of who can do what.

use crate::model::AccessReview;
use crate::render::line::Line;
use crate::render::parts::access::{IsOfOne, groups, lines, sentence, title};
use crate::render::style::{Ink, Style};

use super::blocks;

/// Who can do what with whom, what makes it so, and what was not read.
pub fn access(review: &AccessReview, style: Style) -> String {
    let not_read = review
        .not_read
        .iter()
        .map(|what| Line::of(Ink::Alarm, "  ! not read").then(Ink::Plain, &format!("  {what}")));
    let mut parts = vec![std::iter::once(Line::of(Ink::Strong, &title(review))).chain(not_read).collect()];
    for group in groups(review) {
        let title = Line::of(Ink::Strong, &group.title);
        let entries =
            lines(&group, IsOfOne::of(review)).into_iter().flat_map(|entry| entry.lines(style.width));
        parts.push(std::iter::once(title).chain(entries).collect());
    }
    parts.push(Line::plain(&sentence(review)).wrap(style.width));
    blocks(parts, style)
}
