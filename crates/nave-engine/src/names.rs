//! Names the engine gives: ids of runs, which lane something belongs to, keys that tell the same thing sent
//! twice, traces. Pure but for the random bits.

use std::sync::{Mutex, PoisonError};

use nave_model::{Event, trace};

/// Crockford's base 32 in small letters: sorts as the number it writes, and holds no letter that people
/// take for another (<https://www.crockford.com/base32.html>).
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Digits of an id: 128 bits, 5 each.
const LENGTH: usize = 26;

/// Makes ids that grow: 48 bits of milliseconds, 16 of a counter, 16 of the lane, 48 random ones.
#[derive(Debug)]
pub(crate) struct Ids {
    last: Mutex<(u64, u16)>,
}

impl Ids {
    /// Ids that are greater than those made at `least_ms`, even where the clock goes back.
    pub(crate) fn new(least_ms: u64) -> Self {
        Ids { last: Mutex::new((least_ms, u16::MAX)) }
    }

    /// The id of a new run of a lane.
    pub(crate) fn make(&self, now_ms: u64, lane: u32) -> String {
        let (ms, counter) = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = match last.1.checked_add(1) {
                _ if now_ms > last.0 => (now_ms, 0),
                Some(counter) => (last.0, counter),
                None => (last.0.saturating_add(1), 0),
            };
            *last
        };
        let random = u128::from(fastrand::u64(..) & 0xffff_ffff_ffff);
        let bits = (u128::from(ms & 0xffff_ffff_ffff) << 80)
            | (u128::from(counter) << 64)
            | (u128::from(lane & 0xffff) << 48)
            | random;
        write(bits)
    }
}

fn write(bits: u128) -> String {
    let mut text = String::with_capacity(LENGTH);
    for place in (0..LENGTH).rev() {
        let digit = usize::try_from((bits >> (5 * place)) & 31).unwrap_or_default();
        text.push(char::from(DIGITS.get(digit).copied().unwrap_or(b'0')));
    }
    text
}

fn read(id: &str) -> Option<u128> {
    if id.len() != LENGTH {
        return None;
    }
    let mut bits = 0_u128;
    for byte in id.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        bits = (bits << 5) | u128::try_from(digit).ok()?;
    }
    Some(bits)
}

/// The lane a run lives in, which its id tells; `None`: it is no run's id.
pub(crate) fn lane_of_run(run: &str, lanes: u32) -> Option<u32> {
    let lane = u32::try_from((read(run)? >> 48) & 0xffff).ok()?;
    (lane < lanes).then_some(lane)
}

/// When a run's id was made: milliseconds since 1970, UTC.
pub(crate) fn made_ms(run: &str) -> Option<u64> {
    u64::try_from(read(run)? >> 80).ok()
}

/// The lane that some names together belong to. It must stay the same for ever: FNV-1a (by Fowler, Noll and
/// Vo, draft-eastlake-fnv) over the names with their lengths, its bits mixed so that few lanes fill evenly.
pub(crate) fn lane_of(lanes: u32, names: &[&str]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |byte: u8| {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
    };
    for name in names {
        (name.len() as u64).to_be_bytes().into_iter().for_each(&mut take);
        name.bytes().for_each(&mut take);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    u32::try_from(hash % u64::from(lanes.max(1))).unwrap_or_default()
}

/// What makes an event the same event (CloudEvents 1.0.2, section 3.1.1): its source and id.
pub(crate) fn event_dedup(event: &Event) -> String {
    format!("event:{}\n{}", event.source, event.id)
}

/// What makes the start of a flow the same start.
pub(crate) fn start_dedup(key: &str) -> String {
    format!("start:{key}")
}

/// A new span in a trace, or in a new trace where there is none.
pub(crate) fn span(parent: Option<&str>) -> String {
    let next = parent.and_then(|parent| trace::next(parent, fastrand::u64(..)));
    next.unwrap_or_else(|| trace::begin(fastrand::u128(..), fastrand::u64(..)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_grow_though_the_clock_goes_back() {
        let ids = Ids::new(2_000);
        let mut last = String::new();
        for now_ms in
            [1_000, 2_000, 2_000, 1_999, 5_000].into_iter().chain(std::iter::repeat_n(4_000, 70_000))
        {
            let id = ids.make(now_ms, 3);
            assert!(id > last, "{id} {last}");
            last = id;
        }
        assert_eq!(made_ms(&last), Some(5_001), "the counter ran over once");
    }

    #[test]
    fn what_is_no_id_has_no_lane() {
        let id = Ids::new(0).make(1, 7);
        assert_eq!(lane_of_run(&id, 8), Some(7));
        assert_eq!(lane_of_run(&id, 7), None, "there are not so many lanes");
        for text in ["", "x", "................................", &id.to_uppercase()] {
            assert_eq!(lane_of_run(text, 8), None, "{text}");
        }
    }

    #[test]
    fn lanes_stay_the_same_for_ever() {
        assert_eq!(lane_of(16, &["default", "crm.deal.stage_changed"]), 10);
        assert_ne!(lane_of(1 << 16, &["ab", "c"]), lane_of(1 << 16, &["a", "bc"]));
    }

    #[test]
    fn a_span_stays_in_its_trace() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00 a=1";
        let child = span(Some(parent));
        assert_eq!((trace::id(&child), trace::state(&child)), (trace::id(parent), Some("a=1")));
        assert!(child != parent && trace::parent(&child).ends_with("-00"), "{child}");
        assert_ne!(trace::id(&span(Some("00-zz"))), trace::id(&span(None)), "each begins a new one");
    }

    proptest! {
        #[test]
        fn a_lane_and_a_time_are_read_back(now_ms in 1_u64..1 << 47, lane in 0_u32..1 << 16) {
            let id = Ids::new(0).make(now_ms, lane);
            prop_assert_eq!(lane_of_run(&id, 1 << 16), Some(lane));
            prop_assert_eq!(made_ms(&id), Some(now_ms));
        }

        #[test]
        fn lanes_fill_evenly(seed in any::<u32>()) {
            let mut lanes = [0_u32; 16];
            for number in 0..1_600 {
                let lane = lane_of(16, &["default", &format!("{seed}-{number}")]);
                lanes[usize::try_from(lane).unwrap()] += 1;
            }
            prop_assert!(lanes.iter().all(|count| (40..200).contains(count)), "{lanes:?}");
        }
    }
}
