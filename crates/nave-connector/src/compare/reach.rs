//! Which operations reach a pair of schemas. The graph of pairs has circles and hundreds of operations
//! lead into it, so sets of operations are worked out once per strongly connected part, in the order
//! from the operations downwards, and equal sets are kept once.

use std::collections::BTreeMap;

use super::graph::Edge;

/// The most words that all sets may have together (32 MB).
const MOST_WORDS: usize = 4 << 20;

/// A set of operations, by their positions.
type Bits = Vec<u64>;

/// Which operations reach each pair, in one direction.
pub(super) struct Reach {
    /// Position of a pair → position of its set.
    of: Vec<usize>,
    sets: Vec<Bits>,
    /// The sets would have taken too much memory: some hold operations that do not reach the pair.
    pub(super) approximate: bool,
}

impl Reach {
    /// The operations that reach any of these pairs.
    pub(super) fn union(&self, pairs: &[usize]) -> Bits {
        let mut sets: Vec<usize> = pairs.iter().filter_map(|pair| self.of.get(*pair).copied()).collect();
        sets.sort_unstable();
        sets.dedup();
        let mut all = Bits::new();
        for set in sets.iter().filter_map(|set| self.sets.get(*set)) {
            add(&mut all, set);
        }
        all
    }
}

/// Adds one set to another.
pub(super) fn add(all: &mut Bits, set: &[u64]) {
    if all.len() < set.len() {
        all.resize(set.len(), 0);
    }
    for (word, other) in all.iter_mut().zip(set) {
        *word |= other;
    }
}

/// Puts one operation into a set.
pub(super) fn put(set: &mut Bits, position: usize) {
    let (word, bit) = (position / 64, position % 64);
    if set.len() <= word {
        set.resize(word + 1, 0);
    }
    if let Some(word) = set.get_mut(word) {
        *word |= 1 << bit;
    }
}

/// The positions in a set, in order.
pub(super) fn members(set: &[u64]) -> Vec<usize> {
    let mut members = Vec::new();
    for (index, word) in set.iter().enumerate() {
        let mut left = *word;
        while left != 0 {
            // At most 63.
            let bit = usize::try_from(left.trailing_zeros()).unwrap_or(0);
            members.push(index * 64 + bit);
            left &= left - 1;
        }
    }
    members
}

