//! From where on events count for a run that waits: nothing between the beginning of the wait and its being
//! written is missed, and nothing is told by two.

use nave_model::event::Body;

use super::{Ground, TENANT, append, commit, event, message, must};
use crate::batch::{Message, NewMessage, Op};
use crate::record::Window;
use crate::store::Store;

/// The name of the events of the suite that a run waits for here.
const PAID: &str = "paid";

fn paid(lane: u32, id: &str, tenant: &str) -> NewMessage {
    let mut event = event(id);
    event.name = PAID.to_owned();
    event.body = Body::Inline(Vec::new());
    NewMessage { tenant: tenant.to_owned(), lane, dedup: None, message: Message::Event(event) }
}

fn waits(run: &str, since: Vec<u64>) -> Vec<Op> {
    let (tenant, name, event) = (|| TENANT.to_owned(), || "n".to_owned(), || PAID.to_owned());
    vec![
        Op::Subscribe { tenant: tenant(), run: run.to_owned(), lane: 1, name: name(), event: event() },
        Op::CountFrom { tenant: tenant(), run: run.to_owned(), lane: 1, name: name(), event: event(), since },
    ]
}

async fn ids(store: &dyn Store, window: &Window, most: usize) -> Vec<String> {
    must(store.accepted(window.clone(), most)).await.into_iter().map(|kept| kept.event.id).collect()
}

pub(super) async fn check(ground: &Ground<'_>) {
    let store = ground.store("windows");
    append(&*store, vec![paid(2, "before", TENANT), paid(1, "own", TENANT)]).await;
    let since = must(store.mark()).await;
    assert_eq!(since, [0, 1, 1, 0]);
    append(&*store, vec![paid(3, "a", TENANT), paid(2, "b", TENANT), message(2, "else")]).await;
    append(&*store, vec![paid(1, "own too", TENANT), paid(3, "c", "other"), paid(3, "d", TENANT)]).await;
    commit(&*store, waits("r", since)).await;
    append(&*store, vec![paid(2, "behind", TENANT)]).await;
    let listed = must(store.subscriptions(TENANT.to_owned(), PAID.to_owned(), None, 9)).await;
    let is_told = |lane, position| listed[0].is_told(lane, position);
    // What is behind is told by whoever handles it, and so is everything in the run's own lane.
    assert!(!is_told(2, 2) && !is_told(3, 3) && is_told(2, 4) && is_told(3, 4) && is_told(1, 1));
    drop(store);
    let store = ground.store("windows");
    assert_eq!(must(store.windows(2, 9)).await, []);
    let mut window = must(store.windows(1, 9)).await.remove(0);
    assert_eq!(ids(&*store, &window, 9).await, ["a", "b", "d"]);
    assert_eq!(ids(&*store, &window, 1).await, ["a"]);
    let counted =
        |since| Op::Counted { run: "r".to_owned(), name: "n".to_owned(), until: window.until.clone(), since };
    let (part, whole) = (counted(Some(vec![0, 0, 1, 1])), counted(None));
    commit(&*store, vec![part]).await;
    window = must(store.windows(1, 9)).await.remove(0);
    assert_eq!(ids(&*store, &window, 9).await, ["b", "d"]);
    commit(&*store, vec![whole.clone()]).await;
    assert_eq!(must(store.windows(1, 9)).await, []);
    let listed = must(store.subscriptions(TENANT.to_owned(), PAID.to_owned(), None, 9)).await;
    assert!(!listed[0].is_told(2, 2), "what was looked through is told by nobody else");
    // Of another window, and of one that is gone, nothing becomes.
    commit(&*store, waits("r", vec![0; 4])).await;
    commit(&*store, vec![whole]).await;
    assert_eq!(must(store.windows(1, 9)).await.len(), 1);
    commit(&*store, vec![Op::Unsubscribe { run: "r".to_owned(), name: "n".to_owned() }]).await;
    assert_eq!(must(store.windows(1, 9)).await, []);
    // Where nothing was appended in between, there is nothing to be looked through.
    let since = must(store.mark()).await;
    commit(&*store, waits("s", since)).await;
    assert_eq!(must(store.windows(1, 9)).await, []);
}
