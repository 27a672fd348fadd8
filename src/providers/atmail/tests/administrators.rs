//! Sub-admins.

use super::*;

fn admin(login: &str) -> Identity {
    Identity::administrator(login)
}

fn words(list: &[&str]) -> Value {
    Value::Words(list.iter().map(|word| (*word).to_owned()).collect())
}

fn domains(list: &[&str]) -> Value {
    Value::Domains(list.iter().map(|name| name.parse().expect(name)).collect())
}

fn whole_fields() -> Fields {
    Fields::new()
        .with(Field::Domains, domains(&["example.com", "other.example"]))
        .with(Field::AdminRights, words(&["add", "list", "alias"]))
        .with(Field::Full, Value::Bool(false))
        .with(setting("company"), Value::text("Acme & Co"))
        .with(setting("full_name"), Value::text("Ann"))
        .with(setting("num_users"), Value::Int(50))
        .with(setting("num_quota"), Value::Int(0))
}

async fn all(bench: &Bench) -> ConnectionState {
    let fields: Vec<Field> = whole_fields().iter().map(|(field, _)| field.clone()).collect();
    bench.read(vec![part(Collection::everything(Kind::Administrator), &fields)]).await
}

#[tokio::test]
async fn a_sub_admin_is_made_read_changed_and_removed() {
    let bench = Bench::new(|rows| {
        rows.domain("other.example");
    })
    .await;
    let made = create(admin("Helper"), whole_fields().with(Field::Password, password()));
    assert_eq!(bench.write(&made).await, [""; 0]);
    assert!(
        bench.bodies()[0].contains("Domains%5B%5D=example.com&Domains%5B%5D=other.example"),
        "{:?}",
        bench.bodies()
    );
    let state = all(&bench).await;
    assert_eq!(bench.calls(), ["GET /subadmin/list"]);
    assert_eq!(state.objects[&admin("helper")].fields.values(), whole_fields());
    assert_eq!(bench.perform(&made).await.expect_err("there").kind, ErrorKind::Conflict);
    let after = Fields::new()
        .with(Field::AdminRights, words(&["list"]))
        .with(Field::Domains, domains(&["example.com"]))
        .with(Field::Full, Value::Bool(true))
        .with(Field::Password, password())
        .with(setting("company"), Value::text(""));
    assert_eq!(bench.write(&update(admin("helper"), whole_fields(), after)).await, [""; 0]);
    let object = all(&bench).await.objects[&admin("helper")].clone();
    assert_eq!(object.fields.value(&Field::AdminRights), Some(&words(&["list"])));
    assert_eq!(object.fields.value(&Field::Full), Some(&Value::Bool(true)));
    assert_eq!(object.fields.value(&setting("company")), Some(&Value::text("")));
    assert_eq!(object.fields.value(&setting("full_name")), Some(&Value::text("Ann")));
    let snapshot = bench.sandbox.snapshot();
    let row = snapshot.admin("helper").expect("a sub-admin");
    assert_eq!((row.domains.len(), row.password_writes), (1, 2));
    let gone = delete(admin("helper"), Fields::new());
    bench.write(&gone).await;
    assert_eq!(bench.calls()[0], "GET /subadmin/view/Username/helper");
    assert_eq!(bench.perform(&gone).await.expect("done"), Done::NotNeeded);
    assert!(bench.sandbox.passwords_in_urls().is_empty());
}

#[tokio::test]
async fn what_the_service_does_not_know_is_refused_before_a_call() {
    let bench = Bench::new(|_| ()).await;
    let odd = Fields::new().with(Field::Password, password()).with(Field::AdminRights, words(&["fly"]));
    let error = bench.perform(&create(admin("helper"), odd)).await.expect_err("odd");
    assert!(error.kind == ErrorKind::Invalid && error.hint.expect("a hint").contains("migrate"));
    let none = Fields::new().with(Field::Domains, domains(&[]));
    let error = bench.perform(&update(admin("helper"), Fields::new(), none)).await.expect_err("cannot");
    assert_eq!(error.kind, ErrorKind::Invalid);
    let error = bench.perform(&create(admin("helper"), whole_fields())).await.expect_err("no password");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(bench.calls().is_empty());
}

#[tokio::test]
async fn the_own_login_is_never_removed() {
    let bench = Bench::with(
        |builder| builder,
        login("boss", "boss-password"),
        |rows| {
            rows.admin("boss", "boss-password", &[Right::UMasterAdmin], &[]);
            rows.admin("other", "x", &[Right::UList], &["example.com"]);
        },
    )
    .await;
    let state = all(&bench).await;
    assert_eq!(state.objects[&admin("boss")].standing, Standing::Login);
    assert_eq!(state.objects[&admin("other")].standing, Standing::Plain);
    let error = bench.perform(&delete(admin("boss"), Fields::new())).await.expect_err("the login");
    assert!(error.kind == ErrorKind::Denied && bench.calls().is_empty());
    let other = bench.object(&admin("other"), &[Field::Full]).await.expect("a sub-admin");
    assert_eq!(bench.calls(), ["GET /subadmin/view/Username/other"]);
    assert_eq!(other.fields.value(&Field::Full), Some(&Value::Bool(false)));
    assert!(bench.object(&admin("nobody"), &[Field::Full]).await.is_none());
}

#[tokio::test]
async fn an_empty_list_is_no_word_about_the_sub_admins_for_one_of_them() {
    const NONE: &str = "<subadminlist><response/><status>success</status></subadminlist>";
    let odd = canned(&[("/subadmin/list", 200, NONE)], login("sub", "sub-password"), |rows| {
        rows.admin("sub", "sub-password", &[Right::UList], &["example.com"]);
    })
    .await;
    let (state, _) = odd.try_read(vec![part(Collection::everything(Kind::Administrator), &[])]).await;
    assert!(unknown(&state, &admin("other")).contains("the list is empty"));
    assert!(
        all(&Bench::new(|_| ()).await).await.objects.is_empty(),
        "the server's own sees that there is none"
    );
}

#[tokio::test]
async fn a_sub_admin_may_not_see_the_others() {
    let bench = Bench::with(
        |builder| builder,
        login("sub", "sub-password"),
        |rows| {
            rows.admin("sub", "sub-password", &[Right::UList], &["example.com"]);
        },
    )
    .await;
    let (state, error) = bench.try_read(vec![part(Collection::everything(Kind::Administrator), &[])]).await;
    assert!(error.is_none());
    assert!(unknown(&state, &admin("other")).contains("Permission denied"));
}
