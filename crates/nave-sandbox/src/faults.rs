//! What can go wrong on purpose: single faults, and profiles that say how often each happens. Both are
//! text, so that a command line, a header and a file can hold them.
//!
//! One fault is a word with settings: `429;retry-after=2`, `503`, `reset`, `timeout`, `truncated`,
//! `shape`, `expired`, `trickle;pause=20`. A profile is a list of them with shares, and a latency:
//! `8% 429;retry-after=1, 5% reset, latency=20..80`.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use nave_model::Fault;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;

use crate::generate::Rng;

mod profiles;

pub use profiles::PROFILES;

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Injected {
    /// What.
    pub sort: Sort,
    /// Whether the operation takes effect all the same: its answer is lost, not its work.
    pub effective: bool,
}

/// The sorts of things that go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// An error status, with seconds for `Retry-After`.
    Status(u16, Option<u64>),
    /// The connection is reset.
    Reset,
    /// No answer ever comes.
    Timeout,
    /// The answer is cut off.
    Truncated,
    /// The answer does not have the described shape.
    Shape,
    /// The credential is answered with as expired.
    Expired,
    /// The answer comes in drops, with this pause between them.
    Trickle(Duration),
}

/// Words of faults that are not a status.
const WORDS: [&str; 6] = ["reset", "timeout", "truncated", "shape", "expired", "trickle"];

/// How often things go wrong, and how slow everything is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Faults with the share of requests they befall, in thousandths; together at most 1000.
    shares: Vec<(u64, Injected)>,
    /// Milliseconds every answer takes.
    latency: Option<RangeInclusive<u64>>,
}

/// What befalls one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fate {
    /// What goes wrong, if anything.
    pub fault: Option<Injected>,
    /// Time before the answer.
    pub delay: Duration,
}

impl Profile {
    /// What befalls the request with this number.
    pub fn fate(&self, seed: u64, number: u64) -> Fate {
        let mut rng = Rng::for_words(seed, &["fate", &number.to_string()]);
        let delay = self.latency.as_ref().map_or(0, |range| {
            range.start() + rng.below(range.end().saturating_sub(*range.start()).saturating_add(1))
        });
        let mut drawn = rng.below(1000);
        let mut fault = None;
        for (share, injected) in &self.shares {
            if drawn < *share {
                fault = Some(*injected);
                break;
            }
            drawn -= share;
        }
        Fate { fault, delay: Duration::from_millis(delay) }
    }

    /// What befalls a request that asks for it in its `X-Nave-Fault` header: the faults named there,
    /// each with its share, the first that comes up.
    ///
    /// # Errors
    /// The text is not a list of faults.
    pub fn asked(text: &str, seed: u64, number: u64) -> Result<Fate, Fault> {
        Ok(text.parse::<Profile>()?.fate(seed, number))
    }
}

impl FromStr for Profile {
    type Err = Fault;

    /// A profile by name, or written out. A fault without a share befalls every request.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let text = match PROFILES.iter().find(|profile| profile.name == text) {
            Some(known) => known.rules,
            None => text,
        };
        let mut profile = Profile::default();
        for rule in text.split(',').map(str::trim).filter(|rule| !rule.is_empty()) {
            if let Some(range) = rule.strip_prefix("latency=") {
                profile.latency = Some(range_of(range)?);
                continue;
            }
            let (share, fault) = match rule.split_once('%') {
                Some((percent, fault)) => (thousandths(percent)?, fault.trim()),
                None => (1000, rule),
            };
            profile.shares.push((share, fault.parse()?));
        }
        Ok(profile)
    }
}

impl FromStr for Injected {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let mut parts = text.split(';').map(str::trim);
        let word = parts.next().unwrap_or_default();
        let (mut retry_after, mut pause, mut effective) = (None, 20, None);
        for setting in parts {
            match setting.split_once('=') {
                Some(("retry-after", seconds)) => retry_after = Some(number(seconds)?),
                Some(("pause", milliseconds)) => pause = number(milliseconds)?,
                Some(("effect", "done")) => effective = Some(true),
                Some(("effect", "none")) => effective = Some(false),
                _ => return Err(wrong_setting(setting)),
            }
        }
        let sort = match word {
            "reset" => Sort::Reset,
            "timeout" => Sort::Timeout,
            "truncated" => Sort::Truncated,
            "shape" => Sort::Shape,
            "expired" => Sort::Expired,
            "trickle" => Sort::Trickle(Duration::from_millis(pause)),
            status => match status.parse::<u16>() {
                Ok(status @ 300..=599) => Sort::Status(status, retry_after),
                _ => return Err(unknown(word)),
            },
        };
        // By default a status or a refused credential means that nothing was done, and a lost answer
        // that only the answer was lost.
        let usual = !matches!(sort, Sort::Status(..) | Sort::Expired);
        Ok(Injected { sort, effective: effective.unwrap_or(usual) })
    }
}

fn unknown(word: &str) -> Fault {
    let fault =
        Fault::new(codes::SETTING_INVALID, format!("`{word}` is no fault, and no profile has that name"));
    let names = WORDS.iter().copied().chain(PROFILES.iter().map(|profile| profile.name));
    match did_you_mean(word, names) {
        Some(hint) => fault.with_hint(hint),
        None => fault.with_hint(format!(
            "faults are a status such as `503`, and {}; profiles are {}",
            list(WORDS.iter().copied()),
            list(PROFILES.iter().map(|profile| profile.name))
        )),
    }
}

fn wrong_setting(setting: &str) -> Fault {
    Fault::new(codes::SETTING_INVALID, format!("`{setting}` is no setting of a fault")).with_hint(
        "settings are `retry-after=SECONDS`, `pause=MILLISECONDS`, `effect=done` and `effect=none`",
    )
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn number(text: &str) -> Result<u64, Fault> {
    text.trim().parse().map_err(|_| {
        Fault::new(codes::SETTING_INVALID, format!("`{text}` is not a whole number"))
            .with_hint("write for example `429;retry-after=2`")
    })
}

/// `12` and `0.5` percent in thousandths.
fn thousandths(percent: &str) -> Result<u64, Fault> {
    let percent = percent.trim();
    let (whole, tenths) = percent.split_once('.').unwrap_or((percent, "0"));
    let share = number(whole)?.saturating_mul(10).saturating_add(number(tenths)?);
    if share > 1000 || tenths.len() > 1 {
        let message = format!("`{percent}%` is not a share between 0.1% and 100%");
        return Err(Fault::new(codes::SETTING_INVALID, message));
    }
    Ok(share)
}

/// `200` or `50..200` milliseconds.
fn range_of(text: &str) -> Result<RangeInclusive<u64>, Fault> {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    let (low, high) = (number(low)?, number(high)?);
    if low > high || high > 600_000 {
        let message = format!("`latency={text}` is not a range of milliseconds up to ten minutes");
        return Err(Fault::new(codes::SETTING_INVALID, message));
    }
    Ok(low..=high)
}

#[cfg(test)]
mod tests;
