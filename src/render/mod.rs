//! Plans, outcomes and findings as people and machines read them: one file per format.
//!
//! Pure: a rendering is the same from run to run. Knows neither terminals nor files; how wide a line may be and
//! whether it has colour is told in a [`Style`].

mod held;
mod line;
mod matrix;
mod style;
mod word;

pub mod json;
pub mod table;
pub mod text;

pub use held::Held;
pub use line::escape;
pub use matrix::{keys, matrix, settings, summary};
pub use style::{Colour, Style};
pub use word::quoted;
