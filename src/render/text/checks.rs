//! The view of `doctor`.

use crate::model::ConnectionName;
use crate::provider::{Check, CheckState};
use crate::render::line::Line;
use crate::render::style::{Ink, Style};

/// The checks of each connection.
pub fn checks(connections: &[(ConnectionName, Vec<Check>)], style: Style) -> String {
    let widest = connections
        .iter()
        .flat_map(|(_, checks)| checks)
        .map(|check| Line::plain(&check.name).width())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (index, (name, checks)) in connections.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&Line::of(Ink::Strong, name.as_str()).render(style));
        out.push('\n');
        for check in checks {
            let (word, ink) = match check.state {
                CheckState::Passed => ("ok", Ink::Added),
                CheckState::Warning => ("warning", Ink::Changed),
                CheckState::Failed => ("failed", Ink::Alarm),
            };
            let mut line = Line::plain("  ").then(ink, &format!("{word:<9}"));
            line.push(Ink::Plain, &check.name);
            let at = 11 + widest + 2;
            line.pad_to(at);
            let detail = Line::plain(&check.detail).wrap(style.width.saturating_sub(at).max(30));
            for (index, part) in detail.into_iter().enumerate() {
                if index > 0 {
                    line = Line::plain(&" ".repeat(at));
                }
                line.append(part);
                out.push_str(&line.render(style));
                out.push('\n');
            }
        }
    }
    out
}
