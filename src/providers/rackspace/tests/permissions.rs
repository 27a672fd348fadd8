//! Permissions: one set of rights for each grantee.

use super::*;

const JANE: &str = "jane@example.com";
const JOHN: &str = "john@example.com";

fn two(rows: &mut Rows<'_>) {
    rows.mailbox(JANE, "Secret123!").mailbox(JOHN, "Secret123!");
}

async fn granted(bench: &Bench) -> Option<Fields> {
    bench.object(&permission(JANE, JOHN), &[Field::Rights]).await.map(|object| object.fields.values())
}

#[tokio::test]
async fn rights_are_a_set() {
    let bench = Bench::new(two).await;
    let grant = |list: &[Right]| (permission(JANE, JOHN), rights(list));
    let (identity, send_as) = grant(&[Right::SendAs]);
    bench.write(&create(identity.clone(), send_as.clone())).await;
    assert_eq!(bench.calls(), ["POST mailboxes/jane/permissions/john"]);
    assert_eq!(granted(&bench).await, Some(send_as.clone()));
    let again = bench.perform(&create(identity.clone(), send_as.clone())).await;
    assert_eq!(again.expect("held"), Done::NotNeeded);
    for list in [&[Right::FullAccess][..], &[Right::FullAccess, Right::SendAs], &[Right::SendAs]] {
        let (identity, rights) = grant(list);
        bench.write(&update(identity, rights.clone())).await;
        assert_eq!(granted(&bench).await, Some(rights));
    }
    let error =
        bench.perform(&create(identity.clone(), grant(&[Right::FullAccess]).1)).await.expect_err("otherwise");
    assert_eq!(error.kind, ErrorKind::Conflict);
    bench.write(&delete(identity.clone(), send_as.clone())).await;
    assert_eq!(granted(&bench).await, None);
    assert_eq!(bench.perform(&delete(identity, send_as)).await.expect("gone"), Done::NotNeeded);
}

#[tokio::test]
async fn a_grantee_must_be_there() {
    let bench = Bench::new(two).await;
    let nobody = permission(JANE, "nobody@example.com");
    let error = bench.perform(&create(nobody, rights(&[Right::SendAs]))).await.expect_err("nobody");
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn many_grantees_are_read_whatever_the_total_says() {
    let bench = Bench::new(|rows| {
        two(rows);
        for number in 0..230 {
            let name = format!("m{number:03}@example.com");
            rows.mailbox(&name, "Secret123!");
            rows.permission(JANE, &name, super::super::sandbox::PermissionType::SendAs);
        }
    })
    .await;
    let state = bench.read(vec![parts_of(Kind::Permission, &[JANE])]).await;
    assert_eq!((state.objects.len(), bench.calls().len()), (230, 3));
}

#[tokio::test]
async fn permissions_that_cannot_be_read_are_a_gap_of_one_mailbox() {
    let bench = Bench::new(|rows| {
        two(rows);
        rows.permission(JOHN, JANE, super::super::sandbox::PermissionType::FullAccess);
    })
    .await;
    let path = "/v1/customers/me/domains/example.com/ex/mailboxes/jane/permissions";
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).to(Method::GET, path));
    let (state, error) =
        bench.try_read(vec![whole(Kind::Permission, &[Field::Rights]), whole(Kind::Mailbox, &[])]).await;
    assert!(error.is_none());
    assert!(matches!(state.look(&permission(JOHN, JANE)), Looked::Present(_)));
    assert!(matches!(state.look(&permission(JANE, JOHN)), Looked::Unknown(_)));
    let word = |collection: Collection| state.completeness(&collection).expect("told");
    assert!(
        matches!(word(Collection::domain(Kind::Permission, &domain())), Completeness::Incomplete(reason) if reason.contains(JANE))
    );
    assert!(word(Collection::domain(Kind::Mailbox, &domain())).is_complete());
}
