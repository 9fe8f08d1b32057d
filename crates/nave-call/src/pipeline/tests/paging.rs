//! Lists over several pages.

use futures_util::StreamExt;
use nave_connector::manifest::{OperationNotes, Paging};

use super::*;

fn cursor() -> Paging {
    serde_json::from_value(json!({
        "kind": "cursor", "items": "/data", "argument": "cursor", "next": "/next",
    }))
    .unwrap()
}

/// All items, or the fault that ended the list; and the queries that were sent.
async fn all(
    rule: Paging,
    system: impl Fn(usize, &Outgoing) -> Result<Incoming, Fault> + Send + Sync + 'static,
) -> (Result<Vec<Value>, Fault>, Vec<String>) {
    let notes = OperationNotes { paging: Some(rule), ..OperationNotes::default() };
    let operations = [("list_deals".to_owned(), notes)].into_iter().collect();
    let rig = Rig::new(Manifest { operations, ..manifest() }, &keyed(), system);
    let pages = rig.caller.pages(CallRequest::new("crm", "list_deals", json!({}))).unwrap();
    let pages: Vec<_> = pages.stream().collect().await;
    let mut items = Ok(Vec::new());
    for page in pages {
        match (&mut items, page) {
            (Ok(items), Ok(page)) => items.extend(page.items),
            (_, Err(fault)) => items = Err(fault),
            (Err(_), Ok(_)) => panic!("a page after a fault"),
        }
    }
    let sent = rig.sent();
    (items, sent.iter().map(|sent| sent.url.query().unwrap_or_default().to_owned()).collect())
}

#[tokio::test(start_paused = true)]
async fn every_page_is_asked_for_once() {
    let (items, queries) = all(cursor(), |number, _| match number {
        1 => answer(200, &json!({"data": [1, 2], "next": "b"})),
        2 => answer(503, &json!({})),
        3 => answer(200, &json!({"data": [3], "next": "c"})),
        _ => answer(200, &json!({"data": [], "next": null})),
    })
    .await;
    assert_eq!(items.unwrap(), [json!(1), json!(2), json!(3)]);
    assert_eq!(queries, ["", "cursor=b", "cursor=b", "cursor=c"]);
}

#[tokio::test(start_paused = true)]
async fn a_loop_ends_in_a_fault() {
    let (items, queries) = all(cursor(), |number, _| {
        answer(200, &json!({"data": [number], "next": (["b", "c", "b"][(number - 1) % 3])}))
    })
    .await;
    assert_eq!(items.unwrap_err().code, codes::PAGING);
    assert_eq!(queries.len(), 3);
    let offset = serde_json::from_value(json!({"kind": "offset", "items": "/data", "argument": "offset"}));
    let (items, queries) =
        all(offset.unwrap(), |_, _| answer(200, &json!({"data": [{"id": 1}, {"id": 2}]}))).await;
    assert_eq!(items.unwrap_err().message, "the next page is one that was had before");
    assert_eq!(queries, ["", "offset=2"]);
}

#[tokio::test(start_paused = true)]
async fn addresses_are_followed_on_the_same_server_only() {
    let link = || serde_json::from_value(json!({"kind": "link_header"})).unwrap();
    let (items, queries) = all(link(), |number, sent| {
        assert_eq!(sent.headers["authorization"], format!("Bearer {KEY}"));
        let next = ["</v1/deals?p=2>; rel=next", "<http://crm.example/v1/deals?p=3>; rel=next", ""];
        with_headers(200, &json!([number]), &[("link", next[number - 1])])
    })
    .await;
    assert_eq!(items.unwrap(), [json!(1), json!(2), json!(3)]);
    assert_eq!(queries, ["", "p=2", "p=3"]);
    for elsewhere in [
        "https://evil.example/x",
        "https://crm.example:444/x",
        "//evil.example/x",
        "https://u:p@crm.example/",
        "file:///x",
    ] {
        let link_header = format!("<{elsewhere}>; rel=next");
        let (items, queries) =
            all(link(), move |_, _| with_headers(200, &json!([1]), &[("link", &link_header)])).await;
        assert_eq!(items.unwrap_err().code, codes::PAGING, "{elsewhere}");
        assert_eq!(queries.len(), 1, "{elsewhere}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_without_a_rule_has_no_pages() {
    let rig = Rig::new(manifest(), &keyed(), |_, _| answer(200, &json!([])));
    let fault = rig.caller.pages(CallRequest::new("crm", "list_deals", json!({}))).unwrap_err();
    assert_eq!(fault.code, codes::PAGING);
}
