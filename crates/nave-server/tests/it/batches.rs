//! Batches: files that the hub reads, uploads as they come, and both going on where they stopped.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::io;

use bytes::Bytes;
use futures_util::stream;
use http::Method;
use nave_server::view::{Batch, BatchState};
use serde_json::{Value, json};

use crate::rig::{Asker, Place, bits};

const THREE: &str = "text\nmilk\nbread\neggs\n";

/// Uploads records in pieces; the fault's code where it was refused.
async fn upload(asker: &Asker, path: &str, pieces: &[&str]) -> Result<Batch, String> {
    let pieces: Vec<io::Result<Bytes>> =
        pieces.iter().map(|piece| Ok(Bytes::from((*piece).to_owned()))).collect();
    let answer = asker.0.upload(path, "text/csv", stream::iter(pieces)).await;
    answer.map_err(|fault| fault.code.name.to_owned())
}

/// How many events there are of a batch.
async fn events(asker: &Asker, batch: &str) -> usize {
    let (mut count, mut after) = (0, String::new());
    loop {
        let path = format!("/events?source={}&limit=1000{after}", format_args!("%2Fbatches%2F{batch}"));
        let part = asker.get(&path).await;
        count += part["items"].as_array().unwrap().len();
        match part["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return count,
        }
    }
}

#[tokio::test]
async fn each_record_of_a_file_starts_a_flow() {
    let place = Place::new();
    place.write("data/three.csv", THREE);
    let (hub, asker) = place.dev().await;
    let begun = asker.post("/batches", json!({ "id": "b1", "file": "data/three.csv", "flow": "keep" })).await;
    assert_eq!((&begun["state"], &begun["by"]), (&json!("running"), &json!("person:admin")));
    let done = asker.batch("b1", "done").await;
    assert_eq!((done.records, done.rejected, done.total_bytes), (3, 0, Some(21)));
    let runs = asker.begun("flow=keep", 3).await;
    assert_eq!(runs.len(), 3);
    for run in runs {
        asker.settled(&run.id, &["completed"]).await;
    }
    let again = Some(json!({ "id": "b1", "file": "data/three.csv", "flow": "keep" }));
    assert_eq!(asker.refused(Method::POST, "/batches", again).await.0, "E-CONFLICT");
    assert_eq!(asker.refused(Method::POST, "/batches/b1/resume", None).await.0, "E-CONFLICT");
    assert_eq!(asker.refused(Method::POST, "/batches/b1/cancel", None).await.0, "E-CONFLICT");
    assert_eq!(asker.refused(Method::GET, "/batches/b2", None).await.0, "E-RUN-UNKNOWN");
    let audit = asker.get("/audit").await;
    let whats: Vec<&Value> = audit["items"].as_array().unwrap().iter().map(|entry| &entry["what"]).collect();
    assert!(whats.contains(&&json!("batch.begun")), "{whats:?}");
    hub.stop().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_begins() {
    let place = Place::new();
    place.write("three.csv", THREE);
    let (hub, asker) = place.dev().await;
    for (body, code) in [
        (json!({ "file": "three.csv", "flow": "kepe" }), "E-FLOW-NAME"),
        (json!({ "file": "three.csv" }), "E-ARG-REQUIRED"),
        (json!({ "flow": "keep" }), "E-ARG-REQUIRED"),
        (json!({ "file": "three.csv", "flow": "keep", "fromat": "csv" }), "E-ARG-UNKNOWN"),
        (json!({ "file": "none.csv", "flow": "keep" }), "E-FILE"),
        (json!({ "file": "/etc/hosts", "flow": "keep", "format": "csv" }), "E-FILE"),
        (json!({ "file": ".nave/token", "flow": "keep", "format": "csv" }), "E-FILE"),
        (json!({ "id": "a/b", "file": "three.csv", "flow": "keep" }), "E-ARG-VALUE"),
    ] {
        assert_eq!(asker.refused(Method::POST, "/batches", Some(body.clone())).await.0, code, "{body}");
    }
    assert_eq!(upload(&asker, "/batches/b1/records", &[THREE]).await, Err("E-ARG-REQUIRED".to_owned()));
    assert_eq!(asker.get("/batches").await["items"], json!([]));
    hub.stop().await;
}

#[tokio::test]
async fn a_bad_record_stops_a_batch_until_it_is_mended() {
    let place = Place::new();
    place.write("some.ndjson", "{\"text\":1}\n{\"text\":\n{\"text\":3}\n");
    let (hub, asker) = place.dev().await;
    asker.post("/batches", json!({ "id": "b1", "file": "some.ndjson", "flow": "keep" })).await;
    let failed = asker.batch("b1", "failed").await;
    let why = failed.why.unwrap();
    assert_eq!((why.code.as_str(), failed.records), ("E-BATCH-INVALID", 1));
    assert!(why.message.starts_with("record 2 (line 2)"), "{}", why.message);
    asker
        .post("/batches", json!({ "id": "b2", "file": "some.ndjson", "event": "thing.read", "bad": "skip" }))
        .await;
    let passed_over = asker.batch("b2", "done").await;
    assert_eq!((passed_over.records, passed_over.rejected, passed_over.bad[0].line), (2, 1, 2));
    place.write("some.ndjson", "{\"text\":1}\n{\"text\":2}\n{\"text\":3}\n");
    asker.post("/batches/b1/resume", Value::Null).await;
    assert_eq!(asker.batch("b1", "done").await.records, 3);
    assert_eq!(asker.begun("flow=keep", 3).await.len(), 3);
    let ids: Vec<Value> =
        asker.get("/batches").await["items"].as_array().unwrap().iter().map(|b| b["id"].clone()).collect();
    assert_eq!(ids, ["b2", "b1"]);
    assert_eq!(asker.get("/batches?limit=1").await["next"], "b2");
    assert_eq!(asker.get("/batches?after=b2").await["items"][0]["id"], "b1");
    hub.stop().await;
}

#[tokio::test]
async fn an_upload_is_taken_as_it_comes_and_once() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let path = "/batches/b1/records?flow=keep";
    for _ in 0..2 {
        let done = upload(&asker, path, &["te", "xt\nmi", "lk\nbread\n"]).await.unwrap();
        assert_eq!((done.state, done.records), (BatchState::Done, 2));
    }
    assert_eq!(asker.begun("flow=keep", 2).await.len(), 2);
    let other = upload(&asker, "/batches/b1/records?flow=tell", &[THREE]).await;
    assert_eq!(other, Err("E-CONFLICT".to_owned()));
    assert_eq!(asker.refused(Method::POST, "/batches/b1/resume", None).await.0, "E-CONFLICT");
    hub.stop().await;
}

