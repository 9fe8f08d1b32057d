//! Comma-separated values (RFC 4180) and their dialects. A record is an object of texts, by column.

use std::io::{self, Read};

use ::csv::{ByteRecord, Reader, ReaderBuilder};
use nave_model::Fault;
use serde_json::{Map, Value};

use super::reader::{BUFFER, unreadable};
use super::record::{Place, Record, Records, Wrong};
use super::{invalid, invalid_at};

/// How the values are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Between the fields of a record; `,` by default.
    pub delimiter: u8,
    /// Around a field that holds delimiters or ends of lines; `None`: quotes are characters like others.
    pub quote: Option<u8>,
    /// Before a quote inside quotes; `None`: such a quote is written twice.
    pub escape: Option<u8>,
    /// Lines that begin so are passed over.
    pub comment: Option<u8>,
    /// Whether spaces around fields are taken away.
    pub trim: bool,
    /// What the columns are called.
    pub columns: Columns,
}

/// What the columns are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// As the first record says.
    First,
    /// As this says; the first record is data.
    Named(Vec<String>),
    /// As this says, in place of the first record.
    Renamed(Vec<String>),
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect {
            delimiter: b',',
            quote: Some(b'"'),
            escape: None,
            comment: None,
            trim: false,
            columns: Columns::First,
        }
    }
}

/// Records of a table.
pub(super) struct Table {
    reader: Reader<Bounded>,
    /// Where the reader began.
    base: Place,
    columns: Vec<String>,
    longest: usize,
    record: ByteRecord,
    trim: bool,
}

/// Stops reading where no record ends for too long: a quote that is never closed would take all the rest.
struct Bounded {
    inner: Box<dyn Read + Send>,
    left: usize,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read) {
            Some(left) => self.left = left,
            None => return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "too long")),
        }
        Ok(read)
    }
}

impl Table {
    /// Reads from a place on. `columns` are those that are known from before.
    ///
    /// # Errors
    /// The dialect makes no sense, or the first record cannot name the columns.
    pub(super) fn new(
        text: Box<dyn Read + Send>,
        dialect: &Dialect,
        at: Place,
        columns: Option<Vec<String>>,
        longest: usize,
    ) -> Result<Table, Fault> {
        check(dialect)?;
        let mut reader = ReaderBuilder::new();
        reader.has_headers(false).flexible(true).buffer_capacity(BUFFER).delimiter(dialect.delimiter);
        reader.quoting(dialect.quote.is_some()).quote(dialect.quote.unwrap_or(b'"')).comment(dialect.comment);
        reader.escape(dialect.escape).double_quote(dialect.escape.is_none());
        let left = longest.saturating_add(BUFFER);
        let reader = reader.from_reader(Bounded { inner: text, left });
        let (record, trim) = (ByteRecord::new(), dialect.trim);
        let mut table = Table { reader, base: at, columns: Vec::new(), longest, record, trim };
        table.columns = match (columns, &dialect.columns) {
            (Some(known), _) => known,
            (None, Columns::Named(names)) => names.clone(),
            (None, Columns::Renamed(names)) => {
                table.read()?;
                names.clone()
            }
            (None, Columns::First) => table.header()?,
        };
        Ok(table)
    }

    /// The names that the first record gives; none where there is nothing at all.
    fn header(&mut self) -> Result<Vec<String>, Fault> {
        if !self.read()? {
            return Ok(Vec::new());
        }
        let line = self.line();
        let mut names: Vec<String> = Vec::with_capacity(self.record.len());
        for (index, field) in self.record.iter().enumerate() {
            let hint = "name the columns, or the encoding and the delimiter of the file";
            let refuse = |why: String| Err(invalid_at(why, line, None).with_hint(hint));
            let Ok(name) = std::str::from_utf8(field) else {
                return refuse(format!("the name of column {} cannot be read in the encoding", index + 1));
            };
            if name.contains('\0') {
                let why = format!("the name of column {} holds a zero byte, as UTF-16 does", index + 1);
                return refuse(why);
            }
            let name = name.trim();
            if name.is_empty() {
                return refuse(format!("column {} has no name", index + 1));
            }
            if names.iter().any(|other| other == name) {
                return refuse(format!("two columns are called `{name}`"));
            }
            names.push(name.to_owned());
        }
        Ok(names)
    }

