//! What is kept stays, what may go goes: blobs, the audit chain, sweeping, copies.

use nave_model::event::Body;
use serde_json::json;

use super::cases::{conclusion, intent};
use super::{Ground, TENANT, append, commit, event, fenced, message, must, put, read, run};
use crate::audit;
use crate::batch::{Audited, Message, NewMessage, Op};
use crate::record::{
    CallFilter, CallState, Delivery, DeliveryFilter, DeliveryState, Entry, EventFilter, Page, Phase,
    Retention, Snapshot, Swept,
};
use crate::store::Store;

pub(super) async fn check(ground: &Ground<'_>) {
    blobs(ground).await;
    chain(ground).await;
    sweeping(ground).await;
    pages(ground).await;
    surplus(ground).await;
    copies(ground).await;
}

/// Sweeps as if everything were old.
async fn sweep(store: &dyn Store, retention: Retention) -> Swept {
    must(store.sweep(1_000_000_000_000, retention)).await
}

fn endless() -> Retention {
    Retention {
        events_ms: None,
        runs_ms: None,
        calls_ms: None,
        dedup_ms: None,
        dead_ms: None,
        deliveries_ms: None,
        most_bytes: None,
    }
}

async fn blobs(ground: &Ground<'_>) {
    let store = ground.store("blobs");
    let named = must(store.put_blob(vec![1; 10])).await;
    let lonely = must(store.put_blob(vec![2; 10])).await;
    assert_eq!(must(store.put_blob(vec![1; 10])).await, named);
    assert_eq!(must(store.blob(named.clone())).await, Some(vec![1; 10]));
    assert_eq!(must(store.blob("../../etc/passwd".to_owned())).await, None);
    let mut referring = event("a");
    referring.body = Body::Blob { sha256: named.clone(), length: 10 };
    let message = Message::Event(referring);
    append(&*store, vec![NewMessage { tenant: TENANT.to_owned(), lane: 1, dedup: None, message }]).await;
    let mut long = event("b");
    long.body = Body::Inline(vec![7; 300_000]);
    let message = Message::Event(long.clone());
    append(&*store, vec![NewMessage { tenant: TENANT.to_owned(), lane: 1, dedup: None, message }]).await;
    // What takes the place of another needs what it needs, and the other nothing any more.
    for byte in [3, 4] {
        let snapshot = Snapshot { entries: 1, bytes: vec![byte; 100_000] };
        commit(&*store, vec![Op::Snapshot { run: "r".to_owned(), snapshot }]).await;
    }
    let mut dropped = 0;
    for _ in 0..3 {
        dropped += sweep(&*store, endless()).await.blobs;
    }
    assert_eq!(dropped, 2);
    let snapshot = must(store.snapshot("r".to_owned())).await;
    assert_eq!(snapshot.map(|snapshot| snapshot.bytes), Some(vec![4; 100_000]));
    assert_eq!(must(store.blob(lonely)).await, None);
    assert_eq!(must(store.blob(named)).await, Some(vec![1; 10]));
    let kept =
        must(store.events(EventFilter { id: Some("b".into()), ..EventFilter::default() }, Page::default()));
    assert_eq!(kept.await.into_iter().map(|kept| kept.event).collect::<Vec<_>>(), [long]);
}

