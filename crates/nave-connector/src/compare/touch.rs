//! Which findings somebody meets who uses one argument or one field of an answer: the question that a
//! flow, a mapping or a policy asks.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Serialize;

use super::class::Direction;
use super::finding::{Comparison, Finding};
use super::rule::Rule;
use crate::documents::unescape;
use crate::operation::Status;

/// How an edit touches somebody who uses a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Touch {
    /// It is an edit of something that contains the place: the operation as a whole, an object on the
    /// way that may be null now, a sibling that must be given now.
    Above,
    /// It is an edit of the place itself.
    Here,
    /// It is an edit of something inside the value at the place: it counts if that is used as a whole.
    Below,
}

/// Where the arguments and answers of an operation begin in the graph.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// The position edits of the operation are noticed at.
    pub(super) root: Option<usize>,
    /// The position edits of the event of this name are noticed at.
    pub(super) event: Option<usize>,
    /// Argument → its pair; `None`: nothing to compare.
    pub(super) arguments: IndexMap<String, Option<usize>>,
    /// The pair of the body.
    pub(super) body: Option<usize>,
    /// Argument → field of the body.
    pub(super) body_fields: IndexMap<String, String>,
    /// The argument the body as a whole stands under.
    pub(super) body_argument: Option<String>,
    /// The pairs of answers.
    pub(super) answers: Vec<(Status, usize)>,
    /// The pairs of events.
    pub(super) events: Vec<usize>,
}

/// How one pair leads to another; as [`super::graph::Edge`], without a lifetime.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) to: usize,
    pub(super) step: Step,
    pub(super) sent: bool,
    pub(super) received: bool,
}

impl Way {
    /// Whether values go this way in a direction.
    fn is_open(&self, direction: Direction) -> bool {
        if direction == Direction::Sent { self.sent } else { self.received }
    }
}

/// As [`super::graph::Step`], without a lifetime.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Field(Box<str>),
    Extra,
    Item,
    Same,
}

/// Everything needed to answer what touches a place.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) entrances: IndexMap<String, Roots>,
    pub(super) ways: Vec<Vec<Way>>,
    /// Positions of the findings at each pair.
    pub(super) at_pairs: IndexMap<usize, Vec<usize>>,
    /// Positions of the findings at each operation.
    pub(super) at_roots: IndexMap<usize, Vec<usize>>,
    /// For each finding the field or argument it is about; `None`: the whole of what it is at.
    pub(super) about: Vec<Option<Box<str>>>,
}

/// The most pairs looked at below one place.
const MOST_BELOW: usize = 100_000;

impl Comparison {
    /// The findings that touch whoever uses `path` of an operation, each once and in the order of
    /// [`Comparison::findings`].
    ///
    /// `operation` is the name in the old version, or for [`Direction::Event`] the name of the webhook.
    /// `path` is a JSON pointer into the flat argument object ([`Direction::Sent`]), the success answer
    /// ([`Direction::Received`]) or the event; a number or `*` stands for the items of an array, `*` for
    /// any key of a map, and the empty path for the whole. Arguments have their old names.
    pub fn touching(&self, operation: &str, direction: Direction, path: &str) -> Vec<(&Finding, Touch)> {
        let Some(entrance) = self.map.entrances.get(operation) else { return Vec::new() };
        let tokens: Vec<String> = path.split('/').skip(1).map(unescape).collect();
        let mut asked = Asked { map: &self.map, findings: &self.findings, direction, found: IndexMap::new() };
        match direction {
            Direction::Sent => asked.sent(entrance, &tokens),
            Direction::Received => {
                asked.roots(entrance.root, &tokens);
                asked.walk(successes(&entrance.answers), &tokens);
            }
            Direction::Event => {
                asked.roots(entrance.event, &tokens);
                asked.walk(entrance.events.clone(), &tokens);
            }
        }
        asked.found.sort_keys();
        let found = asked.found;
        found.into_iter().filter_map(|(index, touch)| Some((self.findings.get(index)?, touch))).collect()
    }

    /// How one finding touches whoever uses `path` of an operation, as [`Comparison::touching`].
    pub fn touches(
        &self,
        finding: &Finding,
        operation: &str,
        direction: Direction,
        path: &str,
    ) -> Option<Touch> {
        let touching = self.touching(operation, direction, path);
        touching.into_iter().find(|(other, _)| std::ptr::eq(*other, finding)).map(|(_, touch)| touch)
    }
}

/// The pairs of successful answers; where none is described, of the default.
fn successes(answers: &[(Status, usize)]) -> Vec<usize> {
    let of = |wanted: fn(Status) -> bool| -> Vec<usize> {
        answers.iter().filter(|(status, _)| wanted(*status)).map(|(_, pair)| *pair).collect()
    };
    let successes = of(|status| matches!(status, Status::Exact(200..=299) | Status::Class(2)));
    if successes.is_empty() { of(|status| status == Status::Default) } else { successes }
}

struct Asked<'c> {
    map: &'c Map,
    findings: &'c [Finding],
    direction: Direction,
    found: IndexMap<usize, Touch>,
}

