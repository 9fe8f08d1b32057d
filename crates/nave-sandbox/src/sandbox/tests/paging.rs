//! Lists page by page, as each kind of paging says.

use super::*;
use nave_connector::manifest::Paging;
use std::collections::BTreeSet;

/// Follows a list to its end: `next` gives the target of the next page from an answer and the number
/// of things seen. Every thing must come once.
#[track_caller]
fn check(paging: Paging, path: &str, next: impl Fn(&Value, &Reply, usize) -> Option<String>) {
    let manifest = Manifest { connector: "shop".into(), paging: Some(paging), ..Manifest::default() };
    let shop = Sandbox::new(connector_with(Some(manifest)), Options { population: 45, ..Options::default() });
    let mut seen: Vec<String> = Vec::new();
    let mut target = format!("{path}?limit=10");
    for page in 0..5 {
        let (status, value, reply) = ask(&shop, &format!("GET {target}"), Value::Null, &[]);
        assert_eq!(status, 200, "{value}");
        let items = value.get("data").or_else(|| value.get("results")).unwrap_or(&value).as_array().unwrap();
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        assert_eq!(items.len(), if page < 4 { 10 } else { 5 });
        match next(&value, &reply, seen.len()) {
            Some(further) if page < 4 => target = further,
            None if page == 4 => break,
            further => panic!("page {page} leads to {further:?}"),
        }
    }
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 45);
}

fn target(address: &str) -> String {
    address.strip_prefix("http://localhost").expect("an address of this sandbox").to_owned()
}

#[test]
fn by_the_key_of_the_last_item() {
    let paging = Paging::Cursor {
        items: "/data".into(),
        argument: "starting_after".into(),
        next: None,
        item_key: Some("/id".into()),
        more: Some("/has_more".into()),
    };
    check(paging, "/v1/customers", |value, _, _| {
        let last = value["data"].as_array()?.last()?["id"].as_str()?;
        (value["has_more"] == true).then(|| format!("/v1/customers?limit=10&starting_after={last}"))
    });
}

#[test]
fn by_a_cursor_in_the_answer() {
    let paging = Paging::Cursor {
        items: "/results".into(),
        argument: "after".into(),
        next: Some("/paging/next/after".into()),
        item_key: None,
        more: None,
    };
    check(paging, "/v1/orders", |value, _, _| {
        let cursor = value.pointer("/paging/next/after")?.as_str()?;
        Some(format!("/v1/orders?limit=10&after={cursor}"))
    });
}

#[test]
fn by_offset() {
    let paging = Paging::Offset {
        items: "/results".into(),
        argument: "offset".into(),
        total: Some("/total".into()),
        more: None,
    };
    check(paging, "/v1/orders", |value, _, seen| {
        let more = value["total"].as_u64()? > u64::try_from(seen).unwrap();
        more.then(|| format!("/v1/orders?limit=10&offset={seen}"))
    });
}

#[test]
fn by_page_number() {
    let paging = Paging::Page {
        items: "/results".into(),
        argument: "page".into(),
        first: 1,
        pages: Some("/pages".into()),
        more: None,
    };
    check(paging, "/v1/orders", |value, _, seen| {
        let page = u64::try_from(seen).unwrap() / 10;
        (page < value["pages"].as_u64()? && seen % 10 == 0)
            .then(|| format!("/v1/orders?limit=10&page={}", page + 1))
    });
}

#[test]
fn by_the_next_address() {
    let paging = Paging::NextUrl { items: "/results".into(), next: "/next".into() };
    check(paging, "/v1/orders", |value, _, _| {
        value["next"].as_str().filter(|next| !next.is_empty()).map(target)
    });
}

#[test]
fn by_the_link_header() {
    let paging = Paging::LinkHeader { items: "/results".into() };
    check(paging, "/v1/orders", |_, reply, _| {
        let link = reply.header("link")?;
        Some(target(link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")?))
    });
}
