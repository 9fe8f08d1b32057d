//! How records become bytes and how it is proven that bytes are those that were written. Bodies stay the
//! bytes they are: a packed record is its head as JSON, and behind it the body.

use nave_model::event::Body;
use nave_model::{Event, Fault};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::blobs::Pin;
use super::trouble::{Trouble, corrupt, defect};
use crate::batch::Message;

/// A payload longer than this is kept as a blob.
pub(super) const LARGE: usize = 64 * 1024;

/// Letters of a blob's name.
const NAME: usize = 64;

const HERE: u8 = b'h';
const BLOB: u8 = b'b';

/// A payload as it stands in a column: its first byte says whether the rest is the payload itself or the
/// name of the blob that holds it.
#[derive(Debug)]
pub(super) struct Sealed {
    /// What stands in the column.
    pub(super) column: Vec<u8>,
    /// The blob, once it is on disk, and its length.
    pub(super) blob: Option<(Pin, u64)>,
    /// What could be names of other blobs in the payload.
    pub(super) names: Vec<String>,
}

impl Sealed {
    /// A payload that stays in the column.
    pub(super) fn new(bytes: &[u8]) -> Sealed {
        let mut column = Vec::with_capacity(bytes.len() + 1);
        column.push(HERE);
        column.extend_from_slice(bytes);
        Sealed { column, blob: None, names: names(bytes) }
    }

    /// A payload that stands in a column of its own, whatever its length.
    pub(super) fn naming(bytes: &[u8]) -> Sealed {
        Sealed { column: Vec::new(), blob: None, names: names(bytes) }
    }

    /// The payload, where it is too long for a column.
    pub(super) fn large(&self) -> Option<&[u8]> {
        match self.column.split_first() {
            Some((&HERE, bytes)) if bytes.len() > LARGE => Some(bytes),
            _ => None,
        }
    }

    /// The same payload, kept as a blob.
    pub(super) fn moved(&mut self, pin: Pin, length: u64) {
        self.column.clear();
        self.column.push(BLOB);
        self.column.extend_from_slice(pin.name.as_bytes());
        self.blob = Some((pin, length));
    }
}

/// Where the payload of a column is.
pub(super) enum Place<'a> {
    /// Here.
    Here(&'a [u8]),
    /// In the blob of this name.
    Blob(&'a str),
}

/// Reads a column written by [`Sealed`].
pub(super) fn place(column: &[u8]) -> Option<Place<'_>> {
    match column.split_first() {
        Some((&HERE, bytes)) => Some(Place::Here(bytes)),
        Some((&BLOB, name)) => std::str::from_utf8(name).ok().map(Place::Blob),
        _ => None,
    }
}

/// What could be names of blobs: the first and the last 64 letters of each word of at least so many
/// hexadecimal digits. A record keeps every blob it names, whatever its payload means.
pub(super) fn names(bytes: &[u8]) -> Vec<String> {
    let digit = |at: usize| bytes.get(at).is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut names = Vec::new();
    // A word so long has a digit at one of any 64 places in a row: the others need not be looked at.
    let mut at = NAME - 1;
    while at < bytes.len() {
        if !digit(at) {
            at += NAME;
            continue;
        }
        let start = (0..at).rev().take_while(|at| digit(*at)).last().unwrap_or(at);
        let end = (at..bytes.len()).find(|at| !digit(*at)).unwrap_or(bytes.len());
        for range in [start..start + NAME, end.saturating_sub(NAME)..end] {
            let name = bytes.get(range).filter(|_| end - start >= NAME);
            let name = name.and_then(|name| std::str::from_utf8(name).ok());
            if let Some(name) = name.filter(|name| names.last().is_none_or(|last| last != name)) {
                names.push(name.to_owned());
            }
        }
        at = end + NAME;
    }
    names
}

/// A record as JSON.
pub(super) fn json<T: Serialize>(record: &T) -> Result<Vec<u8>, Trouble> {
    serde_json::to_vec(record).map_err(|error| defect(format!("a record cannot be written as JSON: {error}")))
}

/// A record from JSON.
pub(super) fn from_json<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| corrupt(what).with_detail(error.to_string()))
}

/// A head as JSON and a body.
pub(super) fn pack<T: Serialize>(head: &T, body: &[u8]) -> Result<Vec<u8>, Trouble> {
    let head = json(head)?;
    let length = u32::try_from(head.len()).map_err(|_| defect("a record's head is too long"))?;
    let mut packed = Vec::with_capacity(4 + head.len() + body.len());
    packed.extend_from_slice(&length.to_le_bytes());
    packed.extend_from_slice(&head);
    packed.extend_from_slice(body);
    Ok(packed)
}

/// The head and the body of a packed record.
pub(super) fn unpack<T: DeserializeOwned>(what: &str, packed: &[u8]) -> Result<(T, Vec<u8>), Fault> {
    let parts = packed.split_first_chunk::<4>().and_then(|(length, rest)| {
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        rest.split_at_checked(length)
    });
    let Some((head, body)) = parts else { return Err(corrupt(what)) };
    Ok((from_json(what, head)?, body.to_vec()))
}

/// Takes the body out of an event, so that it is not written as JSON.
pub(super) fn take_event_body(event: &mut Event) -> Vec<u8> {
    match &mut event.body {
        Body::Inline(bytes) => std::mem::take(bytes),
        Body::Blob { .. } => Vec::new(),
    }
}

/// Puts it back.
pub(super) fn put_event_body(event: &mut Event, body: Vec<u8>) {
    if let Body::Inline(bytes) = &mut event.body {
        *bytes = body;
    }
}

/// Takes the body out of a message.
pub(super) fn take_body(message: &mut Message) -> Vec<u8> {
    match message {
        Message::Event(event) => take_event_body(event),
        Message::Start(bytes) | Message::Told { what: bytes, .. } => std::mem::take(bytes),
    }
}

/// Puts it back.
pub(super) fn put_body(message: &mut Message, body: Vec<u8>) {
    match message {
        Message::Event(event) => put_event_body(event, body),
        Message::Start(bytes) | Message::Told { what: bytes, .. } => *bytes = body,
    }
}

/// A number for a column; what does not fit is as large as a column can be.
pub(super) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from a column.
pub(super) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// Positions of lanes as a column.
pub(super) fn places(positions: &[u64]) -> Vec<u8> {
    positions.iter().flat_map(|position| position.to_be_bytes()).collect()
}

/// Positions of lanes of a column; `None`: it is none.
pub(super) fn places_of(column: &[u8]) -> Option<Vec<u64>> {
    let (positions, rest) = column.as_chunks::<8>();
    rest.is_empty().then(|| positions.iter().map(|position| u64::from_be_bytes(*position)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(names(text.as_bytes()), expected);
    }

    #[test]
    fn names_of_blobs_are_found_wherever_they_stand() {
        let (one, two) = ("0123456789abcdef".repeat(4), "f".repeat(64));
        for before in 0..130 {
            let before = "-".repeat(before);
            check(&format!("{before}{one}"), &[&one]);
            check(&format!("{before}{one},{two}{before}"), &[&one, &two]);
        }
        check(&format!("{{\"a\":\"b{one}\"}}"), &[&format!("b{}", one.get(..63).unwrap()), &one]);
        check(one.get(1..).unwrap(), &[]);
        check(&one.to_uppercase(), &[]);
        check("", &[]);
    }
}
