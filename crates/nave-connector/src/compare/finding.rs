//! What a comparison found: edits put together with the operations they touch.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use nave_model::At;
use serde::Serialize;

use super::class::{Class, Direction, Meaning};
use super::graph;
use super::note::{Edit, Notes, Noticed, Said};
use super::pair::{Root, Work};
use super::reach::{self, Reach, reach};
use super::rule::Rule;
use super::touch::{Map, Step, Way};
use crate::documents::Documents;

/// One edit with its class and the operations it touches.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// The worst class of the directions it is reached in.
    pub class: Class,
    /// Which sort of edit.
    pub rule: Rule,
    /// What changed, as a reader would call it: `charge.refunds[].amount`, `limit`, `post_refunds`.
    pub subject: String,
    /// The edit in one sentence.
    pub message: String,
    /// What was there, where that is short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What is there now, where that is short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What may have been meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where it stood in the old version.
    #[serde(rename = "old", skip_serializing_if = "Option::is_none")]
    pub place_old: Option<At>,
    /// Where it stands in the new version.
    #[serde(rename = "new", skip_serializing_if = "Option::is_none")]
    pub place_new: Option<At>,
    /// In how many places of the description the same is written; more than one where every operation
    /// has its own copy.
    pub places: usize,
    /// Only how the request is made changed. Whoever calls through Nave has nothing to do.
    pub wire: bool,
    /// Each direction it is reached in.
    pub directions: Vec<Told>,
    /// How many operations and events it touches.
    pub count: usize,
    /// Their names, in order: of the old version where they were there already.
    pub operations: Arc<[Arc<str>]>,
    /// Who uses what changed, in words: flows with their steps, policies, agents. Filled by whoever knows
    /// the project.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<String>,
}

/// What a finding means in one direction.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// Which way the data goes.
    pub direction: Direction,
    /// The class in this direction.
    pub class: Class,
    /// How many operations or events it touches in this direction.
    pub count: usize,
    /// Their names, in order.
    #[serde(skip)]
    pub operations: Arc<[Arc<str>]>,
}

/// Two versions compared.
#[derive(Debug)]
pub struct Comparison {
    /// One per edit, the worst first.
    pub findings: Vec<Finding>,
    /// Operations of the old version.
    pub operations_old: usize,
    /// Operations of the new version.
    pub operations_new: usize,
    /// Operations both have.
    pub matched: usize,
    /// Everything was compared. Where not, a finding says so.
    pub complete: bool,
    /// The names of operations are exact. Where descriptions are too entangled to tell, findings may
    /// name operations that do not reach the edit.
    pub exact: bool,
    pub(super) map: Map,
}

impl Comparison {
    /// How many findings have each class, the worst first.
    pub fn counts(&self) -> Vec<(Class, usize)> {
        let count = |class: Class| self.findings.iter().filter(|finding| finding.class == class).count();
        Class::ALL.into_iter().map(|class| (class, count(class))).collect()
    }

    /// Whether something breaks whoever uses the old version.
    pub fn is_breaking(&self) -> bool {
        self.findings.iter().any(|finding| finding.class.is_breaking())
    }
}

/// The most names that all findings hold together; past it, lists are cut and only counts are exact.
const MOST_NAMES: usize = 2_000_000;
/// Names kept of a list that is cut.
const CUT_TO: usize = 20;

