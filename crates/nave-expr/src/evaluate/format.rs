//! Values as texts in a format: `@csv`, `@uri`, `@base64` and the like. By jq 1.8 (`f_format` of its
//! `builtin.c`), messages included.

use crate::budget::Meter;
use crate::compile::node::{FORMATS, Format};
use crate::error::Error;
use crate::evaluate::operators::unfit;
use crate::value::{Text, Value};

type Made<'a> = Result<Value<'a>, Error<'a>>;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// `@format` of a value.
pub(crate) fn apply<'a>(meter: &Meter, format: Format, value: &Value<'a>) -> Made<'a> {
    match format {
        Format::Text => match value {
            Value::Text(_) => Ok(value.clone()),
            other => Ok(Value::text(other.to_text(meter)?)),
        },
        Format::Json => {
            let mut text = String::new();
            value.write_text(meter, &mut text)?;
            Ok(Value::text(text))
        }
        Format::Csv => row(meter, value, "cannot be csv-formatted, only array", ",", csv_text),
        Format::Tsv => row(meter, value, "cannot be tsv-formatted, only array", "\t", tsv_text),
        Format::Html => html(meter, &text_of(meter, value)?),
        Format::Uri => uri(meter, text_of(meter, value)?.as_str()),
        Format::UriDecode => uri_decode(meter, &text_of(meter, value)?),
        Format::Shell => shell(meter, value),
        Format::Base64 => base64(meter, text_of(meter, value)?.as_str().as_bytes()),
        Format::Base64Decode => base64_decode(meter, &text_of(meter, value)?),
    }
}

/// `format(name)`
pub(super) fn named<'a>(meter: &Meter, name: &Value<'a>, value: &Value<'a>) -> Made<'a> {
    let Value::Text(name) = name else { return Err(unfit(name, "is not a valid format")) };
    match FORMATS.iter().find(|(known, _)| *known == name.as_str()) {
        Some((_, format)) => apply(meter, *format, value),
        None => Err(Error::new(format!("{} is not a valid format", name.as_str()))),
    }
}

fn text_of<'a>(meter: &Meter, value: &Value<'a>) -> Result<Text<'a>, Error<'a>> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        other => Ok(other.to_text(meter)?.into()),
    }
}

fn row<'a>(
    meter: &Meter,
    value: &Value<'a>,
    unlisted: &str,
    separator: &str,
    write: fn(&str, &mut String),
) -> Made<'a> {
    let Value::Array(items) = value else { return Err(unfit(value, unlisted)) };
    let mut line = String::new();
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            line.push_str(separator);
        }
        meter.items(1)?;
        match &item {
            Value::Null => {}
            Value::Number(number) if number.is_nan() => {}
            Value::Bool(_) | Value::Number(_) => item.write_text(meter, &mut line)?,
            Value::Text(text) => {
                meter.bytes(text.as_str().len().saturating_mul(2))?;
                write(text.as_str(), &mut line);
            }
            other => return Err(unfit(other, "is not valid in a csv row")),
        }
    }
    Ok(Value::text(line))
}

fn csv_text(text: &str, line: &mut String) {
    line.push('"');
    for c in text.chars() {
        match c {
            '"' => line.push_str("\"\""),
            '\0' => line.push_str("\\0"),
            other => line.push(other),
        }
    }
    line.push('"');
}

fn tsv_text(text: &str, line: &mut String) {
    for c in text.chars() {
        match c {
            '\t' => line.push_str("\\t"),
            '\r' => line.push_str("\\r"),
            '\n' => line.push_str("\\n"),
            '\\' => line.push_str("\\\\"),
            '\0' => line.push_str("\\0"),
            other => line.push(other),
        }
    }
}

fn html<'a>(meter: &Meter, text: &Text<'a>) -> Made<'a> {
    if !text.as_str().contains(['&', '<', '>', '\'', '"', '\0']) {
        return Ok(Value::Text(text.clone()));
    }
    meter.bytes(text.as_str().len().saturating_mul(6))?;
    let mut escaped = String::with_capacity(text.as_str().len() + 16);
    for c in text.as_str().chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&apos;"),
            '"' => escaped.push_str("&quot;"),
            '\0' => escaped.push_str("\\0"),
            other => escaped.push(other),
        }
    }
    Ok(Value::text(escaped))
}

/// Everything but the unreserved characters of RFC 3986 section 2.3 percent-encoded.
fn uri<'a>(meter: &Meter, text: &str) -> Made<'a> {
    meter.bytes(text.len().saturating_mul(3))?;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    Ok(Value::text(encoded))
}

