//! What goes in comes out: order, duplicates, fences, all or nothing, runs, timers, the ledger.

use nave_model::fault::codes;

use super::{
    Ground, LANES, TENANT, append, batch, commit, event, fenced, message, must, must_fail, put, read, run,
};
use crate::batch::{Conclusion, Intake, Intent, Message, NewMessage, Op};
use crate::record::{
    Appended, Ask, Backlog, CallFilter, CallState, DeadLetter, Delivery, DeliveryFilter, DeliveryState,
    Entry, EventFilter, Filter, Page, Parked, Phase, Snapshot,
};
use crate::store::Store;

pub(super) async fn check(ground: &Ground<'_>) {
    order(ground).await;
    duplicates(ground).await;
    fences(ground).await;
    all_or_nothing(ground).await;
    journals(ground).await;
    runs(ground).await;
    turns(ground).await;
    timers(ground).await;
    waits(ground).await;
    ledger(ground).await;
    parked(ground).await;
    letters(ground).await;
    cursors(ground).await;
}

async fn order(ground: &Ground<'_>) {
    let store = ground.store("order");
    assert_eq!(store.lanes(), LANES);
    let mut appended = store.appended();
    appended.mark_unchanged();
    let places = append(&*store, vec![message(1, "a"), message(2, "b"), message(1, "c")]).await;
    let positions: Vec<(u32, u64)> = places.iter().map(|place| (place.lane, place.position)).collect();
    assert_eq!(positions, [(1, 1), (2, 1), (1, 2)]);
    assert!(appended.has_changed().is_ok_and(|changed| changed));
    let mut other = message(1, "d");
    other.tenant = "other".to_owned();
    append(&*store, vec![other, message(1, "e")]).await;
    assert_eq!(read(&*store, 1, 0).await, [(1, "a".into()), (2, "c".into()), (4, "e".into())]);
    assert_eq!(read(&*store, 1, 2).await, [(4, "e".into())]);
    let told = Message::Told { run: "r".to_owned(), what: vec![0, 159, 146, 150] };
    let new = |message| NewMessage { tenant: TENANT.to_owned(), lane: 3, dedup: None, message };
    append(&*store, vec![new(told.clone()), new(Message::Start(b"{}".to_vec()))]).await;
    let queued = must(store.read(3, TENANT.to_owned(), 0, 10)).await;
    let messages: Vec<Message> = queued.into_iter().filter_map(|queued| queued.message.ok()).collect();
    assert_eq!(messages, [told, Message::Start(b"{}".to_vec())]);
    let backlog = must(store.backlog(1)).await;
    let tail = |tenant: &str, last| Backlog { tenant: tenant.to_owned(), consumed: 0, last };
    assert_eq!(backlog, [tail(TENANT, 4), tail("other", 3)]);
    drop(store);
    // Opened again, it goes on where it was.
    let store = ground.store("order");
    let places = append(&*store, vec![message(1, "f")]).await;
    assert_eq!(places, [Appended { lane: 1, position: 5, duplicate: false }]);
    let lost = store.append(Intake { messages: vec![message(LANES, "g")], ..Intake::default() });
    assert_eq!(must_fail(lost).await.code, codes::INTERNAL);
}

async fn duplicates(ground: &Ground<'_>) {
    let store = ground.store("duplicates");
    let places = append(&*store, vec![message(1, "a"), message(2, "a")]).await;
    let first = Appended { lane: 1, position: 1, duplicate: false };
    let again = Appended { duplicate: true, ..first };
    assert_eq!(places, [first, again]);
    let mut other = message(1, "a");
    other.tenant = "other".to_owned();
    assert_eq!(
        append(&*store, vec![message(3, "a"), other]).await,
        [again, Appended { lane: 1, position: 2, duplicate: false }]
    );
    commit(&*store, vec![Op::Append(message(0, "a"))]).await;
    assert_eq!(read(&*store, 0, 0).await, []);
}

