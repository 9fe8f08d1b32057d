//! Operations of a mail connector: the letters their calls become, and what is wrong with a connector.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::manifest::Manifest;
use crate::openapi::{Input, NoResolver, import};
use crate::template::{File, read_all};
use crate::{check as arguments_check, manifest, request, source};

/// A connector whose operation `send` takes these arguments, with these lines in its manifest.
fn connector(arguments: &Value, lines: &str, templates: &[(&str, &str)]) -> Connector {
    let description = json!({"openapi": "3.1.0", "info": {"title": "M", "version": "1"},
        "components": {"securitySchemes": {"account": {"type": "http", "scheme": "basic"}}},
        "security": [{"account": []}],
        "paths": {"/messages": {"post": {"operationId": "send",
            "requestBody": {"required": true, "content": {"application/json": {"schema": arguments}}},
            "responses": {"202": {"description": "Taken."}}}}}});
    let source = source::read("openapi.json", description.to_string().as_bytes()).unwrap();
    let text = format!("connector: m\ndescription: openapi.json\nprotocol: smtp\n{lines}");
    let manifest = Some(Manifest::read("connector.yaml", text.as_bytes()).unwrap());
    let input = Input { name: "m", source, manifest, overlay: None, resolver: &NoResolver };
    let mut connector = import(input).unwrap().connector;
    let files = templates.iter().map(|(path, text)| File { path, text });
    connector.templates = read_all(files).unwrap();
    connector
}

fn all_arguments() -> Value {
    let text = json!({"type": "string"});
    let many = json!({"type": ["string", "array"], "items": {"type": "string"}});
    json!({"type": "object", "additionalProperties": false, "properties": {
        "from": text, "to": many, "cc": many, "bcc": many, "reply_to": text, "subject": text, "text": text,
        "html": text, "template": {"type": "string", "enum": ["hello"]}, "name": text,
        "attachments": {"type": "array"},
    }})
}

const HELLO: [(&str, &str); 2] =
    [("t/hello.txt", "Subject: Hello ${.name // \"\"}\n\nHi"), ("t/hello.html", "<p>${.name // \"\"}</p>")];

#[track_caller]
fn check(arguments: &Value, expected: Result<&Value, &str>) {
    let connector = connector(&all_arguments(), "", &HELLO);
    let operation = connector.operation("send").unwrap();
    let checked = arguments_check::arguments(&connector, operation, arguments).unwrap();
    match (request::build(&connector, operation, &checked), expected) {
        (Ok(request), Ok(letter)) => {
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/messages"));
            let sent: Value = serde_json::from_slice(&request.body.unwrap()).unwrap();
            assert_eq!(sent, *letter);
        }
        (Err(fault), Err(expected)) => {
            let at = fault.at.as_ref().and_then(|at| at.pointer.clone()).unwrap_or_default();
            assert_eq!(format!("{at} {}", fault.message), expected);
            assert_eq!(fault.code, codes::REQUEST_BUILD);
        }
        (found, _) => panic!("{found:?}"),
    }
}

#[test]
fn arguments_become_a_letter() {
    check(
        &json!({"from": "a@a", "to": "b@b", "subject": "s", "text": "t"}),
        Ok(&json!({"from": "a@a", "to": ["b@b"], "subject": "s", "text": "t"})),
    );
    check(
        &json!({"from": "a@a", "to": ["b@b", "c@c"], "cc": "d@d", "bcc": ["e@e"], "reply_to": "f@f",
            "html": "<p>", "attachments": [{"name": "n", "type": "text/plain", "content": "AA=="}]}),
        Ok(&json!({"from": "a@a", "to": ["b@b", "c@c"], "cc": ["d@d"], "bcc": ["e@e"], "reply_to": "f@f",
            "subject": "", "html": "<p>",
            "attachments": [{"name": "n", "type": "text/plain", "content": "AA=="}]})),
    );
    check(
        &json!({"from": "a@a", "to": "b@b", "template": "hello", "name": "<Ann>"}),
        Ok(&json!({"from": "a@a", "to": ["b@b"], "subject": "Hello <Ann>", "text": "Hi",
            "html": "<p>&lt;Ann&gt;</p>"})),
    );
    check(
        &json!({"from": "a@a", "to": "b@b", "template": "hello", "subject": "mine"}),
        Ok(&json!({"from": "a@a", "to": ["b@b"], "subject": "mine", "text": "Hi", "html": "<p></p>"})),
    );
}