fn uri_decode<'a>(meter: &Meter, text: &Text<'a>) -> Made<'a> {
    let wrong = || unfit(&Value::Text(text.clone()), "is not a valid uri encoding");
    meter.bytes(text.as_str().len())?;
    let mut decoded = Vec::with_capacity(text.as_str().len());
    let mut bytes = text.as_str().bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || {
            bytes
                .next()
                .and_then(|byte| char::from(byte).to_digit(16))
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(wrong()) };
        decoded.push(high << 4 | low);
    }
    String::from_utf8(decoded).map(Value::text).map_err(|_| wrong())
}

fn shell<'a>(meter: &Meter, value: &Value<'a>) -> Made<'a> {
    let mut line = String::new();
    let Value::Array(items) = value else {
        shell_word(meter, value, &mut line)?;
        return Ok(Value::text(line));
    };
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            line.push(' ');
        }
        meter.items(1)?;
        shell_word(meter, &item, &mut line)?;
    }
    Ok(Value::text(line))
}

fn shell_word<'a>(meter: &Meter, value: &Value<'a>, line: &mut String) -> Result<(), Error<'a>> {
    match value {
        Value::Text(text) => {
            meter.bytes(text.as_str().len().saturating_mul(4))?;
            line.push('\'');
            for c in text.as_str().chars() {
                match c {
                    '\'' => line.push_str("'\\''"),
                    '\0' => line.push_str("\\0"),
                    other => line.push(other),
                }
            }
            line.push('\'');
            Ok(())
        }
        Value::Array(_) | Value::Object(_) => Err(unfit(value, "can not be escaped for shell")),
        scalar => scalar.write_text(meter, line),
    }
}

/// RFC 4648 section 4.
fn base64<'a>(meter: &Meter, bytes: &[u8]) -> Made<'a> {
    meter.bytes((bytes.len() / 3 + 1).saturating_mul(4))?;
    let mut text = String::with_capacity((bytes.len() / 3 + 1) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |position: usize| u32::from(chunk.get(position).copied().unwrap_or(0));
        let code = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..4_usize {
            let index = code >> (18 - 6 * position) & 63;
            let letter = LETTERS.get(usize::try_from(index).unwrap_or(0)).copied().unwrap_or(b'A');
            text.push(if position > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    Ok(Value::text(text))
}

/// The same backwards; padding may be missing, and what stands behind it is not looked at. What is no
/// UTF-8 becomes U+FFFD.
fn base64_decode<'a>(meter: &Meter, text: &Text<'a>) -> Made<'a> {
    let bytes = text.as_str().as_bytes();
    meter.bytes(bytes.len())?;
    let mut decoded = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let (mut code, mut read) = (0_u32, 0);
    for byte in bytes.iter().take_while(|byte| **byte != b'=') {
        let letter = LETTERS.iter().position(|letter| letter == byte).and_then(|at| u32::try_from(at).ok());
        let Some(letter) = letter else {
            return Err(unfit(&Value::Text(text.clone()), "is not valid base64 data"));
        };
        code = code << 6 | letter;
        read += 1;
        if read == 4 {
            decoded.extend(code.to_be_bytes().get(1..).unwrap_or_default());
            (code, read) = (0, 0);
        }
    }
    match read {
        3 => decoded.extend((code << 6).to_be_bytes().get(1..3).unwrap_or_default()),
        2 => decoded.extend((code << 12).to_be_bytes().get(1..2).unwrap_or_default()),
        1 => return Err(unfit(&Value::Text(text.clone()), "trailing base64 byte found")),
        _ => {}
    }
    Ok(Value::text(utf8(&decoded)))
}

/// Bytes as a text. What is no UTF-8 becomes U+FFFD, once for each byte that begins nothing and once for
/// each sequence that breaks off, as in jq (`jvp_utf8_next`), whose sequences may break off at the end.
fn utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let wanted = match first {
            0..0x80 => 1,
            0xC2..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0..0xF5 => 4,
            _ => 0,
        };
        let following = rest.iter().skip(1).take_while(|byte| (0x80..0xC0).contains(*byte)).count();
        let length = match wanted {
            0 => 1,
            wanted if wanted > rest.len() => rest.len(),
            wanted => wanted.min(following + 1),
        };
        let (sequence, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        match std::str::from_utf8(sequence) {
            Ok(sequence) => text.push_str(sequence),
            Err(_) => text.push('\u{FFFD}'),
        }
        rest = after;
    }
    text
}
