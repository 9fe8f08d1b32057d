//! A project that is read again while its connections are used: what goes on, and what begins afresh.

use super::*;
use crate::breaker::Standing;

impl Rig {
    /// The caller after an edit of the connections, with the connector as it was.
    fn edited(&self, connections: &Value) -> Caller {
        self.edited_with(&self.connector, connections)
    }

    fn edited_with(&self, connector: &Arc<Connector>, connections: &Value) -> Caller {
        let documents = documents(&self.folder, connections);
        self.caller.renewed(&[Arc::clone(connector)], &documents).unwrap()
    }
}

/// `crm` with a member of its document set, or without one where it is null.
fn with(name: &str, value: Value) -> Value {
    let mut connections = keyed();
    connections["crm"][name] = value;
    connections
}

/// Makes so many calls at the same time.
async fn at_once(caller: &Caller, calls: usize) {
    let ids: Vec<String> = (0..calls).map(|id| id.to_string()).collect();
    let answers = futures_util::future::join_all(ids.iter().map(|id| read(caller, id))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

async fn read(caller: &Caller, id: &str) -> Result<Answer, Fault> {
    caller.call(CallRequest::new("crm", "get_deal", json!({"id": id}))).await
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_stays_open_unless_another_system_is_called() {
    let rig = Rig::new(manifest(), &keyed(), |_, _| answer(503, &json!({})));
    let calls =
        (0..40).map(|index| rig.call("put_deal", json!({"path_id": index.to_string(), "body_id": "x"})));
    futures_util::future::join_all(calls).await;
    assert!(matches!(rig.caller.breaker("crm").unwrap(), Standing::Open(_)));

    let other = json!({"secret": {"file": "KEY_FILE"}, "scheme": "token"});
    let mut more = keyed();
    more["second"] = keyed()["crm"].clone();
    for (edit, connections, stays) in [
        ("nothing", keyed(), true),
        ("another connection", more, true),
        ("limits", with("limits", json!({"per_second": 5.0})), true),
        ("agents", with("agents", json!("write")), true),
        ("address", with("address", json!("https://other.example")), false),
        ("credential", with("credential", other), false),
        ("proxy", with("proxy", json!("http://proxy.example:8080")), false),
    ] {
        let standing = rig.edited(&connections).breaker("crm").unwrap();
        assert_eq!(matches!(standing, Standing::Open(_)), stays, "{edit}: {standing:?}");
    }
    let connector = Arc::new(fixture::connector(manifest()));
    let standing = rig.edited_with(&connector, &keyed()).breaker("crm").unwrap();
    assert!(matches!(standing, Standing::Open(_)), "the system is down whatever its description says");
}

#[tokio::test(start_paused = true)]
async fn what_was_used_of_a_limit_counts_after_an_edit() {
    let limit = |per_second: f64| with("limits", json!({"per_second": per_second, "burst": 5}));
    let rig = Rig::new(manifest(), &limit(0.1), |_, _| answer(200, &json!({"id": "1"})));
    at_once(&rig.caller, 5).await;
    let mut moved = limit(0.1);
    moved["crm"]["address"] = json!("https://other.example");
    // A call takes a second; the rest is the wait for its turn.
    for (edit, connections, seconds) in [
        ("nothing", limit(0.1), 9..=11),
        ("another address", moved, 9..=11),
        ("a tenth of it", limit(0.01), 85..=95),
        ("a hundred times that", limit(1.0), 1..=3),
    ] {
        let caller = rig.edited(&connections);
        let from = rig.script.clock.now();
        read(&caller, edit).await.unwrap();
        let took = (rig.script.clock.now() - from).as_secs();
        assert!(seconds.contains(&took), "{edit}: after {took} s");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_hold_their_places() {
    let limit = |concurrency: u32| with("limits", json!({"concurrency": concurrency}));
    let rig = Rig::new(manifest(), &limit(2), |_, _| answer(200, &json!({"id": "1"})));
    let connector = [Arc::clone(&rig.connector)];
    let begin = rig.script.clock.now();
    let later = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        // Taken away and put back, while calls are under way.
        let away = rig.edited(&json!({}));
        let again = away.renewed(&connector, &documents(&rig.folder, &limit(2))).unwrap();
        at_once(&again, 4).await;
    };
    tokio::join!(at_once(&rig.caller, 4), later);
    let took = rig.script.clock.now() - begin;
    assert!(took >= Duration::from_secs(4), "eight calls of a second, two at once: {took:?}");

    let narrow = rig.edited(&limit(1));
    let begin = rig.script.clock.now();
    tokio::join!(at_once(&rig.caller, 2), at_once(&narrow, 2));
    let took = rig.script.clock.now() - begin;
    // Equal reads of one caller and the other are one.
    assert!(took >= Duration::from_secs(2), "the new limit holds for both: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_kept_answer_survives_what_makes_no_difference_to_it() {
    let cached = |change: Value| {
        let mut connections = with("cache_seconds", json!(600));
        for (name, value) in change.as_object().unwrap() {
            connections["crm"][name] = value.clone();
        }
        connections
    };
    let rig = Rig::new(manifest(), &cached(json!({})), |_, _| answer(200, &json!({"id": "1"})));
    read(&rig.caller, "1").await.unwrap();
    for (edit, change, survives) in [
        ("nothing", json!({}), true),
        ("limits", json!({"limits": {"per_second": 9.0}}), true),
        ("agents", json!({"agents": "none"}), true),
        ("strict", json!({"strict": true}), false),
        ("address", json!({"address": "https://other.example"}), false),
        ("credential", json!({"credential": {"secret": {"file": "KEY_FILE"}, "scheme": "token"}}), false),
        ("cache_seconds", json!({"cache_seconds": 5}), false),
    ] {
        let answer = read(&rig.edited(&cached(change)), "1").await.unwrap();
        assert_eq!(answer.from_cache, survives, "{edit}");
    }
    let connector = Arc::new(fixture::connector(manifest()));
    let answer = read(&rig.edited_with(&connector, &cached(json!({}))), "1").await.unwrap();
    assert!(!answer.from_cache, "its connector was edited");

    // A write by either is one for both.
    let later = rig.edited(&cached(json!({})));
    let write = CallRequest::new("crm", "create_deal", json!({"amount": 1}));
    rig.caller.call(write).await.unwrap();
    assert!(!read(&later, "1").await.unwrap().from_cache);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_remembered_over_an_edit_of_the_connector() {
    let rig = Rig::new(manifest(), &keyed(), |number, _| answer(201, &json!({"id": number.to_string()})));
    let write = || CallRequest {
        idempotency_key: Some("order-7".into()),
        ..CallRequest::new("crm", "create_deal", json!({"amount": 1}))
    };
    let first = rig.caller.call(write()).await.unwrap();
    let connector = Arc::new(fixture::connector(manifest()));
    for caller in [rig.edited(&keyed()), rig.edited_with(&connector, &keyed())] {
        assert_eq!(caller.call(write()).await.unwrap().value, first.value);
    }
    assert_eq!(rig.sent().len(), 1);
    let other = rig.edited(&with("address", json!("https://other.example")));
    assert_ne!(other.call(write()).await.unwrap().value, first.value, "another system has not done it");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_made_changes_nothing() {
    let limit = |per_second: f64| with("limits", json!({"per_second": per_second, "burst": 1}));
    let rig = Rig::new(manifest(), &limit(1.0), |_, _| answer(200, &json!({"id": "1"})));
    let mut wrong = limit(1000.0);
    wrong["zzz"] = json!({"connector": "no-such"});
    let documents = documents(&rig.folder, &wrong);
    assert!(rig.caller.renewed(&[Arc::clone(&rig.connector)], &documents).is_err());
    at_once(&rig.caller, 4).await;
    let times = rig.times();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(1)), "{times:?}");
}
