//! What it costs to check a mapping of fifteen fields between two described systems: against a source of
//! sixty fields with objects inside, as payment systems have, and a target of twenty.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to measure")]

use divan::Bencher;
use nave_expr::check::{Inferred, Scope, check};
use nave_expr::syntax::parse;
use nave_expr::types::Type;
use nave_expr::types::schema::{Dialect, Place, Schemas};
use serde_json::{Value as Json, json};

fn main() {
    divan::main();
}

const MAPPING: &str = r#"{
  reference: "CH-\(.id)",
  amount_minor: .amount,
  currency: (.currency | ascii_upcase),
  is_paid: .paid,
  customer_no: (.customer // "unknown"),
  customer_name: (.billing_details.name // .shipping.name // "unknown"),
  email: (.receipt_email // .billing_details.email // ""),
  country: (.billing_details.address.country // "DE"),
  state: (if .status == "succeeded" then "paid" elif .status == "pending" then "open" else "failed" end),
  note: "\(.description // "no text") (\(.status))",
  refunded_minor: .amount_refunded,
  refunds: [.refunds.data[] | {id, amount: .amount, reason: (.reason // "none")}],
  card: (if .payment_method_details.card then .payment_method_details.card.last4 // "" else "" end),
  created: (.created | todate),
  tags: (.metadata | to_entries | map("\(.key)=\(.value)"))
}"#;

struct Document(Json);

impl Schemas for Document {
    fn target<'a>(&'a self, document: usize, reference: &str) -> Option<(usize, &'a Json)> {
        Some((document, self.0.pointer(reference.strip_prefix('#')?)?))
    }

    fn dialect(&self, _: usize) -> Dialect {
        Dialect { nullable: true, keeps_siblings: false, items_list: true, boolean_bounds: true }
    }
}

impl Document {
    fn at(&self, pointer: &str) -> Type<'_> {
        let value = self.0.pointer(pointer).unwrap();
        Type::from_schema(Place { schemas: self, document: 0, value })
    }
}

fn text() -> Json {
    json!({"type": "string", "maxLength": 5000})
}

fn maybe() -> Json {
    json!({"type": "string", "maxLength": 5000, "nullable": true})
}

fn object(fields: &[(&str, Json)], required: &[&str]) -> Json {
    let properties: serde_json::Map<String, Json> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn parts() -> Json {
    let address = object(
        &[
            ("city", maybe()),
            ("country", maybe()),
            ("line1", maybe()),
            ("line2", maybe()),
            ("postal_code", maybe()),
        ],
        &[],
    );
    let person = object(
        &[
            ("address", json!({"anyOf": [{"$ref": "#/address"}], "nullable": true})),
            ("email", maybe()),
            ("name", maybe()),
            ("phone", maybe()),
        ],
        &[],
    );
    let refund = object(
        &[("id", text()), ("amount", json!({"type": "integer"})), ("reason", maybe())],
        &["id", "amount"],
    );
    let list = object(&[("data", json!({"type": "array", "items": {"$ref": "#/refund"}}))], &["data"]);
    let card =
        object(&[("brand", maybe()), ("last4", maybe()), ("exp_year", json!({"type": "integer"}))], &[]);
    let details = object(&[("card", json!({"$ref": "#/card"})), ("type", text())], &["type"]);
    json!({
        "address": address, "person": person, "refund": refund, "list": list, "card": card, "details": details
    })
}

fn document() -> Document {
    let mut charge = object(
        &[
            ("id", text()),
            ("amount", json!({"type": "integer"})),
            ("amount_refunded", json!({"type": "integer"})),
            ("currency", text()),
            ("paid", json!({"type": "boolean"})),
            ("customer", maybe()),
            ("billing_details", json!({"$ref": "#/person"})),
            ("shipping", json!({"anyOf": [{"$ref": "#/person"}], "nullable": true})),
            ("receipt_email", maybe()),
            ("description", maybe()),
            ("status", json!({"type": "string", "enum": ["failed", "pending", "succeeded"]})),
            ("refunds", json!({"$ref": "#/list"})),
            ("payment_method_details", json!({"anyOf": [{"$ref": "#/details"}], "nullable": true})),
            ("created", json!({"type": "integer", "format": "unix-time"})),
            ("metadata", json!({"type": "object", "additionalProperties": {"type": "string"}})),
        ],
        &[
            "id",
            "amount",
            "amount_refunded",
            "currency",
            "paid",
            "billing_details",
            "status",
            "refunds",
            "created",
            "metadata",
        ],
    );
    for number in 0..45 {
        charge["properties"][format!("field_{number}")] = maybe();
    }
    let entry = object(
        &[("id", text()), ("amount", json!({"type": "integer"})), ("reason", text())],
        &["id", "amount"],
    );
    let mut invoice = object(
        &[
            ("amount_minor", json!({"type": "integer"})),
            ("refunded_minor", json!({"type": "integer"})),
            ("is_paid", json!({"type": "boolean"})),
            ("state", json!({"enum": ["open", "paid", "failed"]})),
            ("refunds", json!({"type": "array", "items": entry})),
            ("tags", json!({"type": "array", "items": text()})),
        ],
        &["reference", "amount_minor", "currency", "customer_no", "state"],
    );
    for name in [
        "reference",
        "currency",
        "customer_no",
        "customer_name",
        "email",
        "country",
        "note",
        "card",
        "created",
    ] {
        invoice["properties"][name] = text();
    }
    invoice["additionalProperties"] = json!(false);
    let mut document = parts();
    document["charge"] = charge;
    document["invoice"] = invoice;
    Document(document)
}

fn checked<'d>(document: &'d Document, source: &str) -> Inferred<'d> {
    let scope =
        Scope { input: document.at("/charge"), input_name: "the charge".to_owned(), variables: Vec::new() };
    check(&parse(source).unwrap(), &scope, &document.at("/invoice"), "erp.create_invoice")
}

/// Reading the mapping, reading both schemas as far as it needs them, and checking.
#[divan::bench]
fn a_mapping_of_fifteen_fields(bencher: Bencher<'_, '_>) {
    let document = document();
    assert_eq!(checked(&document, MAPPING).diagnostics, []);
    bencher.bench(|| checked(&document, MAPPING));
}

/// The same with a mistake in each field: messages and hints cost, too.
#[divan::bench]
fn a_mapping_of_fifteen_mistakes(bencher: Bencher<'_, '_>) {
    let document = document();
    let wrong = MAPPING.replace("details", "detials").replace(".amount", ".amuont").replace(" // ", " + ");
    assert!(!checked(&document, &wrong).is_accepted());
    bencher.bench(|| checked(&document, &wrong));
}
