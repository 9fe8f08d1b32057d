//! Places at a connection: how many more calls can be begun over it before some have to be held back on disk.
//! A lane takes a message that may begin one only where there is a place, as long as the connection serves
//! fast: then waiting is shorter than being started, written down as held back, and read again. Where it does
//! not, nothing waits for it: what is too much is held back, and what is behind it in the lane goes on.

use std::time::Duration;

use nave_model::fault::codes;

use super::Line;

/// For so long it is counted how many calls end, and so long a connection has to show that it serves fast; and
/// the longest, where the hub itself is slow.
const SPELL: Duration = Duration::from_secs(1);
const LONGEST_SPELL: Duration = Duration::from_secs(10);
/// Where this many writes of a lane last longer than a spell, they are a spell: a call has to wait for several of
/// them, and how long they last is not the connection's doing.
const WRITES: u32 = 20;
/// The connection serves fast where so many calls end in that time.
const FAST: usize = 250;
/// A turn may always take so many, however few places are left to share.
const HANDFUL: usize = 8;

/// What a lane is told that wants to begin a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// A place is kept for it, until it is given back.
    Kept,
    /// It has its share of what is left, and may ask again in its next turn.
    Shared,
    /// There is no place; those who asked are told when there is, and ask again after a while.
    Full,
    /// The connection is no reason to wait: what is too much is held back on disk.
    Open,
}

/// How many calls end at a connection while most of its places are taken.
#[derive(Debug, Default)]
pub(super) struct Tempo {
    is_crowded: bool,
    spell: Duration,
    since: Duration,
    /// In this spell, and in the one before.
    ended: usize,
    before: usize,
}

impl Tempo {
    /// Learns whether most places are taken. Who just became crowded has a spell to show how fast it is.
    fn look(&mut self, is_crowded: bool, now: Duration) {
        if is_crowded && !self.is_crowded {
            *self = Tempo { is_crowded, spell: self.spell, since: now, ended: 0, before: FAST };
        }
        self.is_crowded = is_crowded;
        self.roll(now);
    }

    /// A call ended.
    pub(super) fn count(&mut self, now: Duration) {
        self.roll(now);
        self.ended = self.ended.saturating_add(1);
    }

    /// Learns how long a lane waits for what it writes.
    pub(super) fn writes_take(&mut self, took: Duration) {
        self.spell = took.saturating_mul(WRITES).min(LONGEST_SPELL);
    }

    fn roll(&mut self, now: Duration) {
        let spell = self.spell.max(SPELL);
        if now >= self.since.saturating_add(spell) {
            let is_recent = now < self.since.saturating_add(spell * 2);
            self.before = if is_recent { self.ended } else { 0 };
            self.ended = 0;
            self.since = now;
        }
    }

    fn is_fast(&self) -> bool {
        self.before >= FAST || self.ended >= FAST
    }
}

impl<W> Line<W> {
    /// Keeps a place for a call of somebody who was given `own` already, where at most `most` calls are in
    /// memory.
    pub(crate) fn keep(&mut self, own: usize, now: Duration, most: usize) -> Room {
        let most = for_new_runs(most);
        if !self.is_reason_to_wait(now, most) {
            return Room::Open;
        }
        let spare = self.spare(most);
        if self.held.is_some() || spare == 0 || (self.is_awaited && spare < most.div_ceil(2)) {
            self.is_awaited = true;
            return Room::Full;
        }
        if own >= (spare.saturating_add(own) / 4).max(HANDFUL) {
            return Room::Shared;
        }
        self.is_awaited = false;
        self.kept = self.kept.saturating_add(1);
        Room::Kept
    }

    /// Learns how long a lane waits for what it writes.
    pub(crate) fn writes_take(&mut self, took: Duration) {
        self.tempo.writes_take(took);
    }

    /// Gives places back: their calls have begun, or will not.
    pub(crate) fn give_back(&mut self, kept: usize) {
        self.kept = self.kept.saturating_sub(kept);
    }

    /// Whether somebody who was told that there is no place has to wait on.
    pub(crate) fn is_full(&mut self, now: Duration, most: usize) -> bool {
        self.is_awaited && self.is_reason_to_wait(now, for_new_runs(most))
    }

    /// Whether those who wait for places are to be told that there are some: once half of all are free, so that
    /// they are told seldom and can take several.
    pub(crate) fn opens(&mut self, now: Duration, most: usize) -> bool {
        let most = for_new_runs(most);
        let is_open = self.is_awaited
            && (!self.is_reason_to_wait(now, most)
                || (self.held.is_none() && self.spare(most) >= most.div_ceil(2)));
        self.is_awaited &= !is_open;
        is_open
    }

    fn spare(&self, most: usize) -> usize {
        most.saturating_sub(self.under_way.len().saturating_add(self.kept))
    }