/// Puts edits and operations together.
pub(super) fn conclude(mut work: Work<'_>) -> Comparison {
    if work.unfinished {
        unfinished(&mut work);
    }
    let count = work.roots.len();
    let edges = &work.graph.edges;
    let sent = reach(edges, |edge| edge.sent, &work.sends, count);
    let received = reach(edges, |edge| edge.received, &work.receives, count);
    let names = Names::new(&work.roots);
    let notes = std::mem::take(&mut work.notes);
    let mut telling = Telling {
        names,
        documents: (&work.old.documents, &work.new.documents),
        known: BTreeMap::new(),
        held: 0,
    };
    let mut told = telling.all(notes, &sent, &received);
    told.sort_by(|(a, ..), (b, ..)| {
        let place = |finding: &Finding| {
            let at = finding.place_new.as_ref().or(finding.place_old.as_ref());
            at.and_then(|at| at.pointer.clone())
        };
        b.class
            .cmp(&a.class)
            .then(a.rule.cmp(&b.rule))
            .then_with(|| a.subject.cmp(&b.subject))
            .then_with(|| place(a).cmp(&place(b)))
    });
    let mut map = Map { entrances: std::mem::take(&mut work.entrances), ..Map::default() };
    let mut findings = Vec::with_capacity(told.len());
    for (finding, about, at) in told {
        let position = findings.len();
        let (notes, at) = match at {
            Where::Pairs(at) => (&mut map.at_pairs, at),
            Where::Roots(at) => (&mut map.at_roots, at),
        };
        for place in at {
            notes.entry(place).or_default().push(position);
        }
        map.about.push(about.map(Box::from));
        findings.push(finding);
    }
    map.ways = std::mem::take(&mut work.graph.edges).into_iter().map(ways).collect();
    Comparison {
        findings,
        operations_old: work.old.entries().len(),
        operations_new: work.new.entries().len(),
        matched: work.matched,
        complete: !work.unfinished,
        exact: !sent.approximate && !received.approximate,
        map,
    }
}

/// Where a finding was noticed.
enum Where {
    Pairs(Vec<usize>),
    Roots(Vec<usize>),
}

fn ways(edges: Vec<graph::Edge<'_>>) -> Vec<Way> {
    let step = |step: graph::Step<'_>| match step {
        graph::Step::Field(name) => Step::Field(name.into()),
        graph::Step::Extra => Step::Extra,
        graph::Step::Item => Step::Item,
        graph::Step::Same => Step::Same,
    };
    let way = |edge: graph::Edge<'_>| Way {
        to: edge.to,
        step: step(edge.step),
        sent: edge.sent,
        received: edge.received,
    };
    edges.into_iter().map(way).collect()
}

/// Half a comparison must not look like a whole one.
fn unfinished(work: &mut Work<'_>) {
    let message = "the descriptions are too large or too entangled to be compared to the end";
    let edit = Edit::new(Rule::Unfinished, Meaning::both(Class::Breaking), "description", message);
    if work.roots.is_empty() {
        work.root("description", false);
    }
    for root in 0..work.roots.len() {
        work.notes.operation(root, edit.clone());
    }
}

/// The names of operations and events, by position.
struct Names {
    names: Vec<Arc<str>>,
    events: Vec<u64>,
}

impl Names {
    fn new(roots: &[Root]) -> Self {
        let mut events = Vec::new();
        for (position, _) in roots.iter().enumerate().filter(|(_, root)| root.is_event) {
            reach::put(&mut events, position);
        }
        Names { names: roots.iter().map(|root| Arc::from(root.name.as_str())).collect(), events }
    }

    /// Those of a set that are called by us, and those that call us.
    fn split(&self, set: &[u64]) -> (Vec<u64>, Vec<u64>) {
        let events = |position: usize| self.events.get(position).copied().unwrap_or(0);
        let word = |keep: fn(u64, u64) -> u64| -> Vec<u64> {
            set.iter().enumerate().map(|(position, word)| keep(*word, events(position))).collect()
        };
        (word(|word, events| word & !events), word(|word, events| word & events))
    }
}

/// Edits being told as findings; equal lists of names are kept once.
struct Telling<'a> {
    names: Names,
    documents: (&'a Documents, &'a Documents),
    known: BTreeMap<Vec<u64>, Arc<[Arc<str>]>>,
    held: usize,
}

/// A finding, what of the thing it was noticed at it is about, and where it was noticed.
type Noted<'a> = (Finding, Option<&'a str>, Where);

