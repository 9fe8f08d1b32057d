//! What is known survives being kept, and a change of one item writes one segment.

use nave_call::SystemClock;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::sources::door::{Door, TENANT};
use crate::sources::poll::item::mark;
use crate::sources::rig::Gate;

fn identity(id: u64, version: u64) -> Identity {
    Identity { id: json!(id), mark: mark(&json!(id)), version: mark(&json!(version)) }
}

fn rules() -> Rules {
    Rules { id: "i".to_owned(), changed: "c".to_owned(), list: "l".to_owned() }
}

async fn keep(gate: &Gate, known: &mut Known) -> Cursors {
    let cursors = known.cursors();
    gate.begin(TENANT, "f", Vec::new(), cursors.clone()).await.unwrap();
    cursors
}

#[tokio::test]
async fn a_change_of_one_item_among_many_writes_little() {
    let gate = Gate::with(Gate::no_connections(), std::sync::Arc::new(SystemClock::new()));
    let mut known = Known::load(gate.store().as_ref(), "p").await.unwrap();
    known.adopt(&rules(), First::None);
    for id in 0..100_000 {
        assert_eq!(known.take(&identity(id, 0)), Told::New);
    }
    known.complete(1, false);
    keep(&gate, &mut known).await;
    let mut known = Known::load(gate.store().as_ref(), "p").await.unwrap();
    assert_eq!(known.count(), 100_000);
    for id in 0..100_000 {
        let expected = if id == 70_000 { Told::Changed } else { Told::Same };
        assert_eq!(known.take(&identity(id, u64::from(id == 70_000))), expected);
    }
    let written = keep(&gate, &mut known).await;
    let bytes: usize = written.iter().map(|(_, value)| value.len()).sum();
    assert!(written.len() == 2 && bytes < 8_000, "{} cursors, {bytes} bytes", written.len());
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_not_taken_for_something_else() {
    let gate = Gate::with(Gate::no_connections(), std::sync::Arc::new(SystemClock::new()));
    let cursors = vec![("p:known:000".to_owned(), vec![2, 0, 0])];
    gate.begin(TENANT, "f", Vec::new(), cursors).await.unwrap();
    let fault = Known::load(gate.store().as_ref(), "p").await.unwrap_err();
    assert_eq!(fault.code.name, "E-STORE-VERSION");
}

proptest! {
    #[test]
    fn segments_are_read_as_they_were_written(items in proptest::collection::btree_map(
        any::<Mark>(), (any::<Mark>(), any::<u32>()), 0..50,
    )) {
        let entry = |(version, missing)| Entry { version, missing };
        let items: BTreeMap<Mark, Entry> = items.into_iter().map(|(mark, rest)| (mark, entry(rest))).collect();
        prop_assert_eq!(unpacked(&packed(items.iter())), Some(items));
    }

    #[test]
    fn any_bytes_are_a_segment_or_none(bytes: Vec<u8>) {
        if let Some(segment) = unpacked(&bytes) {
            prop_assert!(segment.len() <= bytes.len() / ENTRY);
        }
    }
}
