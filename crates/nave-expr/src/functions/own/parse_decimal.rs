//! `parse_decimal`: a number from a text as people of some country write it.

use super::amount::number;
use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_text, first, second};
use crate::functions::signature::{Call, Text};
use crate::functions::{Example, Function};
use crate::types::Type;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "parse_decimal",
    arity: 2,
    parameters: &["decimal", "group"],
    summary: "The exact number of a text with this decimal separator and this one between groups of digits. With a group separator of one space, any white space and apostrophe counts; an empty one means there is none. Groups must have three digits.",
    is_jq: false,
    examples: &[
        Example { program: r#"parse_decimal(","; ".")"#, input: r#""1.234,56""#, output: "1234.56" },
        Example { program: r#"parse_decimal(","; " ")"#, input: r#""-12 345""#, output: "-12345" },
        Example { program: r#"parse_decimal("."; ",")"#, input: r#""0.10""#, output: "0.10" },
        Example {
            program: r#"parse_decimal("."; ",")"#,
            input: r#""1.234,56""#,
            output: r#"error: string ("1.234,56") is no number with "." before the decimals and "," between groups of three digits"#,
        },
    ],
    run: parse,
    types: |input, arguments| {
        Call::new("parse_decimal", input, arguments)
            .input(&[Text])?
            .argument(0, &[Text])?
            .argument(1, &[Text])?
            .gives(Type::number())
    },
}];

fn parse<'a>(meter: &Meter, input: &Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let (Some(point), Some(group)) = (as_text(first(arguments)), as_text(second(arguments))) else {
        return Err(Error::new("the separators of `parse_decimal` must be texts"));
    };
    if point.is_empty() || point == group {
        return Err(Error::new(
            "`parse_decimal` needs a decimal separator that is not the one between groups",
        ));
    }
    let text = as_text(input).ok_or_else(|| type_error(input, "is no text to read a number from"))?;
    meter.bytes(text.len())?;
    let refused = || {
        let what = format!(
            "is no number with \"{point}\" before the decimals and \"{group}\" between groups of three digits"
        );
        type_error(input, &what)
    };
    let text = text.trim();
    let (is_negative, size) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(size) => (true, size.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match size.split_once(point) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (size, None),
    };
    let whole = ungrouped(whole, group).ok_or_else(refused)?;
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(&whole) || fraction.is_some_and(|fraction| !are_digits(fraction)) {
        return Err(refused());
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        kept => kept,
    };
    let sign = if is_negative { "-" } else { "" };
    let fraction = fraction.map(|fraction| format!(".{fraction}")).unwrap_or_default();
    Ok(number(format!("{sign}{whole}{fraction}")))
}

/// The digits of the groups; `None` where a group behind the first has not three.
fn ungrouped(whole: &str, group: &str) -> Option<String> {
    let groups: Vec<&str> = match group {
        "" => vec![whole],
        " " => whole.split(|letter: char| letter.is_whitespace() || matches!(letter, '\'' | '’')).collect(),
        group => whole.split(group).collect(),
    };
    let (first, others) = groups.split_first()?;
    let is_grouped =
        others.iter().all(|group| group.len() == 3) && (others.is_empty() || (1..=3).contains(&first.len()));
    is_grouped.then(|| groups.concat())
}
