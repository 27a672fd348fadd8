//! The views for people: plain lines whose first character says what happens; colour only adds.

mod access;
mod audit;
mod checks;
mod objects;
mod outcome;
mod plan;
mod trace;

#[cfg(test)]
mod tests;

pub use access::access;
pub use audit::audit;
pub use checks::checks;
pub use objects::objects;
pub use outcome::{outcome, progress};
pub use plan::{plan, plan_to_apply};
pub use trace::trace;

use super::line::Line;
use super::style::Style;

/// Blocks of lines with an empty line between each two; an empty block is left out.
fn blocks(blocks: Vec<Vec<Line>>, style: Style) -> String {
    let mut out = Blocks::new(style);
    for lines in blocks {
        out.add(lines);
    }
    out.text
}

/// Such blocks as they come: of a large plan there is no room for all lines beside their text.
struct Blocks {
    text: String,
    style: Style,
}

impl Blocks {
    fn new(style: Style) -> Self {
        Self { text: String::new(), style }
    }

    fn add(&mut self, lines: impl IntoIterator<Item = Line>) {
        let mut parted = self.text.is_empty();
        for line in lines {
            if !parted {
                self.text.push('\n');
                parted = true;
            }
            line.render_to(&mut self.text, self.style);
            self.text.push('\n');
        }
    }
}
