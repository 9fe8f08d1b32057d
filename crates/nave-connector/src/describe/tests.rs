//! Examples of descriptions.

use serde_json::{Value, json};

use super::*;
use crate::openapi::{Input, NoResolver, import};
use crate::source;

fn shop() -> Connector {
    let description = json!({
        "openapi": "3.0.0", "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/orders/{order}/lines": {
                "post": {
                    "operationId": "addLine", "summary": "Add a line to an order. It is priced at once.",
                    "parameters": [
                        {"name": "order", "in": "path", "required": true, "schema": {"type": "string"}},
                        {"name": "notify", "in": "query", "schema": {"type": "boolean", "default": true}},
                    ],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Line"}}}},
                    "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Line"}}}}},
                },
            },
        },
        "components": {"schemas": {
            "Line": {
                "type": "object", "required": ["sku", "quantity"],
                "properties": {
                    "id": {"type": "string", "readOnly": true},
                    "sku": {"type": "string", "maxLength": 20, "description": "Stock keeping unit. See the catalogue."},
                    "quantity": {"type": "integer", "minimum": 1},
                    "unit": {"enum": ["piece", "kg"]},
                    "price": {"$ref": "#/components/schemas/Price"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "due": {"type": "string", "format": "date", "nullable": true},
                },
            },
            "Price": {"type": "object", "required": ["amount"], "properties": {
                "amount": {"type": "integer"}, "currency": {"type": "string"},
            }},
        }},
    });
    let bytes = description.to_string().into_bytes();
    let source = source::read("shop.json", &bytes).unwrap();
    import(Input { name: "shop", source, manifest: None, overlay: None, resolver: &NoResolver })
        .unwrap()
        .connector
}

fn tell(part: Option<&str>, budget: usize, example: Option<&Value>) -> Result<String, Fault> {
    let shop = shop();
    let operation = shop.operation("add_line")?;
    text(&shop, operation, &Request { owner: "shop", part, budget, example })
}

#[test]
fn an_operation_is_told_in_a_few_lines() {
    let example = json!({"order": "o_1", "sku": "A-1", "quantity": 1});
    let expected = "\
shop.add_line: Add a line to an order
POST /orders/{order}/lines · write · not repeatable
  order: string
  sku: string ≤20 long — Stock keeping unit
  quantity: integer ≥1
  notify?: boolean
  unit?: \"piece\" | \"kg\"
  price?: object
  parts?: object[]
  labels?: {[key]: string}
  due?: string (date) | null
answer: {sku: string ≤20 long, quantity: integer ≥1, id?: string, unit?: \"piece\" | \"kg\", price?: object, \
             parts?: object[], labels?: {[key]: string}, due?: string (date) | null}
example: {\"order\":\"o_1\",\"sku\":\"A-1\",\"quantity\":1}
";
    assert_eq!(tell(None, 640, Some(&example)).unwrap(), expected);
}

#[test]
fn parts_are_told_on_request() {
    let expected = "shop.add_line price: object\n  amount: integer\n  currency?: string\n";
    assert_eq!(tell(Some("price"), 2_000, None).unwrap(), expected);
    assert!(tell(Some("parts.price"), 2_000, None).unwrap().contains("  amount: integer\n"));
    assert!(tell(Some("answer"), 2_000, None).unwrap().contains("  id?: string\n"));
    assert_eq!(tell(Some("quantity"), 2_000, None).unwrap(), "shop.add_line quantity: integer ≥1");
}

#[test]
fn an_unknown_part_names_the_nearest() {
    let fault = tell(Some("prise"), 2_000, None).unwrap_err();
    assert_eq!(fault.message, "`shop.add_line` has no part `prise`");
    assert_eq!(fault.hint.as_deref(), Some("did you mean `price`?"));
    let fault = tell(Some("price.amuont"), 2_000, None).unwrap_err();
    assert_eq!(fault.hint.as_deref(), Some("did you mean `amount`?"));
}

#[test]
fn a_description_keeps_to_its_budget() {
    for budget in [200, 300, 500, 1_000, 3_000] {
        let text = tell(None, budget, None).unwrap();
        assert!(text.len() <= budget + 40, "{budget}: {} {text}", text.len());
    }
}
