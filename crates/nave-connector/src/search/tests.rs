//! Examples of searches.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::openapi::{Input, NoResolver, import};
use crate::source;

fn index() -> Index {
    let description = json!({
        "openapi": "3.0.0", "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/v1/refunds": {
                "post": {"operationId": "PostRefunds", "summary": "Create a refund of a charge."},
                "get": {"operationId": "GetRefunds", "summary": "List refunds."},
            },
            "/v1/charges/{id}": {"get": {"operationId": "GetCharge", "summary": "Retrieve a charge."}},
            "/v1/customers/{id}": {
                "delete": {"operationId": "DeleteCustomer", "summary": "Delete a customer."},
                "put": {"operationId": "UpdateCustomer", "summary": "Change a customer.", "deprecated": true},
            },
        },
    });
    let bytes = description.to_string().into_bytes();
    let source = source::read("shop.json", &bytes).unwrap();
    let input = Input { name: "shop", source, manifest: None, overlay: None, resolver: &NoResolver };
    Index::new(vec![("shop".into(), Arc::new(import(input).unwrap().connector))])
}

#[track_caller]
fn check(question: &str, first: &str) {
    let hits = index().search(question, 3);
    assert_eq!(hits.first().map(|hit| hit.operation.as_str()), Some(first), "{question}: {hits:?}");
}

#[test]
fn operations_are_found_by_what_they_do() {
    check("refund a charge", "shop.post_refunds");
    check("list all refunds", "shop.get_refunds");
    check("remove a client", "shop.delete_customer");
    check("show me the charge", "shop.get_charge");
}

#[test]
fn misspelt_words_still_find() {
    check("refnud", "shop.get_refunds");
    check("custmoer delete", "shop.delete_customer");
}

#[test]
fn a_whole_name_finds_itself_first() {
    check("shop.post_refunds", "shop.post_refunds");
    check("update_customer", "shop.update_customer");
}

#[test]
fn nothing_is_found_where_nothing_fits() {
    assert_eq!(index().search("quaternion", 3), Vec::new());
    assert_eq!(index().search("", 3), Vec::new());
}

#[test]
fn at_most_as_many_as_asked_for() {
    assert_eq!(index().search("refund charge customer", 2).len(), 2);
}
