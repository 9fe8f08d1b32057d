//! A world for a run to act on: it remembers what was asked for, and answers as it was told to, with the
//! disturbance that is tried.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use nave_model::fault::codes;

use super::{Answers, Disturbance, failed};
use crate::decide::{Action, CallOutcome, Event, FaultRecord, Happened, Outcome, Run};

/// Which of several answers comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The one asked for first.
    Oldest,
    /// The one asked for last.
    Newest,
    /// Any, drawn from this seed; timers fire among them.
    Shuffled(u64),
}

/// What happened in a run.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// What it was told.
    pub(super) events: Vec<Event>,
    /// What it wanted done, at its start and on each event.
    pub(super) actions: Vec<Vec<Action>>,
    /// What became of it.
    pub(super) run: Option<Run>,
}

impl Trace {
    pub(super) fn outcome(&self) -> Option<&Outcome> {
        self.run.as_ref().and_then(Run::outcome)
    }

    /// All it wanted done, as texts in an order of their own.
    pub(super) fn done(&self) -> Vec<String> {
        let mut done: Vec<String> =
            self.actions.iter().flatten().map(|action| format!("{action:?}")).collect();
        done.sort();
        done
    }

    /// Its calls but for undos.
    pub(super) fn calls(&self) -> Vec<String> {
        self.tasks(|task| !task.starts_with("undo:"))
    }

    /// Its undos.
    pub(super) fn undos(&self) -> Vec<String> {
        self.tasks(|task| task.starts_with("undo:"))
    }

    fn tasks(&self, fits: impl Fn(&str) -> bool) -> Vec<String> {
        let tasks = self.actions.iter().flatten().filter_map(|action| match action {
            Action::Call { task, .. } if fits(task) => Some(task.clone()),
            _ => None,
        });
        tasks.collect()
    }
}

/// The world.
pub(super) struct World<'a> {
    answers: Answers<'a>,
    order: Order,
    disturbance: &'a Disturbance,
    now_ms: u64,
    /// What will happen, with the name it is for.
    coming: VecDeque<(String, Happened)>,
    timers: BTreeMap<String, u64>,
    /// What nothing ever answers, unless it is cancelled.
    silent: BTreeSet<String>,
    /// Names and keys of all that was asked for: what is asked for again is not done again.
    known: BTreeSet<String>,
    is_cancelled: bool,
    /// How often people decided about a failed run.
    decisions: u32,
    dice: Dice,
}

/// Draws numbers from a seed: SplitMix64, by Sebastiano Vigna (<https://prng.di.unimi.it/splitmix64.c>,
/// public domain).
#[derive(Debug, Clone, Copy)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let sides = u64::try_from(sides).unwrap_or(u64::MAX).max(1);
        usize::try_from(mixed % sides).unwrap_or_default()
    }
}

impl<'a> World<'a> {
    pub(super) fn new(answers: Answers<'a>, order: Order, disturbance: &'a Disturbance) -> Self {
        let seed = if let Order::Shuffled(seed) = order { seed } else { 0 };
        World {
            dice: Dice::new(seed),
            answers,
            order,
            disturbance,
            now_ms: 0,
            coming: VecDeque::new(),
            timers: BTreeMap::new(),
            silent: BTreeSet::new(),
            known: BTreeSet::new(),
            is_cancelled: false,
            decisions: 0,
        }
    }

    /// Does what is asked for.
    pub(super) fn perform(&mut self, actions: &[Action]) {
        for action in actions {
            match action {
                Action::Call { task, .. } => self.answer(task, action),
                Action::Subscribe { subscription, .. } => self.answer(subscription, action),
                Action::Ask { approval, .. } => self.answer(approval, action),
                Action::StartFlow { child, wait: true, .. } => self.answer(child, action),
                Action::SetTimer { timer, at_ms } => {
                    if self.known.insert(timer.clone()) {
                        self.timers.insert(timer.clone(), *at_ms);
                    }
                }
                Action::DropTimer { timer } => {
                    self.timers.remove(timer);
                }
                Action::Unsubscribe { subscription: name } | Action::WithdrawAsk { approval: name } => {
                    self.coming.retain(|(task, _)| task != name);
                }
                Action::CancelCall { task } => {
                    if self.silent.remove(task) {
                        let fault = FaultRecord::new(codes::FLOW_CANCELLED, "given up before it was sent");
                        let outcome = CallOutcome::Failed { fault };
                        let ended = Happened::CallEnded { task: task.clone(), outcome };
                        self.coming.push_back((task.clone(), ended));
                    }
                }
                Action::CancelFlow { child } => {
                    if self.silent.remove(child) {
                        let fault = FaultRecord::new(codes::FLOW_CANCELLED, "cancelled by its parent");
                        let outcome = Outcome::Cancelled { fault, not_undone: Vec::new() };
                        let ended = Happened::FlowEnded { child: child.clone(), outcome };
                        self.coming.push_back((child.clone(), ended));
                    }
                }
                Action::StartFlow { .. } | Action::Emit { .. } | Action::End { .. } => {}
            }
        }
    }

