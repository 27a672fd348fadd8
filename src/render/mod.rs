//! Plans, outcomes, audits, traces and access reviews as people and machines read them: one file or folder per
//! format, and in `parts` what the formats for people share.
//!
//! Pure: a rendering is the same from run to run. Knows neither terminals nor files; how wide a line may be and
//! whether it has colour is told in a [`Style`].

mod held;
mod line;
mod matrix;
mod parts;
#[cfg(test)]
mod samples;
mod style;
mod word;

pub mod csv;
pub mod json;
pub mod markdown;
pub mod sarif;
pub mod table;
pub mod text;

pub use crate::model::escape;
pub use held::Held;
pub use matrix::{keys, matrix, settings, summary};
pub use parts::words::span;
pub use style::{Colour, Style};
pub use word::quoted;
