//! Events sent, listed, shown; what could not be handled put back and dropped; the stream of what happens.

use http::Method;
use serde_json::{Value, json};

use crate::rig::Place;

fn event(id: &str, name: &str, data: &Value) -> String {
    json!({ "specversion": "1.0", "id": id, "source": "/test", "type": name, "data": data }).to_string()
}

const STRUCTURED: (&str, &str) = ("content-type", "application/cloudevents+json");

#[tokio::test]
async fn an_event_begins_the_runs_that_wait_for_it() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let mut stream = asker.stream("kinds=run&flow=keep").await;
    let sent = event("e1", "thing.heard", &json!({ "text": "milk" }));
    let answer = asker.raw(Method::POST, "/api/v1/events", &[STRUCTURED], &sent).await;
    assert_eq!(answer.status.as_u16(), 202, "{answer:?}");
    let accepted: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(accepted["events"][0]["duplicate"], false);
    loop {
        let message = stream.next().await.unwrap().unwrap();
        let notice: Value = serde_json::from_str(&message.data).unwrap();
        assert_eq!((message.event.as_str(), &notice["flow"]), ("run", &json!("keep")));
        if notice["state"] == "completed" {
            break;
        }
    }
    let again = asker.raw(Method::POST, "/api/v1/events", &[STRUCTURED], &sent).await;
    let again: Value = serde_json::from_slice(&again.body).unwrap();
    assert_eq!(again["events"][0]["duplicate"], true);
    let shown = asker.get("/events/e1?source=%2Ftest").await;
    assert_eq!(shown["data"], json!({ "text": "milk" }));
    assert_eq!(shown["runs"].as_array().unwrap().len(), 1);
    let listed = asker.get("/events?type=thing.heard&since=2020-01-01T00:00:00Z").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let body = asker.raw(Method::GET, "/api/v1/events/e1/body", &[], "").await;
    assert_eq!(&body.body[..], br#"{"text":"milk"}"#);
    assert_eq!(body.headers["content-type"], "application/json");
    let (code, _) = asker.refused(Method::GET, "/events/e2", None).await;
    assert_eq!(code, "E-RUN-UNKNOWN");
    hub.stop().await;
}

#[tokio::test]
async fn events_are_sent_in_every_form_there_is() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let binary = [
        ("content-type", "text/plain"),
        ("ce-specversion", "1.0"),
        ("ce-id", "b1"),
        ("ce-source", "/cups"),
        ("ce-subject", "caf%C3%A9"),
        ("ce-type", "thing.seen"),
    ];
    let answer = asker.raw(Method::POST, "/api/v1/events", &binary, "hello").await;
    assert_eq!(answer.status.as_u16(), 202, "{answer:?}");
    assert_eq!(asker.get("/events/b1").await["subject"], "café");
    let batch =
        format!("[{},{}]", event("c1", "thing.seen", &json!(1)), event("c2", "thing.seen", &json!(2)));
    let kind = ("content-type", "application/cloudevents-batch+json");
    let answer = asker.raw(Method::POST, "/api/v1/events", &[kind], &batch).await;
    let accepted: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(accepted["events"].as_array().unwrap().len(), 2);
    for (headers, body) in [
        (vec![STRUCTURED], r#"{"specversion":"1.0","id":"x","source":"/s"}"#),
        (vec![STRUCTURED], r#"{"specversion":"0.3","id":"x","source":"/s","type":"t"}"#),
        (vec![STRUCTURED], "{"),
        (vec![("content-type", "application/json")], "{}"),
    ] {
        let answer = asker.raw(Method::POST, "/api/v1/events", &headers, body).await;
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status.as_u16(), &problem["code"]), (400, &json!("E-EVENT-INVALID")), "{body}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn what_cannot_be_handled_is_put_back_or_dropped() {
    let place = Place::new();
    place.write("flows/picky.yaml", "flow: picky\ntrigger: thing.heard\nwhen: (.text | tonumber) > 1\nsteps:\n  - no: raise\n    code: never\n");
    let (hub, asker) = place.dev().await;
    let sent = event("e1", "thing.heard", &json!({ "text": "milk" }));
    asker.raw(Method::POST, "/api/v1/events", &[STRUCTURED], &sent).await;
    asker.dead(1).await;
    let dead = asker.get("/dead").await["items"][0].clone();
    assert_eq!((&dead["flow"], &dead["kind"]), (&json!("picky"), &json!("event")));
    let id = nave_server::client::encoded(dead["id"].as_str().unwrap());
    asker.post(&format!("/dead/{id}/revive"), Value::Null).await;
    let again = asker.dead(1).await.remove(0);
    let revived = asker.post("/dead/revive", json!({ "flow": "keep" })).await;
    assert_eq!(revived["done"], json!([]));
    asker.0.act(Method::DELETE, &format!("/dead/{again}"), None::<&Value>).await.unwrap();
    assert_eq!(asker.get("/dead").await["items"], json!([]));
    let audit = asker.get("/audit").await;
    let whats: Vec<&Value> = audit["items"].as_array().unwrap().iter().map(|entry| &entry["what"]).collect();
    assert!(whats.contains(&&json!("dead.dropped")), "{audit}");
    let (code, _) = asker.refused(Method::DELETE, "/dead/nothing", None).await;
    assert_eq!(code, "E-RUN-UNKNOWN");
    hub.stop().await;
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_cut() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let mut stream = asker.stream("kinds=run").await;
    for _ in 0..2 {
        let run = asker.start("fail", json!(null)).await;
        asker.settled(&run, &["failed"]).await;
    }
    let first = stream.next().await.unwrap().unwrap();
    let second = stream.next().await.unwrap().unwrap();
    drop(stream);
    let mut resumed = asker.0.stream("kinds=run", first.id.as_deref()).await.unwrap();
    assert_eq!(resumed.next().await.unwrap().unwrap(), second);
    hub.stop().await;
    while resumed.next().await.unwrap().is_some() {}
}
