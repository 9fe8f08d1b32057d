//! Answers that a caller believes: what was sent comes back, and there are as many things as were asked for.

use super::*;

const BANK: &str = r#"
openapi: 3.1.0
info: { title: Bank, version: "1" }
paths:
  /transfer-fee:
    post:
      operationId: compute_fee
      requestBody:
        content:
          application/json:
            schema: { type: object, properties: { amount: { type: integer }, currency: { type: string }, other: { type: string } } }
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [amount, currency, fee]
                properties: { amount: { type: integer, maximum: 1000000 }, currency: { type: string }, fee: { type: integer } }
  /convert:
    get:
      operationId: convert
      parameters:
        - { name: amount, in: query, schema: { type: integer } }
        - { name: to, in: query, schema: { type: string } }
        - { name: page_token, in: query, schema: { type: string } }
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [amount, to, result, page_token]
                properties: { amount: { type: integer }, to: { type: string }, result: { type: number }, page_token: { type: string } }
  /desks:
    get:
      operationId: list_desks
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  required: [id, manager]
                  properties: { id: { type: integer, minimum: 1, maximum: 8 }, manager: { type: string } }
"#;

fn bank(options: Options) -> Sandbox {
    let source = source::read("bank.yaml", BANK.as_bytes()).unwrap();
    let input = Input { name: "bank", source, manifest: None, overlay: None, resolver: &NoResolver };
    Sandbox::new(Arc::new(openapi::import(input).unwrap().connector), options)
}

#[test]
fn what_was_sent_comes_back() {
    let bank = bank(Options::default());
    let sent = json!({"amount": 4711, "currency": "NOK", "other": "x"});
    let (status, fee) = send(&bank, "POST /transfer-fee", sent);
    assert_eq!((status, &fee["amount"], &fee["currency"]), (200, &json!(4711), &json!("NOK")));
    assert_eq!((fee["fee"].is_i64(), fee.get("other")), (true, None));
    let (_, most) = send(&bank, "POST /transfer-fee", json!({"amount": 2_000_000}));
    assert!(most["amount"].as_i64().unwrap() <= 1_000_000, "what does not fit there stays away: {most}");
    let (_, converted) = send(&bank, "GET /convert?amount=4711&to=EUR&page_token=mine", Value::Null);
    assert_eq!((&converted["amount"], &converted["to"]), (&json!(4711), &json!("EUR")));
    assert_ne!(converted["page_token"], "mine");
}

#[test]
fn there_are_as_many_things_as_were_asked_for() {
    for seed in 0..5 {
        let bank = bank(Options { population: 6, seed, ..Options::default() });
        let (_, desks) = send(&bank, "GET /desks", Value::Null);
        let desks = desks.as_array().unwrap();
        assert_eq!(desks.len(), 6, "{desks:?}");
        for desk in desks {
            assert!(desk["manager"].as_str().unwrap().contains(' '), "a person: {desk}");
        }
    }
}
