//! Who can do what, for a review of access.

use crate::model::AccessReview;
use crate::render::parts::access::{IsOfOne, groups, lines, sentence};
use crate::render::parts::trace::when;

use super::inline::{code, prose};
use super::page::{Fold, Page, Section, Shape, Weight};
use super::shared::item;
use crate::render::line::Line;

/// An access review as a comment: the sums, what was not read, and each way by whose mailbox it opens.
pub fn access(review: &AccessReview) -> String {
    let title = review
        .address
        .as_ref()
        .map_or_else(|| "Access".to_owned(), |address| format!("Access of {}", code(&address.to_string())));
    let sentences = format!("**{}** This is {}.", sentence(review), when(review.state));
    let mut page = Page::new(super::ACCESS, &title, &sentences, "see the review's text, JSON or CSV.");
    page.push(
        Section::after(Weight::Gravest, "> [!WARNING]\n> Not read, so that nothing is said of it:\n")
            .with(review.not_read.iter().map(|what| format!("> - {}", prose(what)))),
    );
    let items = groups(review).into_iter().flat_map(|group| {
        let title = Line::plain(&group.title);
        let lines = lines(&group, IsOfOne::of(review)).into_iter().enumerate();
        // The title stands with the first entry: a cut counts entries and leaves no title alone.
        lines
            .map(|(index, entry)| {
                let line = entry.line();
                if index == 0 { item([&title, &line]) } else { item([&line]) }
            })
            .collect::<Vec<_>>()
    });
    page.push(Section::new(Weight::Grave, Shape::Block("text"), Fold::Never, "Who can do what").with(items));
    page.render()
}
