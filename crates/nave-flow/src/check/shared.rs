//! What several flows of one check share: operations that were looked up, and what other flows give. All
//! of it is worked out when it is first asked for.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use nave_expr::types::Type;

use super::World;
use super::checker::Checker;
use super::facts::{Facts, Unusable, look_up};
use super::limits::Calls;
use crate::flow::{Flow, Verb};

/// Flows that are looked into through each other, so that the stack suffices.
const DEEPEST: u32 = 8;

/// Names that are compared with wrong ones in one check.
const MOST_NAMES: usize = 40_000;

type Looked<'w> = Result<Rc<Facts<'w>>, Rc<Unusable>>;

/// What is known of a flow that another one runs.
#[derive(Debug, Clone)]
pub(super) struct Known<'w> {
    /// What a run takes.
    pub(super) data: Type<'w>,
    /// What a run gives.
    pub(super) output: Type<'w>,
    /// What it calls.
    pub(super) calls: Calls,
    /// What it emits, by name.
    emitted: BTreeMap<String, Type<'w>>,
}

/// See above.
pub(super) struct Shared<'w> {
    pub(super) world: &'w dyn World,
    operations: RefCell<BTreeMap<(String, String), Looked<'w>>>,
    /// `None`: it is being looked into.
    flows: RefCell<BTreeMap<String, Option<Rc<Known<'w>>>>>,
    depth: Cell<u32>,
    /// Names that may still be compared with wrong ones.
    names: Cell<usize>,
}

impl<'w> Shared<'w> {
    pub(super) fn new(world: &'w dyn World) -> Self {
        Shared {
            world,
            operations: RefCell::new(BTreeMap::new()),
            flows: RefCell::new(BTreeMap::new()),
            depth: Cell::new(0),
            names: Cell::new(MOST_NAMES),
        }
    }

    /// An operation of a connection, or why it cannot be used.
    pub(super) fn operation(&self, connection: &str, operation: &str) -> Looked<'w> {
        let key = (connection.to_owned(), operation.to_owned());
        if let Some(known) = self.operations.borrow().get(&key) {
            return known.clone();
        }
        let found = look_up(self.world, connection, operation, &self.names).map(Rc::new).map_err(Rc::new);
        self.operations.borrow_mut().insert(key, found.clone());
        found
    }

    /// What is known of another flow. `None`: flows run each other in a circle, or too deeply.
    pub(super) fn flow(&self, flow: &'w Flow) -> Option<Rc<Known<'w>>> {
        if let Some(known) = self.flows.borrow().get(&flow.name) {
            return known.clone();
        }
        if self.depth.get() >= DEEPEST {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        self.flows.borrow_mut().insert(flow.name.clone(), None);
        let mut checker = Checker::new(self, flow);
        let output = checker.flow();
        let known = Rc::new(Known {
            data: checker.data.clone(),
            output: output.ty,
            calls: std::mem::take(&mut checker.calls),
            emitted: std::mem::take(&mut checker.emitted),
        });
        self.flows.borrow_mut().insert(flow.name.clone(), Some(Rc::clone(&known)));
        self.depth.set(self.depth.get() - 1);
        Some(known)
    }

    /// The data of an event that flows emit. `None`: no flow emits it.
    pub(super) fn emitted(&self, event: &str) -> Option<Type<'w>> {
        let mut all: Option<Type<'w>> = None;
        for flow in self.world.flows() {
            if !emits(flow, event) {
                continue;
            }
            let data = match self.flow(flow) {
                Some(known) => known.emitted.get(event).cloned().unwrap_or_default(),
                None => Type::anything(format!("the event `{event}` comes from flows that begin with it")),
            };
            all = Some(match all {
                Some(all) => all.union(&data),
                None => data,
            });
        }
        all
    }

    /// The names of all events that flows emit, for hints.
    pub(super) fn emitted_names(&self) -> Vec<&'w str> {
        let mut names = Vec::new();
        for flow in self.world.flows() {
            super::steps(&flow.steps, &mut |step| {
                if let Verb::Emit { event, .. } = &step.verb {
                    names.push(event.as_str());
                }
            });
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn emits(flow: &Flow, wanted: &str) -> bool {
    let mut found = false;
    super::steps(&flow.steps, &mut |step| {
        found |= matches!(&step.verb, Verb::Emit { event, .. } if event == wanted);
    });
    found
}
