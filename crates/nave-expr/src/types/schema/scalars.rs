//! What schemas say about numbers and texts.

use std::rc::Rc;

use nave_model::Decimal;
use serde_json::Value as Json;

use super::super::{Kind, Numbers, Texts};
use super::Place;

/// Formats that vendors give to numbers (OpenAPI's format registry).
const OF_NUMBERS: [&str; 12] = [
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float",
    "double",
    "double-int",
    "decimal128",
];

/// What a format is about, where no `type` says it.
pub(super) fn kind_of_format(format: &Json) -> Kind {
    match format.as_str() {
        Some(name) if OF_NUMBERS.contains(&name) => Kind::Number,
        _ => Kind::String,
    }
}

/// Whether a schema admits bytes: Swagger's `file`, `format: binary`, or a media type of its content that
/// is not encoded as text (OpenAPI 3.1 "Considerations for File Uploads").
pub(super) fn is_file(part: Place<'_>) -> bool {
    let word = |name: &str| part.keyword(name).and_then(Json::as_str);
    word("type") == Some("file")
        || word("format") == Some("binary")
        || (word("contentMediaType").is_some() && word("contentEncoding").is_none())
}

/// The numbers that all parts admit.
pub(super) fn numbers(parts: &[Place<'_>], is_whole: bool) -> Numbers {
    let is_multiple = parts.iter().any(|part| {
        part.keyword("multipleOf").and_then(decimal).is_some_and(|one| one == Decimal::scaled(1, 0))
    });
    let integer = is_whole || is_multiple;
    let least = parts.iter().filter_map(|part| bound(*part, &LOWER, integer)).reduce(f64::max);
    let most = parts.iter().filter_map(|part| bound(*part, &UPPER, integer)).reduce(f64::min);
    Numbers { integer, constants: None, least, most }
}

/// The keywords of one side.
struct Side {
    inclusive: &'static str,
    exclusive: &'static str,
    /// What comes after a bound that is not included, among whole numbers.
    step: i128,
}

const LOWER: Side = Side { inclusive: "minimum", exclusive: "exclusiveMinimum", step: 1 };
const UPPER: Side = Side { inclusive: "maximum", exclusive: "exclusiveMaximum", step: -1 };

/// The bound of one part, rounded outwards where a double cannot hold it. Draft 4, Swagger 2.0 and
/// OpenAPI 3.0 write exclusive bounds as a boolean beside the bound.
fn bound(part: Place<'_>, side: &Side, is_whole: bool) -> Option<f64> {
    let inclusive = part.keyword(side.inclusive).and_then(decimal);
    let excluded = match part.keyword(side.exclusive) {
        Some(Json::Bool(true)) => inclusive.clone(),
        Some(number) => decimal(number),
        None => None,
    };
    let beyond = excluded.map(|excluded| match excluded.units(0) {
        Some(whole) if is_whole => Decimal::scaled(whole.saturating_add(side.step), 0),
        _ => excluded,
    });
    let bounds = [inclusive, beyond].into_iter().flatten().map(|bound| outward(&bound, side.step));
    bounds.reduce(if side.step > 0 { f64::max } else { f64::min })
}

fn outward(bound: &Decimal, step: i128) -> f64 {
    let text = bound.to_string();
    let float: f64 = text.parse().unwrap_or(f64::NAN);
    let exact = serde_json::Number::from_f64(float).and_then(|number| Decimal::parse(number.as_str()));
    match exact {
        Some(exact) if step > 0 && exact > *bound => float.next_down(),
        Some(exact) if step < 0 && exact < *bound => float.next_up(),
        _ => float,
    }
}

fn decimal(value: &Json) -> Option<Decimal> {
    Decimal::parse(value.as_number()?.as_str())
}

/// The texts that all parts admit.
pub(super) fn texts(parts: &[Place<'_>]) -> Texts {
    let word = |name: &str| -> Option<Rc<str>> {
        parts.iter().find_map(|part| part.keyword(name)?.as_str()).map(Rc::from)
    };
    let counts = |name: &'static str| parts.iter().filter_map(move |part| count(part.keyword(name)?));
    Texts {
        constants: None,
        format: word("format"),
        least: counts("minLength").max().unwrap_or_default(),
        most: counts("maxLength").min(),
        pattern: word("pattern"),
    }
}

/// A count as a keyword gives it; some descriptions write `5.0`.
pub(super) fn count(operand: &Json) -> Option<u64> {
    u64::try_from(decimal(operand)?.units(0)?).ok()
}
