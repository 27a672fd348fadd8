//! A comment that fits: sections that are shortened, the least important ones first, until the whole is small enough.

use super::inline::{clip, longest_run};

/// The most bytes of a comment, and so the most characters. GitHub refuses one of more than 65,536 characters; the
/// rest is left to whoever adds a line of their own.
pub(super) const LIMIT: usize = 60_000;

/// The most bytes of a line in a block of code.
const LONGEST_LINE: usize = 400;

/// The most lines of one item in a block of code.
const MOST_LINES: usize = 16;

/// How important a section is. What is graver is shortened later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// What nobody misses.
    Background,
    /// What is good to know.
    Known,
    /// What a careful reader looks at.
    Looked,
    /// What limits what is said.
    Limits,
    /// What happens to mail and to access, and what is lost.
    Grave,
    /// What does not run, or went wrong.
    Gravest,
}

/// How the items of a section stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Each item is Markdown.
    Lines,
    /// Together they are a block of code in this language.
    Block(&'static str),
}

/// Whether a section is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// It is not, and has a heading.
    Never,
    /// It can be, and is open at first.
    Open,
    /// It is closed at first.
    Closed,
}

/// Items under a title.
#[derive(Debug)]
pub(super) struct Section {
    weight: Weight,
    shape: Shape,
    /// What stands before the items, ended: own words only.
    before: String,
    /// What stands after them, ended.
    after: &'static str,
    items: Vec<String>,
    /// What follows each item where it is the last one that is shown though others follow it.
    cut_by: Vec<Option<String>>,
}

impl Section {
    /// A section under a title, which is own words only: inside of `<summary>` it is HTML.
    pub(super) fn new(weight: Weight, shape: Shape, fold: Fold, title: &str) -> Self {
        let (before, after) = match fold {
            Fold::Never => (format!("#### {title}\n\n"), ""),
            Fold::Open => (format!("<details open>\n<summary>{title}</summary>\n\n"), "\n</details>\n"),
            Fold::Closed => (format!("<details>\n<summary>{title}</summary>\n\n"), "\n</details>\n"),
        };
        Self { weight, shape, before, after, items: Vec::new(), cut_by: Vec::new() }
    }

    /// A section that begins with these lines of own words, like the head of a table.
    pub(super) fn after(weight: Weight, before: &str) -> Self {
        Self {
            weight,
            shape: Shape::Lines,
            before: before.to_owned(),
            after: "",
            items: Vec::new(),
            cut_by: Vec::new(),
        }
    }

    /// With these items. In a block of code, long lines and long items are cut.
    #[must_use]
    pub(super) fn with(mut self, items: impl IntoIterator<Item = String>) -> Self {
        let block = matches!(self.shape, Shape::Block(_));
        self.items = items.into_iter().map(|item| if block { cut(&item) } else { item }).collect();
        self
    }

    /// With what follows each item where those after it are left out: a word about several items stands with the last
    /// of them, and must not be left out with it.
    #[must_use]
    pub(super) fn cut_by(mut self, lines: impl IntoIterator<Item = Option<String>>) -> Self {
        self.cut_by = lines.into_iter().map(|line| line.map(|line| cut(&line))).collect();
        self
    }

    fn fence(&self) -> String {
        let lines = self.items.iter().chain(self.cut_by.iter().flatten());
        let longest = lines.map(|item| longest_run(item)).max().unwrap_or(0);
        "`".repeat((longest + 1).max(3))
    }

    /// What the section takes without any item, and with the line that says how many more there are.
    fn frame(&self, rest: &str) -> usize {
        let fences = match self.shape {
            Shape::Lines => 0,
            Shape::Block(language) => 2 * self.fence().len() + language.len() + 2,
        };
        let cut_by = self.cut_by.iter().flatten().map(|line| line.len() + 1).max().unwrap_or(0);
        self.before.len() + self.after.len() + fences + cut_by + more(self.items.len(), rest).len() + 1
    }

    fn render(&self, shown: usize, rest: &str, out: &mut String) {
        out.push_str(&self.before);
        let fence = match self.shape {
            Shape::Block(language) if shown > 0 => Some((self.fence(), language)),
            Shape::Block(_) | Shape::Lines => None,
        };
        if let Some((fence, language)) = &fence {
            out.push_str(fence);
            out.push_str(language);
            out.push('\n');
        }
        for item in self.items.iter().take(shown) {
            out.push_str(item);
            out.push('\n');
        }
        if let (true, Some(Some(line))) = (shown < self.items.len(), self.cut_by.get(shown.wrapping_sub(1))) {
            out.push_str(line);
            out.push('\n');
        }
        if let Some((fence, _)) = &fence {
            out.push_str(fence);
            out.push('\n');
        }
        if shown < self.items.len() {
            out.push_str(&more(self.items.len() - shown, rest));
        }
        out.push_str(self.after);
    }
}

fn more(number: usize, rest: &str) -> String {
    format!("\n… and {number} more: {rest}\n")
}

fn cut(item: &str) -> String {
    let lines = item.lines().count();
    let mut kept: Vec<String> =
        item.lines().take(MOST_LINES).map(|line| clip(line, LONGEST_LINE).into_owned()).collect();
    if lines > MOST_LINES {
        kept.push(format!("    … and {} more lines", lines - MOST_LINES));
    }
    kept.join("\n")
}

/// A comment.
#[derive(Debug)]
pub(super) struct Page {
    /// The marker, the title and what always stands.
    head: String,
    sections: Vec<Section>,
    /// Where the rest can be read, as in `see the plan's text or JSON`.
    rest: &'static str,
}

impl Page {
    /// A comment with its first line, its title and its first sentences, all of them Markdown of bounded length.
    pub(super) fn new(marker: &str, title: &str, sentences: &str, rest: &'static str) -> Self {
        Self { head: format!("{marker}\n### {title}\n\n{sentences}\n"), sections: Vec::new(), rest }
    }

    /// Adds a section, unless it has no items.
    pub(super) fn push(&mut self, section: Section) {
        if !section.items.is_empty() {
            self.sections.push(section);
        }
    }

    /// The comment, within [`LIMIT`].
    pub(super) fn render(&self) -> String {
        let frames: usize = self.sections.iter().map(|section| section.frame(self.rest)).sum();
        let mut room = LIMIT.saturating_sub(self.head.len() + frames);
        let mut order: Vec<usize> = (0..self.sections.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(self.sections[*index].weight));
        let mut shown = vec![0; self.sections.len()];
        for index in order {
            for item in &self.sections[index].items {
                let Some(left) = room.checked_sub(item.len() + 1) else { break };
                room = left;
                shown[index] += 1;
            }
        }
        let mut out = self.head.clone();
        for (section, shown) in self.sections.iter().zip(shown) {
            out.push('\n');
            section.render(shown, self.rest, &mut out);
        }
        out
    }
}
