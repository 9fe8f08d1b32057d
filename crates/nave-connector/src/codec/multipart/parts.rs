//! The wire form of multipart content: boundary, part headers, bytes.

use std::borrow::Cow;

use crate::codec::Error;

/// The deepest nesting of field names.
pub(super) const DEEPEST: usize = 64;
/// The most parts that are read.
const MOST_PARTS: usize = 10_000;
/// The most bytes of one part's headers that are read.
const MOST_HEADER_BYTES: usize = 16 << 10;

/// One part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) file_name: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) bytes: Cow<'a, [u8]>,
}

impl<'a> Part<'a> {
    /// A part that can be written: names hold none of the three escapes of RFC 7578 section 2, types
    /// are one line of ASCII.
    pub(super) fn new(
        name: Option<Cow<'a, str>>,
        file_name: Option<String>,
        content_type: Option<String>,
        bytes: Cow<'a, [u8]>,
    ) -> Result<Self, Error> {
        for text in [name.as_deref(), file_name.as_deref()].into_iter().flatten() {
            let holds_escape = ESCAPES.iter().any(|(_, escape)| text.contains(escape));
            if holds_escape || text.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n')) {
                return Err(Error::new(format!("the name {text:?} cannot be written in a part's header")));
            }
        }
        if let Some(text) = &content_type
            && !text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        {
            return Err(Error::new(format!("{text:?} is no media type")).below("content_type"));
        }
        Ok(Part { name, file_name, content_type, bytes })
    }
}

/// What browsers escape in names (<https://html.spec.whatwg.org/multipage/form-control-infrastructure.html>),
/// and nothing else: not even the percent sign.
const ESCAPES: [(char, &str); 3] = [('"', "%22"), ('\r', "%0D"), ('\n', "%0A")];

/// The boundary, and all parts between boundaries.
pub(super) fn write(kind: &str, parts: &[Part<'_>]) -> (String, Vec<u8>) {
    let headers: Vec<String> = parts.iter().map(|part| header(kind, part)).collect();
    let boundary = boundary(parts, &headers);
    let size: usize = parts.iter().map(|part| part.bytes.len() + 256).sum();
    let mut out = Vec::with_capacity(size);
    for (part, header) in parts.iter().zip(&headers) {
        out.extend_from_slice(b"--");
        out.extend_from_slice(boundary.as_bytes());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&part.bytes);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"--");
    out.extend_from_slice(boundary.as_bytes());
    out.extend_from_slice(b"--\r\n");
    (boundary, out)
}

fn header(kind: &str, part: &Part<'_>) -> String {
    let mut header = String::new();
    let is_form = kind == "multipart/form-data";
    if is_form || part.name.is_some() || part.file_name.is_some() {
        header.push_str("Content-Disposition: ");
        header.push_str(if is_form { "form-data" } else { "attachment" });
        for (parameter, text) in [("name", part.name.as_deref()), ("filename", part.file_name.as_deref())] {
            let Some(text) = text else { continue };
            header.push_str("; ");
            header.push_str(parameter);
            header.push_str("=\"");
            escape(&mut header, text);
            header.push('"');
        }
        header.push_str("\r\n");
    }
    if let Some(content_type) = &part.content_type {
        header.push_str("Content-Type: ");
        header.push_str(content_type);
        header.push_str("\r\n");
    }
    header
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match ESCAPES.iter().find(|(escaped, _)| *escaped == c) {
            Some((_, escape)) => out.push_str(escape),
            None => out.push(c),
        }
    }
}

fn unescape(text: &str) -> String {
    ESCAPES.iter().fold(text.to_owned(), |text, (c, escape)| text.replace(escape, c.encode_utf8(&mut [0; 4])))
}