impl<'a> Telling<'a> {
    fn all(&mut self, notes: Notes<'a>, sent: &Reach, received: &Reach) -> Vec<Noted<'a>> {
        let mut told = Vec::new();
        for noticed in merged(notes.schemas.into_values()) {
            let meaning = noticed.edit.meaning;
            let set = |reach: &Reach, class: Option<Class>| {
                class.map(|_| reach.union(&noticed.at)).unwrap_or_default()
            };
            let sets = (set(sent, meaning.sent), set(received, meaning.received));
            let Noticed { edit, at, places, .. } = noticed;
            let about = edit.about;
            told.extend(self.finding(edit, places, sets).map(|finding| (finding, about, Where::Pairs(at))));
        }
        for Noticed { edit, at, places, .. } in notes.operations.into_values() {
            let mut set = Vec::new();
            at.iter().for_each(|root| reach::put(&mut set, *root));
            let of = |class: Option<Class>| class.map(|_| set.clone()).unwrap_or_default();
            let sets = (of(edit.meaning.sent), of(edit.meaning.received));
            let about = edit.about;
            told.extend(self.finding(edit, places, sets).map(|finding| (finding, about, Where::Roots(at))));
        }
        told
    }

    /// The finding, or `None` where no operation reaches the edit.
    fn finding(
        &mut self,
        edit: Edit<'a>,
        places: usize,
        (sent, received): (Vec<u64>, Vec<u64>),
    ) -> Option<Finding> {
        let (calls, events) = self.names.split(&received);
        let mut all = sent.clone();
        reach::add(&mut all, &received);
        let mut directions = Vec::new();
        for (direction, class, set) in [
            (Direction::Sent, edit.meaning.sent, sent),
            (Direction::Received, edit.meaning.received, calls),
            (Direction::Event, edit.meaning.received, events),
        ] {
            let count = reach::members(&set).len();
            if let (Some(class), true) = (class, count > 0) {
                directions.push(Told { direction, class, count, operations: self.list(set) });
            }
        }
        let class = directions.iter().map(|told| told.class).max()?;
        let Edit { rule, subject, message, from, to, hint, old, new, wire, .. } = edit;
        Some(Finding {
            class,
            rule,
            subject,
            message,
            from,
            to,
            hint,
            place_old: old.map(|place| self.documents.0.at(&place)),
            place_new: new.map(|place| self.documents.1.at(&place)),
            places,
            wire,
            count: reach::members(&all).len(),
            operations: self.list(all),
            used_by: Vec::new(),
            directions,
        })
    }

    fn list(&mut self, set: Vec<u64>) -> Arc<[Arc<str>]> {
        if let Some(known) = self.known.get(&set) {
            return Arc::clone(known);
        }
        let positions = reach::members(&set);
        let mut names: Vec<Arc<str>> =
            positions.iter().filter_map(|position| self.names.names.get(*position).cloned()).collect();
        names.sort();
        if self.held + names.len() > MOST_NAMES {
            names.truncate(CUT_TO);
        }
        self.held += names.len();
        let names: Arc<[Arc<str>]> = names.into();
        self.known.insert(set, Arc::clone(&names));
        names
    }
}

/// Edits, with those put together that say the same of copies: operations often have the same schema
/// written out in each of them.
fn merged<'a>(all: impl Iterator<Item = Noticed<'a>>) -> Vec<Noticed<'a>> {
    let mut merged: Vec<Noticed<'a>> = Vec::new();
    let mut copies: IndexMap<Said<'a>, usize> = IndexMap::new();
    for noticed in all {
        if !noticed.is_inline {
            merged.push(noticed);
            continue;
        }
        let edit = &noticed.edit;
        let (from, to) = (edit.from.clone(), edit.to.clone());
        let said = (edit.rule, edit.message.clone(), from, to, edit.meaning, edit.about);
        let next = merged.len();
        let known = *copies.entry(said).or_insert(next);
        match merged.get_mut(known) {
            Some(known) => {
                known.at.extend(noticed.at);
                known.places += noticed.places;
            }
            None => merged.push(noticed),
        }
    }
    merged
}