    fn read(&mut self) -> Result<bool, Fault> {
        self.reader.get_mut().left = self.longest.saturating_add(BUFFER);
        let line = self.place().line;
        self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
            ::csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
                let message = format!("from here on no record ends within {} bytes", self.longest);
                invalid_at(message, line, None)
                    .with_hint("a quote is not closed, or the dialect is another one")
            }
            ::csv::ErrorKind::Io(error) => unreadable(&error),
            other => invalid_at(format!("it cannot be read: {other:?}"), line, None),
        })
    }

    /// Where reading goes on.
    fn place(&self) -> Place {
        let position = self.reader.position();
        Place {
            offset: self.base.offset.saturating_add(position.byte()),
            line: self.base.line.saturating_add(position.line().saturating_sub(1)),
        }
    }

    /// The line that the record begins at.
    fn line(&self) -> u64 {
        let line = self.record.position().map_or(1, ::csv::Position::line);
        self.base.line.saturating_add(line.saturating_sub(1))
    }

    fn value(&self) -> Result<Value, Wrong> {
        let line = self.line();
        let wrong = |field: Option<String>, message: String| Wrong { line, column: None, field, message };
        let (found, wanted) = (self.record.len(), self.columns.len());
        if self.record.as_slice().len() > self.longest {
            return Err(wrong(None, format!("the record is longer than {} bytes", self.longest)));
        }
        if found != wanted {
            return Err(wrong(None, format!("it has {found} fields, and there are {wanted} columns")));
        }
        let mut members = Map::with_capacity(wanted);
        for (name, field) in self.columns.iter().zip(&self.record) {
            let Ok(text) = std::str::from_utf8(field) else {
                let message = "it cannot be read in the encoding of the input";
                return Err(wrong(Some(name.clone()), message.to_owned()));
            };
            if text.contains('\0') {
                let message = "it holds a zero byte, which no text has: the encoding may be another one";
                return Err(wrong(Some(name.clone()), message.to_owned()));
            }
            let text = if self.trim { text.trim() } else { text };
            members.insert(name.clone(), Value::String(text.to_owned()));
        }
        Ok(Value::Object(members))
    }
}

impl Records for Table {
    fn next(&mut self) -> Result<Option<Record>, Fault> {
        if !self.read()? {
            return Ok(None);
        }
        Ok(Some(Record { value: self.value(), line: self.line(), end: self.place() }))
    }

    fn columns(&self) -> Option<&[String]> {
        Some(&self.columns)
    }
}

/// Characters that must differ, and be characters of ASCII: other bytes are parts of characters in UTF-8.
fn check(dialect: &Dialect) -> Result<(), Fault> {
    let Dialect { delimiter, quote, escape, comment, .. } = dialect;
    let special = [Some(*delimiter), *quote, *escape, *comment];
    let mut seen = Vec::new();
    for byte in special.into_iter().flatten() {
        if !byte.is_ascii() || matches!(byte, b'\r' | b'\n' | 0) {
            return Err(invalid("delimiter, quote, escape and comment are characters of ASCII"));
        }
        if seen.contains(&byte) {
            let message = format!("`{}` cannot be two things of a dialect", char::from(byte));
            return Err(invalid(message));
        }
        seen.push(byte);
    }
    if let Columns::Named(names) | Columns::Renamed(names) = &dialect.columns {
        let repeated = names
            .iter()
            .enumerate()
            .find(|(index, name)| names.iter().take(*index).any(|other| other == *name));
        if let Some((_, name)) = repeated {
            return Err(invalid(format!("two columns are called `{name}`")));
        }
    }
    Ok(())
}
