//! Which values are repaired without loss before they are checked, as the check of arguments does.

use super::super::constants::{number_fits, text_fits};
use super::super::{Kind, Numbers, Type};
use nave_model::Decimal;

/// Formats of texts that hold a whole number as JSON writes it.
const WHOLE: [&str; 4] = ["int32", "int64", "uint32", "uint64"];

/// Whether what is given of a kind the target does not take is always repaired into something it takes: a
/// whole number into a text; a text that is exactly a number or a boolean into that.
pub(super) fn is_mended(kind: Kind, from: &Type<'_>, to: &Type<'_>) -> bool {
    match kind {
        Kind::Number => match (&from.numbers, &to.texts) {
            (Some(numbers), Some(texts)) if numbers.integer && !is_file(to) => match &numbers.constants {
                Some(constants) => constants.iter().all(|text| text_fits(texts, text)),
                None => texts.constants.is_none(),
            },
            _ => false,
        },
        Kind::String => {
            let Some(texts) = &from.texts else { return false };
            match &texts.constants {
                Some(constants) => constants.iter().all(|text| mended_text(text, to)),
                None => {
                    let is_whole = texts.format.as_ref().is_some_and(|format| WHOLE.contains(&&**format));
                    is_whole && to.numbers.as_ref().is_some_and(|numbers| numbers.constants.is_none())
                }
            }
        }
        Kind::Null | Kind::Boolean | Kind::Array | Kind::Object => false,
    }
}

/// Whether a number that is none of the target's numbers is repaired into one of its texts.
pub(super) fn mended_number(number: &str, to: &Type<'_>) -> bool {
    let is_whole = Decimal::parse(number).is_some_and(|decimal| decimal.is_whole());
    is_whole && !is_file(to) && to.texts.as_ref().is_some_and(|texts| text_fits(texts, number))
}

/// A file's content is never made from a number.
fn is_file(to: &Type<'_>) -> bool {
    to.objects.iter().any(|object| object.closed && object.fields.contains_key("base64"))
}

/// Whether a text that is none of the target's texts is repaired into one of its numbers or booleans.
pub(super) fn mended_text(text: &str, to: &Type<'_>) -> bool {
    let is_boolean = match text {
        "true" => to.booleans.yes,
        "false" => to.booleans.no,
        _ => false,
    };
    is_boolean || to.numbers.as_ref().is_some_and(|numbers| is_exactly_a_number(text, numbers))
}

/// A text counts as a number only if the number is written back as exactly that text.
fn is_exactly_a_number(text: &str, numbers: &Numbers) -> bool {
    let whole = text.parse::<i64>().is_ok_and(|whole| whole.to_string() == text);
    let float = || {
        let number = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
        !numbers.integer && number.is_some_and(|number| number.to_string() == text)
    };
    (whole || float()) && Decimal::parse(text).is_some_and(|one| number_fits(numbers, &one.to_string()))
}