    /// Prepares the answer to something, once.
    fn answer(&mut self, name: &str, action: &Action) {
        if !self.known.insert(name.to_owned()) {
            return;
        }
        let task = name.to_owned();
        let mut happened = match self.disturbance {
            Disturbance::Fail(call, undo) if call == name || undo.as_deref() == Some(name) => {
                vec![Happened::CallEnded { task, outcome: failed() }]
            }
            _ => (self.answers)(action),
        };
        if matches!(self.disturbance, Disturbance::Lose(call) if call == name) {
            happened = lost(happened);
        }
        if happened.is_empty() {
            self.silent.insert(name.to_owned());
        }
        self.coming.extend(happened.into_iter().map(|happened| (name.to_owned(), happened)));
    }

    /// What happens next; `None`: nothing any more.
    pub(super) fn next(&mut self, told: usize, has_ended: bool) -> Option<Event> {
        if self.disturbance.strikes(&Disturbance::Cancel(told)) && !self.is_cancelled && !has_ended {
            self.is_cancelled = true;
            let by = "somebody".to_owned();
            return Some(Event { at_ms: self.now_ms, what: Happened::Cancel { by, reason: None } });
        }
        let next = match self.order {
            Order::Oldest => self.coming.pop_front(),
            Order::Newest => self.newest(),
            Order::Shuffled(_) => self.any(),
        };
        if let Some((_, what)) = next {
            return Some(Event { at_ms: self.now_ms, what });
        }
        let what = self.fire()?;
        Some(Event { at_ms: self.now_ms, what })
    }

    /// What people decide about a run that failed: they have what it failed at tried again, or skip it.
    pub(super) fn decide(&mut self, outcome: Option<&Outcome>) -> Option<Event> {
        if !matches!(self.disturbance, Disturbance::Mixed(_)) || self.decisions >= 5 {
            return None;
        }
        let (Outcome::Failed { fault, not_undone } | Outcome::Cancelled { fault, not_undone }) = outcome?
        else {
            return None;
        };
        self.decisions += 1;
        let step = match not_undone.first() {
            Some(lost) => format!("undo:{}", lost.task),
            None => fault.step.clone()?,
        };
        let what = if self.dice.roll(3) == 0 { Happened::Skip { step } } else { Happened::Retry { step } };
        Some(Event { at_ms: self.now_ms, what })
    }

    /// The timer whose time comes first.
    fn fire(&mut self) -> Option<Happened> {
        let (timer, at_ms) = self.timers.iter().min_by_key(|(_, at_ms)| **at_ms)?;
        let (timer, at_ms) = (timer.clone(), *at_ms);
        self.timers.remove(&timer);
        self.now_ms = self.now_ms.max(at_ms);
        Some(Happened::TimerFired { timer })
    }

    /// Any answer, or a timer; of several answers for the same thing the first.
    fn any(&mut self) -> Option<(String, Happened)> {
        if !self.timers.is_empty() && self.dice.roll(5) == 0 {
            return Some((String::new(), self.fire()?));
        }
        let drawn = self.dice.roll(self.coming.len());
        let name = self.coming.get(drawn)?.0.clone();
        let place = self.coming.iter().position(|(task, _)| *task == name)?;
        self.coming.remove(place)
    }

    /// The answer asked for last; of several for the same thing the first.
    fn newest(&mut self) -> Option<(String, Happened)> {
        let name = self.coming.back()?.0.clone();
        let place = self.coming.iter().position(|(task, _)| *task == name)?;
        self.coming.remove(place)
    }
}

/// The same answers, but that a call's outcome is unknown before it is settled.
fn lost(answers: Vec<Happened>) -> Vec<Happened> {
    let mut lost = Vec::new();
    for answer in answers {
        if let Happened::CallEnded { task, outcome } = answer {
            let fault = FaultRecord::new(codes::CONNECTION_LOST, "lost on purpose");
            lost.push(Happened::CallEnded { task: task.clone(), outcome: CallOutcome::Unknown { fault } });
            lost.push(Happened::Settled { task, outcome });
        } else {
            lost.push(answer);
        }
    }
    lost
}
