//! Booleans, numbers and texts: constants, bounds and formats.

use nave_model::fault::codes;

use super::super::constants::{number_fits, text_fits};
use super::super::{Numbers, Texts, Type, format};
use super::walk::Walk;
use super::{mend, words};

/// Compares what both types have of the plain kinds.
pub(super) fn compare(walk: &mut Walk<'_>, from: &Type<'_>, to: &Type<'_>) -> bool {
    let mut fits = booleans(walk, from, to);
    let repairs = walk.assignment.repairs;
    if let Some((from, taken)) = from.numbers.as_ref().zip(to.numbers.as_ref()) {
        fits &= numbers(walk, from, taken, &|number| repairs && mend::mended_number(number, to));
    }
    if let Some((from, taken)) = from.texts.as_ref().zip(to.texts.as_ref()) {
        fits &= texts(walk, from, taken, &|text| repairs && mend::mended_text(text, to));
    }
    fits
}

fn booleans(walk: &mut Walk<'_>, from: &Type<'_>, to: &Type<'_>) -> bool {
    let (given, taken) = (from.booleans, to.booleans);
    let wrong = match (given.yes && !taken.yes, given.no && !taken.no) {
        (true, false) if taken.no => "true",
        (false, true) if taken.yes => "false",
        _ => return true,
    };
    let wrong = [wrong.to_owned()];
    let is_only = given.yes != given.no;
    let allowed = if taken.yes { "only true is allowed" } else { "only false is allowed" };
    walk.report(codes::MAPPING_VALUE, |walk| words::constants(walk, &wrong, is_only, allowed, None))
}

type Mended<'m> = &'m dyn Fn(&str) -> bool;

fn numbers(walk: &mut Walk<'_>, from: &Numbers, to: &Numbers, is_mended: Mended<'_>) -> bool {
    if let Some(constants) = &from.constants {
        let is_wrong = |one: &&String| !number_fits(to, one) && !is_mended(one);
        let wrong: Vec<String> = constants.iter().filter(is_wrong).cloned().collect();
        return wrong.is_empty()
            || walk.report(codes::MAPPING_VALUE, |walk| {
                words::constants(walk, &wrong, constants.len() == 1, &words::allowed_numbers(to), None)
            });
    }
    if let Some(constants) = &to.constants {
        return walk.report(codes::MAPPING_VALUE, |walk| words::not_listed(walk, "number", constants));
    }
    if to.integer && !from.integer {
        return walk.report(codes::MAPPING_TYPE, words::fraction);
    }
    let below = |high: Option<f64>, low: Option<f64>| high.zip(low).is_some_and(|(high, low)| high < low);
    if below(from.most, to.least) || below(to.most, from.least) {
        return walk.report(codes::MAPPING_VALUE, |walk| words::out_of_range(walk, from, to));
    }
    !walk.strict || within(from, to)
}

/// Whether the bounds of one lie within those of the other.
fn within(from: &Numbers, to: &Numbers) -> bool {
    to.least.is_none_or(|least| from.least.is_some_and(|given| given >= least))
        && to.most.is_none_or(|most| from.most.is_some_and(|given| given <= most))
}

fn texts(walk: &mut Walk<'_>, from: &Texts, to: &Texts, is_mended: Mended<'_>) -> bool {
    if let Some(constants) = &from.constants {
        let is_wrong = |one: &&String| !text_fits(to, one) && !is_mended(one);
        let wrong: Vec<String> = constants.iter().filter(is_wrong).cloned().collect();
        return wrong.is_empty()
            || walk
                .report(codes::MAPPING_VALUE, |walk| words::wrong_texts(walk, &wrong, constants.len(), to));
    }
    if let Some(constants) = &to.constants {
        return walk.report(codes::MAPPING_VALUE, |walk| words::not_listed(walk, "text", constants));
    }
    if let Some((given, taken)) = from.format.as_ref().zip(to.format.as_ref())
        && format::are_apart(given, taken)
    {
        return walk.report(codes::MAPPING_TYPE, |walk| words::formats(walk, given, taken));
    }
    if from.most.is_some_and(|most| most < to.least) || to.most.is_some_and(|most| most < from.least) {
        return walk.report(codes::MAPPING_VALUE, |walk| words::length(walk, from, to));
    }
    !walk.strict
        || (from.least >= to.least
            && to.most.is_none_or(|most| from.most.is_some_and(|given| given <= most))
            && (to.format.is_none() || to.format == from.format)
            && (to.pattern.is_none() || to.pattern == from.pattern))
}
