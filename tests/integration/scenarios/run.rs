//! Plays a scenario: fill, plan, compare, apply, plan again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::civil::Date;
use mailwright::apply::{self, AccountKey, Context, Grounds, OnFailure};
use mailwright::model::{
    Block, Change, ConnectionName, Desired, Narrowing, Observed, Outcome, Override, Plan, ResultState, Status,
};
use mailwright::plan;
use mailwright::provider::{self, Capabilities};
use mailwright::render::{Style, json, text};
use tokio_util::sync::CancellationToken;

use super::golden::{body, compare, steady};
use super::scenario::Scenario;
use super::service::{Known, Service, Type, capabilities};

/// Plays a scenario on every service.
pub(super) fn scenario(name: &str) {
    let scenario = Scenario::load(name);
    let model =
        Type::Model.block_on(play(&scenario, Type::Model)).unwrap_or_else(|refusal| panic!("{refusal}"));
    for (file, text) in &model {
        compare(&scenario.folder.join(format!("{file}.txt")), text.as_deref());
    }
    for real in Type::REAL {
        let of = |file: &str| -> PathBuf { scenario.folder.join(format!("{file}.{}.txt", real.name())) };
        let played = if scenario.is_for_real_stores() {
            real.block_on(play(&scenario, real))
        } else {
            Ok(BTreeMap::new())
        };
        compare(&of("refused"), played.as_ref().err().map(String::as_str));
        let played = played.unwrap_or_default();
        for (file, of_model) in &model {
            let of_model = of_model.as_deref().map(body);
            let text = played.get(file).cloned().flatten();
            let is_needed = |text: &String| {
                real.tells_calls() && text.starts_with("Plan ") || Some(body(text)) != of_model
            };
            let text = text.filter(is_needed);
            compare(&of(file), text.as_deref());
        }
    }
}

/// The plans' texts by the names of their goldens, or why the service cannot hold the scenario.
type Played = Result<BTreeMap<&'static str, Option<String>>, String>;

async fn play(scenario: &Scenario, of: Type) -> Played {
    let overrides = scenario.situation.overrides();
    let mut texts = BTreeMap::new();
    let stage = Stage::fill(scenario, of, &[]).await?;
    let plan = stage.plan().await;
    texts.insert("plan", Some(shown(of, &plan)));
    texts.insert("order", stage.service.filter.is_some().then(|| order(&plan)));
    if of == Type::Model {
        let offered: BTreeSet<String> = blocks(&plan)
            .filter_map(|block| Some(block.release.as_ref()?.strip_prefix("--allow ")?.to_owned()))
            .collect();
        let given: BTreeSet<String> = overrides.iter().map(ToString::to_string).collect();
        assert_eq!(offered, given, "`allow` of the situation is what the plan offers");
    }
    stage.apply_twice(&plan).await;
    texts.insert("plan.allowed", None);
    if !overrides.is_empty() {
        let stage = Stage::fill(scenario, of, &overrides).await?;
        let plan = stage.plan().await;
        assert!(blocks(&plan).all(|block| block.release.is_none()), "an override releases not enough");
        texts.insert("plan.allowed", Some(shown(of, &plan)));
        stage.apply_twice(&plan).await;
    }
    Ok(texts)
}

/// The changes in the order in which they run, each with those that it waits for.
fn order(plan: &Plan) -> String {
    let of = |change: &Change| {
        let needs = change.needs.iter().map(|need| format!("    after {}\n", need.change));
        format!("  {}\n{}", change.id, needs.collect::<String>())
    };
    format!("In this order:\n{}", plan.changes.iter().map(of).collect::<String>())
}

/// A plan as its golden shows it. The filter is the same simulated service everywhere.
fn shown(of: Type, plan: &Plan) -> String {
    steady(&text::plan(plan, Style::plain()), |line| of.tells_calls() || line.contains("gateway"))
}

fn blocks<'a>(plan: &'a Plan) -> impl Iterator<Item = &'a Block> {
    let of = |status: &'a Status| if let Status::Blocked(blocks) = status { blocks.as_slice() } else { &[] };
    plan.changes.iter().flat_map(move |change| of(&change.status))
}

/// A filled service and a wish for it.
struct Stage<'a> {
    service: Service,
    scenario: &'a Scenario,
    desired: Desired,
    overrides: &'a [Override],
}

