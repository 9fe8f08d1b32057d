//! Flows started, listed, shown, answered and ended over the API.

use http::Method;
use serde_json::{Value, json};

use crate::rig::{ASK, Place};

#[tokio::test]
async fn a_flow_started_by_hand_runs_to_its_end() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let run = asker.start("keep", json!({ "text": "milk" })).await;
    let shown = asker.settled(&run, &["completed"]).await;
    assert_eq!(shown.input, json!({ "text": "milk" }));
    assert_eq!(shown.steps.len(), 1, "{shown:?}");
    assert_eq!(shown.steps[0].input, Some(json!({ "text": "milk" })));
    assert!(shown.steps[0].output.as_ref().unwrap()["id"].is_string(), "{shown:?}");
    let runs = asker.runs("flow=keep&state=completed").await;
    assert_eq!(runs.iter().map(|found| &found.id).collect::<Vec<&String>>(), [&run]);
    let calls = asker.get(&format!("/ledger?run={run}")).await;
    let call = &calls["items"][0];
    let id = nave_server::client::encoded(call["id"].as_str().unwrap());
    let call = asker.get(&format!("/ledger/{id}")).await;
    assert_eq!((&call["state"], &call["connection"]), (&json!("done"), &json!("notes")));
    assert_eq!(call["arguments"], json!({ "text": "milk" }));
    hub.stop().await;
}

#[tokio::test]
async fn the_same_start_twice_is_one_run() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let body = json!({ "flow": "keep", "data": { "text": "milk" }, "key": "k1" });
    let first = asker.post("/runs", body.clone()).await;
    assert_eq!(asker.post("/runs", body).await, first);
    hub.stop().await;
}

#[tokio::test]
async fn a_question_is_answered_by_a_person() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let run = asker.start("team/ask", json!({ "text": "milk" })).await;
    asker.settled(&run, &["waiting"]).await;
    let asks = asker.get("/approvals").await;
    assert_eq!(asks["items"][0]["title"], "Keep milk?");
    let id = nave_server::client::encoded(asks["items"][0]["id"].as_str().unwrap());
    assert_eq!(asker.get(&format!("/approvals/{id}")).await, asks["items"][0]);
    let wrong = Some(json!({ "verdict": "approved", "role": "cook" }));
    let (code, _) = asker.refused(Method::POST, &format!("/approvals/{id}/answer"), wrong).await;
    assert_eq!(code, "E-NOT-ALLOWED");
    asker.post(&format!("/approvals/{id}/answer"), json!({ "verdict": "approved", "comment": "yes" })).await;
    asker.settled(&run, &["completed"]).await;
    assert_eq!(asker.get("/approvals").await["items"], json!([]));
    let (code, _) = asker.refused(Method::GET, &format!("/approvals/{id}"), None).await;
    assert_eq!(code, "E-RUN-UNKNOWN");
    hub.stop().await;
}

#[tokio::test]
async fn runs_are_cancelled_replayed_and_tried_again() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let run = asker.start("team/ask", json!({ "text": "milk" })).await;
    asker.settled(&run, &["waiting"]).await;
    let migrate = format!("/runs/{run}/migrate");
    let (code, _) = asker.refused(Method::POST, &migrate, None).await;
    assert_eq!(code, "E-CONFLICT", "it has the present version");
    place.write("flows/team/ask.yaml", &ASK.replace("Keep ${", "Really keep ${"));
    asker.post("/reload", Value::Null).await;
    let (code, _) = asker.refused(Method::POST, &migrate, None).await;
    assert_eq!(code, "E-CONFLICT", "the new version would have asked otherwise");
    place.write(
        "flows/team/ask.yaml",
        &ASK.replace("(.text | tostring)", "(.text | tostring | ascii_upcase)"),
    );
    asker.post("/reload", Value::Null).await;
    asker.post(&migrate, Value::Null).await;
    asker.post(&format!("/runs/{run}/cancel"), json!({ "reason": "no need" })).await;
    asker.settled(&run, &["cancelled"]).await;
    for deed in ["cancel", "retry", "skip", "migrate"] {
        let (code, _) = asker.refused(Method::POST, &format!("/runs/{run}/{deed}"), None).await;
        assert_eq!(code, "E-CONFLICT", "{deed}");
    }
    let failed = asker.start("fail", json!(null)).await;
    let shown = asker.settled(&failed, &["failed"]).await;
    assert_eq!(shown.run.fault.unwrap().code, "never");
    let replayed = asker.post(&format!("/runs/{failed}/replay"), json!({})).await;
    let replay = asker.settled(replayed["run"].as_str().unwrap(), &["failed"]).await;
    assert_eq!(replay.run.replay_of.as_deref(), Some(failed.as_str()));
    let (code, _) = asker.refused(Method::GET, "/runs/nothing", None).await;
    assert_eq!(code, "E-RUN-UNKNOWN");
    hub.stop().await;
}