/// Works out which of `count` operations reach each pair, along the edges that lead on.
pub(super) fn reach(
    edges: &[Vec<Edge<'_>>],
    leads_on: fn(&Edge<'_>) -> bool,
    roots: &[(usize, usize)],
    count: usize,
) -> Reach {
    let next = |pair: usize| -> Vec<usize> {
        let out = edges.get(pair).into_iter().flatten();
        out.filter(|edge| leads_on(edge)).map(|edge| edge.to).collect()
    };
    let (part_of, parts) = parts(edges.len(), next);
    let mut own: BTreeMap<usize, Bits> = BTreeMap::new();
    for (operation, pair) in roots {
        if let Some(part) = part_of.get(*pair) {
            put(own.entry(*part).or_default(), *operation);
        }
    }
    let mut sets = Sets { known: BTreeMap::new(), all: Vec::new(), words: 0, everything: None };
    let nothing = sets.keep(Bits::new(), count);
    let mut incoming: Vec<Vec<usize>> = vec![Vec::new(); parts.len()];
    let mut set_of: Vec<usize> = vec![nothing; parts.len()];
    // Parts are numbered from the ends of the graph backwards, so the last ones come first here.
    for part in (0..parts.len()).rev() {
        let mut before = incoming.get_mut(part).map(std::mem::take).unwrap_or_default();
        before.sort_unstable();
        before.dedup();
        let set = match (own.remove(&part), before.as_slice()) {
            (None, []) => nothing,
            (None, [one]) => *one,
            (own, several) => {
                let mut bits = own.unwrap_or_default();
                for set in several.iter().filter_map(|set| sets.all.get(*set)) {
                    add(&mut bits, set);
                }
                sets.keep(bits, count)
            }
        };
        if let Some(slot) = set_of.get_mut(part) {
            *slot = set;
        }
        if set == nothing {
            continue;
        }
        for to in parts.get(part).into_iter().flatten().flat_map(|pair| next(*pair)) {
            let below = part_of.get(to).copied().unwrap_or(part);
            if let Some(list) =
                incoming.get_mut(below).filter(|list| below != part && list.last() != Some(&set))
            {
                list.push(set);
            }
        }
    }
    let of = part_of.iter().map(|part| set_of.get(*part).copied().unwrap_or(nothing)).collect();
    Reach { of, approximate: sets.everything.is_some(), sets: sets.all }
}

/// Sets, each kept once.
struct Sets {
    known: BTreeMap<Bits, usize>,
    all: Vec<Bits>,
    words: usize,
    /// The set that stands for all that are too many.
    everything: Option<usize>,
}

impl Sets {
    fn keep(&mut self, bits: Bits, count: usize) -> usize {
        if let Some(known) = self.known.get(&bits) {
            return *known;
        }
        if let Some(everything) = self.everything {
            return everything;
        }
        self.words += 2 * bits.len();
        let next = self.all.len();
        if self.words > MOST_WORDS {
            let mut all = Bits::new();
            (0..count).for_each(|position| put(&mut all, position));
            self.everything = Some(next);
            self.all.push(all);
        } else {
            self.known.insert(bits.clone(), next);
            self.all.push(bits);
        }
        next
    }
}

/// Strongly connected parts of a graph (Tarjan 1972) without recursion: the part of each vertex, and
/// the vertices of each part. A part is numbered after every part it leads to.
fn parts(count: usize, next: impl Fn(usize) -> Vec<usize>) -> (Vec<usize>, Vec<Vec<usize>>) {
    const NONE: usize = usize::MAX;
    let mut order = vec![NONE; count];
    let mut low = vec![NONE; count];
    let mut part_of = vec![NONE; count];
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut counter = 0;
    for start in 0..count {
        if order[start] != NONE {
            continue;
        }
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut enter = Some(start);
        loop {
            if let Some(vertex) = enter.take() {
                order[vertex] = counter;
                low[vertex] = counter;
                counter += 1;
                open.push(vertex);
                path.push((vertex, next(vertex)));
            }
            let Some((vertex, left)) = path.last_mut() else { break };
            let vertex = *vertex;
            match left.pop() {
                Some(to) if to >= count => {}
                Some(to) if order[to] == NONE => enter = Some(to),
                Some(to) if part_of[to] == NONE => low[vertex] = low[vertex].min(order[to]),
                Some(_) => {}
                None => {
                    path.pop();
                    if let Some((above, _)) = path.last() {
                        low[*above] = low[*above].min(low[vertex]);
                    }
                    if low[vertex] == order[vertex] {
                        let mut part = Vec::new();
                        while let Some(member) = open.pop() {
                            part_of[member] = parts.len();
                            part.push(member);
                            if member == vertex {
                                break;
                            }
                        }
                        parts.push(part);
                    }
                }
            }
        }
    }
    (part_of, parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::graph::Step;

    /// Vertices by number; `roots` are operations and where they enter.
    #[track_caller]
    fn check(edges: &[&[usize]], roots: &[(usize, usize)], expected: &[&[usize]]) {
        let edge = |to: &usize| Edge { to: *to, step: Step::Same, sent: true, received: true };
        let edges: Vec<Vec<Edge<'_>>> = edges.iter().map(|out| out.iter().map(edge).collect()).collect();
        let reach = reach(&edges, |edge| edge.sent, roots, 70);
        for (pair, expected) in expected.iter().enumerate() {
            assert_eq!(members(&reach.union(&[pair])), *expected, "pair {pair}");
        }
        assert!(!reach.approximate);
    }

    #[test]
    fn operations_reach_what_they_lead_to() {
        check(&[&[1], &[2], &[], &[2]], &[(0, 0), (69, 3)], &[&[0], &[0], &[0, 69], &[69]]);
    }

    #[test]
    fn circles_are_reached_as_a_whole() {
        check(&[&[1], &[2], &[0, 3], &[], &[4]], &[(1, 1)], &[&[1], &[1], &[1], &[1], &[]]);
        check(&[&[1], &[0], &[1]], &[(0, 0), (1, 2)], &[&[0, 1], &[0, 1], &[1]]);
    }
}
