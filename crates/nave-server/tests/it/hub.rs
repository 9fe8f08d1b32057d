//! The hub as a process: who may ask, how it starts and stops, what it takes in, what it says of itself.

use std::collections::BTreeMap;

use http::Method;
use nave_server::client::Client;
use nave_server::{Hub, Mode};
use serde_json::{Value, json};

use crate::rig::{Asker, Place};

#[tokio::test]
async fn only_who_has_the_token_is_answered() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let stranger = Asker(Client::new(hub.address(), nave_model::Secret::new("nave_guess")));
    for (method, path, _) in nave_server::api::endpoints() {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = stranger.raw(method, &path, &[], "").await;
        assert_eq!(answer.status.as_u16(), 401, "{path}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    assert_eq!(stranger.raw(Method::GET, "/metrics", &[], "").await.status.as_u16(), 401);
    for open in ["/healthz", "/readyz", "/faults/E-RUN-UNKNOWN"] {
        assert_eq!(stranger.raw(Method::GET, open, &[], "").await.status.as_u16(), 200, "{open}");
    }
    let found = Asker(Client::of_project(place.root()).unwrap());
    assert_eq!(found.get("/info").await["project"], "trial");
    let page = [("origin", "https://evil.example")];
    assert_eq!(asker.raw(Method::GET, "/api/v1/info", &page, "").await.status.as_u16(), 403);
    hub.stop().await;
    let fault = Client::of_project(place.root()).unwrap_err();
    assert_eq!(fault.code.name, "E-HUB-AWAY");
}

#[tokio::test]
async fn what_is_not_there_is_said_with_the_nearest_thing() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let (code, hint) = asker.refused(Method::GET, "/rnus", None).await;
    assert_eq!(code, "E-ENDPOINT-UNKNOWN");
    assert!(hint.contains("/api/v1/runs"), "{hint}");
    let answer = asker.raw(Method::PUT, "/api/v1/runs", &[], "").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["allow"]),
        (405, &http::HeaderValue::from_static("POST, GET"))
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(asker.raw(Method::POST, "/api/v1/runs", &form, "flow=keep").await.status.as_u16(), 400);
    let (code, _) = asker.refused(Method::GET, "/info?x=1", None).await;
    assert_eq!(code, "E-ARG-UNKNOWN");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = asker.raw(Method::HEAD, "/api/v1/info", &[("traceparent", trace)], "").await;
    assert_eq!((answer.headers["traceparent"].to_str().unwrap(), answer.body.len()), (trace, 0));
    hub.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let place = Place::new();
    let hub = Hub::start(place.options(Mode::Dev, &[("bodies.request", "1KB")])).await.unwrap();
    let asker = Asker(hub.client().unwrap());
    let body = json!({ "flow": "keep", "data": "x".repeat(2000) }).to_string();
    let kind = [("content-type", "application/json")];
    assert_eq!(asker.raw(Method::POST, "/api/v1/runs", &kind, &body).await.status.as_u16(), 413);
    hub.stop().await;
}

