//! The thread that reads a batch's input and tells its records apart, so that a slow disk or a terminal
//! holds nothing up; and the half that takes them, however many are ready.

use std::io::{self, BufReader};

use nave_model::Fault;
use nave_model::fault::codes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::budget::{Budget, Taking};
use super::checkpoint::Checkpoint;
use super::decode::{self, Head, Opened};
use super::record::{BadRecord, Numbered, Place, Record, Records, Wrong};
use super::{Batch, Format, Input, csv, json, lines};

/// Bytes that are read at once.
pub(super) const BUFFER: usize = 64 * 1024;
/// What a record costs beside its bytes, about.
const OVERHEAD: usize = 512;

/// What the thread says.
enum Said {
    Opened { head: Head, columns: Option<Vec<String>> },
    Record(Box<Numbered>, usize),
    Ended(Result<(), Fault>),
}

/// What was ready.
pub(super) struct Incoming {
    pub(super) records: Vec<Numbered>,
    /// The beginning of the input and the names of its columns, once it is open.
    pub(super) opened: Option<(Head, Option<Vec<String>>)>,
    /// Whether this is all, or why there is no more.
    pub(super) ended: Option<Result<(), Fault>>,
}

/// An input that is being read.
#[derive(Debug)]
pub(super) struct Reading {
    from: UnboundedReceiver<Said>,
    taking: Taking,
    total_bytes: Option<u64>,
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Said")
    }
}

impl Reading {
    /// Begins to read behind a checkpoint.
    ///
    /// # Errors
    /// The input cannot be opened.
    pub(super) fn start(batch: &Batch, input: Input, from: Checkpoint) -> Result<Reading, Fault> {
        let total_bytes = match &input {
            Input::File(path) => std::fs::metadata(path).ok().map(|metadata| metadata.len()),
            Input::Stream(_) => None,
        };
        let (sender, receiver) = unbounded_channel();
        let (budget, taking) = Budget::new();
        let batch = batch.clone();
        // A thread of its own and not one of the runtime's: reading a terminal may never end.
        let thread = std::thread::Builder::new().name("nave-batch".to_owned());
        let began = thread.spawn(move || {
            let ended = read(&batch, input, &from, &sender, &budget);
            // Where nobody listens any more, nobody wants to know.
            drop(sender.send(Said::Ended(ended)));
        });
        began.map_err(|error| {
            Fault::new(codes::INTERNAL, "no thread can be started to read the batch")
                .with_detail(error.to_string())
        })?;
        Ok(Reading { from: receiver, taking, total_bytes })
    }

    pub(super) fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// Whatever is ready, but at most so many records; waits for something.
    pub(super) async fn next(&mut self, most: usize) -> Incoming {
        let mut said = Vec::with_capacity(most);
        let mut incoming = Incoming { records: Vec::new(), opened: None, ended: None };
        if self.from.recv_many(&mut said, most).await == 0 {
            let message = "the thread that reads the batch is gone";
            incoming.ended = Some(Err(Fault::new(codes::INTERNAL, message)));
        }
        for said in said {
            match said {
                Said::Opened { head, columns } => incoming.opened = Some((head, columns)),
                Said::Record(record, size) => {
                    self.taking.give_back(size);
                    incoming.records.push(*record);
                }
                Said::Ended(ended) => incoming.ended = Some(ended),
            }
        }
        incoming
    }
}

fn read(
    batch: &Batch,
    input: Input,
    from: &Checkpoint,
    sender: &UnboundedSender<Said>,
    budget: &Budget,
) -> Result<(), Fault> {
    let opened = decode::open(input, batch.encoding.as_deref(), batch.most_unpacked, from)?;
    let Opened { text, head } = opened;
    let mut records = records(batch, text, from)?;
    let columns = records.columns().map(<[String]>::to_vec);
    drop(sender.send(Said::Opened { head, columns }));
    let mut number = from.number;
    let mut start = Place { offset: from.offset, line: from.line };
    while let Some(record) = records.next()? {
        number = number.saturating_add(1);
        let end = record.end;
        let size = usize::try_from(end.offset.saturating_sub(start.offset)).unwrap_or(usize::MAX);
        let size = size.saturating_add(OVERHEAD);
        let record = numbered(record, number, start);
        start = end;
        if !budget.spend(size) || sender.send(Said::Record(Box::new(record), size)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn numbered(record: Record, number: u64, start: Place) -> Numbered {
    let Record { value, line, end } = record;
    let value = value.map_err(|Wrong { line, column, field, message }| BadRecord {
        number,
        line,
        column,
        field,
        message,
    });
    Numbered { number, value, line, start, end }
}

fn records(
    batch: &Batch,
    text: Box<dyn io::Read + Send>,
    from: &Checkpoint,
) -> Result<Box<dyn Records>, Fault> {
    let at = Place { offset: from.offset, line: from.line };
    Ok(match &batch.format {
        Format::Csv(dialect) => {
            Box::new(csv::Table::new(text, dialect, at, from.columns.clone(), batch.longest)?)
        }
        Format::Lines => {
            Box::new(lines::Lines::new(BufReader::with_capacity(BUFFER, text), at, batch.longest))
        }
        Format::Json { records } => {
            let text = BufReader::with_capacity(BUFFER, text);
            Box::new(json::Items::new(text, at, records, from.number > 0, batch.longest)?)
        }
    })
}

/// The fault of an input that cannot be read.
pub(super) fn unreadable(error: &io::Error) -> Fault {
    let message = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the packed input is cut off".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            "the input is packed, and the packing is broken".to_owned()
        }
        io::ErrorKind::FileTooLarge => "the input unpacks to more than is allowed".to_owned(),
        _ => format!("the input cannot be read: {error}"),
    };
    super::invalid(message)
}
