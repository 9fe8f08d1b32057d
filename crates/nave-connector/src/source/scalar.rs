//! A plain YAML scalar → value, by the core schema of YAML 1.2.2 section 10.3.2: `yes` and `no` are
//! words, `2022-01-01` is text, `0o17` and `0x1F` are numbers.

use serde_json::{Number, Value};

/// What a plain scalar, or a scalar with a core tag such as `int`, stands for.
pub fn resolve(text: &str, tag: Option<&str>) -> Value {
    match tag {
        Some("str" | "binary" | "timestamp") => Value::String(text.to_owned()),
        Some("null") => Value::Null,
        Some("float") => {
            text.parse().ok().and_then(Number::from_f64).map_or_else(|| plain(text), Value::Number)
        }
        Some(_) | None => plain(text),
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

fn number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1_i8, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        b'0'..=b'9' | b'.' => (1, text),
        _ => return None,
    };
    if let Some(octal) = text.strip_prefix("0o") {
        return radix(octal, 8);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return radix(hexadecimal, 16);
    }
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = digits.trim_start_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits };
        return exact(sign, digits);
    }
    if !is_float(digits) {
        return None;
    }
    let value: f64 = digits.parse().ok()?;
    // What JSON can write stays as it is written, to the last digit.
    exact(sign, digits).or_else(|| Number::from_f64(if sign < 0 { -value } else { value }))
}

fn exact(sign: i8, digits: &str) -> Option<Number> {
    if sign < 0 { format!("-{digits}").parse().ok() } else { digits.parse().ok() }
}

fn radix(digits: &str, radix: u32) -> Option<Number> {
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().map(Number::from)
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, expected) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("true", json!(true)),
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("12", json!(12)),
            ("+12", json!(12)),
            ("-12", json!(-12)),
            ("007", json!(7)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0x+1", json!("0x+1")),
            ("1.5", json!(1.5)),
            ("-.5e2", json!(-50.0)),
            ("1.", json!(1.0)),
            (".", json!(".")),
            ("-", json!("-")),
            ("1e", json!("1e")),
            ("1_000", json!("1_000")),
            ("2022-01-01", json!("2022-01-01")),
            ("1.2.3", json!("1.2.3")),
            (".inf", json!(".inf")),
            (".nan", json!(".nan")),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("18446744073709551616", serde_json::from_str("18446744073709551616").unwrap()),
            ("-0.12345678901234567891", serde_json::from_str("-0.12345678901234567891").unwrap()),
            ("-9223372036854775808", json!(i64::MIN)),
        ] {
            assert_eq!(resolve(text, None), expected, "{text}");
        }
    }

    #[test]
    fn tags_decide() {
        assert_eq!(resolve("12", Some("str")), json!("12"));
        assert_eq!(resolve("12", Some("float")), json!(12.0));
        assert_eq!(resolve("12", Some("int")), json!(12));
    }
}
