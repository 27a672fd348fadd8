//! Text that would break out of the document.

use super::*;

fn hostile_plan(texts: &[String], copies: usize) -> Plan {
    let mut changes = many_kinds_of_changes();
    for (index, text) in texts.iter().enumerate() {
        for copy in 0..copies {
            let mut change = with(
                mailbox(Verb::Update, &format!("user{index}x{copy}@example.com")),
                Field::DisplayName,
                Some(Value::text(text)),
                Some(Value::text(&format!("{text}!"))),
            );
            change.risk = [Risk::Safe, Risk::Disruptive, Risk::Exposure, Risk::Destructive][copy % 4];
            change.reason.clone_from(text);
            change.effects = vec![text.clone()];
            change.at = Some(at(text, 3));
            if copy % 5 == 4 {
                change.status =
                    Status::Blocked(vec![block(BlockCode::Cannot, text, Some(text), Some(at(text, 4)))]);
            }
            changes.push(change);
        }
    }
    let mut plan = plan(changes);
    plan.effects = texts.iter().map(|text| effect(EffectKind::Access, text)).collect();
    plan.notes = texts.iter().map(|text| note(text, Some(at(text, 2)))).collect();
    plan.narrowing.only = texts.to_vec();
    plan.id = texts.concat();
    for text in texts {
        let mut reading = plan.connections[&ConnectionName::new("box")].clone();
        reading.domains = vec![text.clone()];
        reading.account = Some(text.as_str().into());
        let gap =
            Incomplete { collection: Collection::everything(Kind::Alias), reason: text.as_str().into() };
        reading.incomplete = vec![gap];
        plan.connections.insert(ConnectionName::new(text), reading);
    }
    plan
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_text_and_no_number_of_changes_breaks_a_plan(
        texts in prop::collection::vec(hostile(), 1..4),
        copies in prop_oneof![4 => 0..6_usize, 1 => 60..200_usize],
    ) {
        let plan = hostile_plan(&texts, copies);
        check(&markdown::plan(&plan), markdown::PLAN)?;
        let results = plan.changes.iter().enumerate().map(|(index, change)| {
            let text = texts[index % texts.len()].clone();
            let state = match index % 4 {
                0 => ResultState::Done,
                1 => ResultState::Failed { error: text.clone(), hint: Some(text.clone()) },
                2 => ResultState::Skipped { reason: text.clone() },
                _ => ResultState::InDoubt { reason: text.clone() },
            };
            ChangeResult { change: change.id.clone(), state, notes: vec![text; index % 6] }
        });
        let outcome = Outcome { results: results.collect(), generated: texts.clone(), ..Outcome::default() };
        check(&markdown::outcome(&plan, &outcome), markdown::OUTCOME)?;
    }

    #[test]
    fn no_text_breaks_an_audit_a_trace_or_a_review(texts in prop::collection::vec(hostile(), 1..4), copies in 1..80_usize) {
        let mut report = audit_report();
        let mut review = review();
        let mut trace = trace();
        for text in &texts {
            for copy in 0..copies {
                let severity = [Severity::Error, Severity::Warning, Severity::Note][copy % 3];
                let mut finding = finding("MW001", severity, text);
                finding.at = Some(at(text, 1));
                report.findings.push(finding);
                let mut entry = review.entries[copy % 3].clone();
                entry.who.clone_from(text);
                entry.because.clone_from(text);
                entry.connection = ConnectionName::new(text);
                review.entries.push(entry);
            }
            review.not_read.push(text.clone());
            let mut hop = trace.root.clone();
            hop.step = crate::model::Step::Unknown { reason: text.as_str().into() };
            trace.root.next.push(hop);
        }
        check(&markdown::audit(&report), markdown::AUDIT)?;
        check(&markdown::access(&review), markdown::ACCESS)?;
        check(&markdown::trace(&trace), markdown::TRACE)?;
    }
}
