//! A list inside one JSON document, item by item, however long the list is. Only the shape is looked at
//! here: where strings, lists and objects begin and end; each item is then read by itself.

use std::io::BufRead;

use nave_model::Fault;
use serde_json::Value;

use super::lines::parsed;
use super::reader::unreadable;
use super::record::{Place, Record, Records, Wrong};
use super::{invalid, invalid_at};

/// The items of a list.
#[derive(Debug)]
pub(super) struct Items<R> {
    text: R,
    at: Place,
    /// Where the line begins.
    line_start: u64,
    longest: usize,
    /// Whether an item stands before this place in the list.
    is_behind_item: bool,
    /// Whether the list is the whole document.
    is_whole: bool,
    is_over: bool,
}

/// What a value turned out to be.
enum Found {
    Whole(Vec<u8>),
    TooLong,
}

impl<R: BufRead> Items<R> {
    /// Goes to the list. With `is_inside`, the text begins right behind an item of it.
    ///
    /// # Errors
    /// There is no such list.
    pub(super) fn new(
        text: R,
        at: Place,
        pointer: &str,
        is_inside: bool,
        longest: usize,
    ) -> Result<Self, Fault> {
        let mut items = Items {
            text,
            at,
            line_start: at.offset,
            longest,
            is_behind_item: is_inside,
            is_whole: pointer.is_empty(),
            is_over: false,
        };
        if !is_inside {
            items.enter(pointer)?;
        }
        Ok(items)
    }

    fn enter(&mut self, pointer: &str) -> Result<(), Fault> {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            let message = format!("`{pointer}` is no JSON pointer");
            return Err(invalid(message).with_hint(format!("write `/{pointer}`")));
        }
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            match self.begin()? {
                Some(b'{') => self.enter_member(&token)?,
                Some(b'[') => self.enter_item(&token)?,
                _ => return Err(self.wrong(format!("there is nothing called `{token}` here"))),
            }
        }
        match self.begin()? {
            Some(b'[') => Ok(()),
            Some(b'{') => {
                let fault = self.wrong("an object is here and not a list of records");
                Err(fault.with_hint("say where the list stands, for example `/records`"))
            }
            Some(_) => Err(self.wrong("there is no list of records here")),
            None => Err(self.wrong("the input is empty")),
        }
    }

    /// Goes to the value of a member, inside an object.
    fn enter_member(&mut self, name: &str) -> Result<(), Fault> {
        let mut is_first = true;
        loop {
            match self.begin()? {
                Some(b'}') => return Err(self.wrong(format!("there is nothing called `{name}` here"))),
                Some(b',') if !is_first => {
                    let quote = self.begin()?;
                    self.expect(quote, b'"')?;
                }
                Some(b'"') if is_first => {}
                other => return Err(self.unexpected(other)),
            }
            is_first = false;
            let found = self.value(b'"')?;
            let colon = self.begin()?;
            self.expect(colon, b':')?;
            let is_it = match found {
                Found::Whole(key) => parsed(&key).is_ok_and(|key| key.as_str() == Some(name)),
                Found::TooLong => false,
            };
            if is_it {
                return Ok(());
            }
            self.pass_over()?;
        }
    }

    /// Goes to an item by its index, inside a list.
    fn enter_item(&mut self, index: &str) -> Result<(), Fault> {
        let Ok(index) = index.parse::<u64>() else {
            return Err(self.wrong(format!("a list is here, and `{index}` is no index")));
        };
        for _ in 0..index {
            self.pass_over()?;
            let comma = self.begin()?;
            self.expect(comma, b',')?;
        }
        Ok(())
    }

    fn pass_over(&mut self) -> Result<(), Fault> {
        let first = self.begin()?;
        match first {
            Some(first) if begins_value(first) => self.value(first).map(drop),
            other => Err(self.unexpected(other)),
        }
    }

    /// The next byte that is no white space, taken.
    fn begin(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let byte = self.text.fill_buf().map_err(|error| unreadable(&error))?.first().copied();
            let Some(byte) = byte else { return Ok(None) };
            self.take(byte);
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(Some(byte));
            }
        }
    }

    fn take(&mut self, byte: u8) {
        self.text.consume(1);
        self.at.offset = self.at.offset.saturating_add(1);
        if byte == b'\n' {
            self.at.line = self.at.line.saturating_add(1);
            self.line_start = self.at.offset;
        }
    }

    /// A value whose first byte was taken, to its end.
    fn value(&mut self, first: u8) -> Result<Found, Fault> {
        let mut shape = Shape::new(first);
        let mut bytes = vec![first];
        let mut is_too_long = false;
        while !shape.is_over {
            let ready = self.text.fill_buf().map_err(|error| unreadable(&error))?;
            if ready.is_empty() {
                // A number may end where the input does.
                if shape.is_scalar() {
                    break;
                }
                return Err(self.wrong("the input ends inside a value"));
            }
            let mut used = 0;
            for byte in ready {
                if shape.is_over || !shape.takes(*byte) {
                    break;
                }
                used += 1;
                if *byte == b'\n' {
                    self.at.line = self.at.line.saturating_add(1);
                    self.line_start = self.at.offset.saturating_add(used as u64);
                }
            }
            let taken = ready.get(..used).unwrap_or_default();
            if bytes.len().saturating_add(used) > self.longest {
                is_too_long = true;
            } else if !is_too_long {
                bytes.extend_from_slice(taken);
            }
            self.text.consume(used);
            self.at.offset = self.at.offset.saturating_add(used as u64);
        }
        Ok(if is_too_long { Found::TooLong } else { Found::Whole(bytes) })
    }

    fn column(&self) -> u64 {
        self.at.offset.saturating_sub(self.line_start).max(1)
    }

    fn wrong(&self, message: impl Into<String>) -> Fault {
        invalid_at(message, self.at.line, Some(self.column()))
    }

    fn expect(&self, found: Option<u8>, wanted: u8) -> Result<(), Fault> {
        if found == Some(wanted) { Ok(()) } else { Err(self.unexpected(found)) }
    }

    fn unexpected(&self, found: Option<u8>) -> Fault {
        match found {
            None => self.wrong("the input ends inside the list, or before it"),
            Some(byte) => self.wrong(format!("`{}` cannot stand here", byte.escape_ascii())),
        }
    }

    /// The first byte of the next item; `None` behind the last.
    fn next_item(&mut self) -> Result<Option<u8>, Fault> {
        let mut first = self.begin()?;
        if self.is_behind_item && first != Some(b']') {
            self.expect(first, b',')?;
            first = self.begin()?;
            if first == Some(b']') {
                return Err(self.unexpected(first));
            }
        }
        match first {
            Some(b']') => Ok(None),
            Some(first) if begins_value(first) => Ok(Some(first)),
            other => Err(self.unexpected(other)),
        }
    }
}

