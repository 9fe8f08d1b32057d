//! The hub itself as the API shows it: what runs, with which project, how its store is, and the audit chain.

use nave_model::At;
use nave_store::record::{self, AuditEntry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Placed, Why};

/// The hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Info {
    /// Its version.
    pub version: String,
    /// The project's name.
    pub project: String,
    /// The project's folder.
    pub folder: String,
    /// `dev` or `serve`.
    pub mode: String,
    /// `starting`, `ready`, `draining`.
    pub state: String,
    /// The process.
    pub pid: u32,
    /// When it started.
    pub started_ms: u64,
    /// Since then, milliseconds until it was ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_after_ms: Option<u64>,
    /// Lanes of the store.
    pub lanes: u32,
    /// How many flows it runs.
    pub flows: usize,
    /// How many connections it has.
    pub connections: usize,
    /// The largest bodies it takes.
    pub limits: Limits,
}

/// The largest bodies the hub takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Of a webhook.
    pub webhook: usize,
    /// Of a request to the API.
    pub request: usize,
}

/// The project as it was last loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// How often a version of it was taken in.
    pub version: u64,
    /// When the last one was.
    pub loaded_ms: u64,
    /// Whether what stands in the files now is what runs: false while there are errors.
    pub current: bool,
    /// What is wrong with what stands in the files.
    pub errors: Vec<Problem>,
    /// What is odd about it.
    pub warnings: Vec<Problem>,
    /// The flows that run.
    pub flows: Vec<String>,
    /// The connections that are used.
    pub connections: Vec<String>,
}

/// Something wrong or odd in a project's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// The fault's code.
    pub code: String,
    /// What it is, in a sentence.
    pub message: String,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// JSON pointer inside the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The nearest right thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How the store is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Store {
    /// Why writing fails; absent: it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Why>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Transactions synced since the start.
    pub syncs: u64,
    /// Batches and intakes in them.
    pub batches: u64,
    /// Writes that wait right now.
    pub waiting: u64,
    /// The folder.
    pub folder: String,
}

/// Where a backup goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// The name of its folder below the hub's folder of backups: small letters, digits, `-`, `_`, `.`.
    /// Absent: one made of the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupMade {
    /// Its folder.
    pub path: String,
    /// Milliseconds it took.
    pub took_ms: u64,
}

/// What was dropped because it was old or too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Swept {
    /// Whole segments.
    pub segments: u64,
    /// Records of any kind.
    pub records: u64,
    /// Large bodies nobody refers to.
    pub blobs: u64,
}

/// An entry of the audit chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// Its number, from 1.
    pub number: u64,
    /// When.
    pub at_ms: u64,
    /// Whose chain.
    pub tenant: String,
    /// Who did it.
    pub who: String,
    /// What: `call.intended`, `run.cancelled`, …
    pub what: String,
    /// On what.
    pub on: String,
    /// More.
    pub detail: Value,
    /// Hash of the entry before, in hex.
    pub before: String,
    /// Its own hash, in hex.
    pub hash: String,
}

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuditQuery {
    /// Behind the entry with this number. Default 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// How many at most: 1 to 1000. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What of the stream is wanted. Everything that is set must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StreamQuery {
    /// These kinds, separated by commas: `event`, `run`, `step`, `parked`, `delivery`, `batch`, `mail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<String>,
    /// Runs and steps of this flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// This run and its steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

impl From<&nave_model::Problem> for Problem {
    fn from(problem: &nave_model::Problem) -> Self {
        let At { file, line, column, pointer, .. } = problem.at.clone();
        Problem {
            code: problem.code.name.to_owned(),
            message: problem.message.clone(),
            file,
            line,
            column,
            pointer,
            hint: problem.hint.clone(),
        }
    }
}

impl From<record::Swept> for Swept {
    fn from(swept: record::Swept) -> Self {
        Swept { segments: swept.segments, records: swept.records, blobs: swept.blobs }
    }
}

impl From<AuditEntry> for Audit {
    fn from(entry: AuditEntry) -> Self {
        Audit {
            number: entry.number,
            at_ms: entry.at_ms,
            tenant: entry.entry.tenant,
            who: entry.entry.who,
            what: entry.entry.what,
            on: entry.entry.on,
            detail: entry.entry.detail,
            before: entry.before,
            hash: entry.hash,
        }
    }
}

impl Placed for Audit {
    fn place(&self) -> String {
        self.number.to_string()
    }
}
