//! The graph of pairs of schemas: which pair leads to which, by which step, in which direction.

use std::collections::BTreeMap;

use super::spot::Spot;

/// How one schema leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// To a field of this name.
    Field(&'a str),
    /// To a field without a name of its own.
    Extra,
    /// To an item.
    Item,
    /// To another schema of the same value: an alternative, or one under a condition.
    Same,
}

/// One way from a pair to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge<'a> {
    pub(super) to: usize,
    pub(super) step: Step<'a>,
    /// Values go this way when we send.
    pub(super) sent: bool,
    /// Values go this way when we receive.
    pub(super) received: bool,
}

/// A pair of schemas that have to be compared: each side is the sum of its spots.
pub(super) struct Pair<'a> {
    pub(super) old: Vec<Spot<'a>>,
    pub(super) new: Vec<Spot<'a>>,
}

/// All pairs, each once.
#[derive(Default)]
pub(super) struct Graph<'a> {
    /// Addresses of the schemas of a pair → its position.
    known: BTreeMap<(Vec<usize>, Vec<usize>), usize>,
    /// Pairs that are not compared yet are there; they are taken out to be compared.
    pub(super) pairs: Vec<Option<Pair<'a>>>,
    /// The ways out of each pair.
    pub(super) edges: Vec<Vec<Edge<'a>>>,
}

impl<'a> Graph<'a> {
    /// The position of a pair, and whether it is new.
    pub(super) fn pair(&mut self, old: Vec<Spot<'a>>, new: Vec<Spot<'a>>) -> (usize, bool) {
        let addresses = |spots: &[Spot<'_>]| spots.iter().map(Spot::address).collect::<Vec<usize>>();
        let next = self.pairs.len();
        let position = *self.known.entry((addresses(&old), addresses(&new))).or_insert(next);
        if position == next {
            self.pairs.push(Some(Pair { old, new }));
            self.edges.push(Vec::new());
        }
        (position, position == next)
    }

    /// Records a way from one pair to another.
    pub(super) fn connect(&mut self, from: usize, edge: Edge<'a>) {
        if let Some(edges) = self.edges.get_mut(from) {
            edges.push(edge);
        }
    }
}