async fn fences(ground: &Ground<'_>) {
    let store = ground.store("fences");
    append(&*store, vec![message(1, "a"), message(1, "b")]).await;
    let first = must(store.take(1, "one".to_owned())).await;
    let consumed = |position| Op::Consumed { tenant: TENANT.to_owned(), position };
    must(store.commit(fenced(1, first, vec![consumed(1)]))).await;
    let second = must(store.take(1, "two".to_owned())).await;
    assert!(second > first);
    let late = fenced(1, first, vec![consumed(2), put(run("r1", Phase::Active))]);
    assert_eq!(must_fail(store.commit(late)).await.code, codes::LANE_LOST);
    assert_eq!(must(store.run("r1".to_owned())).await, None);
    assert_eq!(must_fail(store.commit(fenced(2, 0, Vec::new()))).await.code, codes::LANE_LOST);
    assert_eq!(must_fail(store.commit(batch(vec![consumed(2)]))).await.code, codes::INTERNAL);
    let backlog = must(store.backlog(1)).await;
    assert_eq!(backlog, [Backlog { tenant: TENANT.to_owned(), consumed: 1, last: 2 }]);
    must(store.commit(fenced(1, second, vec![consumed(2), consumed(1)]))).await;
    assert_eq!(must(store.backlog(1)).await, []);
    drop(store);
    assert!(must(ground.store("fences").take(1, "three".to_owned())).await > second);
}

async fn all_or_nothing(ground: &Ground<'_>) {
    let store = ground.store("atomic");
    let entry = |number| Entry { number, at_ms: 1, bytes: vec![1] };
    let good = |id: &str| batch(vec![put(run(id, Phase::Active)), Op::Append(message(1, id))]);
    // Refused at its last change: what came before it in the batch is not there either; others are.
    let bad = batch(vec![
        put(run("bad", Phase::Active)),
        Op::Append(message(1, "bad")),
        Op::Journal { run: "bad".to_owned(), entries: vec![entry(0), entry(2)] },
    ]);
    let (one, refused, two) =
        tokio::join!(store.commit(good("one")), store.commit(bad), store.commit(good("two")));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(refused.map_err(|fault| fault.code), Err(codes::INTERNAL));
    assert_eq!(must(store.run("bad".to_owned())).await, None);
    assert_eq!(must(store.journal("bad".to_owned(), 0)).await, []);
    assert_eq!(read(&*store, 1, 0).await, [(1, "one".into()), (2, "two".into())]);
}

async fn journals(ground: &Ground<'_>) {
    let store = ground.store("journals");
    let entry = |number: u32, length| Entry { number, at_ms: 7, bytes: vec![3; length] };
    let journal = |entries| Op::Journal { run: "r".to_owned(), entries };
    commit(&*store, vec![journal(vec![entry(0, 1), entry(1, 500_000)]), journal(vec![entry(2, 0)])]).await;
    commit(&*store, vec![journal(vec![entry(3, 9)])]).await;
    assert_eq!(
        must(store.journal("r".to_owned(), 0)).await,
        [entry(0, 1), entry(1, 500_000), entry(2, 0), entry(3, 9)]
    );
    assert_eq!(must(store.journal("r".to_owned(), 3)).await, [entry(3, 9)]);
    for wrong in [3, 5] {
        let refused = store.commit(batch(vec![journal(vec![entry(wrong, 1)])]));
        assert_eq!(must_fail(refused).await.code, codes::INTERNAL);
    }
    assert_eq!(must(store.snapshot("r".to_owned())).await, None);
    for entries in [2, 4] {
        let snapshot = Snapshot { entries, bytes: vec![9; 100_000] };
        commit(&*store, vec![Op::Snapshot { run: "r".to_owned(), snapshot: snapshot.clone() }]).await;
        assert_eq!(must(store.snapshot("r".to_owned())).await, Some(snapshot));
    }
    let definition = |bytes: &[u8]| Op::Definition { hash: "h".to_owned(), bytes: bytes.to_vec() };
    commit(&*store, vec![definition(b"one"), definition(b"two")]).await;
    assert_eq!(must(store.definition("h".to_owned())).await, Some(b"one".to_vec()));
    assert_eq!(must(store.definition("i".to_owned())).await, None);
}

