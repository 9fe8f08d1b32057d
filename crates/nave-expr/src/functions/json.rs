//! JSON texts read and written where the value itself does not: read as jq reads them, and written in the
//! one form that hashes need.

use crate::budget::Meter;
use crate::error::Error;
use crate::value::{Text, Value};

mod read;

pub(crate) use read::{read_json, read_number};

/// Writes a value behind `out` in the one form equal values share (RFC 8785: names sorted by their UTF-16
/// code units, no spaces), save that numbers keep all their digits. Values may share parts and are then
/// far longer written than held, so that writing is what is charged.
///
/// # Errors
/// The budget has fewer bytes left than the text needs.
pub(crate) fn write_canonical<'a>(
    value: &Value<'_>,
    meter: &Meter,
    out: &mut String,
) -> Result<(), Error<'a>> {
    match value {
        Value::Null => push(meter, out, "null"),
        Value::Bool(true) => push(meter, out, "true"),
        Value::Bool(false) => push(meter, out, "false"),
        Value::Number(number) => match number.as_decimal() {
            Some(exact) => push(meter, out, &exact.to_string()),
            None => value.write_text(meter, out),
        },
        Value::Text(text) => write_text(text, meter, out),
        Value::Array(items) => {
            push(meter, out, "[")?;
            for (position, item) in items.iter().enumerate() {
                push(meter, out, if position == 0 { "" } else { "," })?;
                write_canonical(&item, meter, out)?;
            }
            push(meter, out, "]")
        }
        Value::Object(members) => {
            meter.items(members.len())?;
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.as_str().encode_utf16().cmp(b.as_str().encode_utf16()));
            push(meter, out, "{")?;
            for (position, (name, value)) in members.iter().enumerate() {
                push(meter, out, if position == 0 { "" } else { "," })?;
                write_text(name, meter, out)?;
                push(meter, out, ":")?;
                write_canonical(value, meter, out)?;
            }
            push(meter, out, "}")
        }
    }
}

/// RFC 8785 section 3.2.2.2: like jq, save that DEL stays as it is.
fn write_text<'a>(text: &Text<'_>, meter: &Meter, out: &mut String) -> Result<(), Error<'a>> {
    let mut is_first = true;
    push(meter, out, "\"")?;
    for part in text.as_str().split('\u{7f}') {
        push(meter, out, if is_first { "" } else { "\u{7f}" })?;
        is_first = false;
        let mut quoted = String::new();
        Value::Text(part.to_owned().into()).write_text(meter, &mut quoted)?;
        let inside = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"'));
        out.push_str(inside.unwrap_or_default());
    }
    push(meter, out, "\"")
}

fn push<'a>(meter: &Meter, out: &mut String, text: &str) -> Result<(), Error<'a>> {
    meter.bytes(text.len())?;
    out.push_str(text);
    Ok(())
}

#[cfg(test)]
mod tests;
