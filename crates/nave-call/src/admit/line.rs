//! The bounded line of calls waiting for one connection: the higher priority first, and nobody for
//! ever last.

use std::collections::VecDeque;

use crate::admit::Priority;

/// Every so many turns the one who waited longest goes first, whatever its priority. This is what
/// keeps a flood of urgent calls from starving the others.
const FAIR_TURN: u64 = 8;

/// The line. `T` is whatever wakes the one who waits.
#[derive(Debug)]
pub struct Line<T> {
    /// One queue per priority, the most urgent first; each in order of arrival.
    queues: [VecDeque<(u64, T)>; Priority::ALL.len()],
    most: usize,
    arrivals: u64,
    turns: u64,
}

/// What became of one who wanted to queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Joined<T> {
    /// In line, under this ticket.
    Waiting(u64),
    /// In line, under this ticket, in place of a less urgent one, who must be told.
    InPlaceOf(u64, T),
    /// The line is full of calls at least as urgent.
    Full,
}

impl<T> Line<T> {
    /// An empty line for at most so many.
    pub fn new(most: usize) -> Self {
        Line { queues: std::array::from_fn(|_| VecDeque::new()), most, arrivals: 0, turns: 0 }
    }

    /// Lets so many wait from now on; those who wait already go on waiting.
    pub fn renew(&mut self, most: usize) {
        self.most = most;
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.queues.iter().all(VecDeque::is_empty)
    }

    /// Joins the line. Where it is full, the latest of a less urgent priority makes room.
    pub fn join(&mut self, priority: Priority, who: T) -> Joined<T> {
        let mut displaced = None;
        if self.len() >= self.most {
            let less_urgent = self.queues.iter_mut().skip(priority.rank() + 1).rev();
            displaced = less_urgent.into_iter().find_map(VecDeque::pop_back);
            if displaced.is_none() {
                return Joined::Full;
            }
        }
        self.arrivals += 1;
        let ticket = self.arrivals;
        if let Some(queue) = self.queues.get_mut(priority.rank()) {
            queue.push_back((ticket, who));
        }
        match displaced {
            Some((_, displaced)) => Joined::InPlaceOf(ticket, displaced),
            None => Joined::Waiting(ticket),
        }
    }

    /// Takes the one whose turn it is.
    pub fn call_next(&mut self) -> Option<T> {
        self.turns += 1;
        let mut waiting = self.queues.iter_mut().filter(|queue| !queue.is_empty());
        let queue = if self.turns.is_multiple_of(FAIR_TURN) {
            waiting.min_by_key(|queue| queue.front().map(|(ticket, _)| *ticket))
        } else {
            waiting.next()
        };
        queue?.pop_front().map(|(_, who)| who)
    }

    /// The most urgent of those who wait.
    pub fn first(&self) -> Option<&T> {
        self.queues.iter().find_map(VecDeque::front).map(|(_, who)| who)
    }

    /// Takes out one who does not want to wait any longer.
    pub fn leave(&mut self, priority: Priority, ticket: u64) -> Option<T> {
        let queue = self.queues.get_mut(priority.rank())?;
        let position = queue.binary_search_by_key(&ticket, |(other, _)| *other).ok()?;
        queue.remove(position).map(|(_, who)| who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_urgent_first_and_equals_in_order() {
        let mut line = Line::new(10);
        line.join(Priority::Backfill, "b1");
        line.join(Priority::Flow, "f1");
        line.join(Priority::Person, "p1");
        line.join(Priority::Flow, "f2");
        let order: Vec<&str> = std::iter::from_fn(|| line.call_next()).collect();
        assert_eq!(order, ["p1", "f1", "f2", "b1"]);
    }

    #[test]
    fn a_flood_of_urgent_calls_starves_nobody() {
        let mut line = Line::new(1000);
        line.join(Priority::Backfill, "backfill");
        line.join(Priority::Flow, "flow");
        let mut served = Vec::new();
        for turn in 1..=16 {
            line.join(Priority::Person, "person");
            let who = line.call_next().unwrap();
            if who != "person" {
                served.push((turn, who));
            }
        }
        assert_eq!(served, [(8, "backfill"), (16, "flow")]);
    }

    #[test]
    fn a_full_line_makes_room_for_the_more_urgent() {
        let mut line = Line::new(2);
        assert_eq!(line.join(Priority::Backfill, "b1"), Joined::Waiting(1));
        assert_eq!(line.join(Priority::Flow, "f1"), Joined::Waiting(2));
        assert_eq!(line.join(Priority::Backfill, "b2"), Joined::Full);
        assert_eq!(line.join(Priority::Person, "p1"), Joined::InPlaceOf(3, "b1"));
        assert_eq!(line.join(Priority::Webhook, "w1"), Joined::InPlaceOf(4, "f1"));
        assert_eq!(line.join(Priority::Flow, "f2"), Joined::Full);
        assert_eq!(line.len(), 2);
    }

    #[test]
    fn one_who_leaves_is_not_called() {
        let mut line = Line::new(2);
        line.join(Priority::Flow, "f1");
        line.join(Priority::Flow, "f2");
        assert_eq!(line.leave(Priority::Flow, 1), Some("f1"));
        assert_eq!(line.leave(Priority::Flow, 1), None);
        assert_eq!(line.call_next(), Some("f2"));
        assert_eq!(line.call_next(), None);
    }
}
