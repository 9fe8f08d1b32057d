//! `nave batch`: the records of a file or of stdin as starts of a flow or as events. The hub reads a file
//! below its folder of batches itself; anything else is sent to it as it is read.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::{Args, ValueEnum as _};
use futures_util::stream;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::view::{Batch as View, BatchBad, BatchFormat, BatchOptions, BatchState, NewBatch};
use tokio::sync::mpsc;

use crate::context::Context;
use crate::exit::Ended;
use crate::folder;
use crate::hub::{self, Hub};
use crate::output::Style;
use crate::show::plain;

mod watch;

/// Bytes that are read and sent at once.
const PIECE: usize = 64 * 1024;

/// Options of `nave batch`.
#[derive(Debug, Args)]
pub(crate) struct Batch {
    /// The flow that each record starts
    #[arg(required_unless_present = "event")]
    flow: Option<String>,
    /// Make each record an event of this name instead
    #[arg(long, value_name = "NAME", conflicts_with = "flow")]
    event: Option<String>,
    /// The records: a file, packed with gzip or not, or - for stdin
    #[arg(long, value_name = "FILE|-")]
    file: String,
    /// The batch's id: with one that was used before, it goes on where that stopped [default: a new one]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// How records are written [default: as the file's name says]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// What becomes of records that are bad
    #[arg(long, value_name = "WHAT", default_value = "stop")]
    bad: Bad,
    /// How many records one start takes, as a list
    #[arg(long, value_name = "N")]
    group: Option<u32>,
    /// The encoding: windows-1252, utf-16le, … [default: UTF-8]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// The longest record in bytes [default: 1 MiB]
    #[arg(long, value_name = "BYTES")]
    longest: Option<u32>,
    /// Do not wait for the end; only for a file that the hub reads itself
    #[arg(long)]
    detach: bool,
    #[command(flatten)]
    table: Table,
    #[command(flatten)]
    at: hub::At,
}

/// How CSV and JSON are written.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "How records are written")]
struct Table {
    /// CSV: what stands between fields: one character, or tab
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<String>,
    /// CSV: what stands around fields: one character, or none
    #[arg(long, value_name = "CHARACTER")]
    quote: Option<String>,
    /// CSV: what stands before a quote inside quotes
    #[arg(long, value_name = "CHARACTER")]
    escape: Option<String>,
    /// CSV: lines that begin with it are passed over
    #[arg(long, value_name = "CHARACTER")]
    comment: Option<String>,
    /// CSV: take away spaces around fields
    #[arg(long)]
    trim: bool,
    /// CSV: the first record is data; name the columns with --columns
    #[arg(long, requires = "columns")]
    no_header: bool,
    /// CSV: the names of the columns, in place of the header's
    #[arg(long, value_name = "A,B,…")]
    columns: Option<String>,
    /// JSON: where the list of records stands: /data/items
    #[arg(long, value_name = "POINTER")]
    records: Option<String>,
}

/// How records are written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Csv,
    Tsv,
    Ndjson,
    Json,
}

/// What becomes of bad records.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Bad {
    Stop,
    Skip,
}

impl Batch {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let hub = self.at.open(context)?;
        let id = match &self.id {
            Some(id) => id.clone(),
            None => new_id(&hub)?,
        };
        let options = self.options();
        let own = self.own(context)?;
        if self.detach && own.is_none() {
            return Err(Fault::new(codes::ARGUMENT_VALUE, "an upload ends with the command")
                .with_hint("without `--detach`; or put the file below the project's folder"));
        }
        let ended = match own {
            Some(file) => self.begin(&hub, &id, &file, options),
            None => self.upload(&hub, &id, options),
        }?;
        report(&hub, &ended)
    }

    fn options(&self) -> BatchOptions {
        let Table { delimiter, quote, escape, comment, trim, no_header, columns, records } = &self.table;
        BatchOptions {
            flow: self.flow.clone(),
            event: self.event.clone(),
            format: self.format.map(|format| match format {
                Format::Csv => BatchFormat::Csv,
                Format::Tsv => BatchFormat::Tsv,
                Format::Ndjson => BatchFormat::Ndjson,
                Format::Json => BatchFormat::Json,
            }),
            encoding: self.encoding.clone(),
            bad: matches!(self.bad, Bad::Skip).then_some(BatchBad::Skip),
            group: self.group,
            longest: self.longest,
            delimiter: delimiter.clone(),
            quote: quote.clone(),
            escape: escape.clone(),
            comment: comment.clone(),
            trim: trim.then_some(true),
            header: no_header.then_some(false),
            columns: columns.clone(),
            records: records.clone(),
        }
    }

    /// The file as the hub finds it, where it lies in the project of this machine's hub.
    fn own(&self, context: &Context) -> Result<Option<String>, Fault> {
        if self.file == "-" || self.at.is_named() {
            return Ok(None);
        }
        let unreadable = |error: &io::Error| {
            Fault::new(codes::FILE, format!("`{}` cannot be read: {}", self.file, folder::reason(error)))
        };
        let found = std::fs::canonicalize(&self.file).map_err(|error| unreadable(&error))?;
        let root = std::fs::canonicalize(context.folder()?.root()).map_err(|error| unreadable(&error))?;
        let regular = found.is_file();
        Ok(found.strip_prefix(&root).ok().filter(|_| regular).and_then(Path::to_str).map(str::to_owned))
    }

    /// Has the hub read the file; a batch that stopped goes on.
    fn begin(&self, hub: &Hub<'_>, id: &str, file: &str, options: BatchOptions) -> Result<View, Fault> {
        let path = hub::path("/batches", id, "");
        let known = match hub.get::<View>(&path) {
            Ok(known) => Some(known),
            Err(fault) if fault.code == codes::RUN_UNKNOWN => None,
            Err(fault) => return Err(fault),
        };
        let batch = match known {
            None => match hub
                .post("/batches", &NewBatch { id: Some(id.to_owned()), file: file.to_owned(), options })
            {
                // The hub reads files of another folder only.
                Err(fault) if fault.code == codes::FILE && !self.detach => {
                    return self.upload(hub, id, self.options());
                }
                begun => begun?,
            },
            Some(known) if known.options != options || known.file.as_deref() != Some(file) => {
                return Err(Fault::new(codes::CONFLICT, format!("there is another batch `{id}`"))
                    .with_hint("give this one another id, or the options that one began with"));
            }
            Some(known) if matches!(known.state, BatchState::Running | BatchState::Done) => known,
            Some(_) => hub.ask(http::Method::POST, &hub::path("/batches", id, "/resume"))?,
        };
        let output = &hub.context.output;
        output.say(&format!("batch {}: the hub reads `{}`", plain(id), plain(file)));
        match self.detach {
            true => Ok(batch),
            false => hub.watch_batch(id),
        }
    }

    /// Sends the records as they are read.
    fn upload(&self, hub: &Hub<'_>, id: &str, mut options: BatchOptions) -> Result<View, Fault> {
        if options.format.is_none() {
            options.format = by_name(&self.file);
        }
        let query = hub::query(&options)?;
        let bits = pieces(&self.file)?;
        let path = hub::path("/batches", id, &format!("/records?{query}"));
        hub.context.output.say(&format!("batch {}: sending the records", plain(id)));
        hub.upload_batch(id, &path, bits)
    }
}

