//! Reading cases: one that is whole, and every way to write one wrongly.

use serde_json::json;

use super::*;

const REFUNDS: &str = r#"# Refunds

What was paid goes back.

## Refund part of a charge

Gives back 5.00 USD.

### Call

`create_refund` with

```json
{"charge": "ch_1", "amount": 500}
```

### Sends

```http
POST /v1/refunds
    ?a=1
    &b=2
Content-Type: application/x-www-form-urlencoded

charge=ch_1
&amount=500
```

### Answers

```http
HTTP/1.1 200 OK
Content-Type: application/json

{"id": "re_1"}
```

## A misspelt name

### Call

`create_refund`

```json
{"amuont": 5}
```

### Gives

```fault
E-ARG-UNKNOWN at /amuont
did you mean `amount`?
```
"#;

#[test]
fn a_file_becomes_cases() {
    let cases = Case::parse("refunds.md", REFUNDS).unwrap();
    let [refund, misspelt] = cases.as_slice() else { panic!("{cases:?}") };
    assert_eq!((refund.subject.as_str(), refund.title.as_str()), ("Refunds", "Refund part of a charge"));
    assert_eq!((refund.prose.as_str(), refund.line), ("Gives back 5.00 USD.", 5));
    assert_eq!((refund.operation.as_str(), refund.operation_line), ("create_refund", 11));
    assert_eq!(refund.arguments, json!({"charge": "ch_1", "amount": 500}));
    let sent = refund.sends.as_ref().unwrap();
    assert_eq!(
        (sent.method.as_str(), sent.path.as_str(), sent.query.as_str()),
        ("POST", "/v1/refunds", "a=1&b=2")
    );
    assert_eq!((sent.line, sent.body.as_str()), (20, "charge=ch_1\n&amount=500"));
    let answered = refund.answers.as_ref().unwrap();
    assert_eq!((answered.status, answered.header("content-type")), (200, Some("application/json")));
    assert_eq!(answered.body, r#"{"id": "re_1"}"#);
    assert_eq!(refund.gives, Gives::Answer);
    assert_eq!(misspelt.sends, None);
    let expected = Expected {
        code: "E-ARG-UNKNOWN".into(),
        pointer: Some("/amuont".into()),
        hint: Some("did you mean `amount`?".into()),
    };
    assert_eq!(misspelt.gives, Gives::Fault(expected));
}

/// Replaces `from` in the good file and expects this fault.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    assert!(REFUNDS.contains(from), "`{from}` is not in the example");
    let fault = Case::parse("refunds.md", &REFUNDS.replacen(from, to, 1)).unwrap_err();
    assert_eq!(format!("{}: {fault}", fault.at.clone().unwrap()), expected);
}

#[test]
fn a_wrong_file_is_refused_with_the_line() {
    check("# Refunds\n", "", "refunds.md:4: the file begins with its subject: `# ` and a few words");
    check("### Call", "### Cal", "refunds.md:9: a case has no section `Cal`; did you mean `call`?");
    check(
        "### Call",
        "#### Call",
        "refunds.md:9: `#### Call`: a file has one `#`, a `##` per case and `###` sections",
    );
    check(
        "### Sends",
        "### Gives",
        "refunds.md:29: the section `Answers` stands twice or too late in its case",
    );
    check(
        "### Answers",
        "### Sends",
        "refunds.md:29: the section `Sends` stands twice or too late in its case",
    );
    check(
        "`create_refund` with",
        "create_refund",
        "refunds.md:9: `call` names its operation, and only that, in backticks",
    );
    check(
        "{\"charge\": \"ch_1\",",
        "{\"charge\" \"ch_1\",",
        "refunds.md:14: this is not JSON: expected `:` at line 1 column 11",
    );
    check(
        "POST /v1",
        "POST v1",
        "refunds.md:20: the address `v1/refunds?a=1&b=2` does not begin with `/`; leave the server out",
    );
    check("POST /v1", "Post /v1", "refunds.md:20: `Post` is not an HTTP method in capitals");
    check(
        "Content-Type: application/x",
        "content type=application/x",
        "refunds.md:23: `content type=application/x-www-form-urlencoded` is not a header such as `Content-Type: text/plain`",
    );
    check(
        "Content-Type: application/x",
        "Authorization: x",
        "refunds.md:20: a case shows no credential: leave the header `Authorization` out",
    );
    check("HTTP/1.1 200", "20", "refunds.md:32: `20 OK` is not a status line such as `200 OK`");
    check(
        "E-ARG-UNKNOWN",
        "E-ARG-UNKNWON",
        "refunds.md:51: there is no fault code `E-ARG-UNKNWON`; did you mean `E-ARG-UNKNOWN`?",
    );
    check("`amount`?\n```", "`amount`?", "refunds.md:50: this code block is never closed");
    check(
        "```fault\nE-ARG-UNKNOWN at /amuont",
        "```json\n5",
        "refunds.md:52: this is not JSON: trailing characters at line 2 column 1",
    );
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(#{1,4} [a-z]{0,6}\n|```[a-z]{0,4}\n|[a-z`{:/ ]{0,12}\n|### call\n|\n){0,24}") {
        if let Err(fault) = Case::parse("x.md", &text) {
            assert!(fault.at.as_ref().is_some_and(|at| at.line.is_some()), "{text}");
        }
    }
}