    /// An unwell connection is none, and neither is one that was seen to be slow.
    fn is_reason_to_wait(&mut self, now: Duration, most: usize) -> bool {
        let is_unwell = self.held.as_ref().is_some_and(|held| held.reason.code != codes::QUEUE_FULL);
        let is_crowded = self.held.is_some() || self.spare(most).saturating_mul(2) <= most;
        self.tempo.look(is_crowded, now);
        !is_unwell && (!is_crowded || self.tempo.is_fast())
    }
}

/// Of the calls in memory, a quarter is left to runs that are under way and go on with a further one.
fn for_new_runs(most: usize) -> usize {
    most - most / 4
}

#[cfg(test)]
mod tests {
    use nave_model::Fault;

    use super::super::{Entry, Outcome};
    use super::*;

    const MOST: usize = 64;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A connection with so many calls under way.
    fn line(under_way: usize) -> Line<()> {
        let mut line = Line::default();
        begin(&mut line, 0..under_way);
        line
    }

    fn begin(line: &mut Line<()>, numbers: std::ops::Range<usize>) {
        for number in numbers {
            assert!(matches!(line.enter(&number.to_string(), ms(0), MOST), Entry::Go(..)));
        }
    }

    fn end(line: &mut Line<()>, numbers: std::ops::Range<usize>, now: Duration) {
        for number in numbers {
            assert!(line.ended(&number.to_string(), &Outcome::Ended, now).is_empty());
        }
    }

    /// How many places one turn is given, and what ends it.
    fn turn(line: &mut Line<()>, now: Duration) -> (usize, Room) {
        let mut own = 0;
        loop {
            match line.keep(own, now, MOST) {
                Room::Kept if own <= MOST => own += 1,
                room => return (own, room),
            }
        }
    }

    #[test]
    fn each_turn_gets_a_share_of_what_is_left() {
        let mut line = line(0);
        let turns: Vec<_> = (0..6).map(|_| turn(&mut line, ms(0))).collect();
        let (shared, full) = (Room::Shared, Room::Full);
        let expected = [(12, shared), (9, shared), (8, shared), (8, shared), (8, shared), (3, full)];
        assert_eq!(turns, expected);
    }

    #[test]
    fn nobody_is_let_in_again_before_half_is_free() {
        let mut line = line(MOST);
        assert_eq!(turn(&mut line, ms(0)), (0, Room::Full));
        end(&mut line, 0..39, ms(1));
        assert!(!line.opens(ms(1), MOST));
        assert_eq!(turn(&mut line, ms(1)), (0, Room::Full));
        assert!(line.is_full(ms(1), MOST));
        end(&mut line, 39..40, ms(2));
        assert!(line.opens(ms(2), MOST));
        assert!(!line.opens(ms(2), MOST), "told once");
        assert_eq!(turn(&mut line, ms(2)).0, 8);
    }

    #[test]
    fn places_that_are_given_back_count_again() {
        let mut line = line(0);
        while turn(&mut line, ms(0)).1 != Room::Full {}
        line.give_back(24);
        assert!(line.opens(ms(0), MOST));
        line.give_back(24);
        assert_eq!(turn(&mut line, ms(0)).0, 12);
    }

    #[test]
    fn a_slow_connection_is_no_reason_to_wait_once_it_is_seen_to_be() {
        let mut line = line(MOST);
        assert_eq!(line.keep(0, ms(0), MOST), Room::Full);
        end(&mut line, 0..1, ms(100));
        begin(&mut line, 0..1);
        assert_eq!(line.keep(0, ms(999), MOST), Room::Full);
        assert_eq!(line.keep(0, ms(1_000), MOST), Room::Open);
        assert!(line.opens(ms(1_000), MOST), "those who wait are told");
    }

    #[test]
    fn where_writing_is_slow_a_connection_has_longer_to_show_how_fast_it_is() {
        let mut line = line(MOST);
        line.writes_take(ms(100));
        assert_eq!(line.keep(0, ms(0), MOST), Room::Full);
        assert_eq!(line.keep(0, ms(1_999), MOST), Room::Full);
        assert_eq!(line.keep(0, ms(2_000), MOST), Room::Open);
    }

    #[test]
    fn a_fast_connection_stays_one_as_long_as_it_is() {
        let mut line = line(MOST);
        for spell in 0..5 {
            for round in 0..8 {
                let now = ms(spell * 1_000 + round * 125);
                assert_eq!(line.keep(0, now, MOST), Room::Full);
                end(&mut line, 0..32, now);
                begin(&mut line, 0..32);
            }
        }
        assert_eq!(line.keep(0, ms(5_000), MOST), Room::Full);
        assert_eq!(line.keep(0, ms(6_000), MOST), Room::Open);
    }

    #[test]
    fn an_unwell_connection_is_none_and_one_that_catches_up_is() {
        let mut line = line(MOST);
        assert!(matches!(line.enter("more", ms(0), MOST), Entry::Park(_)));
        assert_eq!(line.keep(0, ms(0), MOST), Room::Full);
        let down = Fault::new(codes::UNREACHABLE, "down");
        line.ended("0", &Outcome::Parked(down), ms(1));
        assert_eq!(line.keep(0, ms(1), MOST), Room::Open);
    }
}
