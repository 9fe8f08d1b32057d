//! The `format` keyword: refuses only values that are clearly wrong. Vendors use formats loosely, so a
//! doubt is settled for the value, and a format that is not listed here is not checked.

use std::net::{Ipv4Addr, Ipv6Addr};

/// One format: its name, what it asks for in words, and the test a text has to pass.
struct Format {
    name: &'static str,
    wanted: &'static str,
    fits: fn(&str) -> bool,
}

/// Formats of strings: JSON Schema Validation 2020-12 section 7.3, OpenAPI's format registry, and two
/// spellings that are common in real descriptions.
const FORMATS: &[Format] = &[
    Format { name: "date", wanted: "a date such as `2026-11-23`", fits: is_date },
    Format {
        name: "date-time",
        wanted: "a date and time such as `2026-11-23T10:00:00Z`",
        fits: is_date_time,
    },
    Format { name: "time", wanted: "a time such as `10:00:00Z`", fits: is_time },
    Format { name: "duration", wanted: "an ISO 8601 duration such as `PT1H30M`", fits: is_duration },
    Format { name: "email", wanted: "an email address", fits: is_email },
    Format { name: "idn-email", wanted: "an email address", fits: is_email },
    Format {
        name: "uri",
        wanted: "an address with its scheme, such as `https://example.com/x`",
        fits: is_uri,
    },
    Format {
        name: "url",
        wanted: "an address with its scheme, such as `https://example.com/x`",
        fits: is_uri,
    },
    Format { name: "uri-reference", wanted: "an address without spaces", fits: is_one_word },
    Format { name: "uuid", wanted: "a UUID", fits: is_uuid },
    Format { name: "ipv4", wanted: "an IPv4 address", fits: is_ipv4 },
    Format { name: "ipv6", wanted: "an IPv6 address", fits: is_ipv6 },
    Format { name: "hostname", wanted: "a host name", fits: is_hostname },
    Format { name: "byte", wanted: "base64 text", fits: is_base64 },
    Format { name: "int32", wanted: "a whole number of 32 bits, as text", fits: is_int32 },
    Format { name: "int64", wanted: "a whole number of 64 bits, as text", fits: is_int64 },
    Format { name: "json-pointer", wanted: "a JSON pointer such as `/a/b`", fits: is_json_pointer },
    Format { name: "regex", wanted: "a regular expression", fits: is_regex },
];

/// What the format asks for, where `text` clearly is not it.
pub fn objection(format: &str, text: &str) -> Option<&'static str> {
    let format = FORMATS.iter().find(|known| known.name == format)?;
    (!(format.fits)(text)).then_some(format.wanted)
}

/// What the format asks for, in words, where it is one that is checked.
pub fn wanted(format: &str) -> Option<&'static str> {
    FORMATS.iter().find(|known| known.name == format).map(|known| known.wanted)
}

/// Formats no text of one of which is a text of another, but for an address that is an email address too
/// (`mailto:a@b`).
const APART: [&str; 8] = ["date", "date-time", "time", "duration", "uuid", "ipv4", "email", "uri"];

/// Whether no text has both formats: what passes as one is refused as the other. Formats that are not
/// checked, and those that overlap, are not apart.
pub fn are_apart(a: &str, b: &str) -> bool {
    let plain = |name| match name {
        "url" => "uri",
        "idn-email" => "email",
        other => other,
    };
    let (a, b) = (plain(a), plain(b));
    let overlap = matches!((a, b), ("email", "uri") | ("uri", "email"));
    a != b && !overlap && APART.contains(&a) && APART.contains(&b)
}

