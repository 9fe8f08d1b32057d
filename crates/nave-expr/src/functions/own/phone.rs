//! `phone`: a phone number in the one form systems exchange, whichever way people wrote it.

use super::amount::say;
use crate::functions::failure::type_error;
use crate::functions::run::{first, make_text};
use crate::functions::signature::{Call, Number, Objection, Text};
use crate::functions::tables::{PLANS, Plan, beginning, country};
use crate::functions::{Example, Function};
use crate::types::Type;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "phone",
    arity: 1,
    parameters: &["country"],
    summary: "The phone number as E.164 has it (+491701234567). A number without + or an international prefix is one of the country given, with or without its trunk prefix. Spaces, hyphens, dots, slashes and brackets do not count; extensions and letters are refused, and so are numbers of an impossible length.",
    is_jq: false,
    examples: &[
        Example { program: r#"phone("DE")"#, input: r#""0170 / 123 45 67""#, output: r#""+491701234567""# },
        Example {
            program: r#"phone("DE")"#,
            input: r#""+44 (0)20 7946-0018""#,
            output: r#""+442079460018""#,
        },
        Example { program: r#"phone("US")"#, input: r#""(201) 555-0123""#, output: r#""+12015550123""# },
        Example { program: r#"phone("IT")"#, input: r#""06 6982 1234""#, output: r#""+390669821234""# },
        Example { program: r#"phone("US")"#, input: r#""011 49 170 1234567""#, output: r#""+491701234567""# },
        Example {
            program: r#"phone("US")"#,
            input: r#""555-0123""#,
            output: r#"error: "555-0123" has 7 digits behind +1, and numbers there have 10"#,
        },
        Example {
            program: r#"phone("DE")"#,
            input: r#""030 123 ext. 4""#,
            output: r#"error: "030 123 ext. 4" is no phone number: `e` is no part of one"#,
        },
    ],
    run: |meter, input, arguments| {
        meter.steps(100)?;
        let plan = match first(arguments) {
            Value::Text(country) => plan(country.as_str()).map_err(|objection| say(meter, &objection))?,
            other => return Err(type_error(other, "is no country")),
        };
        let written = match input {
            Value::Text(text) => text.as_str().to_owned(),
            Value::Number(_) => input.to_text(meter)?,
            other => return Err(type_error(other, "is no phone number")),
        };
        let number = international(&written, plan).map_err(|objection| say(meter, &objection))?;
        make_text(meter, number)
    },
    types: |input, arguments| {
        Call::new("phone", input, arguments)
            .input(&[Text, Number])?
            .argument(0, &[Text])?
            .known(0, |country| plan(country).map(drop))?
            .gives(Type::text())
    },
}];

/// The plan of a country by any of its codes and names. Kosovo has one, though ISO 3166 does not list it.
fn plan(written: &str) -> Result<&'static Plan, Objection> {
    let by_code =
        |code: &str| PLANS.iter().find(|plan| !code.is_empty() && plan.country.eq_ignore_ascii_case(code));
    if let Some(plan) = by_code(written.trim()) {
        return Ok(plan);
    }
    let country = country(written)?;
    by_code(country.alpha2).ok_or_else(|| (format!("{} has no phone numbers of its own", country.name), None))
}

/// No number, with whatever stands between its digits, is longer.
const MOST: usize = 100;

fn international(written: &str, home: &'static Plan) -> Result<String, Objection> {
    let no_number = |why: String| (format!("\"{}\" is no phone number: {why}", beginning(written)), None);
    let text = written.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text).trim_start();
    if text.len() > MOST {
        return Err(no_number("it is too long".into()));
    }
    let (has_plus, rest) = match text.strip_prefix(['+', '\u{ff0b}']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    // The zero in brackets is for those who dial inside the country: +44 (0)20.
    let (digits, has_zero) = match rest.split_once("(0)") {
        Some((before, behind)) => (format!("{before}{behind}"), true),
        None => (rest.to_owned(), false),
    };
    let digits = digits_of(&digits).map_err(|letter| no_number(format!("`{letter}` is no part of one")))?;
    if digits.is_empty() {
        return Err(no_number("it has no digits".into()));
    }
    let abroad = if has_plus { Some(digits.as_str()) } else { digits.strip_prefix(home.international) };
    if let Some(abroad) = abroad {
        let plan = by_calling_code(abroad)
            .ok_or_else(|| no_number(format!("+{} begins no calling code", beginning(abroad))))?;
        let national = abroad.strip_prefix(plan.code).unwrap_or(abroad);
        let sharing: Vec<&Plan> = PLANS.iter().filter(|other| other.code == plan.code).collect();
        return complete(written, &sharing, national);
    }
    let digits = if has_zero && !home.trunk.is_empty() { format!("{}{digits}", home.trunk) } else { digits };
    complete(written, &[home], &digits)
}

/// The digits alone; the first letter that may not stand between them otherwise.
fn digits_of(text: &str) -> Result<String, char> {
    let mut digits = String::new();
    for letter in text.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            '-' | '.' | '/' | '(' | ')' | '[' | ']' | '·' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            other
                if other.is_whitespace()
                    || matches!(other, '\u{200b}' | '\u{200e}' | '\u{202a}'..='\u{202e}' | '\u{2060}') => {}
            other => return Err(other),
        }
    }
    Ok(digits)
}

