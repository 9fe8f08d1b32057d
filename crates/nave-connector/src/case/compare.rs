//! Compares a request as a case writes it with the request as built: by meaning, so that the order of
//! query fields, the spaces of JSON and the spelling of percent-encoding do not matter.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Sent, header};
use crate::codec::{codec_of, essence};
use crate::manifest::Manifest;
use crate::operation::Codec;
use crate::request::Request;

/// Every difference, in words.
pub(super) fn request(manifest: &Manifest, written: &Sent, built: &Request) -> Vec<String> {
    let mut differences = Vec::new();
    if written.method != built.method {
        differences.push(format!("the method is {}, not {}", built.method, written.method));
    }
    if decoded(&written.path) != decoded(&built.path) {
        differences.push(format!("the path is `{}`, not `{}`", built.path, written.path));
    }
    differences.extend(pairs("the query", &written.query, &built.query));
    for (name, value) in &written.headers {
        let found = header(&built.headers, name).or_else(|| from_manifest(manifest, name));
        if !found.is_some_and(|found| same_header(name, value, found)) {
            let found = found.map_or_else(|| "is not sent".to_owned(), |found| format!("is `{found}`"));
            differences.push(format!("the header `{name}` {found}"));
        }
    }
    differences.extend(body(written, built));
    differences
}

fn from_manifest<'a>(manifest: &'a Manifest, name: &str) -> Option<&'a str> {
    manifest.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}

fn same_header(name: &str, written: &str, built: &str) -> bool {
    if name.eq_ignore_ascii_case("content-type") {
        essence(written) == essence(built)
    } else {
        written == built
    }
}

fn body(written: &Sent, built: &Request) -> Option<String> {
    let bytes = built.body.as_deref().unwrap_or_default();
    let text = String::from_utf8_lossy(bytes);
    let media = header(&built.headers, "content-type").unwrap_or_default();
    if bytes.is_empty() || written.body.trim().is_empty() {
        let same = bytes.is_empty() && written.body.trim().is_empty();
        return (!same).then(|| format!("the body is `{text}`, not `{}`", written.body));
    }
    match codec_of(media) {
        Codec::Json => json(&written.body, &text),
        Codec::Form => {
            let joined: String = written.body.lines().map(str::trim).collect();
            pairs("the body", &joined, &text)
        }
        Codec::Multipart => {
            let own = header(&written.headers, "content-type").and_then(boundary);
            let (Some(own), Some(theirs)) = (own, boundary(media)) else {
                return Some("the case writes no `Content-Type` with the boundary of its parts".to_owned());
            };
            plain(&written.body, &text.replace(theirs, own))
        }
        Codec::Xml | Codec::Text | Codec::JsonLines | Codec::EventStream | Codec::Binary => {
            plain(&written.body, &text)
        }
    }
}

fn boundary(content_type: &str) -> Option<&str> {
    let (_, after) = content_type.split_once("boundary=")?;
    Some(after.split(';').next().unwrap_or_default().trim().trim_matches('"'))
}

fn plain(written: &str, built: &str) -> Option<String> {
    let lines = |text: &str| text.trim_end().replace("\r\n", "\n");
    let (written, built) = (lines(written), lines(built));
    (written != built).then(|| format!("the body is `{built}`, not `{written}`"))
}

fn json(written: &str, built: &str) -> Option<String> {
    let read = |text: &str| serde_json::from_str::<Value>(text);
    let (written, built) = match (read(written), read(built)) {
        (Ok(written), Ok(built)) => (written, built),
        (Err(error), _) => return Some(format!("the body of the case is not JSON: {error}")),
        (_, Err(error)) => return Some(format!("the body as built is not JSON: {error}")),
    };
    let message = value(&written, &built)?;
    Some(format!("the body differs {message}"))
}

/// Compares `a=1&b=2` as a bag of decoded pairs.
fn pairs(what: &str, written: &str, built: &str) -> Option<String> {
    let mut balance: BTreeMap<String, i64> = BTreeMap::new();
    for (text, step) in [(written, -1), (built, 1)] {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            *balance.entry(decoded(&pair.replace('+', " "))).or_default() += step;
        }
    }
    let named = |sign: i64| -> Vec<String> {
        let differing = balance.iter().filter(|(_, count)| **count * sign > 0);
        differing.map(|(pair, _)| format!("`{pair}`")).collect()
    };
    let (more, less) = (named(1).join(", "), named(-1).join(", "));
    match (more.is_empty(), less.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("{what} has also {more}")),
        (true, false) => Some(format!("{what} has not {less}")),
        (false, false) => Some(format!("{what} has {more}, not {less}")),
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The first place where two values differ, and how.
pub(super) fn value(written: &Value, found: &Value) -> Option<String> {
    let (pointer, difference) = first_difference(written, found)?;
    let at = if pointer.is_empty() { "/" } else { &pointer };
    Some(format!("at `{at}`: {difference}"))
}

fn first_difference(written: &Value, found: &Value) -> Option<(String, String)> {
    let mut pending = vec![(String::new(), written, found)];
    while let Some((pointer, written, found)) = pending.pop() {
        match (written, found) {
            (Value::Object(a), Value::Object(b)) => {
                for (name, one) in a {
                    let Some(other) = b.get(name) else {
                        return Some((pointer, format!("`{name}` is missing")));
                    };
                    pending.push((nave_model::place::child(&pointer, name), one, other));
                }
                if let Some(name) = b.keys().find(|name| !a.contains_key(*name)) {
                    return Some((pointer, format!("the case does not write `{name}`")));
                }
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                let items = a.iter().zip(b).enumerate();
                pending.extend(items.map(|(index, (one, other))| (format!("{pointer}/{index}"), one, other)));
            }
            (one, other) if one == other => {}
            (one, other) => {
                return Some((pointer, format!("it is {}, not {}", shorten(other), shorten(one))));
            }
        }
    }
    None
}

/// A value as JSON, cut where it is long.
pub(super) fn shorten(value: &Value) -> String {
    const MOST: usize = 120;
    let text = value.to_string();
    match text.char_indices().nth(MOST).and_then(|(end, _)| text.split_at_checked(end)) {
        Some((start, _)) => format!("`{start}…`"),
        None => format!("`{text}`"),
    }
}