async fn runs(ground: &Ground<'_>) {
    let store = ground.store("runs");
    let mut all = Vec::new();
    for number in 0..250_u64 {
        let phase = if number % 10 == 0 { Phase::Active } else { Phase::Ended };
        let mut run = run(&format!("{number:04}"), phase);
        run.created_ms = number;
        run.cause = format!("event-{}", number % 50);
        all.push(run);
    }
    commit(&*store, all.iter().cloned().map(put).collect()).await;
    let newest: Vec<String> = all.iter().rev().map(|run| run.id.clone()).collect();
    let mut found = Vec::new();
    let mut page = Page::default();
    loop {
        let part = must(store.runs(Filter::default(), page.clone())).await;
        let Some(last) = part.last() else { break };
        page.after = Some(last.id.clone());
        found.extend(part.into_iter().map(|run| run.id));
    }
    assert_eq!(found, newest);
    for (filter, count) in [
        (Filter { cause: Some("event-7".into()), ..Filter::default() }, 5),
        (Filter { phase: Some(Phase::Active), ..Filter::default() }, 25),
        (Filter { since_ms: Some(10), until_ms: Some(20), ..Filter::default() }, 10),
        (Filter { tenant: Some("other".into()), ..Filter::default() }, 0),
        (
            Filter { flow: Some("sales/onboard".into()), state: Some("running".into()), ..Filter::default() },
            250,
        ),
    ] {
        let page = Page { after: None, most: 1000 };
        assert_eq!(must(store.runs(filter, page)).await.len(), count);
    }
    let unfinished = must(store.unfinished(1, Some("0100".into()), 3)).await;
    let ids: Vec<&str> = unfinished.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(ids, ["0110", "0120", "0130"]);
    let mut changed = run("0110", Phase::Waiting);
    changed.state = "waiting".to_owned();
    commit(&*store, vec![put(changed.clone())]).await;
    assert_eq!(must(store.run("0110".to_owned())).await, Some(changed));
    assert_eq!(
        must(store.unfinished(1, Some("0100".into()), 1)).await.first().map(|run| run.id.clone()),
        Some("0120".into())
    );
}

async fn turns(ground: &Ground<'_>) {
    let store = ground.store("turns");
    let keyed = |id: &str, key: &str, phase| {
        let mut run = run(id, phase);
        run.key = Some(key.to_owned());
        put(run)
    };
    commit(
        &*store,
        vec![
            keyed("1", "a", Phase::Active),
            keyed("2", "b", Phase::Waiting),
            keyed("4", "a", Phase::Queued),
            keyed("3", "a", Phase::Queued),
            keyed("5", "b", Phase::Queued),
            keyed("6", "b", Phase::Ended),
        ],
    )
    .await;
    for (key, next, under_way) in [(Some("a"), Some("3"), 1), (Some("b"), Some("5"), 1), (Some("c"), None, 0)]
    {
        let ask = || (TENANT.to_owned(), "sales/onboard".to_owned(), key.map(str::to_owned));
        let (tenant, flow, key) = ask();
        let queued = must(store.next_queued(tenant, flow, key)).await;
        assert_eq!(queued.as_ref().map(|run| run.id.as_str()), next);
        let (tenant, flow, key) = ask();
        assert_eq!(must(store.under_way(tenant, flow, key)).await, under_way);
    }
    let flow = || (TENANT.to_owned(), "sales/onboard".to_owned());
    assert_eq!(must(store.under_way(flow().0, flow().1, None)).await, 2);
    let next = must(store.next_queued(flow().0, flow().1, None)).await;
    assert_eq!(next.map(|run| run.id), Some("3".to_owned()));
}

async fn timers(ground: &Ground<'_>) {
    let store = ground.store("timers");
    let set = |number: u64, at_ms| Op::SetTimer {
        run: format!("{number:06}"),
        name: "t".to_owned(),
        at_ms,
        lane: 2,
    };
    for chunk in 0..10 {
        commit(
            &*store,
            (0..10_000).map(|n| set(chunk * 10_000 + n, 1_000_000 - chunk * 10_000 - n)).collect(),
        )
        .await;
    }
    assert_eq!(must(store.next_timer(2)).await, Some(900_001));
    assert_eq!(must(store.next_timer(1)).await, None);
    let due = must(store.due(2, 900_003, 10)).await;
    let due: Vec<(u64, &str)> = due.iter().map(|timer| (timer.at_ms, timer.run.as_str())).collect();
    assert_eq!(due, [(900_001, "099999"), (900_002, "099998"), (900_003, "099997")]);
    let drop_timer = Op::DropTimer { run: "099999".to_owned(), name: "t".to_owned() };
    commit(&*store, vec![drop_timer.clone(), drop_timer, set(5, 1)]).await;
    assert_eq!(must(store.next_timer(2)).await, Some(1));
    assert_eq!(must(store.due(2, u64::MAX, 1_000_000)).await.len(), 99_999);
}