#[tokio::test]
async fn the_hub_says_how_it_is() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let info = asker.get("/info").await;
    assert_eq!((&info["state"], &info["mode"], &info["flows"]), (&json!("ready"), &json!("dev"), &json!(4)));
    let store = asker.get("/store").await;
    assert!(store.get("failing").is_none() && store["bytes"].as_u64().unwrap() > 0, "{store}");
    assert_eq!(asker.get("/openapi.json").await, nave_server::api::describe::value());
    let project = asker.get("/project").await;
    assert_eq!((&project["current"], &project["connections"]), (&json!(true), &json!(["notes"])));
    assert_eq!(asker.get("/deliveries?state=waiting").await["items"], json!([]));
    let flows = asker.get("/flows").await;
    assert_eq!(flows["items"].as_array().unwrap().len(), 4);
    let flow = asker.get("/flows/team%2Fask").await;
    assert!(flow["text"].as_str().unwrap().contains("ask lead"), "{flow}");
    let (code, hint) = asker.refused(Method::GET, "/flows/kepe", None).await;
    assert_eq!((code.as_str(), hint.contains("keep")), ("E-FLOW-NAME", true));
    let connections = asker.get("/connections").await;
    assert_eq!(
        (&connections["items"][0]["sandbox"], &connections["items"][0]["parked"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(connections["items"][0]["breaker"], "closed");
    assert_eq!(asker.get("/connections/notes").await["operations"], json!(1));
    asker.post("/connections/notes/resume", Value::Null).await;
    let (code, _) = asker.refused(Method::POST, "/connections/ntoes/resume", None).await;
    assert_eq!(code, "E-CONNECTION-UNKNOWN");
    let (code, _) = asker.refused(Method::GET, "/ledger/nothing", None).await;
    assert_eq!(code, "E-RUN-UNKNOWN");
    let settled = Some(json!({ "outcome": "not-done" }));
    let (code, _) = asker.refused(Method::POST, "/ledger/nothing/settle", settled).await;
    assert_eq!(code, "E-RUN-UNKNOWN");
    hub.stop().await;
}

#[tokio::test]
async fn backups_are_made_below_the_hubs_own_folder_alone() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let made = asker.post("/store/backup", json!({ "name": "first" })).await;
    assert_eq!(made["path"], place.path(".nave/backups/first").display().to_string());
    assert!(place.path(".nave/backups/first").exists());
    let (code, _) = asker.refused(Method::POST, "/store/backup", Some(json!({ "name": "first" }))).await;
    assert_eq!(code, "E-CONFLICT");
    let (code, _) = asker.refused(Method::POST, "/store/backup", Some(json!({ "name": "../out" }))).await;
    assert_eq!(code, "E-SETTING-INVALID");
    asker.post("/store/backup", json!({})).await;
    asker.post("/store/sweep", Value::Null).await;
    let audit = asker.get("/audit?after=0&limit=10").await;
    let whats: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|entry| entry["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["store.backup", "store.backup", "store.sweep"]);
    hub.stop().await;
}

#[tokio::test]
async fn edits_are_taken_in_and_mistakes_leave_what_ran() {
    let place = Place::new();
    let hub = Hub::start(place.options(Mode::Serve, &[])).await.unwrap();
    let asker = Asker(hub.client().unwrap());
    place.write("flows/more.yaml", "flow: more\ntrigger: manual\nsteps:\n  - no: raise\n    code: never\n");
    let project = asker.post("/reload", Value::Null).await;
    assert_eq!((&project["version"], &project["current"]), (&json!(2), &json!(true)));
    assert_eq!(project["flows"].as_array().unwrap().len(), 5);
    place.write("flows/more.yaml", "flow: more\ntrigger: manual\nsteps:\n  - no: notes.no_such\n");
    let project = asker.post("/reload", Value::Null).await;
    assert_eq!((&project["version"], &project["current"]), (&json!(2), &json!(false)));
    assert_eq!(project["errors"][0]["file"], "flows/more.yaml");
    let run = asker.start("more", json!(null)).await;
    asker.settled(&run, &["failed"]).await;
    place.write("flows/more.yaml", "flow: more\ntrigger: manual\nsteps:\n  - no: raise\n    code: never\n");
    assert_eq!(asker.post("/reload", Value::Null).await["current"], json!(true));
    hub.stop().await;
}

#[tokio::test]
async fn a_connection_that_came_with_a_mistake_elsewhere_is_taken_in_when_that_is_mended() {
    let place = Place::new();
    let hub = Hub::start(place.options(Mode::Serve, &[])).await.unwrap();
    let asker = Asker(hub.client().unwrap());
    let before = asker.post("/reload", Value::Null).await["connections"].clone();
    place.write("connections/more.yaml", "connector: notes\ncredential: {secret: {env: NAVE_TEST_NO_KEY}}\n");
    place.write("flows/more.yaml", "flow: more\ntrigger: manual\nsteps:\n  - no: more.no_such\n");
    let project = asker.post("/reload", Value::Null).await;
    assert_eq!((&project["current"], &project["connections"]), (&json!(false), &before));
    place.write("flows/more.yaml", "flow: more\ntrigger: manual\nsteps:\n  - no: raise\n    code: never\n");
    let project = asker.post("/reload", Value::Null).await;
    assert_eq!((&project["current"], &project["connections"]), (&json!(true), &json!(["more", "notes"])));
    hub.stop().await;
}

#[tokio::test]
async fn dev_sees_edits_by_itself() {
    let place = Place::new();
    let hub = Hub::start(place.options(Mode::Dev, &[("watch", "10ms")])).await.unwrap();
    let asker = Asker(hub.client().unwrap());
    place.write("flows/more.yaml", "flow: more\ntrigger: manual\nsteps:\n  - no: raise\n    code: never\n");
    while asker.get("/info").await["flows"] != 5 {
        tokio::task::yield_now().await;
    }
    hub.stop().await;
}

#[tokio::test]
async fn serving_refuses_a_project_with_errors_and_dev_shows_them() {
    let place = Place::new();
    place.write("flows/wrong.yaml", "flow: wrong\ntrigger: manual\nsteps:\n  - no: notes.no_such\n");
    let fault = Hub::start(place.options(Mode::Serve, &[])).await.err().unwrap();
    assert!(
        fault.problems.iter().any(|problem| problem.at.file.as_deref() == Some("flows/wrong.yaml")),
        "{fault:?}"
    );
    let hub = Hub::start(place.options(Mode::Dev, &[])).await.unwrap();
    let asker = Asker(hub.client().unwrap());
    assert_eq!(asker.get("/project").await["current"], json!(false));
    let run = asker.start("keep", json!({ "text": "milk" })).await;
    asker.settled(&run, &["completed"]).await;
    hub.stop().await;
}

#[tokio::test]
async fn a_hub_goes_on_where_it_stopped() {
    let place = Place::new();
    let (hub, asker) = place.dev().await;
    let run = asker.start("team/ask", json!({ "text": "milk" })).await;
    asker.settled(&run, &["waiting"]).await;
    hub.stop().await;
    let (hub, asker) = place.dev().await;
    let id = nave_server::client::encoded(asker.get("/approvals").await["items"][0]["id"].as_str().unwrap());
    asker.post(&format!("/approvals/{id}/answer"), json!({ "verdict": "approved" })).await;
    asker.settled(&run, &["completed"]).await;
    hub.stop().await;
}

#[tokio::test]
async fn a_schedule_is_a_source() {
    let place = Place::new();
    place.write("flows/hourly.yaml", "flow: hourly\nevery: 1h\nsteps:\n  - no: raise\n    code: never\n");
    let (hub, asker) = place.dev().await;
    let sources = asker.get("/sources").await;
    assert_eq!(
        (&sources["items"][0]["flow"], &sources["items"][0]["kind"]),
        (&json!("hourly"), &json!("schedule"))
    );
    hub.stop().await;
}

#[tokio::test]
async fn one_project_has_one_hub() {
    let place = Place::new();
    let (hub, _) = place.dev().await;
    let fault = Hub::start(place.options(Mode::Dev, &[])).await.err().unwrap();
    assert!(fault.code.name.starts_with("E-STORE"), "{fault:?}");
    hub.stop().await;
}

/// A family that a page of metrics tells of: its type, and its samples without their values.
#[expect(clippy::unwrap_used, reason = "a page that is none fails the test")]
fn families(page: &str) -> BTreeMap<String, (String, Vec<String>)> {
    let mut families: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut last = String::new();
    for line in page.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let (name, kind) = family.split_once(' ').unwrap();
            let told = families.insert(name.to_owned(), (kind.to_owned(), Vec::new()));
            assert_eq!(told, None, "`{name}` is told of twice, and what is one family stands apart");
            name.clone_into(&mut last);
        } else if !line.starts_with('#') {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let (kind, samples) = families.get_mut(&last).unwrap();
            let name = sample.split('{').next().unwrap();
            let ends: &[&str] = match kind.as_str() {
                "counter" => &["_total"],
                "histogram" => &["_bucket", "_count", "_sum"],
                _ => &[""],
            };
            let fits = ends.iter().any(|end| name == format!("{last}{end}"));
            assert!(fits, "`{name}` stands in the family `{last}`, which is a {kind}");
            assert!(!samples.contains(&sample.to_owned()), "`{sample}` stands twice");
            samples.push(sample.to_owned());
        }
    }
    families
}

