//! Lines over a list that stands for the disk: who goes, who waits, in which order.

use proptest::prelude::*;

use super::*;

const MOST: usize = 8;

/// A line, what is on disk, and what was told to go.
#[derive(Default)]
struct Rig {
    line: Line<String>,
    disk: Vec<String>,
    /// Since when each is held back.
    since: BTreeMap<String, u64>,
    went: Vec<String>,
    now: Duration,
}

fn down() -> Fault {
    Fault::new(codes::UNREACHABLE, "down")
}

fn parked(id: &str) -> Parked {
    Parked {
        id: id.to_owned(),
        tenant: "default".into(),
        connection: "crm".into(),
        operation: "create".into(),
        run: id.to_owned(),
        lane: 0,
        task: "a".into(),
        reason: (String::new(), String::new()),
        since_ms: 0,
        attempts: 1,
    }
}

impl Rig {
    /// Starts a call: it goes, is written to disk, or waits in memory.
    fn start(&mut self, id: &str) -> &'static str {
        match self.line.enter(id, self.now, MOST) {
            Entry::Go(..) => {
                self.went.push(id.to_owned());
                "go"
            }
            Entry::UnderWay(_) => "under way",
            Entry::Wait => {
                self.line.wait(id.to_owned());
                "wait"
            }
            Entry::Park(_) => {
                self.park(id);
                "park"
            }
        }
    }

    fn park(&mut self, id: &str) {
        if !self.disk.iter().any(|kept| kept == id) {
            self.disk.push(id.to_owned());
            let next = self.since.len() as u64;
            self.since.entry(id.to_owned()).or_insert(next);
        }
    }

    fn works(&mut self, id: &str) {
        assert!(self.line.ended(id, &Outcome::Ended, self.now).is_empty());
        self.disk.retain(|kept| kept != id);
    }

    fn fails(&mut self, id: &str) {
        let waiting = self.line.ended(id, &Outcome::Parked(down()), self.now);
        self.park(id);
        for id in waiting {
            self.park(&id);
        }
    }

    /// Lets time pass until the next look, takes it, and starts what is resumed or released. Gives the
    /// seconds that passed; `None`: there is nothing to look for.
    fn look(&mut self) -> Option<f64> {
        let wait = self.line.look_in(self.now, MOST)?;
        self.now += wait;
        let page = self.line.page();
        let listed: Vec<Parked> = self
            .disk
            .iter()
            .take(page)
            .map(|id| Parked { since_ms: self.since.get(id).copied().unwrap_or_default(), ..parked(id) })
            .collect();
        let next = self.line.choose(&listed, page, self.now, MOST);
        for resumed in next.resume {
            assert_eq!(self.start(&resumed.id), "go");
        }
        for id in next.released.into_iter().flatten() {
            self.start(&id);
        }
        Some(wait.as_secs_f64())
    }
}

#[test]
fn what_comes_after_a_failure_waits_behind_it_and_goes_in_order() {
    let mut rig = Rig::default();
    assert_eq!(rig.start("a"), "go");
    rig.fails("a");
    assert_eq!([rig.start("b"), rig.start("c"), rig.start("d")], ["park"; 3]);
    assert_eq!(rig.look(), Some(1.0));
    assert_eq!(rig.went, ["a", "a"], "one is tried");
    rig.works("a");
    rig.look();
    assert_eq!(rig.went, ["a", "a", "b", "c"], "two follow");
    rig.works("b");
    rig.works("c");
    rig.look();
    assert_eq!(rig.start("e"), "wait", "nothing more is on disk, and it must not overtake the last one");
    rig.works("d");
    rig.look();
    assert_eq!(rig.went, ["a", "a", "b", "c", "d", "e"]);
    assert!(!rig.line.is_held());
    assert_eq!(rig.start("f"), "go");
}

#[test]
fn what_is_gone_from_disk_is_not_read_past_again() {
    let mut rig = Rig::default();
    rig.start("0");
    rig.fails("0");
    for id in 1..400 {
        assert_eq!(rig.start(&id.to_string()), "park");
    }
    while rig.went.len() < 350 {
        rig.look();
        let out: Vec<String> = rig.disk.iter().filter(|id| rig.went.contains(id)).cloned().collect();
        out.iter().for_each(|id| rig.works(id));
    }
    rig.look();
    assert!(rig.line.page() < 100, "{} are read for the next {MOST}", rig.line.page());
}