async fn waits(ground: &Ground<'_>) {
    let store = ground.store("waits");
    let subscribe = |run: &str| Op::Subscribe {
        tenant: TENANT.to_owned(),
        run: run.to_owned(),
        lane: 1,
        name: "n".to_owned(),
        event: "e".to_owned(),
    };
    let gone = |run: &str| Op::Unsubscribe { run: run.to_owned(), name: "n".to_owned() };
    commit(&*store, vec![subscribe("c"), subscribe("a"), subscribe("b"), subscribe("d"), gone("a")]).await;
    let ask = |after: Option<&str>| {
        let after = after.map(|run| (run.to_owned(), "n".to_owned()));
        store.subscriptions(TENANT.to_owned(), "e".to_owned(), after, 2)
    };
    let names = |found: Vec<crate::record::Subscription>| -> Vec<String> {
        found.into_iter().map(|found| found.run).collect()
    };
    assert_eq!(names(must(ask(None)).await), ["b", "c"]);
    // Whoever was seen last may be gone by the time the next page is asked for, or wait again.
    commit(&*store, vec![gone("c")]).await;
    assert_eq!(names(must(ask(Some("c"))).await), ["d"]);
    commit(&*store, vec![subscribe("c")]).await;
    assert_eq!(names(must(ask(Some("c"))).await), ["d"]);
    assert_eq!(names(must(ask(Some("d"))).await), [""; 0]);
    let question = |id: &str| Ask {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        run: "r".to_owned(),
        approval: "approve".to_owned(),
        flow: "f".to_owned(),
        roles: vec!["lead".to_owned()],
        approvals: 1,
        title: "Go?".to_owned(),
        message: None,
        asked_ms: 1,
        expires_ms: Some(2),
    };
    let put_ask = |id: &str| Op::PutAsk(question(id));
    commit(&*store, vec![put_ask("z"), put_ask("y"), Op::CloseAsk { id: "z".to_owned() }, put_ask("x")])
        .await;
    let asks = must(store.asks(Some(TENANT.to_owned()), Page::default())).await;
    assert_eq!(asks, [question("y"), question("x")]);
    let page = Page { after: Some("y".to_owned()), most: 5 };
    assert_eq!(must(store.asks(None, page.clone())).await, [question("x")]);
    // The question seen last may be closed by the time the next page is asked for; what is asked after that
    // follows.
    commit(
        &*store,
        vec![Op::CloseAsk { id: "x".to_owned() }, Op::CloseAsk { id: "y".to_owned() }, put_ask("w")],
    )
    .await;
    assert_eq!(must(store.asks(None, page)).await, [question("w")]);
    let page = Page { after: Some("x".to_owned()), most: 5 };
    assert_eq!(must(store.asks(None, page)).await, [question("w")]);
    let page = Page { after: Some("never".to_owned()), most: 5 };
    assert_eq!(must(store.asks(None, page)).await, []);
    assert_eq!(must(store.ask("w".to_owned())).await, Some(question("w")));
    assert_eq!(must(store.ask("z".to_owned())).await, None);
}

pub(super) fn intent(id: &str) -> Intent {
    Intent {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        connection: "erp".to_owned(),
        operation: "erp.create_project".to_owned(),
        effect: "write".to_owned(),
        digest: "00".to_owned(),
        key: Some("k".to_owned()),
        principal: "flow".to_owned(),
        run: Some("r".to_owned()),
        trace: None,
        arguments: b"{\"a\":1}".to_vec(),
    }
}

pub(super) fn conclusion(id: &str, state: CallState) -> Conclusion {
    Conclusion {
        id: id.to_owned(),
        state,
        code: None,
        message: None,
        status: Some(200),
        by: "answer".to_owned(),
    }
}

