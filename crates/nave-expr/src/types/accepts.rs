//! Whether a value lies in a type. Where a type says less than its schema did, so does this.

use serde_json::Value as Json;

use super::constants::{number_fits, text_fits};
use super::construct::number_text;
use super::{Array, Object, Type};

/// Types that may be looked at for one value; towers of alternatives that need more are taken to fit.
const BUDGET: u32 = 100_000;

impl Type<'_> {
    /// Whether a value lies in the type. Fields that no schema names are fine unless they are forbidden.
    pub fn accepts(&self, value: &Json) -> bool {
        let mut budget = BUDGET;
        accepts(self, value, &mut budget)
    }
}

fn accepts(known: &Type<'_>, value: &Json, budget: &mut u32) -> bool {
    let Some(left) = budget.checked_sub(1) else { return true };
    *budget = left;
    if known.is_unknown() {
        return true;
    }
    match value {
        Json::Null => known.null,
        Json::Bool(true) => known.booleans.yes,
        Json::Bool(false) => known.booleans.no,
        Json::Number(number) => {
            known.numbers.as_ref().is_some_and(|numbers| number_fits(numbers, &number_text(number)))
        }
        Json::String(text) => known.texts.as_ref().is_some_and(|texts| text_fits(texts, text)),
        Json::Array(items) => known.arrays.as_ref().is_some_and(|array| array_fits(array, items, budget)),
        Json::Object(members) => known.objects.iter().any(|object| object_fits(object, members, budget)),
    }
}

fn array_fits(array: &Array<'_>, items: &[Json], budget: &mut u32) -> bool {
    let length = u64::try_from(items.len()).unwrap_or(u64::MAX);
    if length < array.least || array.most.is_some_and(|most| length > most) {
        return false;
    }
    let rest = (items.len() > array.first.len()).then(|| array.rest.get());
    items.iter().enumerate().all(|(index, item)| match (array.first.get(index), &rest) {
        (Some(first), _) => accepts(&first.get(), item, budget),
        (None, Some(rest)) => accepts(rest, item, budget),
        (None, None) => true,
    })
}

fn object_fits(object: &Object<'_>, members: &serde_json::Map<String, Json>, budget: &mut u32) -> bool {
    let is_missing = |name: &str| !members.contains_key(name);
    if object.fields.iter().any(|(name, field)| field.is_certain() && is_missing(name)) {
        return false;
    }
    members.iter().all(|(name, value)| match (object.fields.get(name.as_str()), &object.rest) {
        (Some(field), _) => accepts(&field.value.get(), value, budget),
        (None, Some(rest)) => accepts(&rest.get(), value, budget),
        (None, None) => !object.closed,
    })
}