#[test]
fn pauses_double_until_somebody_says_now() {
    let mut rig = Rig::default();
    rig.start("a");
    rig.fails("a");
    let mut pauses = Vec::new();
    for _ in 0..8 {
        pauses.extend(rig.look());
        rig.fails("a");
    }
    assert_eq!(pauses, [1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]);
    rig.line.try_now();
    assert_eq!(rig.look(), Some(0.0));
    let told = down().with_retry_after_ms(90_000);
    rig.line.ended("a", &Outcome::Parked(told), rig.now);
    assert_eq!(rig.look(), Some(90.0), "the system has the last word");
}

#[test]
fn those_that_wait_in_memory_are_held_back_when_the_last_one_fails() {
    let mut rig = Rig::default();
    rig.start("a");
    rig.start("b");
    rig.fails("a");
    rig.fails("b");
    rig.look();
    rig.works("a");
    rig.look();
    assert_eq!(rig.start("c"), "wait");
    rig.fails("b");
    assert_eq!(rig.disk, ["b", "c"]);
    assert!(rig.line.is_held());
}

#[test]
fn memory_holds_so_many_and_no_more() {
    let mut rig = Rig::default();
    let ids: Vec<String> = (0..20).map(|number| format!("{number:02}")).collect();
    let gone = ids.iter().filter(|id| rig.start(id) == "go").count();
    assert_eq!((gone, rig.disk.len()), (MOST, 20 - MOST));
    for next in 0..20 {
        let id = rig.went[next].clone();
        rig.works(&id);
        rig.look();
        assert!(rig.line.in_memory() <= MOST);
    }
    assert_eq!(rig.went, ids);
    assert!(!rig.line.is_held());
}

#[test]
fn what_does_not_start_keeps_nobody_waiting() {
    let mut rig = Rig::default();
    rig.line.hold(down(), Duration::ZERO);
    rig.disk = vec!["ended run".into(), "b".into()];
    let next = rig.line.choose(&[parked("ended run"), parked("b")], 2, rig.now, MOST);
    assert_eq!(next.resume.len(), 1);
    // Its run was cancelled: nothing starts, and its record goes.
    rig.disk.remove(0);
    assert_eq!(rig.look(), Some(30.0));
    assert_eq!(rig.went, ["b"]);
}

#[test]
fn an_end_that_is_not_written_yet_is_not_made_again() {
    let mut rig = Rig::default();
    rig.start("a");
    rig.fails("a");
    rig.look();
    rig.line.ended("a", &Outcome::Ended, rig.now);
    rig.look();
    rig.look();
    assert_eq!(
        (rig.went.as_slice(), rig.disk.as_slice()),
        (["a", "a"].map(String::from).as_slice(), ["a".to_owned()].as_slice())
    );
}

#[test]
fn a_call_under_way_is_not_begun_twice() {
    let mut rig = Rig::default();
    assert_eq!([rig.start("a"), rig.start("a")], ["go", "under way"]);
}

proptest! {
    /// Whatever fails in whatever order: while anything is on disk nothing new goes, memory stays within
    /// its bound, and once all works, all have gone and nothing is held.
    #[test]
    fn nothing_is_stuck(steps in proptest::collection::vec((0_u8..4, 0_usize..8), 1..200)) {
        let mut rig = Rig::default();
        let mut number = 0;
        for (step, which) in steps {
            let under_way: Vec<String> = rig.line.under_way.keys().cloned().collect();
            match step {
                0 => {
                    number += 1;
                    let held = rig.line.is_held();
                    let became = rig.start(&format!("{number:03}"));
                    prop_assert!(!held || became == "park", "{became}");
                }
                1 => { rig.look(); }
                _ => if let Some(id) = under_way.get(which % under_way.len().max(1)) {
                    if step == 2 { rig.works(id) } else { rig.fails(id) }
                },
            }
            prop_assert!(rig.line.in_memory() <= MOST);
        }
        for _ in 0..2000 {
            let under_way: Vec<String> = rig.line.under_way.keys().cloned().collect();
            under_way.iter().for_each(|id| rig.works(id));
            if rig.line.held.is_none() && rig.line.under_way.is_empty() {
                break;
            }
            rig.look();
        }
        prop_assert!(rig.line.held.is_none() && rig.disk.is_empty(), "{:?} left", rig.disk);
        for id in 1..=number {
            let id = format!("{id:03}");
            prop_assert!(rig.went.contains(&id), "{id} never went");
        }
    }
}
