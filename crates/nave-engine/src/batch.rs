//! Batches: the records of a file or a stream as starts of a flow, or as events. A batch goes on where it
//! stopped, whatever stopped it: its checkpoint moves with the records, and each record's number is what
//! makes it the same record. What a record does is left to the flow.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;

use nave_model::fault::codes;
use nave_model::{At, Fault};
use serde::Serialize;

use crate::sources::Door;

mod budget;
mod checkpoint;
mod csv;
mod decode;
mod json;
mod lines;
mod reader;
mod record;
mod work;

pub use self::csv::{Columns, Dialect};
pub use record::BadRecord;

use decode::Head;
use reader::{Incoming, Reading};
use record::Numbered;
use work::Work;

/// The most records of one start.
const MOST_GROUPED: u32 = 10_000;
/// Records that are handed in together.
const MOST_RECORDS: usize = 500;

/// What a batch is.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Its id: a batch with an id that was seen before goes on where that one stopped.
    pub id: String,
    /// Whose.
    pub tenant: String,
    /// What becomes of a record.
    pub target: Target,
    /// How records are written.
    pub format: Format,
    /// The encoding, by its name in the WHATWG Encoding Standard. `None`: as a byte order mark says, else
    /// UTF-8. A byte order mark wins over what is named.
    pub encoding: Option<String>,
    /// What becomes of records that cannot be read, or that the flow refuses.
    pub bad: Bad,
    /// How many records one start takes, as a list. `None`: one, not in a list.
    pub group: Option<u32>,
    /// The most messages that may wait in the lanes before the batch holds itself back.
    pub most_waiting: u64,
    /// The longest record: bytes.
    pub longest: usize,
    /// The most bytes that a packed file may unpack to.
    pub most_unpacked: u64,
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// It starts a flow.
    Flow(String),
    /// It is an event.
    Event(String),
}

/// How records are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180), or another delimiter; a record is an object of texts.
    Csv(Dialect),
    /// A JSON value on each line.
    Lines,
    /// One JSON document that holds a list.
    Json {
        /// Where the list stands: a JSON pointer (RFC 6901). Empty: it is the document.
        records: String,
    },
}

/// What becomes of bad records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bad {
    /// The batch stops before the first of them.
    #[default]
    Stop,
    /// They are passed over, and told.
    Skip,
}

/// Where records come from. Packed with gzip (RFC 1952) or not, which their first bytes say.
pub enum Input {
    /// A file.
    File(PathBuf),
    /// A stream. A batch that goes on reads it from the beginning again, and passes over what it knows.
    Stream(Box<dyn Read + Send>),
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::File(path) => f.debug_tuple("File").field(path).finish(),
            Input::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// How far a batch is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Records that are accepted and durable, those of earlier attempts included.
    pub records: u64,
    /// Records that were passed over.
    pub rejected: u64,
    /// Bytes that are done with, unpacked and as UTF-8.
    pub bytes: u64,
    /// Bytes of the file; `None` for a stream and where they say nothing about the bytes above.
    pub total_bytes: Option<u64>,
    /// Records a second, since this attempt began.
    pub per_second: f64,
    /// Whether the end was reached.
    pub done: bool,
}

/// Who is told how far a batch is, and which records were passed over since the last time.
pub type Listener<'a> = &'a mut (dyn FnMut(&Progress, &[BadRecord]) + Send);

impl Format {
    /// The format that the name of a file says: `.csv`, `.tsv`, `.ndjson`, `.jsonl` or `.json`, with `.gz`
    /// behind it or not.
    pub fn of_name(name: &str) -> Option<Format> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        Some(match name.rsplit_once('.')?.1 {
            "csv" => Format::Csv(Dialect::default()),
            "tsv" => Format::Csv(Dialect { delimiter: b'\t', ..Dialect::default() }),
            "ndjson" | "jsonl" => Format::Lines,
            "json" => Format::Json { records: String::new() },
            _ => return None,
        })
    }
}