#[tokio::test]
async fn an_upload_that_broke_off_goes_on() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let path = "/batches/b1/records?event=thing.read&group=1";
    let (more, rest) = tokio::sync::mpsc::unbounded_channel();
    more.send(Ok(Bytes::from_static(b"text\nmilk\nbr"))).unwrap();
    let client = asker.0.clone();
    let uploading = nave_call::task::spawn("upload", async move {
        client.upload::<Batch>(path, "text/csv", bits(rest)).await
    });
    asker.batch("b1", "running").await;
    more.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
    uploading.await.unwrap().unwrap_err();
    let broken = asker.batch("b1", "interrupted").await;
    assert_eq!(broken.why.unwrap().code, "E-BATCH-INVALID");
    let done = upload(&asker, path, &["text\nmilk\nbread\n"]).await.unwrap();
    assert_eq!((done.state, done.records), (BatchState::Done, 2));
    assert_eq!(events(&asker, "b1").await, 2);
    hub.stop().await;
}

#[tokio::test]
async fn a_person_stops_a_batch_and_a_stopping_hub_does() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    for (id, state) in [("b1", "cancelled"), ("b2", "interrupted")] {
        let (more, rest) = tokio::sync::mpsc::unbounded_channel();
        more.send(Ok(Bytes::from_static(b"text\nmilk\n"))).unwrap();
        let (client, path) = (asker.0.clone(), format!("/batches/{id}/records?event=thing.read"));
        let uploading = nave_call::task::spawn("upload", async move {
            client.upload::<Batch>(&path, "text/csv", bits(rest)).await
        });
        asker.batch(id, "running").await;
        if id == "b1" {
            asker.post("/batches/b1/cancel", Value::Null).await;
            asker.batch(id, state).await;
            let fault = uploading.await.unwrap().unwrap_err();
            assert!(["E-CONFLICT", "E-HUB-AWAY"].contains(&fault.code.name), "{fault:?}");
        }
    }
    hub.stop().await;
    let (hub, asker) = place.dev().await;
    asker.batch("b1", "cancelled").await;
    asker.batch("b2", "interrupted").await;
    assert_eq!(upload(&asker, "/batches/b2/records?event=thing.read", &[THREE]).await.unwrap().records, 3);
    assert_eq!(events(&asker, "b2").await, 3);
    hub.stop().await;
}

#[tokio::test]
async fn a_file_goes_on_after_a_restart() {
    let place = Place::new();
    let lines: String = (0..3000).map(|number| format!("{{\"text\":{number}}}\n")).collect();
    place.write("many.ndjson", &lines);
    let (hub, asker) = place.dev().await;
    asker.post("/batches", json!({ "id": "b1", "file": "many.ndjson", "event": "thing.read" })).await;
    hub.stop().await;
    let (hub, asker) = place.dev().await;
    assert_eq!(asker.batch("b1", "done").await.records, 3000);
    assert_eq!(events(&asker, "b1").await, 3000);
    hub.stop().await;
}
