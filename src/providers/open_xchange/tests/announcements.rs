//! Announcements: the objects that this service has for itself.

use super::*;

fn named(name: &str) -> Identity {
    Identity::Object { kind: "announcement".into(), name: name.into() }
}

fn json(text: &str) -> Value {
    Value::Json(crate::model::Json::parse(text).expect("a document"))
}

fn news() -> Fields {
    Fields::new()
        .with(setting("content"), json(r#"{"en":{"title":"News"}}"#))
        .with(setting("start"), Value::text("2027-01-31T08:00:00Z"))
        .with(setting("timezone"), Value::text("Europe/Berlin"))
        .with(setting("discardable"), Value::Bool(true))
        .with(setting("enabled"), Value::Bool(false))
        .with(setting("owner_brand"), Value::text("acme"))
        .with(setting("brands"), words(&["acme", "other"]))
}

async fn bench() -> Bench {
    Bench::with(|builder| builder, keys(), |_| ()).await
}

async fn observed(bench: &Bench) -> ObservedObject {
    bench.object(&named("news"), &[setting("content")]).await.expect("it is there")
}

fn on(observed: &ObservedObject, route: &str, fields: Fields) -> Change {
    Change { remote: observed.remote.clone(), ..update(route, named("news"), fields) }
}

#[tokio::test]
async fn an_announcement_is_made_changed_shown_hidden_and_removed() {
    let bench = bench().await;
    bench.write(&create(named("news"), news().with(setting("version"), Value::Int(3)))).await;
    let made = observed(&bench).await;
    for (field, value) in news().iter() {
        assert_eq!(made.fields.value(field), Some(value), "{field}");
    }
    let shown = Scope { facts: true, ..Scope::of(vec![part(Collection::object(&named("news")), &[])]) };
    let (state, _) = crate::provider::read(&*bench.provider, &shown).await;
    assert_eq!(state.objects[&named("news")].facts["version"], "3");
    assert_eq!(bench.refused(&create(named("news"), news())).await.kind, ErrorKind::Conflict);

    let wish = Fields::new()
        .with(setting("end"), Value::text("2027-02-28T08:00:00Z"))
        .with(setting("timezone"), Value::text(""));
    bench.write(&on(&made, "", wish.clone())).await;
    let changed = observed(&bench).await;
    assert_eq!(changed.fields.value(&setting("end")), wish.get(&setting("end")));
    assert_eq!(changed.fields.value(&setting("timezone")), Some(&Value::text("")));
    assert_eq!(changed.fields.value(&setting("content")), news().get(&setting("content")), "kept");
    assert_eq!(bench.perform(&on(&made, "", wish)).await.expect("it holds"), Done::NotNeeded);

    for (enabled, call) in [(true, "enable"), (false, "disable")] {
        let change = on(&made, "enabled", Fields::new().with(setting("enabled"), Value::Bool(enabled)));
        bench.write(&change).await;
        assert_eq!(bench.writes(), [format!("PUT announcements/{call}/1")]);
        assert_eq!(bench.perform(&change).await.expect("it holds"), Done::NotNeeded);
    }
    bench.write(&delete(&made)).await;
    assert_eq!(bench.perform(&delete(&made)).await.expect("gone"), Done::NotNeeded);
    assert!(bench.sandbox.snapshot().announcements.is_empty());
}

#[tokio::test]
async fn two_of_one_name_are_neither_read_nor_touched() {
    let bench = bench().await;
    bench.write(&create(named("news"), news())).await;
    let made = observed(&bench).await;
    // Somebody else makes another one of that name.
    let body = serde_json::json!({ "name": "news", "msgJsonObject": {} });
    let status = post(&bench, "/api/oxaas/v1/admin/announcements", &body).await;
    assert_eq!(status, 200);
    let state = bench.read(vec![part(Collection::everything(Kind::Object), &[])]).await;
    assert!(matches!(state.look(&named("news")), Looked::Unknown(reason) if reason.contains("several")));
    let hide = on(&made, "enabled", Fields::new().with(setting("enabled"), Value::Bool(true)));
    for change in [delete(&made), hide] {
        assert_eq!(bench.refused(&change).await.kind, ErrorKind::Conflict);
    }
    assert_eq!(bench.sandbox.snapshot().announcements.len(), 2);
}

/// A call past the client.
async fn post(bench: &Bench, path: &str, body: &serde_json::Value) -> u16 {
    use crate::http::{Call, Client, Config, Standard, Throttle};
    let limits = super::super::provider_type().capabilities;
    let throttle = Arc::new(Throttle::new(limits(&spec(keys())).limits));
    let client = Client::new(Config::new(bench.server.url()), throttle, Standard).expect("a client");
    let call = Call::post(path).json(body).basic(Sandbox::BRAND, &SecretString::from(Sandbox::SECRET));
    client.send(call).await.expect("an answer").status
}

#[tokio::test]
async fn another_announcement_by_that_name_is_not_the_one_of_the_plan() {
    let bench = bench().await;
    bench.write(&create(named("news"), news())).await;
    let made = observed(&bench).await;
    let other = Change { remote: Some("99".into()), ..delete(&made) };
    assert_eq!(bench.refused(&other).await.kind, ErrorKind::Conflict);
    assert_eq!(bench.sandbox.snapshot().announcements.len(), 1);
}

#[tokio::test]
async fn what_the_service_would_tell_otherwise_is_refused_before_it_is_sent() {
    let bench = bench().await;
    let wish = news().with(setting("start"), Value::text("2027-01-31T09:00:00+01:00"));
    let error = bench.refused(&create(named("news"), wish)).await;
    assert_eq!(error.hint.as_deref(), Some("write 2027-01-31T08:00:00Z"));
    assert!(bench.calls().is_empty());
    let other = Identity::Object { kind: "theme".into(), name: "x".into() };
    let error = bench.refused(&create(other.clone(), Fields::new())).await;
    assert!(error.hint.expect("a hint").contains("`announcement`"));
    assert!(bench.object(&other, &[]).await.is_none());
}
