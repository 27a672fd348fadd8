//! What came of applying a plan, for those who reviewed it.

use crate::model::{Change, ChangeResult, Outcome, Plan, ResultState};
use crate::render::parts::outcome::{DOUBT, sentence, sorted, subject, word};
use crate::render::parts::words::counted;

use super::inline::{code, prose};
use super::page::{Fold, Page, Section, Shape, Weight};
use super::shared::place;

/// What came of applying `plan`, as a comment: what did not go well first.
pub fn outcome(plan: &Plan, outcome: &Outcome) -> String {
    let title = format!("Mail plan {} carried out", code(plan.short_id()));
    let sentences = format!("**{}**", sentence(plan, outcome));
    let mut page = Page::new(super::OUTCOME, &title, &sentences, "see the outcome's JSON.");
    let mut in_doubt = Vec::new();
    let mut failed = Vec::new();
    let mut skipped = Vec::new();
    let mut done = Vec::new();
    for (result, change) in sorted(plan, outcome) {
        let list = match result.state {
            ResultState::InDoubt { .. } => &mut in_doubt,
            ResultState::Failed { .. } => &mut failed,
            ResultState::Skipped { .. } => &mut skipped,
            ResultState::Done | ResultState::NotNeeded => &mut done,
        };
        list.push(told(result, change));
    }
    let open = |weight, title: String| Section::new(weight, Shape::Lines, Fold::Never, &title);
    page.push(open(Weight::Gravest, format!("{} in doubt", in_doubt.len())).with(in_doubt));
    page.push(open(Weight::Grave, format!("{} failed", failed.len())).with(failed));
    let title = format!("{} skipped", skipped.len());
    page.push(Section::new(Weight::Looked, Shape::Lines, Fold::Closed, &title).with(skipped));
    let files = outcome.generated.iter().map(|file| format!("- {}", code(file)));
    page.push(
        Section::after(
            Weight::Limits,
            "New passwords are in files that only whoever carried out the plan can read:\n\n",
        )
        .with(files),
    );
    let title = counted(done.len(), "change is done", "changes are done");
    page.push(Section::new(Weight::Background, Shape::Lines, Fold::Closed, &title).with(done));
    page.render()
}

fn told(result: &ChangeResult, change: Option<&Change>) -> String {
    let what = change.map_or_else(|| code(result.change.as_str()), |change| prose(&subject(change)));
    let mut lines = vec![format!(
        "- **{}** {what}{}",
        word(&result.state),
        place(change.and_then(|change| change.at.as_ref()))
    )];
    let mut below = |text: String| lines.push(format!("  - {text}"));
    match &result.state {
        ResultState::Done | ResultState::NotNeeded => {}
        ResultState::Failed { error, hint } => {
            below(prose(error));
            if let Some(hint) = hint {
                below(format!("hint: {}", prose(hint)));
            }
        }
        ResultState::Skipped { reason } => below(prose(reason)),
        ResultState::InDoubt { reason } => {
            below(prose(reason));
            below(format!("hint: {DOUBT}"));
        }
    }
    // A change with a great many remarks must not crowd out the others.
    for note in result.notes.iter().take(3) {
        below(prose(note));
    }
    if result.notes.len() > 3 {
        below(format!("… and {} more remarks", result.notes.len() - 3));
    }
    lines.join("\n")
}
