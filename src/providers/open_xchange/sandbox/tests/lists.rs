//! Black and white lists.

use serde_json::json;

use super::client::{ANN, Client};

#[tokio::test]
async fn r60_entries() {
    let client = Client::default().await;
    for list in ["blacklist", "whitelist"] {
        let path = format!("{ANN}/{list}");
        assert_eq!(client.get(&path).await, json!({ list: [] }));
        for (method, value) in [("POST", "b@x.org"), ("PUT", "a%40x.org"), ("POST", "b@x.org")] {
            let seen = client.call(method, &format!("{path}/{value}")).await;
            assert_eq!((seen.status(), seen.body().as_str()), (200, ""), "{method} {value}");
        }
        assert_eq!(client.get(&path).await, json!({ list: ["a@x.org", "b@x.org"] }));
        assert_eq!(client.status("DELETE", &format!("{path}/a@x.org")).await, 200);
        assert_eq!(client.status("DELETE", &format!("{path}/a@x.org")).await, 404);
        assert_eq!(client.get(&path).await, json!({ list: ["b@x.org"] }));
    }
    assert_eq!(client.status("GET", "/oxaas/v1/admin/contexts/24/users/9/blacklist").await, 404);
}

#[tokio::test]
async fn r61_filters() {
    let client = Client::default().await;
    let path = format!("{ANN}/blacklist");
    for value in ["%2A@x.org", "eve@x.org", "eve@y.org"] {
        client.call("POST", &format!("{path}/{value}")).await;
    }
    for (filter, found) in [
        ("*@x.org", json!(["*@x.org", "eve@x.org"])),
        ("%2A@x.org", json!(["*@x.org"])),
        ("EVE@*", json!(["eve@x.org", "eve@y.org"])),
        ("eve", json!([])),
        ("*", json!(["*@x.org", "eve@x.org", "eve@y.org"])),
    ] {
        assert_eq!(client.get(&format!("{path}/{filter}")).await, json!({"blacklist": found}), "{filter}");
    }
}

#[tokio::test]
async fn r62_a_bare_star_is_no_entry() {
    let client = Client::default().await;
    let path = format!("{ANN}/whitelist");
    client.call("POST", &format!("{path}/a@x.org")).await;
    for method in ["POST", "PUT", "DELETE"] {
        for value in ["*", "*@x.org"] {
            assert_eq!(client.status(method, &format!("{path}/{value}")).await, 400, "{method} {value}");
        }
    }
    assert_eq!(client.get(&path).await, json!({"whitelist": ["a@x.org"]}));
    client.call("POST", &format!("{path}/%2A@x.org")).await;
    assert_eq!(client.status("DELETE", &format!("{path}/%2a@x.org")).await, 200);
}

#[tokio::test]
async fn r63_wiping_a_list_is_counted() {
    let client = Client::default().await;
    for list in ["blacklist", "whitelist"] {
        client.call("POST", &format!("{ANN}/{list}/a@x.org")).await;
    }
    assert_eq!(client.status("DELETE", &format!("{ANN}/blacklist")).await, 200);
    let snapshot = client.sandbox.snapshot();
    let ann = snapshot.user("ann@example.com").unwrap();
    assert_eq!((ann.blacklist.len(), ann.whitelist.len(), snapshot.counts.list_wipes), (0, 1, 1));
}