/// A boundary made from the content, so that the same values give the same request, and counted on
/// until no part holds it.
fn boundary(parts: &[Part<'_>], headers: &[String]) -> String {
    // FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>): any hash would do, and this one needs no crate.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let bytes =
        headers.iter().map(|header| header.as_bytes()).chain(parts.iter().map(|part| part.bytes.as_ref()));
    for byte in bytes.flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    loop {
        let boundary = format!("nave-{hash:016x}");
        let is_inside = |part: &Part<'_>| find(&part.bytes, boundary.as_bytes()).is_some();
        if !parts.iter().any(is_inside) {
            return boundary;
        }
        hash = hash.wrapping_add(1);
    }
}

/// Where `needle` first stands in `hay`.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut from = 0;
    while let Some(found) = hay.get(from..)?.iter().position(|byte| byte == first) {
        let at = from + found;
        if hay.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Takes multipart content apart.
pub(super) fn read<'b>(boundary: &str, bytes: &'b [u8]) -> Result<Vec<Part<'b>>, Error> {
    if boundary.is_empty() || boundary.len() > 200 {
        return Err(Error::new("the multipart boundary is empty or too long"));
    }
    let dashed = format!("--{boundary}");
    let delimiter = format!("\r\n{dashed}");
    // The first delimiter may stand at the very beginning, or after a preamble.
    let start = if bytes.starts_with(dashed.as_bytes()) { Some(dashed.len()) } else { None };
    let start = start.or_else(|| find(bytes, delimiter.as_bytes()).map(|at| at + delimiter.len()));
    let mut rest = start.and_then(|start| bytes.get(start..)).ok_or_else(|| broken("it has no part"))?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        if parts.len() >= MOST_PARTS {
            return Err(Error::limit(format!("there are more than {MOST_PARTS} parts")));
        }
        let begin = find(rest, b"\r\n")
            .filter(|at| *at < 256)
            .ok_or_else(|| broken("a boundary line does not end"))?;
        // The line break stays: without headers, it is the first half of the empty line.
        let inside = rest.get(begin..).unwrap_or_default();
        let end = find(inside, delimiter.as_bytes()).ok_or_else(|| broken("the last part does not end"))?;
        let (part, after) = inside.split_at_checked(end).unwrap_or((inside, b""));
        // A part may have no header and no content: then the two line breaks are the whole of it.
        parts.push(self::part(part, after)?);
        rest = after.get(delimiter.len()..).unwrap_or_default();
    }
    Ok(parts)
}

fn broken(why: &str) -> Error {
    Error::new(format!("the multipart content cannot be read: {why}"))
}

fn part<'b>(bytes: &'b [u8], after: &[u8]) -> Result<Part<'b>, Error> {
    let blank = find(bytes, b"\r\n\r\n");
    let (header, content) = match blank {
        Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at + 4..).unwrap_or_default()),
        // The line break before the boundary is the second half of the empty line.
        None if after.starts_with(b"\r\n") => (bytes, b"".as_slice()),
        None => return Err(broken("a part has no empty line after its headers")),
    };
    if header.len() > MOST_HEADER_BYTES {
        return Err(Error::limit("a part's headers are too long"));
    }
    let header = String::from_utf8_lossy(header);
    let mut part = Part { name: None, file_name: None, content_type: None, bytes: content.into() };
    for line in header.split("\r\n") {
        let Some((field, value)) = line.split_once(':') else { continue };
        match field.trim().to_ascii_lowercase().as_str() {
            "content-type" => part.content_type = Some(value.trim().to_owned()),
            "content-disposition" => {
                part.name = quoted(value, "name").map(|name| unescape(&name).into());
                part.file_name = quoted(value, "filename").map(|name| unescape(&name));
            }
            "content-id" if part.name.is_none() => {
                part.name = Some(value.trim().trim_matches(['<', '>']).to_owned().into());
            }
            _ => {}
        }
    }
    Ok(part)
}

/// A parameter of `Content-Disposition`. Browsers do not escape backslashes in it, so a quoted text
/// ends at the next quote.
fn quoted(value: &str, name: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (text, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => {
                after.split_once(';').map_or_else(|| (after.trim(), ""), |(text, _)| (text.trim(), after))
            }
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(text.to_owned());
        }
        rest = next.split_once(';')?.1;
    }
}
