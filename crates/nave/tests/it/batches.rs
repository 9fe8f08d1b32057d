//! `nave batch` against a real hub: a file the hub reads, one that is sent to it, and a bad record.

use serde_json::json;

use crate::hub::{Running, project};

#[test]
fn records_of_files_start_flows_once() {
    let place = project();
    let _hub = Running::dev(&place);
    place.write("notes.csv", "text\nmilk\nbread\n");
    place
        .nave(&["batch", "keep", "--file", "notes.csv", "--id", "b1"])
        .done()
        .out(&["b1"])
        .err(&["the hub reads `notes.csv`", "done: 2 records"]);
    place.nave(&["batch", "keep", "--file", "notes.csv", "--id", "b1"]).done();
    assert_eq!(place.nave(&["runs", "--flow", "keep", "--json"]).done().json().len(), 2);
    place.nave(&["batch", "tell", "--file", "notes.csv", "--id", "b1"]).code(6).err(&["another batch `b1`"]);

    // What stands elsewhere is sent.
    let elsewhere = tempfile::NamedTempFile::with_suffix(".ndjson").unwrap();
    std::fs::write(elsewhere.path(), "{\"text\":1}\n{\"text\":2}\n{\"text\":3}\n").unwrap();
    let file = elsewhere.path().display().to_string();
    let sent = place.nave(&["batch", "--event", "thing.read", "--file", &file, "--json"]).done().json();
    assert_eq!((&sent[0]["state"], &sent[0]["records"]), (&json!("done"), &json!(3)));

    place.write("bad.ndjson", "{\"text\":1}\nno JSON\n");
    place
        .nave(&["batch", "keep", "--file", "bad.ndjson", "--id", "b2"])
        .code(2)
        .err(&["record 2 (line 2)", "--id b2"]);
    place.nave(&["batch", "keep", "--file", "bad.ndjson", "--id", "b3", "--bad", "skip"]).code(1);
    place.nave(&["batches"]).done().out(&["b3", "done", "b2", "failed", "(upload)", "b1"]);
    place.nave(&["batches", "cancel", "b1"]).code(6);
}