/// The format that a file's name says.
fn by_name(file: &str) -> Option<BatchFormat> {
    let name = file.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = match name.rsplit_once('.')?.1 {
        "jsonl" => "ndjson",
        ending => ending,
    };
    Some(match Format::from_str(ending, false).ok()? {
        Format::Csv => BatchFormat::Csv,
        Format::Tsv => BatchFormat::Tsv,
        Format::Ndjson => BatchFormat::Ndjson,
        Format::Json => BatchFormat::Json,
    })
}

/// The pieces of a file or of stdin, read in a thread of its own no faster than they are sent.
fn pieces(file: &str) -> Result<impl futures_util::Stream<Item = io::Result<Bytes>> + Send + use<>, Fault> {
    let mut from: Box<dyn Read + Send> = match file {
        "-" => Box::new(io::stdin()),
        path => Box::new(std::fs::File::open(PathBuf::from(path)).map_err(|error| {
            Fault::new(codes::FILE, format!("`{path}` cannot be read: {}", folder::reason(&error)))
        })?),
    };
    let (to, pieces) = mpsc::channel(4);
    std::thread::spawn(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let (read, over) = match from.read(&mut piece) {
                Ok(0) => return,
                Ok(count) => {
                    piece.truncate(count);
                    (Ok(Bytes::from(piece)), false)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => (Err(error), true),
            };
            // Nobody wants more once the upload ended.
            if to.blocking_send(read).is_err() || over {
                return;
            }
        }
    });
    Ok(stream::unfold(pieces, |mut pieces| async move { Some((pieces.recv().await?, pieces)) }))
}

/// Says how a batch ended.
fn report(hub: &Hub<'_>, batch: &View) -> Result<Ended, Fault> {
    let output = &hub.context.output;
    if output.json() {
        output.value(batch)?;
    } else {
        output.line(&plain(&batch.id))?;
        for bad in &batch.bad {
            let line = format!("  record {} (line {}): {}", bad.number, bad.line, bad.message);
            output.say(&output.err(Style::Warning, &plain(&line)));
        }
        output.say(&watch::told(batch));
    }
    match (&batch.why, batch.state) {
        (Some(why), BatchState::Failed | BatchState::Interrupted) => {
            let code = nave_server::problem::known(&why.code).unwrap_or(codes::BATCH_INVALID);
            let again = format!("mend it and run the command again with `--id {}`", plain(&batch.id));
            Err(Fault::new(code, why.message.clone()).with_hint(again))
        }
        (_, BatchState::Running | BatchState::Done) => Ok(match batch.rejected {
            0 => Ended::Done,
            _ => Ended::Problems,
        }),
        (_, _) => Err(Fault::new(codes::CONFLICT, format!("the batch `{}` was stopped", batch.id))
            .with_hint(format!("`nave batches resume {}` lets it go on", plain(&batch.id)))),
    }
}

/// An id nobody else makes: the time, and random letters.
fn new_id(hub: &Hub<'_>) -> Result<String, Fault> {
    let mut bytes = [0; 4];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| Fault::new(codes::INTERNAL, "the operating system gives no random bytes"))?;
    Ok(format!("{}-{}", hub.when.now_ms(), folder::hex(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_says_how_its_records_are_written() {
        assert_eq!(by_name("a/b.CSV"), Some(BatchFormat::Csv));
        assert_eq!(by_name("b.jsonl.gz"), Some(BatchFormat::Ndjson));
        assert_eq!(by_name("b.xlsx"), None);
        assert_eq!(by_name("-"), None);
    }
}
