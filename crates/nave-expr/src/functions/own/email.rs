//! `email`: an e-mail address in one form, and whether it is one at all.

use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_text, make_text};
use crate::functions::signature::{Call, Objection, Text};
use crate::functions::tables::beginning;
use crate::functions::{Example, Function};
use crate::types::Type;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "email",
    arity: 0,
    parameters: &[],
    summary: "The e-mail address without spaces around it and with its domain in lower case; the part before the @ keeps its case, which is the receiver's matter. `Name <address>` and `mailto:` are understood. What no system delivers to (RFC 5321, without quoted names and address literals) is refused.",
    is_jq: false,
    examples: &[
        Example { program: "email", input: r#"" Jo.Doe@Example.COM ""#, output: r#""Jo.Doe@example.com""# },
        Example { program: "email", input: r#""Jo Doe <jo@example.com>""#, output: r#""jo@example.com""# },
        Example {
            program: "email",
            input: r#""jo@example""#,
            output: r#"error: "jo@example" is no e-mail address: its domain has no dot"#,
        },
        Example {
            program: "email",
            input: r#""jo.example.com""#,
            output: r#"error: "jo.example.com" is no e-mail address: it has no @"#,
        },
    ],
    run: |meter, input, _| {
        let (name, domain) = parts(input)?;
        make_text(meter, format!("{name}@{domain}"))
    },
    types: |input, arguments| {
        Call::new("email", input, arguments)
            .input(&[Text])?
            .known_input(|text| address(text).map(drop))?
            .gives(Type::text_of_format("email"))
    },
}];

/// The part before the @, and the domain in lower case.
///
/// # Errors
/// The value is no text, or no address.
pub(super) fn parts<'v, 'a>(input: &'v Value<'_>) -> Result<(&'v str, String), Error<'a>> {
    let text = as_text(input).ok_or_else(|| type_error(input, "is no e-mail address"))?;
    address(text).map_err(|(message, _)| Error::new(message))
}

/// RFC 5321 section 4.1.2 (`Dot-string`, `Domain`) and section 4.5.3.1 for lengths.
fn address(written: &str) -> Result<(&str, String), Objection> {
    let wrong = |why: &str| (format!("\"{}\" is no e-mail address: {why}", beginning(written)), None);
    let text = written.trim();
    let text = match text.rsplit_once('<') {
        Some((_, address)) => address.strip_suffix('>').ok_or_else(|| wrong("its `<` is not closed"))?.trim(),
        None => text,
    };
    let scheme = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let text = scheme.and_then(|_| text.get(7..)).unwrap_or(text);
    let (name, domain) = text.rsplit_once('@').ok_or_else(|| wrong("it has no @"))?;
    let is_atom = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter);
    if name.is_empty() || name.len() > 64 {
        return Err(wrong("1 to 64 characters may stand before the @"));
    }
    if let Some(letter) = name.chars().find(|letter| !is_atom(*letter) && *letter != '.') {
        return Err(wrong(&format!("`{letter}` may not stand before the @")));
    }
    if name.split('.').any(str::is_empty) {
        return Err(wrong("a dot before the @ must stand between other characters"));
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if !domain.contains('.') {
        return Err(wrong("its domain has no dot"));
    }
    if name.len() + domain.len() + 1 > 254 {
        return Err(wrong("it has more than 254 characters"));
    }
    let is_label = |label: &str| {
        let fits = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    if let Some(label) = domain.split('.').find(|label| !is_label(label)) {
        return Err(wrong(&format!("`{}` is no part of a domain", beginning(label))));
    }
    if domain.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(wrong("its domain ends in a number"));
    }
    Ok((name, domain.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for (written, expected) in [
            ("a@b.co", "a@b.co"),
            ("MAILTO:A+tag@B.Co", "A+tag@b.co"),
            ("\"Doe, Jo\" < jo@x.example. >", "jo@x.example"),
            ("o'brien@xn--bcher-kva.example", "o'brien@xn--bcher-kva.example"),
        ] {
            let (name, domain) = address(written).unwrap();
            assert_eq!(format!("{name}@{domain}"), expected);
        }
        for written in [
            "",
            "@",
            "a@",
            "@b.co",
            "a b@c.de",
            "a..b@c.de",
            ".a@c.de",
            "a@b..de",
            "a@-b.de",
            "a@1.2.3.4",
            "a@b_c.de",
            "<a@b.co",
            "ä@b.co",
            "a@b.co, c@d.eu",
            "\"a b\"@c.de",
            "a@[1.2.3.4]",
        ] {
            assert!(address(written).is_err(), "{written}");
        }
        assert!(address(&format!("{}@b.co", "a".repeat(65))).is_err());
        assert!(address(&format!("a@{}.co", "b.".repeat(126))).is_err());
    }
}