async fn chain(ground: &Ground<'_>) {
    let store = ground.store("chain");
    let entry = |tenant: &str, number: u64| {
        Op::Audit(Audited {
            tenant: tenant.to_owned(),
            who: "person:ada".to_owned(),
            what: "run.cancelled".to_owned(),
            on: "r1".to_owned(),
            detail: json!({ "number": number, "z": 1.50, "a": null }),
        })
    };
    commit(&*store, (0..5).map(|number| entry(TENANT, number)).collect()).await;
    drop(store);
    let store = ground.store("chain");
    commit(&*store, vec![entry("other", 0), entry(TENANT, 5)]).await;
    let chain = must(store.audit(TENANT.to_owned(), 0, 100)).await;
    assert_eq!(chain.iter().map(|entry| entry.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(audit::broken(0, audit::START, &chain), None);
    let mut changed = chain.clone();
    if let Some(entry) = changed.get_mut(2) {
        entry.entry.who = "person:eve".to_owned();
    }
    assert_eq!(audit::broken(0, audit::START, &changed), Some(3));
    let behind = must(store.audit(TENANT.to_owned(), 4, 1)).await;
    assert_eq!(behind, chain.into_iter().skip(4).take(1).collect::<Vec<_>>());
    assert_eq!(must(store.audit("other".to_owned(), 0, 9)).await.len(), 1);
}

async fn sweeping(ground: &Ground<'_>) {
    let store = ground.store("sweeping");
    append(&*store, vec![message(1, "a"), message(1, "b"), message(1, "c")]).await;
    let epoch = must(store.take(1, "one".to_owned())).await;
    must(store.commit(fenced(1, epoch, vec![Op::Consumed { tenant: TENANT.to_owned(), position: 2 }]))).await;
    let journal = |run: &str| Op::Journal {
        run: run.to_owned(),
        entries: vec![Entry { number: 0, at_ms: 1, bytes: vec![1] }],
    };
    let intend = |id: &str, run: Option<&str>| {
        let mut intent = intent(id);
        intent.run = run.map(str::to_owned);
        Op::Intend(Box::new(intent))
    };
    let conclude = |id: &str| Op::Conclude(Box::new(conclusion(id, CallState::Done)));
    commit(
        &*store,
        vec![
            put(run("ended", Phase::Ended)),
            put(run("waiting", Phase::Waiting)),
            journal("ended"),
            journal("waiting"),
            intend("settled", None),
            intend("open", None),
            intend("needed", Some("waiting")),
            conclude("settled"),
            conclude("needed"),
        ],
    )
    .await;
    assert_eq!(sweep(&*store, endless()).await, Swept::default());
    let swept = sweep(&*store, Retention { most_bytes: None, ..Retention::default() }).await;
    assert!(swept.records >= 5, "{swept:?}");
    // Not consumed, not ended, not settled, or needed by what has not ended: it stays.
    assert_eq!(read(&*store, 1, 0).await, [(3, "c".into())]);
    assert_eq!(must(store.run("ended".to_owned())).await, None);
    assert_eq!(must(store.journal("ended".to_owned(), 0)).await, []);
    assert!(must(store.run("waiting".to_owned())).await.is_some());
    assert_eq!(must(store.journal("waiting".to_owned(), 0)).await.len(), 1);
    for (call, stays) in [("settled", false), ("open", true), ("needed", true)] {
        assert_eq!(must(store.call(call.to_owned())).await.is_some(), stays, "{call}");
    }
    // The keys went, too, and positions go on.
    let places = append(&*store, vec![message(1, "a")]).await;
    assert_eq!(
        places.iter().map(|place| (place.position, place.duplicate)).collect::<Vec<_>>(),
        [(4, false)]
    );
}

/// Whoever pages through lists while they are swept sees each record that stays once, and comes to an end.
async fn pages(ground: &Ground<'_>) {
    let store = ground.store("pages");
    let names: Vec<String> = (1..=6).map(|number| number.to_string()).collect();
    let messages = names.iter().map(|id| message(number_of(id) % 2, id)).collect();
    append(&*store, messages).await;
    for lane in 0..2 {
        let epoch = must(store.take(lane, "one".to_owned())).await;
        let consumed = Op::Consumed { tenant: TENANT.to_owned(), position: 2 };
        must(store.commit(fenced(lane, epoch, vec![consumed]))).await;
    }
    let mut ops = Vec::new();
    for name in &names {
        ops.push(Op::Intend(Box::new(intent(name))));
        let state = if number_of(name) < 5 { CallState::Done } else { CallState::Unknown };
        ops.push(Op::Conclude(Box::new(conclusion(name, state))));
        ops.push(Op::PutDelivery(Box::new(delivery(name))));
    }
    commit(&*store, ops).await;
    let page = |after: &str| Page { after: Some(after.to_owned()), most: 10 };
    let swept = sweep(&*store, Retention { most_bytes: None, ..Retention::default() }).await;
    assert_eq!(swept.records, 4 + 4 + 4 + 6, "messages, calls, deliveries, keys");
    let calls = |after| store.calls(CallFilter::default(), page(after));
    let ids =
        |calls: Vec<crate::record::Call>| calls.into_iter().map(|call| call.intent.id).collect::<Vec<_>>();
    assert_eq!(ids(must(calls("6")).await), ["5"]);
    assert_eq!(ids(must(calls("4")).await), [""; 0]);
    let after = must(store.deliveries(DeliveryFilter::default(), page("3"))).await;
    assert_eq!(after.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>(), ["5", "6"]);
    let events = |after| store.events(EventFilter::default(), page(after));
    let ids = |events: Vec<crate::record::KeptEvent>| {
        events.into_iter().map(|kept| kept.event.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(must(events("0-3")).await), ["5"]);
    assert_eq!(ids(must(events("1-1")).await), [""; 0]);
    let named = EventFilter { id: Some("6".to_owned()), ..EventFilter::default() };
    assert_eq!(ids(must(store.events(named, Page::default())).await), ["6"]);
}

fn number_of(name: &str) -> u32 {
    name.parse().unwrap_or(0)
}

/// Ended for the first four.
fn delivery(id: &str) -> Delivery {
    Delivery {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        endpoint: "partner".to_owned(),
        event: event(id),
        state: if number_of(id) < 5 { DeliveryState::Delivered } else { DeliveryState::Waiting },
        attempts: 1,
        created_ms: 1,
        next_ms: 1,
        last: None,
    }
}

async fn surplus(ground: &Ground<'_>) {
    let store = ground.store("surplus");
    let mut long = event("long");
    long.body = Body::Inline(vec![1; 30_000]);
    for part in 0..20 {
        let messages = (0..20)
            .map(|number| {
                let dedup = Some(format!("{part}-{number}"));
                let message = Message::Event(long.clone());
                NewMessage { tenant: TENANT.to_owned(), lane: 1, dedup, message }
            })
            .collect();
        append(&*store, messages).await;
    }
    let epoch = must(store.take(1, "one".to_owned())).await;
    must(store.commit(fenced(1, epoch, vec![Op::Consumed { tenant: TENANT.to_owned(), position: 399 }])))
        .await;
    let before = store.health().bytes;
    let swept = sweep(&*store, Retention { most_bytes: Some(2_000_000), ..endless() }).await;
    assert_eq!(swept.records, 399);
    assert!(before > 10_000_000, "{before}");
    assert_eq!(read(&*store, 1, 0).await.len(), 1);
}

async fn copies(ground: &Ground<'_>) {
    let store = ground.store("copies");
    append(&*store, vec![message(1, "a"), message(2, "b")]).await;
    let mut long = event("long");
    long.body = Body::Inline(vec![7; 300_000]);
    let message_of = |event| NewMessage {
        tenant: TENANT.to_owned(),
        lane: 3,
        dedup: None,
        message: Message::Event(event),
    };
    append(&*store, vec![message_of(long.clone())]).await;
    commit(&*store, vec![put(run("r", Phase::Waiting))]).await;
    let copy = ground.folder.join("copy");
    must(store.backup(copy.clone())).await;
    // Later work is not in the copy.
    append(&*store, vec![message(1, "c")]).await;
    drop(store);
    let restored = ground.folder.join("restored");
    ground.restore(&copy, &restored);
    let store = ground.store("restored");
    assert_eq!(read(&*store, 1, 0).await, [(1, "a".into())]);
    assert_eq!(read(&*store, 2, 0).await, [(1, "b".into())]);
    let kept = must(store.read(3, TENANT.to_owned(), 0, 10)).await;
    assert_eq!(
        kept.into_iter().filter_map(|queued| queued.message.ok()).collect::<Vec<_>>(),
        [Message::Event(long)]
    );
    assert_eq!(must(store.run("r".to_owned())).await, Some(run("r", Phase::Waiting)));
}