async fn ledger(ground: &Ground<'_>) {
    let store = ground.store("ledger");
    let intend = |id: &str| Op::Intend(Box::new(intent(id)));
    let conclude = |id: &str, state| Op::Conclude(Box::new(conclusion(id, state)));
    commit(&*store, vec![intend("1"), intend("2"), intend("3"), intend("1")]).await;
    let ended = vec![conclude("2", CallState::Done), conclude("3", CallState::Unknown)];
    commit(&*store, [ended, vec![conclude("read", CallState::Done)]].concat()).await;
    let open = must(store.call("1".to_owned())).await;
    let open = open.map(|call| (call.intent, call.attempts, call.state, call.conclusion, call.concluded_ms));
    assert_eq!(open, Some((intent("1"), 2, CallState::Intended, None, None)));
    let done = must(store.call("2".to_owned())).await;
    let done = done.map(|call| (call.state, call.conclusion, call.concluded_ms));
    assert_eq!(done, Some((CallState::Done, Some(conclusion("2", CallState::Done)), Some(1000))));
    assert_eq!(must(store.call("read".to_owned())).await, None);
    let ids = |filter: CallFilter, after: Option<&str>| {
        let page = Page { after: after.map(str::to_owned), most: 0 };
        store.calls(filter, page)
    };
    let names = |calls: Vec<crate::record::Call>| -> Vec<String> {
        calls.into_iter().map(|call| call.intent.id).collect()
    };
    assert_eq!(names(must(ids(CallFilter::default(), None)).await), ["3", "2", "1"]);
    assert_eq!(names(must(ids(CallFilter::default(), Some("2"))).await), ["1"]);
    let unknown = CallFilter { state: Some(CallState::Unknown), ..CallFilter::default() };
    assert_eq!(names(must(ids(unknown, None)).await), ["3"]);
    commit(&*store, vec![conclude("3", CallState::NotDone)]).await;
    let settled = must(store.call("3".to_owned())).await;
    assert_eq!(settled.map(|call| call.state), Some(CallState::NotDone));
}

async fn parked(ground: &Ground<'_>) {
    let store = ground.store("parked");
    let parked = |id: &str, connection: &str, since_ms| Parked {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        connection: connection.to_owned(),
        operation: "o".to_owned(),
        run: "r".to_owned(),
        lane: 1,
        task: "t".to_owned(),
        reason: ("E-UNREACHABLE".to_owned(), "away".to_owned()),
        since_ms,
        attempts: 1,
    };
    let park = |parked| Op::Park(parked);
    commit(
        &*store,
        vec![park(parked("1", "erp", 30)), park(parked("2", "erp", 20)), park(parked("3", "crm", 10))],
    )
    .await;
    let mut again = parked("2", "erp", 99);
    again.attempts = 2;
    commit(&*store, vec![park(again.clone())]).await;
    again.since_ms = 20;
    let erp = must(store.parked(TENANT.to_owned(), Some("erp".to_owned()), 10)).await;
    assert_eq!(erp, [again, parked("1", "erp", 30)]);
    let oldest = must(store.parked(TENANT.to_owned(), None, 1)).await;
    assert_eq!(oldest, [parked("3", "crm", 10)]);
    let sums = must(store.parked_sums()).await;
    let sum = |connection: &str, count, since| (TENANT.to_owned(), connection.to_owned(), count, since);
    assert_eq!(sums, [sum("crm", 1, 10), sum("erp", 2, 20)]);
    let unpark = || Op::Unpark { id: "2".to_owned() };
    commit(&*store, vec![unpark(), unpark()]).await;
    let erp = must(store.parked(TENANT.to_owned(), Some("erp".to_owned()), 10)).await;
    assert_eq!(erp, [parked("1", "erp", 30)]);
}

async fn letters(ground: &Ground<'_>) {
    let store = ground.store("letters");
    let letter = |id: &str| DeadLetter {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        place: (1, 2),
        flow: None,
        reason: ("E-EXPR-FAILED".to_owned(), "no".to_owned(), None),
        at_ms: 5,
        message: Message::Event(event(id)),
    };
    commit(&*store, vec![Op::Dead(letter("a")), Op::Dead(letter("b"))]).await;
    assert_eq!(must(store.dead(None, Page::default())).await, [letter("b"), letter("a")]);
    commit(&*store, vec![Op::Bury { id: "b".to_owned() }]).await;
    assert_eq!(must(store.dead(Some(TENANT.to_owned()), Page::default())).await, [letter("a")]);
    let page = Page { after: Some("b".to_owned()), most: 0 };
    assert_eq!(must(store.dead(None, page)).await, [letter("a")]);
    let delivery = |id: &str, state, next_ms| Delivery {
        id: id.to_owned(),
        tenant: TENANT.to_owned(),
        endpoint: "partner".to_owned(),
        event: event(id),
        state,
        attempts: 0,
        created_ms: 1,
        next_ms,
        last: None,
    };
    let put = |delivery| Op::PutDelivery(Box::new(delivery));
    let (one, two) = (delivery("1", DeliveryState::Waiting, 10), delivery("2", DeliveryState::Waiting, 20));
    commit(&*store, vec![put(one), put(two.clone()), put(delivery("1", DeliveryState::Delivered, 10))]).await;
    let waiting = |due_ms| DeliveryFilter {
        state: Some(DeliveryState::Waiting),
        due_ms: Some(due_ms),
        ..DeliveryFilter::default()
    };
    assert_eq!(must(store.deliveries(waiting(19), Page::default())).await, []);
    assert_eq!(must(store.deliveries(waiting(20), Page::default())).await, [two]);
    assert_eq!(must(store.deliveries(DeliveryFilter::default(), Page::default())).await.len(), 2);
    kept_events(&*store).await;
}

