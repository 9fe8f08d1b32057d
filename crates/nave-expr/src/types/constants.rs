//! Which values exactly, where they can be counted, and whether two types can have a value in common.

use nave_model::Decimal;
use serde_json::Value as Json;

use super::algebra::double;
use super::{Array, Lazy, Numbers, Object, Texts, Type, format};

/// How deep two types are compared before they are taken to have something in common.
const DEEPEST: usize = 4;
/// The most alternatives of two types that are compared with each other.
const MOST_PAIRS: usize = 256;

impl Type<'_> {
    /// All values it may be, where they can be counted: `null`, booleans, and constants.
    pub fn constants(&self) -> Option<Vec<Json>> {
        if self.unknown.is_some() || self.arrays.is_some() || !self.objects.is_empty() {
            return None;
        }
        let mut all = Vec::new();
        if self.null {
            all.push(Json::Null);
        }
        if self.booleans.yes {
            all.push(Json::Bool(true));
        }
        if self.booleans.no {
            all.push(Json::Bool(false));
        }
        if let Some(numbers) = &self.numbers {
            let parsed = numbers.constants.as_ref()?.iter().map(|text| text.parse().ok().map(Json::Number));
            all.extend(parsed.collect::<Option<Vec<Json>>>()?);
        }
        if let Some(texts) = &self.texts {
            all.extend(texts.constants.as_ref()?.iter().map(|text| Json::from(text.as_str())));
        }
        Some(all)
    }

    /// Whether a value of this may equal a value of the other; `false` only where that is certain.
    pub fn may_equal(&self, other: &Type<'_>) -> bool {
        may_equal(self, other, 0)
    }
}

fn may_equal(a: &Type<'_>, b: &Type<'_>, depth: usize) -> bool {
    if a.is_never() || b.is_never() {
        return false;
    }
    if a.is_unknown() || b.is_unknown() || depth > DEEPEST {
        return true;
    }
    let both = |a: &Option<_>, b: &Option<_>, test: fn(&Numbers, &Numbers) -> bool| {
        a.as_ref().zip(b.as_ref()).is_some_and(|(a, b)| test(a, b))
    };
    (a.null && b.null)
        || (a.booleans.yes && b.booleans.yes)
        || (a.booleans.no && b.booleans.no)
        || both(&a.numbers, &b.numbers, numbers)
        || a.texts.as_ref().zip(b.texts.as_ref()).is_some_and(|(a, b)| texts(a, b))
        || a.arrays.as_ref().zip(b.arrays.as_ref()).is_some_and(|(a, b)| arrays(a, b, depth + 1))
        || a.objects.len() * b.objects.len() > MOST_PAIRS
        || a.objects.iter().any(|a| b.objects.iter().any(|b| objects(a, b, depth + 1)))
}

fn numbers(a: &Numbers, b: &Numbers) -> bool {
    let below = |high: Option<f64>, low: Option<f64>| high.zip(low).is_some_and(|(high, low)| high < low);
    if below(a.highest(), b.lowest()) || below(b.highest(), a.lowest()) {
        return false;
    }
    match (&a.constants, &b.constants) {
        (Some(a), Some(b)) => a.iter().any(|one| b.contains(one)),
        (Some(constants), None) => constants.iter().any(|one| number_fits(b, one)),
        (None, Some(constants)) => constants.iter().any(|one| number_fits(a, one)),
        (None, None) => true,
    }
}

/// Whether a number, by its one text, is one of these.
pub(super) fn number_fits(numbers: &Numbers, text: &str) -> bool {
    if let Some(constants) = &numbers.constants {
        return constants.iter().any(|constant| constant == text);
    }
    let is_whole = || Decimal::parse(text).is_none_or(|decimal| decimal.is_whole());
    let number = double(text).unwrap_or(f64::NAN);
    (!numbers.integer || is_whole())
        && numbers.least.is_none_or(|least| number >= least)
        && numbers.most.is_none_or(|most| number <= most)
}

fn texts(a: &Texts, b: &Texts) -> bool {
    match (&a.constants, &b.constants) {
        (Some(a), Some(b)) => a.iter().any(|one| b.contains(one)),
        (Some(constants), None) => constants.iter().any(|one| text_fits(b, one)),
        (None, Some(constants)) => constants.iter().any(|one| text_fits(a, one)),
        (None, None) => {
            a.most.is_none_or(|most| most >= b.least)
                && b.most.is_none_or(|most| most >= a.least)
                && a.format.as_ref().zip(b.format.as_ref()).is_none_or(|(a, b)| !format::are_apart(a, b))
        }
    }
}

/// Whether a text is one of these.
pub(super) fn text_fits(texts: &Texts, text: &str) -> bool {
    if let Some(constants) = &texts.constants {
        return constants.iter().any(|constant| constant == text);
    }
    let length = super::algebra::length(text);
    length >= texts.least
        && texts.most.is_none_or(|most| length <= most)
        && texts.format.as_ref().is_none_or(|name| format::objection(name, text).is_none())
        && texts.pattern.as_ref().is_none_or(|pattern| super::pattern::matches(pattern, text) != Some(false))
}

fn arrays(a: &Array<'_>, b: &Array<'_>, depth: usize) -> bool {
    if a.most.is_some_and(|most| most < b.least) || b.most.is_some_and(|most| most < a.least) {
        return false;
    }
    let certain = usize::try_from(a.least.max(b.least)).unwrap_or(usize::MAX).min(16);
    (0..certain).all(|index| {
        let (a, b) = (a.first.get(index).unwrap_or(&a.rest), b.first.get(index).unwrap_or(&b.rest));
        a.identity() == b.identity() || may_equal(&a.get(), &b.get(), depth)
    })
}

/// Objects cannot be equal where a field that one has for certain is not in the other, or is never equal.
fn objects(a: &Object<'_>, b: &Object<'_>, depth: usize) -> bool {
    let fits = |a: &Object<'_>, b: &Object<'_>| {
        let certain = a.fields.iter().filter(|(_, field)| field.is_certain()).take(32);
        certain.into_iter().all(|(name, field)| {
            let (value, other) = (&field.value, b.fields.get(name));
            match other {
                Some(other) => {
                    is_same(value, &other.value) || may_equal(&value.get(), &other.value.get(), depth)
                }
                None => b.rest.is_some() || !b.closed,
            }
        })
    };
    fits(a, b) && fits(b, a)
}

fn is_same(a: &Lazy<'_>, b: &Lazy<'_>) -> bool {
    a.identity() == b.identity()
}