/// Calling codes have one to three digits, and none begins another.
fn by_calling_code(digits: &str) -> Option<&'static Plan> {
    PLANS.iter().find(|plan| digits.starts_with(plan.code))
}

/// `+`, calling code and national number, without the trunk prefix where that leaves a possible number in
/// one of the countries that share the calling code.
fn complete(written: &str, plans: &[&Plan], national: &str) -> Result<String, Objection> {
    let Some(plan) = plans.first() else { return Err(("there is no plan".into(), None)) };
    let is_possible =
        |digits: &str| plans.iter().any(|plan| (plan.least..=plan.most).contains(&digits.len()));
    let bare = match national.strip_prefix(plan.trunk) {
        // Where the trunk prefix is 0, no national number begins with it.
        Some(bare) if plan.trunk.starts_with('0') || is_possible(bare) => bare,
        _ => national,
    };
    if is_possible(bare) {
        return Ok(format!("+{}{bare}", plan.code));
    }
    let least = plans.iter().map(|plan| plan.least).min().unwrap_or(0);
    let most = plans.iter().map(|plan| plan.most).max().unwrap_or(0);
    let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let (count, code) = (bare.len(), plan.code);
    let message = format!(
        "\"{}\" has {count} digits behind +{code}, and numbers there have {range}",
        beginning(written)
    );
    Err((message, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(country: &str, written: &str, expected: &str) {
        let found = plan(country).and_then(|plan| international(written, plan));
        assert_eq!(found.unwrap_or_else(|(message, _)| message), expected);
    }

    #[test]
    fn every_common_spelling_is_understood() {
        check("DE", "+49 170 1234567", "+491701234567");
        check("DE", "0049 170 1234567", "+491701234567");
        check("DE", "+49 (0) 170 1234567", "+491701234567");
        check("DE", "(0)170 1234567", "+491701234567");
        check("Germany", "170 1234567", "+491701234567");
        check("GB", "+44 020 7946 0018", "+442079460018");
        check("US", "1-201-555-0123", "+12015550123");
        check("CA", "tel:+1-416-555-0123", "+14165550123");
        check("RU", "8 (495) 123-45-67", "+74951234567");
        check("RU", "800 555 35 35", "+78005553535");
        check("HU", "06 20 123 4567", "+36201234567");
        check("JP", "010 49 170 1234567", "+491701234567");
        check("AU", "0011 44 20 7946 0018", "+442079460018");
        check("FR", "01 23 45 67 89", "+33123456789");
        check("ES", "612 34 56 78", "+34612345678");
        check("SM", "0549 886377", "+3780549886377");
        check("XK", "044 123 456", "+38344123456");
        check("DE", "+800 1234 5678", "+80012345678");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        check("DE", "", "\"\" is no phone number: it has no digits");
        check("DE", "+", "\"+\" is no phone number: it has no digits");
        check("DE", "+999 1", "\"+999 1\" is no phone number: +9991 begins no calling code");
        check("FR", "+33 1 23 45", "\"+33 1 23 45\" has 5 digits behind +33, and numbers there have 9");
        check("US", "1-800-FLOWERS", "\"1-800-FLOWERS\" is no phone number: `F` is no part of one");
        check("HM", "1", "Heard and McDonald Islands has no phone numbers of its own");
        check(
            "DE",
            &"1".repeat(200),
            &format!("\"{}...\" is no phone number: it is too long", "1".repeat(37)),
        );
    }
}
