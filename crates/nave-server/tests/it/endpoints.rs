//! Every endpoint of the table, asked once for what it is there for; a new one is missed here.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Method;
use nave_server::client::encoded;
use serde_json::{Value, json};

use crate::rig::{ASK, Asker, Place, bits};

/// A request: the endpoint's name, method, path below the prefix, body, and the status that is right.
type Row = (&'static str, Method, String, Option<Value>, u16);

/// What there is to ask about.
struct Things {
    waiting: String,
    other: String,
    failed: [String; 3],
    ask: String,
    /// Calls that nobody knows the outcome of.
    calls: Vec<String>,
    dead: Vec<String>,
    /// An upload that goes on, and what lets it end.
    upload: tokio::sync::mpsc::UnboundedSender<std::io::Result<Bytes>>,
}

async fn things(place: &Place, asker: &Asker) -> Things {
    place.write(
        "flows/picky.yaml",
        "flow: picky\ntrigger: thing.heard\nwhen: (.text | tonumber) > 1\nsteps:\n  - no: raise\n    code: never\n",
    );
    place.write(
        "endpoints/shop.yaml",
        "url: http://127.0.0.1:9/hooks\nevents: [\"*\"]\nsecret: { file: shop.secret }\nallow_private_hosts: [127.0.0.1]\n",
    );
    place.write("shop.secret", "whsec_c2hvcHNlY3JldHNob3BzZWNyZXRzaG9w\n");
    asker.post("/reload", Value::Null).await;
    let mut waiting = Vec::new();
    for text in ["a", "b"] {
        let run = asker.start("team/ask", json!({ "text": text })).await;
        asker.settled(&run, &["waiting"]).await;
        waiting.push(run);
    }
    let mut failed = [String::new(), String::new(), String::new()];
    for run in &mut failed {
        *run = asker.start("fail", json!(null)).await;
        asker.settled(run, &["failed"]).await;
    }
    for id in ["d1", "d2", "d3"] {
        let event = json!({ "specversion": "1.0", "id": id, "source": "/t", "type": "thing.heard",
            "data": { "text": "no number" } });
        let kind = [("content-type", "application/cloudevents+json")];
        asker.raw(Method::POST, "/api/v1/events", &kind, &event.to_string()).await;
    }
    let dead = asker.dead(3).await;
    let asks = asker.get("/approvals").await;
    let ask = encoded(asks["items"][0]["id"].as_str().unwrap());
    let other = waiting.pop().unwrap();
    let waiting = waiting.pop().unwrap();
    place.write("things.ndjson", "{\"text\":\"a\"}\nno JSON\n");
    asker.post("/batches", json!({ "id": "b1", "file": "things.ndjson", "event": "thing.read" })).await;
    asker.batch("b1", "failed").await;
    let (upload, uploaded) = tokio::sync::mpsc::unbounded_channel();
    upload.send(Ok(Bytes::from_static(b"1\n"))).unwrap();
    let client = asker.0.clone();
    nave_call::task::spawn("upload", async move {
        let bits = bits(uploaded);
        client.upload::<Value>("/batches/b3/records?event=thing.read", "application/x-ndjson", bits).await
    });
    asker.batch("b3", "running").await;
    place.write(
        "flows/team/ask.yaml",
        &ASK.replace("(.text | tostring)", "(.text | tostring | ascii_upcase)"),
    );
    let calls = asker.unknown(2).await;
    Things { waiting, other, failed, ask, calls, dead, upload }
}

fn rows(things: &Things) -> Vec<Row> {
    let Things { waiting, other, failed, ask, calls, dead, .. } = things;
    let (get, post) = (Method::GET, Method::POST);
    let row = |name, method: &Method, path: &str, body, status| {
        (name, method.clone(), path.to_owned(), body, status)
    };
    let of_flow = |flow: &str| Some(json!({ "filter": { "flow": flow } }));
    vec![
        row("hub.info", &get, "/info", None, 200),
        row("hub.description", &get, "/openapi.json", None, 200),
        row("project.reload", &post, "/reload", None, 200),
        row("project.show", &get, "/project", None, 200),
        row("events.list", &get, "/events?type=thing.heard", None, 200),
        row("events.show", &get, "/events/d1", None, 200),
        row("events.body", &get, "/events/d1/body", None, 200),
        row("dead.list", &get, "/dead", None, 200),
        row("dead.revive", &post, &format!("/dead/{}/revive", dead[0]), None, 204),
        row("dead.drop", &Method::DELETE, &format!("/dead/{}", dead[1]), None, 204),
        row("dead.revive-many", &post, "/dead/revive", Some(json!({ "flow": "picky" })), 200),
        row("runs.start", &post, "/runs", Some(json!({ "flow": "fail" })), 202),
        row("runs.list", &get, "/runs?phase=ended", None, 200),
        row("runs.show", &get, &format!("/runs/{}", failed[0]), None, 200),
        row("runs.replay", &post, &format!("/runs/{}/replay", failed[0]), Some(json!({})), 202),
        row("runs.retry", &post, &format!("/runs/{}/retry", failed[1]), None, 204),
        row("runs.skip", &post, &format!("/runs/{}/skip", failed[2]), None, 204),
        row("runs.migrate", &post, &format!("/runs/{waiting}/migrate"), None, 204),
        row("approvals.list", &get, "/approvals", None, 200),
        row("approvals.show", &get, &format!("/approvals/{ask}"), None, 200),
        row(
            "approvals.answer",
            &post,
            &format!("/approvals/{ask}/answer"),
            Some(json!({ "verdict": "approved" })),
            204,
        ),
        row("runs.cancel", &post, &format!("/runs/{other}/cancel"), None, 204),
        row("runs.migrate-many", &post, "/runs/migrate", of_flow("team/ask"), 200),
        row("runs.cancel-many", &post, "/runs/cancel", of_flow("team/ask"), 200),
        row("runs.retry-many", &post, "/runs/retry", of_flow("fail"), 200),
        row("runs.skip-many", &post, "/runs/skip", of_flow("fail"), 200),
        row("runs.replay-many", &post, "/runs/replay", of_flow("fail"), 200),
        row("ledger.list", &get, "/ledger?state=unknown", None, 200),
        row("ledger.show", &get, "/ledger/none", None, 404),
        row("ledger.show", &get, &format!("/ledger/{}", calls[0]), None, 200),
        row("ledger.settle", &post, "/ledger/none/settle", Some(json!({ "outcome": "done" })), 404),
        row("connections.list", &get, "/connections", None, 200),
        row("connections.show", &get, "/connections/notes", None, 200),
        row("connections.resume", &post, "/connections/notes/resume", None, 204),
        row("mails.list", &get, "/mails", None, 200),
        row("flows.list", &get, "/flows", None, 200),
        row("flows.show", &get, "/flows/team%2Fask", None, 200),
        row(
            "batches.create",
            &post,
            "/batches",
            Some(json!({ "id": "b2", "file": "things.ndjson", "event": "thing.read" })),
            202,
        ),
        row("batches.upload", &Method::PUT, "/batches/b4/records?event=thing.read", Some(json!([])), 200),
        row("batches.list", &get, "/batches?state=failed", None, 200),
        row("batches.show", &get, "/batches/b1", None, 200),
        row("batches.resume", &post, "/batches/b1/resume", None, 202),
        row("batches.cancel", &post, "/batches/b3/cancel", None, 204),
        row("sources.list", &get, "/sources", None, 200),
        row("deliveries.list", &get, "/deliveries", None, 200),
        row("endpoints.list", &get, "/endpoints", None, 200),
        row("endpoints.enable", &post, "/endpoints/shop/enable", None, 204),
        row(
            "endpoints.replay",
            &post,
            "/endpoints/shop/replay",
            Some(json!({ "since": "2026-01-01T00:00:00Z" })),
            202,
        ),
        row("store.show", &get, "/store", None, 200),
        row("store.backup", &post, "/store/backup", Some(json!({ "name": "b" })), 201),
        row("store.sweep", &post, "/store/sweep", None, 200),
        row("audit.list", &get, "/audit", None, 200),
    ]
}

#[tokio::test]
async fn every_endpoint_does_what_it_is_there_for() {
    let place = Place::new();
    place.interrupted(&["call-1", "call-2"]).await;
    let (hub, asker) = place.dev().await;
    let things = things(&place, &asker).await;
    // Sent by `things`, and opened by `settled`.
    let mut tried = BTreeSet::from(["events.send", "stream.open"]);
    for (name, method, path, body, status) in rows(&things) {
        let kind: &[(&str, &str)] =
            if body.is_some() { &[("content-type", "application/json")] } else { &[] };
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = asker.raw(method, &format!("/api/v1{path}"), kind, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
        tried.insert(name);
    }
    let all: BTreeSet<&str> = nave_server::api::endpoints().into_iter().map(|(_, _, name)| name).collect();
    assert_eq!(tried, all);
    drop(things.upload);
    hub.stop().await;
}

#[tokio::test]
async fn a_call_that_nobody_knows_about_is_settled_both_ways() {
    let place = Place::new();
    place.interrupted(&["call-1", "call-2"]).await;
    let (hub, asker) = place.dev().await;
    let calls = asker.unknown(2).await;
    let shown = asker.get(&format!("/ledger/{}", calls[0])).await;
    assert_eq!((&shown["state"], &shown["operation"]), (&json!("unknown"), &json!("create_note")));
    assert_eq!((&shown["arguments"], &shown["key"]), (&json!({ "text": "milk" }), &json!(null)));
    let path = |call: &str| format!("/ledger/{call}/settle");
    for (wrong, code) in [
        (json!({}), "E-ARG-REQUIRED"),
        (json!({ "outcome": "perhaps" }), "E-ARG-ENUM"),
        (json!({ "outcome": "done", "message": "no" }), "E-ARG-VALUE"),
        (json!({ "outcome": "not-done", "result": { "id": "x" } }), "E-ARG-VALUE"),
        (json!({ "outcome": "done", "results": 1 }), "E-ARG-UNKNOWN"),
        (json!([]), "E-ARG-TYPE"),
    ] {
        let (refused, _) = asker.refused(Method::POST, &path(&calls[0]), Some(wrong.clone())).await;
        assert!(refused.starts_with("E-ARG"), "{wrong}: {refused}, rather {code}");
    }
    assert_eq!(asker.unknown(2).await, calls, "nothing was settled by what is wrong");
    let done = json!({ "outcome": "done", "result": { "id": "n1" } });
    asker.post(&path(&calls[0]), done.clone()).await;
    asker.post(&path(&calls[1]), json!({ "outcome": "not-done", "message": "I looked" })).await;
    let mut told = Vec::new();
    for call in &calls {
        let shown = asker.get(&format!("/ledger/{call}")).await;
        told.push((shown["state"].clone(), shown["conclusion"]["message"].clone()));
        let (code, _) = asker.refused(Method::POST, &path(call), Some(done.clone())).await;
        assert_eq!(code, "E-CONFLICT", "it is settled once");
    }
    assert_eq!(told, [(json!("done"), json!(null)), (json!("not-done"), json!("I looked"))]);
    assert_eq!(asker.get("/ledger?state=unknown").await["items"], json!([]));
    let audit = asker.get("/audit").await;
    let settled = audit["items"].as_array().unwrap().iter().filter(|entry| entry["what"] == "call.settled");
    assert_eq!(settled.count(), 2);
    hub.stop().await;
}

#[test]
fn every_endpoint_is_described_and_documented() {
    let (described, documented) = (nave_server::api::describe::value(), nave_server::api::document::text());
    let mut names = BTreeSet::new();
    for (method, path, name) in nave_server::api::endpoints() {
        assert!(names.insert(name), "`{name}` stands twice");
        let operation = &described["paths"][&path][method.to_lowercase()];
        assert_eq!(operation["operationId"], name, "{method} {path}");
        assert!(documented.contains(&format!("### {method} {path}\n")), "{method} {path}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in parameters {
            assert_ne!(parameter["description"], "", "{method} {path}: {parameter}");
        }
    }
}

/// What each endpoint is sent that it must refuse: what is sent, as path, media type and body, and the code.
fn wrong(operation: &Value, path: &str) -> Vec<(String, &'static str, String, &'static str)> {
    let filled: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "nothing" } else { part }).collect();
    let filled = filled.join("/");
    let content = &operation["requestBody"]["content"];
    let takes_json = content.get("application/json").is_some();
    // What a valid body is, so that the path alone is wrong.
    let body = match path.rsplit('/').next() {
        Some("answer") => r#"{"verdict":"approved"}"#,
        Some("settle") => r#"{"outcome":"done"}"#,
        Some("replay") if path.contains("endpoints") => r#"{"since":"2026-01-01T00:00:00Z"}"#,
        Some("records") => "[]",
        _ => "",
    };
    let mut wrong = vec![(format!("{filled}?nave=1"), "application/json", body.to_owned(), "E-ARG-UNKNOWN")];
    match (content.is_object(), takes_json) {
        (false, _) => wrong.push((filled.clone(), "application/json", "{}".to_owned(), "E-ARG-SHAPE")),
        (true, _) if path.ends_with("/events") => {
            for body in ["{", r#"{"nave":1}"#] {
                wrong.push((filled.clone(), "application/json", body.to_owned(), "E-EVENT-INVALID"));
            }
        }
        (true, true) if !path.ends_with("/records") => {
            wrong.push((filled.clone(), "application/json", "{".to_owned(), "E-ARG-SHAPE"));
            let unknown =
                if path.ends_with("/batches") { r#"{"file":"x","nave":1}"# } else { r#"{"nave":1}"# };
            wrong.push((filled.clone(), "application/json", unknown.to_owned(), "E-ARG-UNKNOWN"));
            wrong.push((filled.clone(), "text/plain", "{}".to_owned(), "E-ARG-SHAPE"));
        }
        (true, _) => {}
    }
    if filled != path && !path.ends_with("/records") {
        let code = match path.split('/').nth(3) {
            Some("flows") => "E-FLOW-NAME",
            Some("connections") => "E-CONNECTION-UNKNOWN",
            _ => "E-RUN-UNKNOWN",
        };
        wrong.push((filled, "application/json", body.to_owned(), code));
    }
    wrong
}

#[tokio::test]
async fn every_endpoint_refuses_what_it_is_not_there_for() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let described = nave_server::api::describe::value();
    for (method, path, name) in nave_server::api::endpoints() {
        let operation = &described["paths"][&path][method.to_lowercase()];
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for (asked, media, body, code) in wrong(operation, &path) {
            let kind: &[(&str, &str)] = if body.is_empty() { &[] } else { &[("content-type", media)] };
            let answer = asker.raw(method.clone(), &asked, kind, &body).await;
            let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let shown = format!("{name}: {asked} {body}: {problem}");
            assert_eq!(
                (&problem["code"], &answer.headers["content-type"]),
                (&json!(code), &media_of_problems()),
                "{shown}"
            );
            assert_eq!(problem["status"], answer.status.as_u16(), "{shown}");
            let status = answer.status.as_str();
            assert!(operation["responses"].get(status).is_some(), "{status} is not described: {shown}");
        }
        let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
        if !path.ends_with("/records") {
            let answer = asker.raw(method, &path, &packed, "{}").await;
            assert_eq!(answer.status.as_u16(), 400, "{name}");
        }
        let answer = asker.raw(Method::PATCH, &path, &[], "").await;
        assert_eq!(answer.status.as_u16(), 405, "{name}");
        assert!(answer.headers.contains_key("allow"), "{name}");
    }
    hub.stop().await;
}

fn media_of_problems() -> http::HeaderValue {
    http::HeaderValue::from_static("application/problem+json")
}