impl<R: BufRead> Records for Items<R> {
    fn next(&mut self) -> Result<Option<Record>, Fault> {
        if self.is_over {
            return Ok(None);
        }
        let Some(first) = self.next_item()? else {
            self.is_over = true;
            if self.is_whole
                && let Some(byte) = self.begin()?
            {
                return Err(self.unexpected(Some(byte)));
            }
            return Ok(None);
        };
        let (line, column) = (self.at.line, self.column());
        let found = self.value(first)?;
        self.is_behind_item = true;
        let value: Result<Value, Wrong> = match found {
            Found::Whole(bytes) => parsed(&bytes).map_err(|(lines, columns, message)| Wrong {
                line: line.saturating_add(lines.saturating_sub(1)),
                column: Some(if lines <= 1 {
                    column.saturating_add(columns.saturating_sub(1))
                } else {
                    columns
                }),
                field: None,
                message,
            }),
            Found::TooLong => {
                let message = format!("the record is longer than {} bytes", self.longest);
                Err(Wrong { line, column: Some(column), field: None, message })
            }
        };
        Ok(Some(Record { value, line, end: self.at }))
    }
}

/// Whether a value can begin so, as far as its shape goes.
fn begins_value(byte: u8) -> bool {
    !matches!(byte, b',' | b':' | b']' | b'}')
}

/// Where a value ends.
struct Shape {
    depth: u64,
    in_text: bool,
    is_escaped: bool,
    is_over: bool,
}

impl Shape {
    fn new(first: u8) -> Shape {
        let depth = u64::from(matches!(first, b'[' | b'{'));
        Shape { depth, in_text: first == b'"', is_escaped: false, is_over: false }
    }

    fn is_scalar(&self) -> bool {
        self.depth == 0 && !self.in_text
    }

    /// Whether a byte still belongs to the value.
    fn takes(&mut self, byte: u8) -> bool {
        if self.in_text {
            match (self.is_escaped, byte) {
                (true, _) => self.is_escaped = false,
                (false, b'\\') => self.is_escaped = true,
                (false, b'"') => {
                    self.in_text = false;
                    self.is_over = self.depth == 0;
                }
                (false, _) => {}
            }
            return true;
        }
        if self.depth == 0 {
            self.is_over = matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\t' | b'\r' | b'\n');
            return !self.is_over;
        }
        match byte {
            b'"' => self.in_text = true,
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => {
                self.depth -= 1;
                self.is_over = self.depth == 0;
            }
            _ => {}
        }
        true
    }
}
