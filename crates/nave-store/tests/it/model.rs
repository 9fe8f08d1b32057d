//! Random work beside a model in memory that says what the store's trait means: after every step, both must
//! tell the same, also when the store was closed and opened in between.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use nave_store::batch::{Fence, Intake, Message, NewMessage};
use nave_store::conformance::LANES;
use nave_store::record::{Entry, Retention};
use nave_store::{Batch, Op, Store};
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};

use super::open;

const TENANTS: [&str; 2] = ["one", "two"];

/// One step of the work; small numbers, so that steps meet each other.
#[derive(Debug, Clone)]
enum Step {
    Append(Vec<(u8, u8, Option<u8>)>),
    Take(u8),
    /// A batch for a lane, at its epoch or at the one before.
    Commit {
        lane: u8,
        late: bool,
        work: Vec<Work>,
    },
    Sweep,
    Reopen,
}

#[derive(Debug, Clone)]
enum Work {
    Consume(u8, u8),
    Append(u8, u8, Option<u8>),
    Journal(u8, u8),
    Timer(u8, Option<u8>),
    Cursor(u8, Option<u8>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let message = || (0..4_u8, 0..2_u8, proptest::option::of(0..12_u8));
    let work = prop_oneof![
        (0..2_u8, 0..8_u8).prop_map(|(tenant, position)| Work::Consume(tenant, position)),
        message().prop_map(|(lane, tenant, key)| Work::Append(lane, tenant, key)),
        (0..3_u8, 0..6_u8).prop_map(|(run, number)| Work::Journal(run, number)),
        (0..4_u8, proptest::option::of(0..9_u8)).prop_map(|(run, at)| Work::Timer(run, at)),
        (0..3_u8, proptest::option::of(any::<u8>())).prop_map(|(name, value)| Work::Cursor(name, value)),
    ];
    let step = prop_oneof![
        4 => proptest::collection::vec(message(), 0..4).prop_map(Step::Append),
        1 => (0..4_u8).prop_map(Step::Take),
        6 => (0..4_u8, proptest::bool::weighted(0.2), proptest::collection::vec(work, 0..4))
            .prop_map(|(lane, late, work)| Step::Commit { lane, late, work }),
        1 => proptest::strategy::Just(Step::Sweep),
        1 => proptest::strategy::Just(Step::Reopen),
    ];
    proptest::collection::vec(step, 1..40)
}

/// What the trait means.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    epochs: BTreeMap<u32, u64>,
    lanes: BTreeMap<u32, Vec<String>>,
    consumed: BTreeMap<(u32, String), u64>,
    swept: BTreeMap<(u32, String), u64>,
    keys: BTreeMap<(String, u8), (u32, u64)>,
    journals: BTreeMap<String, u32>,
    timers: BTreeMap<String, (u32, u64)>,
    cursors: BTreeMap<String, Vec<u8>>,
}

impl Model {
    fn append(&mut self, lane: u8, tenant: u8, key: Option<u8>) -> (u32, u64, bool) {
        let (lane, tenant) = (u32::from(lane), TENANTS[usize::from(tenant)].to_owned());
        if let Some((lane, position)) = key.and_then(|key| self.keys.get(&(tenant.clone(), key))) {
            return (*lane, *position, true);
        }
        let messages = self.lanes.entry(lane).or_default();
        messages.push(tenant.clone());
        let position = messages.len() as u64;
        if let Some(key) = key {
            self.keys.insert((tenant, key), (lane, position));
        }
        (lane, position, false)
    }

    /// Whether it may be done; if not, the model is not to be used any more.
    fn work(&mut self, lane: u8, work: &Work) -> bool {
        let lane = u32::from(lane);
        match *work {
            Work::Consume(tenant, position) => {
                let (tenant, position) = (TENANTS[usize::from(tenant)], u64::from(position));
                let last = self.last(lane, tenant);
                let consumed = self.consumed.entry((lane, tenant.to_owned())).or_default();
                *consumed = position.max(*consumed);
                position <= last
            }
            Work::Append(lane, tenant, key) => {
                self.append(lane, tenant, key);
                true
            }
            Work::Journal(run, number) => {
                let next = self.journals.entry(format!("r{run}")).or_default();
                *next += 1;
                *next == u32::from(number) + 1
            }
            Work::Timer(run, Some(at)) => {
                self.timers.insert(format!("r{run}"), (lane, u64::from(at)));
                true
            }
            Work::Timer(run, None) => {
                self.timers.remove(&format!("r{run}"));
                true
            }
            Work::Cursor(name, Some(value)) => {
                self.cursors.insert(format!("c{name}"), vec![value]);
                true
            }
            Work::Cursor(name, None) => {
                self.cursors.remove(&format!("c{name}"));
                true
            }
        }
    }

    /// Position of the last message of a tenant in a lane.
    fn last(&self, lane: u32, tenant: &str) -> u64 {
        let messages = self.lanes.get(&lane).into_iter().flatten();
        messages.zip(1..).filter(|(owner, _)| *owner == tenant).map(|(_, at)| at).last().unwrap_or(0)
    }
}

fn message(lane: u8, tenant: u8, key: Option<u8>) -> NewMessage {
    NewMessage {
        tenant: TENANTS[usize::from(tenant)].to_owned(),
        lane: u32::from(lane),
        dedup: key.map(|key| key.to_string()),
        message: Message::Start(vec![lane, tenant]),
    }
}