impl Asked<'_> {
    /// Adds a finding, if it concerns the direction. The nearest touch counts.
    fn add(&mut self, finding: usize, touch: Touch) {
        let Some(found) = self.findings.get(finding) else { return };
        if !found.directions.iter().any(|told| told.direction == self.direction) {
            return;
        }
        let nearer = |touch: Touch| match touch {
            Touch::Here => 0,
            Touch::Above => 1,
            Touch::Below => 2,
        };
        let before = self.found.entry(finding).or_insert(touch);
        if nearer(touch) < nearer(*before) {
            *before = touch;
        }
    }

    /// A field or argument that has to be given now touches everybody who makes the object.
    fn is_demand(&self, finding: usize) -> bool {
        let demands = |finding: &Finding| {
            let breaks = finding
                .directions
                .iter()
                .any(|told| told.direction == Direction::Sent && told.class.is_breaking());
            breaks
                && matches!(
                    finding.rule,
                    Rule::ArgumentRequired | Rule::FieldRequired | Rule::FieldAdded | Rule::FieldShown
                )
        };
        self.direction == Direction::Sent && self.findings.get(finding).is_some_and(demands)
    }

    fn roots(&mut self, root: Option<usize>, tokens: &[String]) {
        let map = self.map;
        for note in root.and_then(|root| map.at_roots.get(&root)).into_iter().flatten() {
            self.note(*note, tokens);
        }
    }

    /// A finding at the thing the first token leads into.
    fn note(&mut self, finding: usize, tokens: &[String]) {
        let about = self.map.about.get(finding).and_then(Option::as_ref);
        let touch = match (about, tokens) {
            (None, []) => Touch::Here,
            (None, _) => Touch::Above,
            (Some(about), [token]) if **about == **token => Touch::Here,
            (Some(about), [token, ..]) if **about == **token => Touch::Above,
            (Some(_), []) if self.is_demand(finding) => Touch::Here,
            (Some(_), []) => Touch::Below,
            (Some(_), _) if self.is_demand(finding) => Touch::Above,
            (Some(_), _) => return,
        };
        self.add(finding, touch);
    }

    fn sent(&mut self, entrance: &Roots, tokens: &[String]) {
        self.roots(entrance.root, tokens);
        let body: Vec<usize> = entrance.body.into_iter().collect();
        let Some((first, rest)) = tokens.split_first() else {
            let arguments = entrance.arguments.values().copied().flatten();
            self.below(arguments.chain(body.iter().copied()).collect(), Touch::Below);
            return self.walk(body, &[]);
        };
        if let Some(argument) = entrance.arguments.get(first) {
            self.walk(argument.iter().copied().collect(), rest);
            // What the body now demands touches everybody who calls.
            return self.demands(body);
        }
        if entrance.body_argument.as_ref() == Some(first) {
            return self.walk(body, rest);
        }
        let field = entrance.body_fields.get(first).unwrap_or(first).clone();
        let tokens: Vec<String> = [field].into_iter().chain(rest.iter().cloned()).collect();
        self.walk(body, &tokens);
    }

    fn demands(&mut self, pairs: Vec<usize>) {
        let map = self.map;
        for pair in self.same(pairs) {
            for note in map.at_pairs.get(&pair).into_iter().flatten() {
                if self.is_demand(*note) {
                    self.add(*note, Touch::Above);
                }
            }
        }
    }

    /// Follows the tokens from these pairs and gathers what is met.
    fn walk(&mut self, pairs: Vec<usize>, tokens: &[String]) {
        let map = self.map;
        let mut pairs = self.same(pairs);
        let mut tokens = tokens;
        loop {
            for note in pairs.iter().filter_map(|pair| map.at_pairs.get(pair)).flatten() {
                self.note(*note, tokens);
            }
            let Some((token, rest)) = tokens.split_first() else { break };
            let mut next = Vec::new();
            for pair in &pairs {
                let ways =
                    map.ways.get(*pair).into_iter().flatten().filter(|way| way.is_open(self.direction));
                let is_index = token == "*" || token.chars().all(|c| c.is_ascii_digit());
                next.extend(
                    ways.filter(|way| match &way.step {
                        Step::Field(name) => **name == **token,
                        Step::Item => is_index,
                        Step::Extra => true,
                        Step::Same => false,
                    })
                    .map(|way| way.to),
                );
            }
            pairs = self.same(next);
            tokens = rest;
        }
        self.below(pairs, Touch::Below);
    }

    /// These pairs and those of the same value.
    fn same(&self, pairs: Vec<usize>) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut waiting = pairs;
        while let Some(pair) = waiting.pop() {
            if all.insert(pair) {
                let ways = self.map.ways.get(pair).into_iter().flatten();
                waiting.extend(
                    ways.filter(|way| way.step == Step::Same && way.is_open(self.direction))
                        .map(|way| way.to),
                );
            }
        }
        all
    }

    /// Everything these pairs lead to.
    fn below(&mut self, pairs: BTreeSet<usize>, touch: Touch) {
        let map = self.map;
        let mut seen = pairs.clone();
        let mut waiting: Vec<usize> = pairs.into_iter().collect();
        let direction = self.direction;
        while let Some(pair) = waiting.pop() {
            for way in map.ways.get(pair).into_iter().flatten().filter(|way| way.is_open(direction)) {
                if seen.len() < MOST_BELOW && seen.insert(way.to) {
                    waiting.push(way.to);
                    for note in map.at_pairs.get(&way.to).into_iter().flatten() {
                        self.add(*note, touch);
                    }
                }
            }
        }
    }
}
