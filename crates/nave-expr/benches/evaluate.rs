//! What a mapping costs: fifteen fields of a document of two kilobytes, beside reading that document as
//! JSON, the least anyone must do with it, and beside jaq on the same program.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to measure")]

use divan::Bencher;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::Val;
use nave_expr::{Budget, Program};
use serde_json::Value;

fn main() {
    divan::main();
}

/// A deal of a customer relations system, with what such systems send beside it.
const DEAL: &str = r#"{
  "id": "18230417", "archived": false, "createdAt": "2026-03-02T08:14:55.120Z",
  "updatedAt": "2026-03-29T16:40:02.003Z",
  "properties": {
    "dealname": "Renewal 2026, two sites", "amount": 12500.50, "deal_currency_code": "EUR",
    "dealstage": "closedwon", "pipeline": "default", "closedate": "2026-03-29T16:39:58Z",
    "hs_priority": null, "dealtype": "existingbusiness", "hubspot_owner_id": "77219011",
    "description": "Renewal for both sites; invoice per site, terms as last year.",
    "hs_forecast_probability": 1, "num_notes": 4, "notes_last_contacted": "2026-03-28T09:00:00Z"
  },
  "owner": {"id": "77219011", "email": "maria.keller@example.com", "firstName": "Maria",
            "lastName": "Keller", "teams": [{"id": "4", "name": "DACH", "primary": true}]},
  "company": {
    "id": "9981", "name": "Brunner Maschinenbau GmbH", "domain": "brunner.example", "country": "DE",
    "address": {"street": "Industriestrasse 14", "zip": "70565", "city": "Stuttgart", "region": "BW"},
    "vat": "DE811234567", "employees": 240, "website": "https://www.brunner.example/"
  },
  "contacts": [
    {"id": "501", "email": "anna.brunner@brunner.example", "role": "decision maker", "phone": "+49 711 555 0"},
    {"id": "502", "email": "it@brunner.example", "role": "technical", "phone": null}
  ],
  "line_items": [
    {"sku": "PLAN-PRO", "quantity": 2, "price": 4800.00, "discount": 0.05, "name": "Professional plan"},
    {"sku": "SUP-24", "quantity": 1, "price": 2900.50, "discount": 0, "name": "Support around the clock"},
    {"sku": "TRAIN", "quantity": 3, "price": 0, "discount": 0, "name": "Training day, included"}
  ],
  "associations": {"tickets": [], "quotes": [{"id": "Q-2026-118", "status": "APPROVED"}]},
  "url": "https://app.example.com/deals/18230417", "source": "CRM_UI", "sourceId": "userId:77219011"
}"#;

/// The project that an accounting system wants for it.
const MAPPING: &str = r#"{
  reference: "HS-\(.id)",
  title: .properties.dealname,
  customer_no: .company.id,
  customer_name: .company.name,
  vat_id: .company.vat,
  currency: .properties.deal_currency_code,
  amount: .properties.amount,
  amount_gross: (.properties.amount * 1.19),
  is_won: (.properties.dealstage == "closedwon"),
  priority: (.properties.hs_priority // "normal"),
  manager: "\(.owner.firstName) \(.owner.lastName)",
  contact_email: .contacts[0].email,
  ship_to: { street: .company.address.street, zip: .company.address.zip, city: .company.address.city },
  lines: [.line_items[] | { article: .sku, quantity, unit_price: .price }],
  quote: (if .associations.quotes | length > 0 then .associations.quotes[0].id else null end)
}"#;

#[divan::bench]
fn yardstick_read_as_json(bencher: Bencher<'_, '_>) {
    let text: Value = serde_json::from_str(DEAL).unwrap();
    // As a system would send it, without spaces.
    let text = text.to_string();
    bencher.bench(|| serde_json::from_str::<Value>(divan::black_box(&text)).unwrap());
}

#[divan::bench]
fn map_fifteen_fields(bencher: Bencher<'_, '_>) {
    let input: Value = serde_json::from_str(DEAL).unwrap();
    let program = Program::compile(MAPPING, &[]).unwrap();
    bencher.bench(|| program.one(divan::black_box(&input), &[], Budget::default()).unwrap());
}

#[divan::bench]
fn jaq_on_the_same_program(bencher: Bencher<'_, '_>) {
    let input = jaq_json::read::parse_single(DEAL.as_bytes()).unwrap();
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(definitions).load(&arena, File { code: MAPPING, path: () }).unwrap();
    let filter = Compiler::default().with_funs(functions).compile(modules).unwrap();
    bencher.bench_local(|| {
        let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
        let mut outputs = filter.id.run((context, divan::black_box(input.clone()))).map(unwrap_valr);
        outputs.next().unwrap().unwrap()
    });
}

#[divan::bench]
fn compile_fifteen_fields(bencher: Bencher<'_, '_>) {
    bencher.bench(|| Program::compile(divan::black_box(MAPPING), &[]).unwrap());
}

#[divan::bench]
fn yardstick_write_as_json(bencher: Bencher<'_, '_>) {
    let input: Value = serde_json::from_str(DEAL).unwrap();
    bencher.bench(|| serde_json::to_string(divan::black_box(&input)).unwrap());
}
