//! Batches as the API takes and shows them: the records of a file or an upload, each the start of a flow or
//! an event.

use nave_engine::batch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Placed, Why};

/// What becomes of the records, and how they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BatchOptions {
    /// Each record starts this flow. Either this or `event`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// Each record is an event of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// How records are written. Absent: as the name of the file, or the media type of the upload, says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<BatchFormat>,
    /// The encoding, by its name on the web: `windows-1252`, `utf-16le`. A byte order mark wins. Absent:
    /// UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What becomes of bad records. Default `stop`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bad: Option<BatchBad>,
    /// How many records one start takes, as a list: 1 to 10000. Absent: one, not in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
    /// The longest record in bytes, up to 64 MiB. Default 1 MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest: Option<u32>,
    /// CSV: what stands between fields: one ASCII character, or `tab`. Default `,`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// CSV: what stands around fields: one ASCII character, or `none`. Default `"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// CSV: what stands before a quote inside quotes. Absent: such a quote is written twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escape: Option<String>,
    /// CSV: lines that begin with this character are passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// CSV: whether spaces around fields are taken away. Default no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trim: Option<bool>,
    /// CSV: whether the first record names the columns. Default yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// CSV: the names of the columns, separated by commas; with a header, in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// JSON: where the list of records stands, as a JSON pointer (RFC 6901). Absent: the document is it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<String>,
}

/// A file whose records are handed in by the hub itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NewBatch {
    /// Its id: letters, digits, `.`, `-`, `_`, 100 at most. Absent: one made of the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The file, from the project's folder. It must be below the folder that `hub.batches` in `nave.yaml`
    /// names.
    pub file: String,
    /// What becomes of its records.
    #[serde(flatten)]
    pub options: BatchOptions,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BatchFormat {
    /// Comma-separated values.
    Csv,
    /// Values separated by tabs.
    Tsv,
    /// A JSON value on each line.
    Ndjson,
    /// One JSON document that holds a list.
    Json,
}

/// What becomes of bad records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BatchBad {
    /// The batch stops before the first of them.
    Stop,
    /// They are passed over, and told.
    Skip,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BatchState {
    /// Its records are handed in. After a restart, those of a file go on by themselves.
    Running,
    /// Every record was handed in.
    Done,
    /// It stopped: a record is bad, or the input is. Mended, it can go on.
    Failed,
    /// A person stopped it. It can go on.
    Cancelled,
    /// The upload broke off. Sent again with the same id, it goes on.
    Interrupted,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub state: BatchState,
    /// The file; absent: the records are uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What becomes of its records.
    pub options: BatchOptions,
    /// Who began it.
    pub by: String,
    /// Records that are accepted and on disk.
    pub records: u64,
    /// Records that were passed over.
    pub rejected: u64,
    /// Bytes that are done with, unpacked and as UTF-8.
    pub bytes: u64,
    /// Bytes of the file, where they say something about the bytes above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// Records a second, since it last began to run.
    pub per_second: f64,
    /// When it was made.
    pub created_ms: u64,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
    /// Why it stopped, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// The first records that were passed over, 100 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad: Vec<BadRecord>,
}

/// A record that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BadRecord {
    /// Its number in the input, from 1.
    pub number: u64,
    /// The line it begins at, from 1.
    pub line: u64,
    /// The column in bytes, from 1, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The field, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// Which batches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BatchQuery {
    /// In this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<BatchState>,
    /// Behind this one: `next` of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most: 1 to 1000. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Placed for Batch {
    fn place(&self) -> String {
        self.id.clone()
    }
}

impl From<&batch::BadRecord> for BadRecord {
    fn from(bad: &batch::BadRecord) -> Self {
        BadRecord {
            number: bad.number,
            line: bad.line,
            column: bad.column,
            field: bad.field.clone(),
            message: bad.message.clone(),
        }
    }
}
