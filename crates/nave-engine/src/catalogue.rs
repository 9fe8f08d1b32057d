//! The flows that new runs begin with, sorted by what starts them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use nave_flow::Flow;
use nave_flow::flow::{Block, TriggerKind, Verb};

use crate::project::{FlowSet, Runnable};

/// The flows of a set, and which events concern them.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) set: FlowSet,
    /// By the event's full name: flows and the numbers of their triggers.
    triggered: BTreeMap<String, Vec<(String, usize)>>,
    /// Events whose order matters to a flow.
    ordered: BTreeSet<String>,
    /// The connections that a flow calls, by its name.
    called: BTreeMap<String, BTreeSet<String>>,
    /// The connections that the flows call which an event may start, by the event's full name.
    needed: BTreeMap<String, BTreeSet<String>>,
}

impl Catalogue {
    /// Sorts a set.
    pub(crate) fn new(set: FlowSet) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for (name, runnable) in &set.flows {
            let flow = &runnable.flow;
            let mut called = BTreeSet::new();
            calls(&flow.steps, &mut called);
            for (number, trigger) in flow.triggers.iter().enumerate() {
                let TriggerKind::Event { connection, event } = &trigger.kind else { continue };
                let event = full_name(connection.as_deref(), event);
                if flow.key.is_some() || flow.concurrency.is_some() || trigger.batch.is_some() {
                    catalogue.ordered.insert(event.clone());
                }
                catalogue.needed.entry(event.clone()).or_default().extend(called.iter().cloned());
                catalogue.triggered.entry(event).or_default().push((name.clone(), number));
            }
            catalogue.called.insert(name.clone(), called);
        }
        catalogue.set = set;
        catalogue
    }

    /// Flows that an event of this name may start, with the numbers of their triggers.
    pub(crate) fn triggered(&self, event: &str) -> &[(String, usize)] {
        self.triggered.get(event).map_or(&[], Vec::as_slice)
    }

    /// The connections that are called by flows which an event of this name may start.
    pub(crate) fn needed(&self, event: &str) -> Option<&BTreeSet<String>> {
        self.needed.get(event)
    }

    /// The connections that a flow calls.
    pub(crate) fn called(&self, flow: &str) -> Option<&BTreeSet<String>> {
        self.called.get(flow)
    }

    /// Whether the order of events of this name matters.
    pub(crate) fn is_ordered(&self, event: &str) -> bool {
        self.ordered.contains(event)
    }

    /// A flow by its name.
    pub(crate) fn get(&self, flow: &str) -> Option<&Runnable> {
        self.set.flows.get(flow)
    }

    /// The most runs of a flow at the same time, as its present version says.
    pub(crate) fn concurrency(&self, flow: &Flow) -> Option<u32> {
        self.get(&flow.name).map_or(flow.concurrency, |runnable| runnable.flow.concurrency)
    }
}

/// An event's name as events carry it.
pub(crate) fn full_name(connection: Option<&str>, event: &str) -> String {
    match connection {
        Some(connection) => format!("{connection}.{event}"),
        None => event.to_owned(),
    }
}

fn calls(block: &Block, into: &mut BTreeSet<String>) {
    for step in &block.steps {
        if let Verb::Call(call) = &step.verb {
            into.insert(call.connection.clone());
        }
        for inner in step.blocks() {
            calls(inner, into);
        }
    }
}
