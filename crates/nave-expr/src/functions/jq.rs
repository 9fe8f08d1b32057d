//! The functions on values of jq 1.8.2, family by family. What they give and what they say when they
//! fail is jq's; where they differ the summary says so.

mod affixes;
mod containment;
mod conversion;
mod dates;
mod entries;
mod keys;
mod lists;
mod math;
mod numbers;
mod positions;
mod sizes;
mod texts;

use super::Function;

/// Every family.
pub(super) const FAMILIES: &[&[Function]] = &[
    sizes::FUNCTIONS,
    keys::FUNCTIONS,
    entries::FUNCTIONS,
    containment::FUNCTIONS,
    lists::FUNCTIONS,
    texts::FUNCTIONS,
    affixes::FUNCTIONS,
    positions::FUNCTIONS,
    conversion::FUNCTIONS,
    numbers::FUNCTIONS,
    math::ONE,
    math::TWO,
    math::OTHERS,
    dates::FUNCTIONS,
];