#[tokio::test]
async fn metrics_are_those_that_are_documented() {
    let place = Place::new();
    // Nobody is there: what is sent is held back.
    place.write("key", "secret");
    place.write(
        "connections/notes.yaml",
        "connector: notes\naddress: http://127.0.0.1:9\nallow_private_hosts: [127.0.0.1]\n\
         credential: { secret: { file: key } }\ntimeouts: { total_ms: 1 }\n",
    );
    place.write(
        "endpoints/shop.yaml",
        "url: http://127.0.0.1:9/\nevents: [\"*\"]\nsecret: { file: shop }\nallow_private_hosts: [127.0.0.1]\n",
    );
    place.write("shop", "whsec_c2hvcHNlY3JldHNob3BzZWNyZXRzaG9w");
    place.write(
        "flows/hourly.yaml",
        "flow: hourly\ntrigger: { every: 1h }\nsteps:\n  - a: set\n    value: 1\n",
    );
    let hub = Hub::start(place.options(Mode::Serve, &[])).await.unwrap();
    let asker = Asker(hub.client().unwrap());
    asker.raw(Method::GET, "/healthz", &[], "").await;
    let run = asker.start("keep", json!({ "text": "a" })).await;
    asker.settled(&run, &["parked"]).await;
    let page = asker.raw(Method::GET, "/metrics", &[], "").await;
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(page.ends_with("# EOF\n"), "{page}");
    let families = families(&page);
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let documented = std::fs::read_to_string(path).unwrap_or_default();
    let (_, all) = documented.split_once("## All of them").unwrap();
    let rows = all.lines().filter_map(|line| line.strip_prefix("| `")).map(|row| {
        let mut cells = row.split(" | ");
        (cells.next().unwrap().trim_end_matches('`').to_owned(), cells.next().unwrap().to_owned())
    });
    let kinds = families.iter().map(|(name, (kind, _))| (name.clone(), kind.clone()));
    assert_eq!(kinds.collect::<BTreeMap<_, _>>(), rows.collect::<BTreeMap<_, _>>());
    for (family, sample) in [
        ("nave_parked", r#"nave_parked{tenant="default",connection="notes"}"#),
        ("nave_attempts", r#"nave_attempts_total{connection="notes",result="failed"}"#),
        ("nave_attempt_seconds", r#"nave_attempt_seconds_bucket{connection="notes",le="+Inf"}"#),
        ("nave_run_seconds", r#"nave_run_seconds_bucket{le="60.0"}"#),
        ("nave_deliveries", r#"nave_deliveries_total{endpoint="shop",result="given_up"}"#),
    ] {
        assert!(families[family].1.contains(&sample.to_owned()), "{sample} is not in {:?}", families[family]);
    }
    hub.stop().await;
}

const CASE: &str = r#"# Notes

## Keep a note

It is kept.

### Call

`create_note` with

```json
{"text": "hello"}
```

### Sends

```http
POST /notes
Content-Type: application/json

{"text": "hello"}
```

### Answers

```http
201 Created
Content-Type: application/json

{"id": "note-of-the-case", "text": "hello"}
```
"#;

#[tokio::test]
async fn stand_ins_answer_as_the_cases_say_and_outlive_edits_of_other_files() {
    let place = Place::new();
    place.write("connectors/notes/cases/notes.md", CASE);
    let (hub, asker) = place.dev().await;
    let kept = async |text: &str| {
        let run = asker.start("keep", json!({ "text": text })).await;
        let shown = asker.settled(&run, &["completed"]).await;
        shown.steps[0].output.clone().unwrap()["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(kept("hello").await, "note-of-the-case");
    assert_ne!(kept("milk").await, "note-of-the-case");
    let taken_in = async |path: &str, text: &str| {
        place.write(path, text);
        assert_eq!(asker.post("/reload", Value::Null).await["current"], json!(true), "{path}");
    };
    let address = async || asker.get("/connections").await["items"][0]["address"].clone();
    let before = address().await;
    let connection = std::fs::read_to_string(place.path("connections/notes.yaml")).unwrap();
    taken_in("connections/notes.yaml", &format!("{connection}limits: {{per_second: 50}}\n")).await;
    assert_eq!(address().await, before, "its sandbox is the same one");
    taken_in("connectors/notes/cases/notes.md", &CASE.replace("of-the-case", "of-the-edit")).await;
    assert_eq!(kept("hello").await, "note-of-the-edit");
    assert_ne!(address().await, before);
    hub.stop().await;
}
