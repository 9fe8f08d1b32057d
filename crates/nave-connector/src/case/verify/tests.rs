//! Cases against a small connector: those that hold, and what is said of those that do not.

use nave_model::Problem;

use super::verify;
use crate::Connector;
use crate::case::Case;
use crate::manifest::Manifest;
use crate::openapi::{Input, NoResolver, import};
use crate::source;

const MANIFEST: &str = "
connector: acme
description: openapi.json
headers: {Acme-Version: '2'}
errors: {code: /error, message: /error, failed_when: {pointer: /ok, equals: false}, codes: {gone: not_found}}
";

const DESCRIPTION: &str = r##"{
  "openapi": "3.1.0",
  "info": {"title": "Acme", "version": "1"},
  "paths": {
    "/orders/{id}": {"post": {
      "operationId": "change_order",
      "parameters": [
        {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "dry", "in": "query", "schema": {"type": "boolean"}}
      ],
      "requestBody": {"content": {"application/json": {"schema": {
        "type": "object", "properties": {"amount": {"type": "integer", "minimum": 1}, "note": {"type": "string"}}
      }}}},
      "responses": {
        "200": {"description": "", "content": {"application/json": {"schema": {
          "type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}, "id": {"type": "string"}}
        }}}},
        "default": {"description": "", "content": {"application/json": {"schema": {
          "type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}
        }}}}
      }
    }},
    "/upload": {"post": {
      "operationId": "upload",
      "requestBody": {"content": {"multipart/form-data": {"schema": {
        "type": "object", "properties": {"name": {"type": "string"}, "file": {"type": "string", "contentEncoding": "binary"}}
      }}}},
      "responses": {"204": {"description": ""}}
    }},
    "/login": {"post": {
      "operationId": "log_in",
      "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {
        "type": "object", "properties": {"user": {"type": "string"}, "word": {"type": "string"}}
      }}}},
      "responses": {"204": {"description": ""}}
    }}
  }
}"##;

fn acme() -> Connector {
    let manifest = Manifest::read("connector.yaml", MANIFEST.as_bytes()).unwrap();
    let source = source::read("openapi.json", DESCRIPTION.as_bytes()).unwrap();
    let input =
        Input { name: "acme", source, manifest: Some(manifest), overlay: None, resolver: &NoResolver };
    import(input).unwrap().connector
}

const GOOD: &str = r#"# Orders

## Change an order

### Call

`change_order` with

```json
{"id": "a b", "dry": true, "amount": 5}
```

### Sends

```http
POST /orders/a%20b?dry=true
Content-Type: application/json
Acme-Version: 2

{ "amount":   5 }
```

### Answers

```http
200 OK
Content-Type: application/json

{"ok": true, "id": "a b"}
```

### Gives

```json
{"id": "a b", "ok": true}
```
"#;

/// Replaces `from` in the good case and expects these problems.
#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(GOOD.contains(from), "`{from}` is not in the example");
    check_text(&GOOD.replacen(from, to, 1), expected);
}

#[track_caller]
fn check_text(text: &str, expected: &[&str]) {
    let connector = acme();
    let cases = Case::parse("orders.md", text).unwrap();
    let problems: Vec<String> =
        cases.iter().flat_map(|case| verify(&connector, case)).map(|one: Problem| one.to_string()).collect();
    assert_eq!(problems, expected);
}

#[test]
fn a_case_that_holds_has_no_problem() {
    check_text(GOOD, &[]);
    check("/orders/a%20b", "/orders/a b", &[]);
    check("{ \"amount\":   5 }", "{\n  \"amount\": 5\n}", &[]);
}

#[test]
fn the_call_must_be_right() {
    check(
        "`change_order`",
        "`chnage_order`",
        &["orders.md:7: `acme` has no operation `chnage_order`; did you mean `change_order`?"],
    );
    check(
        "\"amount\": 5}",
        "\"amuont\": 5}",
        &[
            "orders.md:7: the call is refused: E-ARG-UNKNOWN at `/amuont`: unknown argument `amuont`; did you mean `amount`?",
        ],
    );
}

#[test]
fn the_request_must_be_the_one_that_is_sent() {
    check("POST /orders", "PUT /orders", &["orders.md:16: the method is POST, not PUT"]);
    check(
        "/orders/a%20b",
        "/order/a%20b",
        &["orders.md:16: the path is `/orders/a%20b`, not `/order/a%20b`"],
    );
    check("?dry=true", "?dry=yes", &["orders.md:16: the query has `dry=true`, not `dry=yes`"]);
    check("?dry=true", "", &["orders.md:16: the query has also `dry=true`"]);
    check("?dry=true", "?dry=true&dry=true", &["orders.md:16: the query has not `dry=true`"]);
    check("Acme-Version: 2", "Acme-Version: 3", &["orders.md:16: the header `Acme-Version` is `2`"]);
    check("Acme-Version: 2", "X-Other: 3", &["orders.md:16: the header `X-Other` is not sent"]);
    check(
        "{ \"amount\":   5 }",
        "{\"amount\": 6}",
        &["orders.md:16: the body differs at `/amount`: it is `5`, not `6`"],
    );
    check(
        "{ \"amount\":   5 }",
        "{}",
        &["orders.md:16: the body differs at `/`: the case does not write `amount`"],
    );
}