/// The inclusive range of an integer format.
pub fn integer_range(format: &str) -> Option<(i128, i128)> {
    match format {
        "int32" => Some((i128::from(i32::MIN), i128::from(i32::MAX))),
        "int64" => Some((i128::from(i64::MIN), i128::from(i64::MAX))),
        "uint32" => Some((0, i128::from(u32::MAX))),
        "uint64" => Some((0, i128::from(u64::MAX))),
        _ => None,
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// RFC 3339; a missing offset and a space for the `T` are common and accepted.
fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.split_at_checked(10) else { return false };
    let Some(time) = rest.strip_prefix(['T', 't', ' ']) else { return false };
    is_date(date) && is_time(time)
}

fn is_time(text: &str) -> bool {
    let clock = text.trim_end_matches(['Z', 'z']);
    let clock = match clock.rfind(['+', '-']).and_then(|at| clock.split_at_checked(at)) {
        Some((clock, offset)) if is_offset(offset) => clock,
        Some(_) => return false,
        None => clock,
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    let below = |part: Option<&&str>, limit: u32| match part {
        Some(digits) => digits.len() == 2 && digits.parse::<u32>().is_ok_and(|n| n < limit),
        None => true,
    };
    let fraction_fits = !fraction.is_empty() && fraction.chars().all(|c| c.is_ascii_digit());
    (2..=3).contains(&parts.len())
        && fraction_fits
        && below(parts.first(), 24)
        && below(parts.get(1), 60)
        && below(parts.get(2), 61)
}

fn is_offset(text: &str) -> bool {
    let digits = text.chars().skip(1).filter(|c| *c != ':').collect::<String>();
    matches!(digits.len(), 2 | 4) && digits.chars().all(|c| c.is_ascii_digit())
}

fn is_duration(text: &str) -> bool {
    let body = text.trim_start_matches(['+', '-']);
    let Some(body) = body.strip_prefix(['P', 'p']) else { return false };
    body.ends_with(|c: char| c.is_ascii_alphabetic())
        && body.chars().any(|c| c.is_ascii_digit())
        && body.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ','))
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let quoted = local.starts_with('"') && local.ends_with('"');
    !local.is_empty() && !domain.is_empty() && (quoted || !text.contains(char::is_whitespace))
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    is_one_word(text) && scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(letters)
}

fn is_one_word(text: &str) -> bool {
    !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn is_uuid(text: &str) -> bool {
    let digits = text.trim_start_matches('{').trim_end_matches('}').chars().filter(|c| *c != '-');
    let (mut count, mut hexadecimal) = (0_usize, true);
    for digit in digits {
        count += 1;
        hexadecimal &= digit.is_ascii_hexdigit();
    }
    count == 32 && hexadecimal
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

fn is_hostname(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '*');
    !text.is_empty() && text.len() <= 255 && text.chars().all(fits)
}

fn is_base64(text: &str) -> bool {
    let fits = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=') || c.is_ascii_whitespace()
    };
    text.chars().all(fits)
}

fn is_int32(text: &str) -> bool {
    text.parse::<i32>().is_ok()
}

/// Systems that answer large numbers as text use unsigned ones too.
fn is_int64(text: &str) -> bool {
    text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok()
}

fn is_json_pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}

fn is_regex(text: &str) -> bool {
    let Some(obstacle) = super::pattern::obstacle(text) else { return true };
    !obstacle.contains("unclosed") && !obstacle.contains("unopened")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, fits: &[&str], wrong: &[&str]) {
        for text in fits {
            assert_eq!(objection(format, text), None, "{format}: {text}");
        }
        for text in wrong {
            assert!(objection(format, text).is_some(), "{format}: {text}");
        }
    }

    #[test]
    fn clearly_wrong_values_are_refused_and_doubtful_ones_are_not() {
        check("date", &["2026-11-23"], &["2026-13-01", "23.11.2026", "2026-11-23T10:00:00Z"]);
        check(
            "date-time",
            &[
                "2026-11-23T10:00:00Z",
                "2026-11-23t10:00:00.123+01:00",
                "2026-11-23T10:00:00",
                "2026-11-23 10:00",
            ],
            &["2026-11-23", "tomorrow", "2026-11-23T25:00:00Z", "1763892000"],
        );
        check("time", &["10:00:00Z", "23:59:60.5-08:00"], &["10", "24:00:00", "noon"]);
        check("duration", &["P3D", "PT1H30M", "-P1W"], &["3 days", "P", "PT"]);
        check("email", &["a@b.example", "\"a b\"@c"], &["a.example", "@b", "a b@c"]);
        check("uri", &["https://a.example/x", "mailto:a@b"], &["a.example", "https://a b", ""]);
        check("uri-reference", &["../x", ""], &["a b"]);
        check(
            "uuid",
            &["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b8109dad11d180b400c04fd430c8"],
            &["6ba7"],
        );
        check("ipv4", &["192.0.2.1"], &["192.0.2.256", "::1"]);
        check("ipv6", &["2001:db8::1"], &["192.0.2.1"]);
        check("hostname", &["a.example", "*.a.example"], &["", "a b", "a/b"]);
        check("byte", &["aGk=", "aGk", ""], &["{}", "h\u{e4}"]);
        check("int64", &["-5"], &["5.5", "x"]);
        check("json-pointer", &["", "/a"], &["a"]);
        check("regex", &["^a+$", "(?=x)"], &["(", "[a"]);
        check("unix-time", &["anything"], &[]);
    }
}