fn op(lane: u8, work: &Work) -> Op {
    match *work {
        Work::Consume(tenant, position) => {
            Op::Consumed { tenant: TENANTS[usize::from(tenant)].to_owned(), position: u64::from(position) }
        }
        Work::Append(lane, tenant, key) => Op::Append(message(lane, tenant, key)),
        Work::Journal(run, number) => {
            let entry = Entry { number: u32::from(number), at_ms: 1, bytes: vec![number] };
            Op::Journal { run: format!("r{run}"), entries: vec![entry] }
        }
        Work::Timer(run, Some(at)) => Op::SetTimer {
            run: format!("r{run}"),
            name: "t".to_owned(),
            at_ms: u64::from(at),
            lane: u32::from(lane),
        },
        Work::Timer(run, None) => Op::DropTimer { run: format!("r{run}"), name: "t".to_owned() },
        Work::Cursor(name, value) => {
            Op::Cursor { name: format!("c{name}"), value: value.map(|value| vec![value]) }
        }
    }
}

async fn compare(store: &dyn Store, model: &Model) {
    for lane in 0..LANES {
        let mut waiting = Vec::new();
        for tenant in TENANTS {
            let queued = store.read(lane, tenant.to_owned(), 0, 1000).await.unwrap();
            let found: Vec<u64> = queued.iter().map(|queued| queued.position).collect();
            let messages = model.lanes.get(&lane).into_iter().flatten();
            let swept = model.swept.get(&(lane, tenant.to_owned())).copied().unwrap_or(0);
            let expected: Vec<u64> = messages
                .zip(1..)
                .filter(|(owner, at)| *owner == tenant && *at > swept)
                .map(|(_, at)| at)
                .collect();
            assert_eq!(found, expected);
            if let Some(middle) = expected.get(expected.len() / 2) {
                let behind = store.read(lane, tenant.to_owned(), *middle, 2).await.unwrap();
                let behind: Vec<u64> = behind.iter().map(|queued| queued.position).collect();
                let rest = expected.iter().copied().filter(|at| at > middle).take(2);
                assert_eq!(behind, rest.collect::<Vec<_>>());
            }
            assert!(queued.iter().all(|queued| queued.message.is_ok()));
            let consumed = model.consumed.get(&(lane, tenant.to_owned())).copied().unwrap_or(0);
            let last = model.last(lane, tenant);
            if last > consumed {
                waiting.push((tenant.to_owned(), consumed, last));
            }
        }
        let backlog = store.backlog(lane).await.unwrap();
        let backlog: Vec<_> =
            backlog.into_iter().map(|tail| (tail.tenant, tail.consumed, tail.last)).collect();
        assert_eq!(backlog, waiting);
        let due = store.due(lane, u64::MAX, 1000).await.unwrap();
        let due: BTreeSet<(String, u64)> = due.into_iter().map(|timer| (timer.run, timer.at_ms)).collect();
        let timers = model.timers.iter().filter(|(_, (owner, _))| *owner == lane);
        assert_eq!(due, timers.map(|(run, (_, at))| (run.clone(), *at)).collect());
    }
    for run in 0..3 {
        let run = format!("r{run}");
        let journal = store.journal(run.clone(), 0).await.unwrap();
        assert_eq!(journal.len(), model.journals.get(&run).map_or(0, |next| *next as usize));
    }
    let cursors = store.cursors(String::new()).await.unwrap();
    assert_eq!(cursors.into_iter().collect::<BTreeMap<_, _>>(), model.cursors);
}

async fn follow(folder: &Path, steps: Vec<Step>) {
    let mut store: Arc<dyn Store> = open(folder);
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Append(messages) => {
                let expected: Vec<_> =
                    messages.iter().map(|(lane, tenant, key)| model.append(*lane, *tenant, *key)).collect();
                let messages =
                    messages.into_iter().map(|(lane, tenant, key)| message(lane, tenant, key)).collect();
                let places = store.append(Intake { messages, ..Intake::default() }).await.unwrap();
                let places: Vec<_> =
                    places.iter().map(|place| (place.lane, place.position, place.duplicate)).collect();
                assert_eq!(places, expected);
            }
            Step::Take(lane) => {
                let epoch = model.epochs.entry(u32::from(lane)).or_default();
                *epoch += 1;
                assert_eq!(store.take(u32::from(lane), "node".to_owned()).await.unwrap(), *epoch);
            }
            Step::Commit { lane, late, work } => {
                let now = model.epochs.get(&u32::from(lane)).copied().unwrap_or(0);
                let epoch = if late { now.saturating_sub(1) } else { now };
                let mut next = model.clone();
                let may = epoch == now && now > 0 && work.iter().all(|work| next.work(lane, work));
                let fence = Some(Fence { lane: u32::from(lane), epoch });
                let ops = work.iter().map(|work| op(lane, work)).collect();
                let done = store.commit(Batch { fence, ops, now_ms: 1 }).await;
                assert_eq!(done.is_ok(), may, "{done:?}");
                if may {
                    model = next;
                }
            }
            Step::Sweep => {
                let retention = Retention { dedup_ms: None, most_bytes: None, ..Retention::default() };
                store.sweep(1_000_000_000_000, retention).await.unwrap();
                model.swept.clone_from(&model.consumed);
            }
            Step::Reopen => {
                drop(store);
                store = open(folder);
            }
        }
        compare(&*store, &model).await;
    }
}

#[test]
fn random_work_means_what_the_model_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let done = TestRunner::new(config).run(&steps(), |steps| {
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(follow(folder.path(), steps));
        Ok(())
    });
    assert!(done.is_ok(), "{done:?}");
}