#[test]
fn the_answer_must_fit_and_give_what_is_said() {
    check(
        "{\"ok\": true, \"id\"",
        "{\"ok\": 1, \"id\"",
        &[
            "orders.md:26: the answer does not fit: /ok: `ok` must be true or false, not the number 1",
            "orders.md:32: what the call gives differs at `/ok`: it is `1`, not `true`",
        ],
    );
    check(
        "{\"id\": \"a b\", \"ok\"",
        "{\"ok\"",
        &["orders.md:32: what the call gives differs at `/`: the case does not write `id`"],
    );
    check(
        "{\"ok\": true, \"id\": \"a b\"}",
        "{\"ok\": false, \"error\": \"gone\"}",
        &["orders.md:32: the call gives the fault `E-NOT-FOUND`: gone"],
    );
    check(
        "```json\n{\"id\": \"a b\", \"ok\": true}",
        "```fault\nE-NOT-FOUND",
        &["orders.md:32: the call gives `{\"ok\":true,\"id\":\"a b\"}`, not `E-NOT-FOUND`"],
    );
}

#[test]
fn faults_are_expected_by_code_place_and_hint() {
    let refusal = |gives: &str| {
        format!(
            "# Orders\n\n## Wrong\n\n### Call\n\n`change_order`\n\n```json\n{{\"id\": \"a\", \"amuont\": 5}}\n```\n\n### Gives\n\n```fault\n{gives}\n```\n"
        )
    };
    let found = "orders.md:13: the call gives `E-ARG-UNKNOWN` at `/amuont`: unknown argument `amuont`; did you mean `amount`?";
    check_text(&refusal("E-ARG-UNKNOWN"), &[]);
    check_text(&refusal("E-ARG-UNKNOWN at /amuont\ndid you mean `amount`?"), &[]);
    check_text(&refusal("E-ARG-TYPE"), &[found]);
    check_text(&refusal("E-ARG-UNKNOWN at /amount"), &[found]);
    check_text(&refusal("E-ARG-UNKNOWN\ndid you mean `note`?"), &[found]);
    let right = refusal("E-ARG-UNKNOWN").replace("amuont", "amount");
    check_text(&right, &["orders.md:13: the call is not refused: it sends POST /orders/a"]);
}

#[test]
fn failures_are_expected_by_code_and_message() {
    let failing = |status: &str, body: &str, gives: &str| {
        let answers = GOOD.split_once("### Answers").unwrap().0;
        format!(
            "{answers}### Answers\n\n```http\n{status}\nContent-Type: application/json\n\n{body}\n```\n\n### Gives\n\n```fault\n{gives}\n```\n"
        )
    };
    check_text(&failing("404 Not Found", "{\"error\": \"none\"}", "E-NOT-FOUND\nnone"), &[]);
    check_text(&failing("200 OK", "{\"ok\": false, \"error\": \"gone\"}", "E-NOT-FOUND\ngone"), &[]);
    check_text(
        &failing("200 OK", "{\"ok\": false}", "E-REJECTED"),
        &["orders.md:26: the answer does not fit: /error: `error` is required (string)"],
    );
    check_text(
        &failing("429 Too Many Requests", "{\"error\": \"slow\"}", "E-NOT-FOUND"),
        &["orders.md:32: the call gives `E-RATE-LIMITED`: slow"],
    );
}

#[test]
fn forms_and_parts_are_compared_by_meaning() {
    let case = |call: &str, sends: &str| {
        format!(
            "# A\n\n## B\n\n### Call\n\n{call}\n\n### Sends\n\n```http\n{sends}\n```\n\n### Answers\n\n```http\n204 No Content\n```\n"
        )
    };
    let login = "`log_in`\n\n```json\n{\"user\": \"a&b\", \"word\": \"c d\"}\n```";
    let form = "POST /login\nContent-Type: application/x-www-form-urlencoded\n\n";
    check_text(&case(login, &format!("{form}word=c+d\n&user=a%26b")), &[]);
    check_text(&case(login, &format!("{form}user=a%26b")), &["orders.md:16: the body has also `word=c d`"]);
    let upload = "`upload`\n\n```json\n{\"name\": \"n\", \"file\": \"text\"}\n```";
    let parts = "POST /upload\nContent-Type: multipart/form-data; boundary=cut\n\n--cut\nContent-Disposition: form-data; name=\"name\"\n\nn\n--cut\n";
    let connector = acme();
    let text = case(upload, parts);
    let problems: Vec<Problem> =
        Case::parse("orders.md", &text).unwrap().iter().flat_map(|case| verify(&connector, case)).collect();
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert!(
        problem.message.starts_with("the body is `--cut\nContent-Disposition: form-data; name=\"name\""),
        "{problem}"
    );
    let built = problem.message.trim_start_matches("the body is `").split("`, not").next().unwrap();
    let whole = format!("POST /upload\nContent-Type: multipart/form-data; boundary=cut\n\n{built}");
    check_text(&case(upload, &whole), &[]);
}
