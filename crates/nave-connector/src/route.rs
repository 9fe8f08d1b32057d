//! Which operation a request is for. Where several templates fit, the most specific wins: segment by
//! segment, text before patterns, patterns with more text before those with less; and of templates
//! that differ in names alone, the one whose parameters' schemas fit the values.

use std::collections::BTreeMap;

use crate::Connector;
use crate::codec::pairs;
use crate::codec::percent;
use crate::server;

mod fit;
pub(crate) mod template;

use fit::Fit;
use template::{Segment, Template, split};

/// The most segments of a path that is routed: the walk goes one level down for each.
const DEEPEST: usize = 256;

/// What a request's method and path lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'p> {
    /// An operation.
    Operation {
        /// Its position in [`Connector::entries`].
        position: usize,
        /// The path below the server's base path.
        path: &'p str,
    },
    /// The path is known, but not with this method.
    MethodNotAllowed {
        /// The methods it is known with, in alphabetical order.
        allowed: Vec<String>,
    },
    /// No operation has this path.
    NotFound,
}

/// The paths of a connector's operations.
#[derive(Debug, Default)]
pub struct Router {
    root: Node,
    /// Base paths of the servers, the longest first.
    bases: Vec<String>,
}

#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<String, Node>,
    /// The most specific first.
    patterns: Vec<(Segment, Node)>,
    /// Operations whose template ends here.
    ends: Vec<End>,
}

#[derive(Debug)]
struct End {
    position: usize,
    method: String,
    /// Pairs the query must have, because the template has them.
    query: Vec<(String, String)>,
    /// What its parameters can be, where another template differs in names alone.
    fit: Option<Fit>,
}

impl Router {
    /// The router of a connector.
    pub fn new(connector: &Connector) -> Self {
        let mut router = Router { root: Node::default(), bases: server::base_paths(connector) };
        for (position, entry) in connector.entries().iter().enumerate() {
            let template = Template::parse(&entry.path);
            if template.segments.len() > DEEPEST {
                continue;
            }
            let query = template.query.as_deref().unwrap_or_default();
            let query = pairs::parse(query, pairs::Form::Query).unwrap_or_default();
            let query = query
                .into_iter()
                .map(|pair| (pair.name.into_owned(), percent::decode_form(pair.raw).into_owned()));
            let end = End { position, method: entry.method.clone(), query: query.collect(), fit: None };
            router.root.insert(&template.segments, end);
        }
        router.root.tell_apart(connector);
        router
    }

    /// The operation for a method and a request target: a path, percent-encoded, with or without a
    /// query. A server's base path before it is taken off.
    pub fn find<'p>(&self, method: &str, target: &'p str) -> Found<'p> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut allowed = Vec::new();
        let below = self.bases.iter().filter_map(|base| path.strip_prefix(base.as_str()));
        for path in below.filter(|path| path.starts_with('/')).chain(std::iter::once(path)) {
            let segments: Vec<&str> = split(path).collect();
            let mut groups = Vec::new();
            self.root.find(&segments, &mut groups);
            for ends in groups {
                let fitting = ends.iter().filter(|end| end.method.eq_ignore_ascii_case(method));
                if let Some(end) = most_specific(fitting, path, query) {
                    return Found::Operation { position: end.position, path };
                }
                allowed.extend(ends.iter().map(|end| end.method.clone()));
            }
        }
        if allowed.is_empty() {
            return Found::NotFound;
        }
        allowed.sort();
        allowed.dedup();
        Found::MethodNotAllowed { allowed }
    }
}

/// Of operations with the same template: the first, unless the query or the values of the path speak for another.
fn most_specific<'e>(ends: impl Iterator<Item = &'e End>, path: &str, query: &str) -> Option<&'e End> {
    let given = pairs::parse(query, pairs::Form::Query).unwrap_or_default();
    let has = |(name, text): &(String, String)| {
        given.iter().any(|pair| pair.name == *name && percent::decode_form(pair.raw) == *text)
    };
    let mut best: Option<(&End, (usize, usize))> = None;
    for end in ends {
        let by_query = if end.query.iter().all(has) { end.query.len() + 1 } else { 0 };
        let by_values = end.fit.as_ref().map_or(1, |fit| fit.score(path).map_or(0, |score| score + 1));
        let rank = (by_query, by_values);
        if best.is_none_or(|(_, most)| rank > most) {
            best = Some((end, rank));
        }
    }
    best.map(|(end, _)| end)
}

impl Node {
    /// Puts an operation below its template; one level for each segment.
    fn insert(&mut self, segments: &[Segment], end: End) {
        let Some((first, rest)) = segments.split_first() else {
            self.ends.push(end);
            return;
        };
        if let Some(literal) = first.literal() {
            self.literals.entry(literal.to_owned()).or_default().insert(rest, end);
            return;
        }
        // Names differ where templates are the same (`/a/{b}`, `/a/{c}`).
        let shape = shape(first);
        if let Some((_, node)) = self.patterns.iter_mut().find(|(segment, _)| self::shape(segment) == shape) {
            node.insert(rest, end);
            return;
        }
        let mut node = Node::default();
        node.insert(rest, end);
        self.patterns.push((first.clone(), node));
        self.patterns.sort_by_key(|(segment, _)| std::cmp::Reverse(segment.weight()));
    }

    /// Finds out about the parameters of operations that have the same method and the same template but
    /// for its names.
    fn tell_apart(&mut self, connector: &Connector) {
        let methods: Vec<String> = self.ends.iter().map(|end| end.method.clone()).collect();
        for end in &mut self.ends {
            if methods.iter().filter(|method| **method == end.method).count() > 1 {
                let operation = connector.operation_at(end.position).ok();
                end.fit = operation.map(|operation| Fit::new(connector, operation));
            }
        }
        let below = self.patterns.iter_mut().map(|(_, node)| node).chain(self.literals.values_mut());
        below.for_each(|node| node.tell_apart(connector));
    }

    /// Gathers the operations whose template fits, by template, the most specific first. Every node is
    /// visited at most once, so the work is bounded by the number of operations.
    fn find<'n>(&'n self, segments: &[&str], ends: &mut Vec<&'n [End]>) {
        let Some((first, rest)) = segments.split_first() else {
            ends.push(&self.ends);
            return;
        };
        if let Some(node) = self.literals.get(percent::decode(first).as_ref()) {
            node.find(rest, ends);
        }
        for (segment, node) in &self.patterns {
            if segment.find(first).is_some() {
                node.find(rest, ends);
            }
        }
    }
}

fn shape(segment: &Segment) -> Vec<Option<&str>> {
    let pieces = segment.pieces.iter().map(|piece| match piece {
        template::Piece::Literal(text) => Some(text.as_str()),
        template::Piece::Parameter(_) => None,
    });
    pieces.collect()
}

#[cfg(test)]
mod tests;
