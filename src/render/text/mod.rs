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
fn blocks(mut blocks: Vec<Vec<Line>>, style: Style) -> String {
    blocks.retain(|lines| !lines.is_empty());
    let mut out = String::new();
    for (index, lines) in blocks.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for line in lines {
            out.push_str(&line.render(style));
            out.push('\n');
        }
    }
    out
}
