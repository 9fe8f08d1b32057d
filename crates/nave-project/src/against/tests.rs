//! A vendor changes an API: which flows and policies break, and at which line.

use std::sync::Arc;

use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::source;

use super::*;
use crate::Memory;

const OPENAPI: &str = r##"
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: "https://shop.example"}]
paths:
  /orders/{id}:
    get:
      operationId: get_order
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: The order.
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
  /refunds:
    post:
      operationId: refund
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [order, amount]
              properties:
                order: {type: string}
                amount: {type: number}
                reason: {type: string, enum: [damaged, late]}
      responses: {"201": {description: Done.}}
components:
  schemas:
    Order:
      title: order
      type: object
      required: [id, total, state]
      properties:
        id: {type: string}
        total: {type: number}
        state: {type: string, enum: [open, paid]}
"##;

const FLOW: &str = "flow: refund
trigger: manual
input: {type: object, required: [id], properties: {id: {type: string}}}
steps:
  - order: shop.get_order
    with: '{ id }'
  - back: shop.refund
    if: $order.state == \"paid\"
    with: |
      { order: $order.id, amount: $order.total, reason: \"late\" }
";

const POLICY: &str = "policy: small
rules:
  - refuse: too much
    on: shop.refund
    when: .amount > 100
";

pub(crate) fn project() -> Project {
    let files = Memory::new([
        ("nave.yaml", ""),
        ("connectors/shop/connector.yaml", "connector: shop\ndescription: openapi.yaml\n"),
        ("connectors/shop/openapi.yaml", OPENAPI),
        ("connections/shop.yaml", "connector: shop\n"),
        ("flows/refund.yaml", FLOW),
        ("policies/small.yaml", POLICY),
    ]);
    let (project, problems) = Project::load(Arc::new(files));
    assert_eq!(problems, []);
    assert_eq!(project.check(Vec::new()).errors, []);
    project
}

/// The system with a text of its description changed.
pub(crate) fn changed(from: &str, to: &str) -> Connector {
    assert!(OPENAPI.contains(from), "{from}");
    let changed = OPENAPI.replace(from, to);
    let source = source::read("openapi.yaml", changed.as_bytes()).unwrap();
    let input = Input { name: "shop", source, manifest: None, overlay: None, resolver: &NoResolver };
    import(input).unwrap().connector
}

/// Changes a text of the description, and expects what breaks.
#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    let other = Arc::new(changed(from, to));
    let against = project().check_against(&BTreeMap::from([("shop".to_owned(), other)])).unwrap();
    assert_eq!(against.flows["shop"], ["refund"]);
    let told = against.broken.iter().map(|one| {
        let line = one.at.line.unwrap_or_default();
        format!("{}:{line} {}: {}", one.at.file.as_deref().unwrap_or_default(), one.code, one.message)
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn what_breaks_is_named_at_its_line() {
    check("version: \"1\"", "version: \"2\"", &[]);
    check(
        "total",
        "sum",
        &["flows/refund.yaml:10 E-MAP-FIELD: no field `total` on the answer of `shop.get_order`"],
    );
    check(
        "enum: [open, paid]",
        "enum: [open, settled]",
        &["flows/refund.yaml:8 E-MAP-VALUE: `$order.state` is never \"paid\", so that this is always false"],
    );
    check(
        "required: [order, amount]",
        "required: [order, amount, currency]",
        &["flows/refund.yaml:10 E-MAP-REQUIRED: shop.refund needs `currency`; the mapping never gives it"],
    );
    check(
        "enum: [damaged, late]",
        "enum: [damaged]",
        &[
            "flows/refund.yaml:10 E-MAP-VALUE: this value is \"late\", and only \"damaged\" is allowed by `reason`",
        ],
    );
    check(
        "operationId: refund",
        "operationId: give_back",
        &[
            "flows/refund.yaml:7 E-FLOW-NAME: `shop` has no operation `refund`",
            "policies/small.yaml:4 E-POLICY-UNREACHABLE: no operation of the project is what this rule is for",
        ],
    );
}