impl Batch {
    /// A batch with the limits that most have: 10,000 waiting messages, records of up to 1 MB, and up to
    /// 1 TB unpacked.
    pub fn new(id: &str, tenant: &str, target: Target, format: Format) -> Batch {
        Batch {
            id: id.to_owned(),
            tenant: tenant.to_owned(),
            target,
            format,
            encoding: None,
            bad: Bad::Stop,
            group: None,
            most_waiting: 10_000,
            longest: 1 << 20,
            most_unpacked: 1 << 40,
        }
    }

    /// Hands in every record that was not handed in before.
    ///
    /// Dropping the future stops the batch; it goes on from its checkpoint when it is run again.
    ///
    /// # Errors
    /// `E-BATCH-INVALID`: a record is bad and the batch stops at such, or what follows cannot be told apart
    /// into records; everything before is durable. Or the input is not the one that the batch began with,
    /// cannot be read, or the store cannot take it.
    pub async fn run(
        &self,
        door: &dyn Door,
        input: Input,
        listener: Listener<'_>,
    ) -> Result<Progress, Fault> {
        self.check()?;
        let from = checkpoint::load(door.store().as_ref(), &self.cursor()).await?;
        let began = door.clock().now();
        let (records_before, head) = (from.accepted, Head::default());
        let mut work = Work { batch: self, door, began, records_before, at: from, head, total_bytes: None };
        if work.at.done {
            let progress = work.progress();
            listener(&progress, &[]);
            return Ok(progress);
        }
        let mut reading = Reading::start(self, input, work.at.clone())?;
        work.total_bytes = reading.total_bytes();
        let mut held: Vec<Numbered> = Vec::new();
        loop {
            let Incoming { records, opened, ended } = reading.next(MOST_RECORDS).await;
            if let Some((head, columns)) = opened {
                work.head = head;
                work.at.columns = columns;
            }
            held.extend(records);
            let is_last = ended.is_some();
            let (ready, rest) = self.ready(held, is_last);
            held = rest;
            work.hand_in(ready, listener).await?;
            match ended {
                None => {}
                Some(Ok(())) => return work.end(listener).await,
                Some(Err(fault)) => return Err(fault),
            }
        }
    }

    /// The records that can be handed in, and those that wait for others of their group.
    fn ready(&self, mut held: Vec<Numbered>, is_last: bool) -> (Vec<Numbered>, Vec<Numbered>) {
        let Some(group) = self.group.filter(|_| !is_last) else { return (held, Vec::new()) };
        let group = usize::try_from(group).unwrap_or(usize::MAX).max(1);
        let good = held.iter().filter(|record| record.value.is_ok()).count();
        let mut wanted = good - good % group;
        // A checkpoint never stands inside a group, so that the same records are grouped the next time.
        let end = held.iter().position(|record| {
            let is_good = record.value.is_ok();
            let is_end = wanted == 0 && is_good;
            wanted = wanted.saturating_sub(usize::from(is_good));
            is_end
        });
        let rest = held.split_off(end.unwrap_or(held.len()));
        (held, rest)
    }

    fn check(&self) -> Result<(), Fault> {
        let is_name = !self.id.is_empty() && self.id.len() <= 200 && !self.id.contains(char::is_control);
        if !is_name {
            return Err(invalid("the id of a batch is a text of 1 to 200 characters"));
        }
        if self.group.is_some_and(|group| !(1..=MOST_GROUPED).contains(&group)) {
            return Err(invalid(format!("a group has 1 to {MOST_GROUPED} records")));
        }
        Ok(())
    }

    fn cursor(&self) -> String {
        format!("batch:{}:{}", self.tenant, self.id)
    }

    fn dedup(&self, number: u64) -> String {
        format!("batch:{}:{number}", self.id)
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(codes::BATCH_INVALID, message)
}

/// A fault at a place of the input.
fn invalid_at(message: impl Into<String>, line: u64, column: Option<u64>) -> Fault {
    let number = |value: u64| u32::try_from(value).ok();
    let at = At { line: number(line), column: column.and_then(number), ..At::default() };
    invalid(message).with_at(at)
}

#[cfg(test)]
mod tests;
