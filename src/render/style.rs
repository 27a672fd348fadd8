//! How a text rendering looks. Colour only adds: every line reads the same without it.

use anstyle::{AnsiColor, Style as Ansi};

/// How a text rendering looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether there is colour.
    pub colour: Colour,
    /// How many columns a line should stay within; an address or a place is never broken for it.
    pub width: usize,
}

impl Style {
    /// The width where the reader's is not known, as in a file or a CI log.
    pub const DEFAULT_WIDTH: usize = 120;

    /// Without colour, in the default width.
    pub const fn plain() -> Self {
        Self { colour: Colour::Never, width: Self::DEFAULT_WIDTH }
    }

    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        if self.colour == Colour::Never || ink == Ink::Plain || text.is_empty() {
            return text.to_owned();
        }
        let ansi = ink.ansi();
        format!("{ansi}{text}{ansi:#}")
    }
}

/// Whether a rendering has colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// No escape sequence at all.
    Never,
    /// ANSI colours.
    Always,
}

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Ink {
    /// Nothing special.
    #[default]
    Plain,
    /// Titles.
    Strong,
    /// What matters less.
    Faint,
    /// What comes.
    Added,
    /// What goes.
    Removed,
    /// What changes.
    Changed,
    /// What does not run, or went wrong.
    Alarm,
    /// What to do next.
    Advice,
}

impl Ink {
    fn ansi(self) -> Ansi {
        let colour = |colour: AnsiColor| Ansi::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Ansi::new(),
            Self::Strong => Ansi::new().bold(),
            Self::Faint => Ansi::new().dimmed(),
            Self::Added => colour(AnsiColor::Green),
            Self::Removed => colour(AnsiColor::Red),
            Self::Changed => colour(AnsiColor::Yellow),
            Self::Alarm => colour(AnsiColor::Magenta).bold(),
            Self::Advice => colour(AnsiColor::Cyan),
        }
    }
}