#[tokio::test]
async fn many_runs_are_cancelled_at_once() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let mut runs = Vec::new();
    for text in ["a", "b", "c"] {
        let run = asker.start("team/ask", json!({ "text": text })).await;
        asker.settled(&run, &["waiting"]).await;
        runs.insert(0, run);
    }
    let filter = json!({ "flow": "team/ask", "phase": "waiting" });
    let dry = asker.post("/runs/cancel", json!({ "filter": filter, "dry": true })).await;
    assert_eq!(dry, json!({ "done": runs, "refused": [], "more": false }));
    let some = asker.post("/runs/cancel", json!({ "filter": filter, "most": 2, "dry": true })).await;
    assert_eq!(some, json!({ "done": runs[..2], "refused": [], "more": true }));
    for deed in ["retry", "skip", "replay"] {
        let body = json!({ "filter": filter, "most": 1 });
        let refused = asker.post(&format!("/runs/{deed}"), body).await;
        assert_eq!(refused["refused"][0]["why"]["code"], "E-CONFLICT", "{deed}: {refused}");
    }
    place.write(
        "flows/team/ask.yaml",
        &ASK.replace("(.text | tostring)", "(.text | tostring | ascii_upcase)"),
    );
    asker.post("/reload", Value::Null).await;
    let moved = asker.post("/runs/migrate", json!({ "filter": filter })).await;
    assert_eq!(moved["done"], json!(runs), "{moved}");
    let done = asker.post("/runs/cancel", json!({ "filter": filter, "reason": "no need" })).await;
    assert_eq!(done, dry);
    for run in &runs {
        asker.settled(run, &["cancelled"]).await;
    }
    let (code, _) = asker.refused(Method::POST, "/runs/cancel", Some(json!({ "filter": {} }))).await;
    assert_eq!(code, "E-ARG-REQUIRED");
    hub.stop().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_the_nearest_right_thing() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let start = |flow: &str| Some(json!({ "flow": flow, "data": {} }));
    let (code, hint) = asker.refused(Method::POST, "/runs", start("kepe")).await;
    assert_eq!(code, "E-FLOW-NAME");
    assert!(hint.contains("keep"), "{hint}");
    let (code, hint) = asker.refused(Method::POST, "/runs", Some(json!({ "flwo": "keep" }))).await;
    assert_eq!((code.as_str(), hint.as_str()), ("E-ARG-UNKNOWN", "did you mean `flow`?"));
    let (code, _) = asker.refused(Method::POST, "/runs", Some(json!({}))).await;
    assert_eq!(code, "E-ARG-REQUIRED");
    let (code, hint) = asker.refused(Method::GET, "/runs?stat=failed", None).await;
    assert_eq!((code.as_str(), hint.as_str()), ("E-ARG-UNKNOWN", "did you mean `state`?"));
    let (code, hint) = asker.refused(Method::GET, "/runs?state=faild", None).await;
    assert_eq!((code.as_str(), hint.as_str()), ("E-ARG-VALUE", "did you mean `failed`?"));
    // Nothing found by a name that nothing has is a mistake, not an empty list.
    for (path, code, near) in [
        ("/runs?flow=kepe", "E-FLOW-NAME", "`keep`"),
        ("/ledger?connection=ntoes&state=unknown", "E-CONNECTION-UNKNOWN", "`notes`"),
        ("/deliveries?endpoint=shop", "E-RUN-UNKNOWN", ""),
        ("/stream?flow=kepe", "E-FLOW-NAME", "`keep`"),
    ] {
        let (found, hint) = asker.refused(Method::GET, path, None).await;
        assert_eq!((found.as_str(), hint.contains(near)), (code, true), "{path}: {hint}");
    }
    assert_eq!(asker.get("/runs?flow=keep").await["items"], json!([]));
    assert_eq!(asker.get("/ledger?connection=notes").await["items"], json!([]));
    let of_flow = Some(json!({ "filter": { "flow": "kepe" } }));
    let (code, _) = asker.refused(Method::POST, "/runs/cancel", of_flow).await;
    assert_eq!(code, "E-FLOW-NAME");
    let (code, _) = asker.refused(Method::POST, "/dead/revive", Some(json!({ "flow": "kepe" }))).await;
    assert_eq!(code, "E-FLOW-NAME");
    let (code, _) = asker.refused(Method::GET, "/runs?limit=0", None).await;
    assert_eq!(code, "E-ARG-VALUE");
    hub.stop().await;
}

#[tokio::test]
async fn lists_come_in_parts() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    for _ in 0..3 {
        let run = asker.start("fail", json!(null)).await;
        asker.settled(&run, &["failed"]).await;
    }
    let first = asker.get("/runs?limit=2").await;
    let next = first["next"].as_str().unwrap();
    let second = asker.get(&format!("/runs?limit=2&after={next}")).await;
    assert_eq!((first["items"].as_array().unwrap().len(), second["items"].as_array().unwrap().len()), (2, 1));
    assert!(second.get("next").is_none());
    hub.stop().await;
}
