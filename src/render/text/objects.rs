//! The view of what services hold for an address.

use crate::model::{Reading, Standing};
use crate::render::Held;
use crate::render::line::Line;
use crate::render::style::{Ink, Style};

use crate::render::parts::fields::shown;

/// What each connection holds, with facts, standing and what could not be read.
pub fn objects(held: &[Held<'_>], style: Style) -> String {
    let mut blocks: Vec<Vec<Line>> = Vec::new();
    for part in held {
        let mut lines = Vec::new();
        for object in &part.objects {
            let mut title = Line::plain(&format!("{} ", object.identity.kind()))
                .then(Ink::Strong, &object.identity.to_string())
                .then(Ink::Plain, &format!(" on {}", part.connection));
            if object.standing != Standing::Plain {
                title.push(Ink::Changed, &format!("  ({})", object.standing));
            }
            lines.push(title);
            let fields = object.fields.iter().map(|(field, reading)| {
                let value = match reading {
                    Reading::Known(value) => Line::plain(&shown(value)),
                    Reading::Untold(reason) => Line::of(Ink::Faint, &format!("not told: {reason}")),
                    Reading::NotRead(reason) => Line::of(Ink::Alarm, &format!("not read: {reason}")),
                };
                (field.to_string(), value)
            });
            let facts = object.facts.iter().map(|(name, value)| (name.clone(), Line::of(Ink::Faint, value)));
            let pairs: Vec<(String, Line)> = fields.chain(facts).collect();
            let widest = pairs.iter().map(|(name, _)| Line::plain(name).width()).max().unwrap_or(0);
            for (name, value) in pairs {
                let at = 2 + widest + 2;
                for (index, part) in
                    value.wrap(style.width.saturating_sub(at).max(30)).into_iter().enumerate()
                {
                    let mut line = Line::plain("  ");
                    if index == 0 {
                        line.push(Ink::Plain, &name);
                    }
                    line.pad_to(at);
                    line.append(part);
                    lines.push(line);
                }
            }
        }
        for (what, reason) in &part.gaps {
            lines.push(
                Line::of(Ink::Alarm, "! not read")
                    .then(Ink::Plain, &format!("  {what} on {}: {reason}", part.connection)),
            );
        }
        if lines.is_empty() {
            lines.push(Line::plain(&format!("nothing on {}", part.connection)));
        }
        blocks.push(lines);
    }
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