#[test]
fn what_is_no_letter_is_refused() {
    check(&json!({"to": "b@b", "text": "t"}), Err("/from the message has no sender"));
    check(&json!({"from": "a@a", "text": "t"}), Err("/to a message goes to 1 to 100 recipients, not 0"));
    check(
        &json!({"from": "a@a", "to": vec!["b@b"; 101], "text": "t"}),
        Err("/to a message goes to 1 to 100 recipients, not 101"),
    );
    check(
        &json!({"from": "a@a", "to": "b@b", "subject": "s"}),
        Err("/text the message has neither `text` nor `html` nor a `template`"),
    );
    let injected = "/subject `subject` has a line break or another control character in it";
    let name = json!({"from": "a@a", "to": "b@b", "template": "hello", "name": "Ann\r\nBcc: x@x"});
    check(&name, Err(injected));
    check(&json!({"from": "a@a", "to": "b@b", "subject": "a\nb", "text": "t"}), Err(injected));
    check(
        &json!({"from": "a@a", "to": "b@b\r\n", "text": "t"}),
        Err("/to `to` has a line break or another control character in it"),
    );
}

#[track_caller]
fn problems(arguments: &Value, lines: &str, templates: &[(&str, &str)], expected: &[&str]) {
    let found = manifest::check(&connector(arguments, lines, templates));
    let told: Vec<String> =
        found.iter().map(|problem| format!("{} {}", problem.at, problem.message)).collect();
    assert_eq!(told, expected);
}

#[test]
fn a_mail_connector_is_checked() {
    let manifest = "connectors/m/connector.yaml";
    let key = "idempotency: {header: Message-ID, methods: [POST]}";
    problems(&all_arguments(), key, &HELLO, &[]);
    problems(
        &all_arguments(),
        "idempotency: {header: Idempotency-Key, methods: [POST]}",
        &HELLO,
        &[&format!("{manifest} /idempotency/header mail has no header `Idempotency-Key` that carries a key")],
    );
    problems(
        &json!({"type": "object", "properties": {"name": {"type": "string"}}}),
        "",
        &[],
        &[
            &format!("{manifest} /protocol `send` has no argument for recipients"),
            &format!("{manifest} /protocol `send` has no argument for what the message says"),
            &format!("{manifest} /protocol `send` has no argument for the sender"),
        ],
    );
    problems(
        &all_arguments(),
        "",
        &[],
        &[&format!("{manifest} /protocol `send` offers the template `hello`, which there is not")],
    );
}

#[test]
fn templates_are_checked_against_the_arguments() {
    problems(
        &all_arguments(),
        "",
        &[("t/hello.txt", "Subject: Hi ${.nme // \"\"}\n\nDear ${.name}")],
        &[
            "t/hello.txt:1:15 no field `nme` on the arguments of `m.send`",
            "t/hello.txt:3:8 `.name` may be missing, and the message would say `null`",
        ],
    );
}

#[test]
fn templates_that_are_not_there_are_told_by_name() {
    let mut connector = connector(&all_arguments(), "", &HELLO);
    let hello = connector.templates.remove("hello").unwrap();
    connector.templates = BTreeMap::from([("hullo".to_owned(), hello)]);
    let operation = connector.operation("send").unwrap();
    let arguments = json!({"from": "a@a", "to": "b@b", "template": "hello"});
    let checked = arguments_check::arguments(&connector, operation, &arguments).unwrap();
    let fault = request::build(&connector, operation, &checked).unwrap_err();
    assert_eq!(fault.message, "`m` has no template `hello`");
    assert_eq!(fault.hint.as_deref(), Some("did you mean `hullo`?"));
}
