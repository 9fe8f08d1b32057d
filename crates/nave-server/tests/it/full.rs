//! A full disk, from outside: what comes in is refused with the time to try again, nothing is half there, batches
//! wait, and everything goes on by itself once there is room.
//!
//! The fault is SQLite's own `SQLITE_FULL`, without root and without a disk: a table with AUTOINCREMENT that has
//! given its largest number is full for ever (<https://www.sqlite.org/autoinc.html>), and a trigger of another
//! connection has the write of a message need a row of it.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

use http::Method;
use nave_server::client::Raw;
use nave_server::{Hub, Mode};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::rig::{Asker, Place};

/// A flow with a webhook of its own.
const HEARD: &str = "flow: heard\ntrigger:\n  webhook: heard\nsteps:\n  - kept: set\n    value: .\n";

/// Where the first messages of a store stand.
const MESSAGES: &str = "messages_00";

/// What fills a store, and empties it again.
struct Brim(Connection);

impl Brim {
    /// From now on, records of a table that fit a condition do not.
    fn full(place: &Place, table: &str, condition: &str) -> Brim {
        let connection = Connection::open(place.path(".nave/store/store.db")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        connection
            .execute_batch(&format!(
                "CREATE TABLE brim (number INTEGER PRIMARY KEY AUTOINCREMENT);
                 INSERT INTO brim VALUES (9223372036854775807);
                 CREATE TRIGGER brim_full BEFORE INSERT ON {table} WHEN {condition}
                 BEGIN INSERT INTO brim (number) VALUES (NULL); END"
            ))
            .unwrap();
        Brim(connection)
    }

    fn emptied(self) {
        self.0.execute_batch("DROP TRIGGER brim_full; DROP TABLE brim").unwrap();
    }
}

async fn send(asker: &Asker, path: &str, body: &Value) -> Raw {
    let token = [("content-type", "application/json")];
    asker.raw(Method::POST, path, &token, &body.to_string()).await
}

#[tokio::test]
async fn a_full_disk_refuses_what_comes_in_until_there_is_room() {
    let place = Place::new();
    place.write("flows/heard.yaml", HEARD);
    let (hub, asker) = place.dev().await;
    let brim = Brim::full(&place, MESSAGES, "1");
    let event = json!({ "specversion": "1.0", "id": "e1", "source": "/t", "type": "thing.heard",
        "datacontenttype": "application/json", "data": { "text": "milk" } });
    let cloud = [("content-type", "application/cloudevents+json")];
    let answers = [
        asker.raw(Method::POST, "/api/v1/events", &cloud, &event.to_string()).await,
        send(&asker, "/hooks/heard", &json!({ "text": "milk" })).await,
        send(&asker, "/api/v1/runs", &json!({ "flow": "keep", "data": { "text": "milk" }, "key": "k" }))
            .await,
    ];
    for answer in answers {
        assert_eq!(answer.status.as_u16(), 503, "{answer:?}");
        let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{answer:?}");
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(problem["code"], "E-STORE-FULL");
    }
    assert_eq!(asker.get("/store").await["failing"]["code"], "E-STORE-FULL");
    assert_eq!(asker.get("/events").await["items"], json!([]));
    brim.emptied();
    // The same again, as senders do: nothing of the first attempt is there, so none is a duplicate.
    let answer = asker.raw(Method::POST, "/api/v1/events", &cloud, &event.to_string()).await;
    assert_eq!(answer.status.as_u16(), 202, "{answer:?}");
    let accepted: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(accepted["events"][0]["duplicate"], false);
    let answer = send(&asker, "/hooks/heard", &json!({ "text": "milk" })).await;
    assert_eq!(answer.status.as_u16(), 202, "{answer:?}");
    let run = json!({ "flow": "keep", "data": { "text": "milk" }, "key": "k" });
    let run = asker.post("/runs", run).await["run"].as_str().unwrap().to_owned();
    asker.settled(&run, &["completed"]).await;
    assert_eq!(asker.get("/store").await["failing"], Value::Null);
    hub.stop().await;
}

#[tokio::test]
async fn a_batch_waits_for_room_and_goes_on_behind_what_is_durable() {
    let place = Place::new();
    let records: Vec<String> = (1..=2_000).map(|number| json!({ "text": number }).to_string()).collect();
    place.write("things.ndjson", &records.join("\n"));
    let (hub, asker) = place.dev().await;
    // What stands before this record is taken.
    let brim = Brim::full(&place, MESSAGES, "NEW.event = '1234'");
    let batch = json!({ "id": "b1", "file": "things.ndjson", "event": "thing.read" });
    assert_eq!(asker.post("/batches", batch).await["state"], "running");
    let mut stream = asker.stream("kinds=batch").await;
    let waits = loop {
        let batch = asker.get("/batches/b1").await;
        if batch["why"]["code"] == "E-STORE-FULL" {
            break batch;
        }
        stream.next().await.unwrap().unwrap();
    };
    assert_eq!((&waits["state"], &waits["rejected"]), (&json!("running"), &json!(0)));
    let before = waits["records"].as_u64().unwrap();
    assert!((1..1_234).contains(&before), "{waits}");
    brim.emptied();
    let done = asker.batch("b1", "done").await;
    assert_eq!((done.records, done.rejected, done.why), (2_000, 0, None));
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let part = asker.get(&format!("/events?type=thing.read&limit=1000{after}")).await;
        let items = part["items"].as_array().unwrap();
        ids.extend(items.iter().map(|event| event["id"].as_str().unwrap().parse::<u32>().unwrap()));
        let Some(next) = part["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    ids.sort_unstable();
    assert_eq!(ids, (1..=2_000).collect::<Vec<u32>>(), "each record once");
    hub.stop().await;
}

#[tokio::test]
async fn an_edit_that_a_full_disk_refuses_is_taken_in_once_there_is_room() {
    let place = Place::new();
    let hub = Hub::start(place.options(Mode::Serve, &[])).await.unwrap();
    let asker = Asker(hub.client().unwrap());
    let brim = Brim::full(&place, "definitions", "1");
    place.write("flows/heard.yaml", HEARD);
    for _ in 0..2 {
        let answer = asker.raw(Method::POST, "/api/v1/reload", &[], "").await;
        assert_eq!(answer.status.as_u16(), 503, "{answer:?}");
        assert_eq!(asker.get("/info").await["flows"], 4);
    }
    brim.emptied();
    let project = asker.post("/reload", Value::Null).await;
    assert_eq!((&project["version"], &project["current"]), (&json!(2), &json!(true)));
    assert_eq!(asker.get("/info").await["flows"], 5);
    assert_eq!(send(&asker, "/hooks/heard", &json!({ "text": "milk" })).await.status.as_u16(), 202);
    hub.stop().await;
}