async fn kept_events(store: &dyn Store) {
    append(store, vec![message(1, "x"), message(2, "y"), message(1, "z")]).await;
    let told = Message::Start(Vec::new());
    append(store, vec![NewMessage { tenant: TENANT.to_owned(), lane: 1, dedup: None, message: told }]).await;
    let epoch = must(store.take(1, "one".to_owned())).await;
    must(store.commit(fenced(1, epoch, vec![Op::Consumed { tenant: TENANT.to_owned(), position: 1 }]))).await;
    let seen = must(store.events(EventFilter::default(), Page::default())).await;
    let seen: Vec<(&str, &str, bool)> =
        seen.iter().map(|kept| (kept.place.as_str(), kept.event.id.as_str(), kept.consumed)).collect();
    assert_eq!(seen, [("1-2", "z", false), ("2-1", "y", false), ("1-1", "x", true)]);
    let page = Page { after: Some("2-1".to_owned()), most: 0 };
    let behind = must(store.events(EventFilter::default(), page)).await;
    assert_eq!(behind.iter().map(|kept| kept.event.clone()).collect::<Vec<_>>(), [event("x")]);
    let of = EventFilter {
        id: Some("y".to_owned()),
        name: Some("crm.deal.won".to_owned()),
        ..EventFilter::default()
    };
    assert_eq!(must(store.events(of, Page::default())).await.len(), 1);
    let early = EventFilter { until_ms: Some(1000), ..EventFilter::default() };
    assert_eq!(must(store.events(early, Page::default())).await, []);
}

async fn cursors(ground: &Ground<'_>) {
    let store = ground.store("cursors");
    let cursors = vec![("poll/a".to_owned(), b"1".to_vec()), ("poll/b".to_owned(), Vec::new())];
    must(store.append(Intake { messages: Vec::new(), cursors, now_ms: 1 })).await;
    let set = |name: &str, value: Option<&[u8]>| Op::Cursor {
        name: name.to_owned(),
        value: value.map(<[u8]>::to_vec),
    };
    commit(&*store, vec![set("poll/a", Some(b"2")), set("poll/b", None), set("polls", Some(b"3"))]).await;
    assert_eq!(must(store.cursor("poll/a".to_owned())).await, Some(b"2".to_vec()));
    assert_eq!(must(store.cursor("poll/b".to_owned())).await, None);
    assert_eq!(must(store.cursors("poll/".to_owned())).await, [("poll/a".to_owned(), b"2".to_vec())]);
    assert_eq!(must(store.cursors(String::new())).await.len(), 2);
    // Forgotten with what belongs to it, or not at all; one that is not there is no fault.
    let refused = vec![set("polls", None), Op::Consumed { tenant: TENANT.to_owned(), position: 9 }];
    must_fail(store.commit(batch(refused))).await;
    assert_eq!(must(store.cursor("polls".to_owned())).await, Some(b"3".to_vec()));
    commit(&*store, vec![set("polls", None), set("polls", None), set("never", None)]).await;
    drop(store);
    let store = ground.store("cursors");
    assert_eq!(must(store.cursors(String::new())).await, [("poll/a".to_owned(), b"2".to_vec())]);
    // In the order of the changes: what is kept after it was forgotten is there.
    commit(&*store, vec![set("poll/a", None), set("poll/a", Some(b"4"))]).await;
    assert_eq!(must(store.cursor("poll/a".to_owned())).await, Some(b"4".to_vec()));
}