impl<'a> Stage<'a> {
    async fn fill(scenario: &'a Scenario, of: Type, overrides: &'a [Override]) -> Result<Self, String> {
        let service = Service::fresh(of, scenario).await;
        let hide = |text: String| text.replace(&service.connection, &format!("type: {}", of.name()));
        let observed = service.observed(scenario).map_err(|problems| hide(problems.to_string()))?;
        let desired = service.load("mailwright.yaml", &scenario.wish);
        let desired = desired.map_err(|problems| hide(problems.to_string()))?;
        service.fill_filter(scenario, &observed);
        if of == Type::Model {
            service.fill(scenario, &observed);
            return Ok(Self { service, scenario, desired, overrides });
        }
        let filling = Self { service, scenario, desired: observed, overrides: &[] };
        let plan = filling.plan().await;
        for change in &plan.changes {
            if let Status::Blocked(blocks) = &change.status {
                let reasons: Vec<&str> = blocks.iter().map(|block| &*block.reason).collect();
                return Err(format!("cannot be filled: {}: {}\n", change.id, reasons.join("; ")));
            }
        }
        let outcome = filling.apply(&plan).await;
        for result in outcome.results {
            if let ResultState::Failed { error, .. } = result.state {
                let error = error.replace(&filling.service.url, "http://127.0.0.1");
                return Err(format!("cannot be filled: {}: {error}\n", result.change));
            }
            assert_eq!(result.state, ResultState::Done, "{}", result.change);
        }
        Ok(Self { desired, overrides, ..filling })
    }

    /// Reads and plans. A plan that fails its own proof fails the test.
    async fn plan(&self) -> Plan {
        let capabilities = capabilities(&self.desired);
        let narrowing = Narrowing::default();
        let mut observed = Observed::default();
        let mut providers = BTreeMap::new();
        for further in [false, true] {
            let scopes = if further {
                plan::further_scopes(&self.desired, &observed, &capabilities, &narrowing)
            } else {
                plan::scopes(&self.desired, &capabilities, &narrowing)
            };
            for (name, scope) in scopes {
                if !providers.contains_key(&name) {
                    let spec = &self.desired.connections[&name];
                    providers.insert(name.clone(), self.service.connect(spec).await);
                }
                let (state, failure) = provider::read(&*providers[&name], &scope).await;
                assert!(failure.is_none(), "reading failed: {failure:?}");
                observed.connections.entry(name).or_default().absorb(state);
            }
        }
        let input = plan::Input {
            desired: &self.desired,
            observed: &observed,
            capabilities: &capabilities,
            overrides: self.overrides,
            narrowing: &narrowing,
            today: self.scenario.situation.today(),
        };
        let plan = plan::plan(input).unwrap_or_else(|error| panic!("{error}"));
        wanted(&plan, &self.desired, &capabilities, input.today);
        plan
    }

    /// Applies the plan: all that is ready is done. Afterwards nothing is ready, what was held is still held, and
    /// applying that writes nothing.
    async fn apply_twice(&self, plan: &Plan) {
        let shown = |plan| text::plan(plan, Style::plain());
        let outcome = self.apply(plan).await;
        for (change, result) in plan.changes.iter().zip(&outcome.results) {
            assert_eq!(change.id, result.change);
            let done = matches!(result.state, ResultState::Done | ResultState::NotNeeded);
            assert_eq!(done, change.is_ready(), "{}: {:?}\n{}", change.id, result.state, shown(plan));
        }
        let again = self.plan().await;
        assert_eq!(again.ready().count(), 0, "planned\n{}and again\n{}", shown(plan), shown(&again));
        assert_eq!(held(plan), held(&again), "planned\n{}and again\n{}", shown(plan), shown(&again));
        let outcome = self.apply(&again).await;
        assert!(outcome.results.iter().all(|result| result.state != ResultState::Done), "{outcome:?}");
    }

    async fn apply(&self, plan: &Plan) -> Outcome {
        let mut providers = BTreeMap::new();
        for (name, spec) in &self.desired.connections {
            providers.insert(name.clone(), self.service.connect(spec).await);
        }
        let accounts =
            self.desired.connections.iter().map(|(name, spec)| (name.clone(), AccountKey::of(spec)));
        let context = Context {
            providers: &providers,
            capabilities: &capabilities(&self.desired),
            accounts: &accounts.collect(),
            secrets: &Known,
            journal: None,
            events: &|_| {},
            stop: CancellationToken::new(),
            on_failure: OnFailure::Continue,
            grounds: Grounds::default(),
        };
        apply::apply(plan, context).await
    }
}

/// Fails the test where a plan, saved and read back, is not wanted by its own wish.
pub(crate) fn wanted(
    plan: &Plan,
    desired: &Desired,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    today: Date,
) {
    let text = json::plan(plan).expect("plans are JSON");
    let read = plan::read_saved(text.as_bytes(), desired, capabilities, today);
    let shown = text::plan(plan, Style::plain());
    assert_eq!(
        read.as_ref(),
        Ok(plan),
        "{shown}{}",
        read.as_ref().err().map_or(String::new(), ToString::to_string)
    );
}

/// The ids of the changes that do not run.
fn held(plan: &Plan) -> BTreeSet<String> {
    plan.changes.iter().filter(|change| !change.is_ready()).map(|change| change.id.to_string()).collect()
}
