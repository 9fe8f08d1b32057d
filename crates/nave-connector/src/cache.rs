//! An imported connector as bytes, so that a cold start parses nothing it does not use: an index that
//! is read at once, and the documents as text that is parsed part by part.
//!
//! Layout, all numbers little-endian: magic (8 bytes), format version (4), checksum of everything
//! after it (8), length of the index (8), the index as JSON, the text of all documents.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use serde::{Deserialize, Serialize};

use crate::connector::{Connector, Entry, Parts, Scheme, Webhook};
use crate::documents::parts::{self, split};
use crate::documents::{Dialect, Document, Documents};
use crate::manifest::Manifest;
use crate::openapi::{Refused, Report};
use crate::operation::Server;

const MAGIC: &[u8; 8] = b"NAVE-CON";

/// Raised whenever the layout, or what an import makes of a description, changes.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Index {
    /// Version of this crate: another one may compile a description differently.
    made_by: String,
    name: String,
    title: String,
    version: String,
    manifest: Manifest,
    schemes: IndexMap<String, Scheme>,
    servers: Vec<Server>,
    webhooks: Vec<Webhook>,
    entries: Vec<Entry>,
    documents: Vec<Written>,
    report: WrittenReport,
}

#[derive(Serialize, Deserialize)]
struct Written {
    name: String,
    dialect: Dialect,
    anchors: BTreeMap<String, String>,
    /// Pointer and length of each part, in the order of their text.
    parts: Vec<(Box<str>, usize)>,
}

#[derive(Serialize, Deserialize)]
struct WrittenReport {
    operations: usize,
    refused: Vec<(String, String, WrittenProblem)>,
    findings: Vec<WrittenProblem>,
    overlay_unmatched: Vec<WrittenProblem>,
}

#[derive(Serialize, Deserialize)]
struct WrittenProblem {
    code: String,
    at: At,
    message: String,
    hint: Option<String>,
}

/// A connector and its report as bytes for [`read`].
pub fn write(connector: &Connector, report: &Report) -> Vec<u8> {
    let mut text = String::new();
    let documents = connector.documents.all().iter().map(|document| written(document, &mut text)).collect();
    let index = Index {
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        name: connector.name.clone(),
        title: connector.title.clone(),
        version: connector.version.clone(),
        manifest: connector.manifest.clone(),
        schemes: connector.schemes.clone(),
        servers: connector.servers.clone(),
        webhooks: connector.webhooks.clone(),
        entries: connector.entries().to_vec(),
        documents,
        report: WrittenReport::from(report),
    };
    // The index holds only maps with text keys and finite numbers, so that it always serialises;
    // an empty one would be refused by `read`.
    let index = serde_json::to_vec(&index).unwrap_or_default();
    let mut payload = Vec::with_capacity(8 + index.len() + text.len());
    payload.extend_from_slice(&(index.len() as u64).to_le_bytes());
    payload.extend_from_slice(&index);
    payload.extend_from_slice(text.as_bytes());
    drop(text);
    let mut bytes = Vec::with_capacity(20 + payload.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&checksum(&payload).to_le_bytes());
    bytes.extend_from_slice(&payload);
    bytes
}

fn written(document: &Document, text: &mut String) -> Written {
    let mut parts = Vec::new();
    let mut hand_on = |pointer: &str, part: &str| {
        parts.push((pointer.into(), part.len()));
        text.push_str(part);
    };
    match document.tree() {
        Some(tree) => split(tree, hand_on),
        None => {
            for (pointer, part) in document.parts().into_iter().flat_map(parts::Parts::texts) {
                hand_on(pointer, part);
            }
        }
    }
    Written {
        name: document.name.clone(),
        dialect: document.dialect,
        anchors: document.anchors.clone(),
        parts,
    }
}

/// The connector and report that [`write()`] was given; operations are compiled when first used.
///
/// # Errors
/// The bytes were written by another version, are damaged, or are no cache at all. The connector
/// has to be imported again.
pub fn read(bytes: &[u8]) -> Result<(Connector, Report), Fault> {
    let payload = verified(bytes)?;
    let (length, rest) = payload.split_at_checked(8).ok_or_else(|| stale("it is cut off"))?;
    let length = length.try_into().map(u64::from_le_bytes).unwrap_or(u64::MAX);
    let (index, text) = usize::try_from(length)
        .ok()
        .and_then(|length| rest.split_at_checked(length))
        .ok_or_else(|| stale("it is cut off"))?;
    let index: Index = serde_json::from_slice(index).map_err(|_| stale("its index cannot be read"))?;
    if index.made_by != env!("CARGO_PKG_VERSION") {
        return Err(stale("another version wrote it"));
    }
    let text: Arc<str> = std::str::from_utf8(text).map_err(|_| stale("its text is not UTF-8"))?.into();
    let mut offset = 0;
    let documents =
        index.documents.into_iter().map(|document| opened(document, &text, &mut offset)).collect();
    let parts = Parts {
        name: index.name,
        title: index.title,
        version: index.version,
        documents: Documents::new(documents),
        manifest: index.manifest,
        schemes: index.schemes,
        servers: index.servers,
        webhooks: index.webhooks,
    };
    let report = index.report.try_into()?;
    Ok((Connector::new(parts, index.entries), report))
}

fn verified(bytes: &[u8]) -> Result<&[u8], Fault> {
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| stale("it is not one"))?;
    let rest = rest.strip_prefix(&FORMAT.to_le_bytes()).ok_or_else(|| stale("it has another format"))?;
    let (sum, payload) = rest.split_at_checked(8).ok_or_else(|| stale("it is cut off"))?;
    if sum != checksum(payload).to_le_bytes() {
        return Err(stale("it is damaged"));
    }
    Ok(payload)
}

fn opened(written: Written, text: &Arc<str>, offset: &mut usize) -> Document {
    let ranges: Vec<(Box<str>, Range<usize>)> = written
        .parts
        .into_iter()
        .map(|(pointer, length)| {
            let begin = *offset;
            *offset = begin.saturating_add(length);
            (pointer, begin..*offset)
        })
        .collect();
    let parts = parts::Parts::new(Arc::clone(text), ranges);
    let mut document = Document::from_parts(written.name, written.dialect, parts);
    document.anchors = written.anchors;
    document
}

fn stale(reason: &str) -> Fault {
    let fault = Fault::new(
        codes::DOCUMENT_FORMAT,
        format!("the imported connector's cache cannot be used: {reason}"),
    );
    fault.with_hint("it is made again from the description")
}

/// Finds damage, not malice: four interleaved multiply-and-rotate sums, a gigabyte in a fraction of
/// a second.
fn checksum(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x9E37_79B1_85EB_CA87;
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(PRIME).rotate_left(29);
    let mut sums = [1_u64, 2, 3, 4];
    let mut blocks = bytes.chunks_exact(32);
    for block in &mut blocks {
        for (sum, word) in sums.iter_mut().zip(block.chunks_exact(8)) {
            *sum = mix(*sum, word.try_into().map(u64::from_le_bytes).unwrap_or_default());
        }
    }
    let mut total = bytes.len() as u64;
    for byte in blocks.remainder() {
        total = mix(total, u64::from(*byte));
    }
    sums.into_iter().fold(total, mix)
}

impl From<&Problem> for WrittenProblem {
    fn from(problem: &Problem) -> Self {
        WrittenProblem {
            code: problem.code.name.to_owned(),
            at: problem.at.clone(),
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        }
    }
}

impl TryFrom<WrittenProblem> for Problem {
    type Error = Fault;

    fn try_from(written: WrittenProblem) -> Result<Self, Fault> {
        let WrittenProblem { code, at, message, hint } = written;
        let known = codes::ALL.iter().find(|known| known.name == code);
        let code = *known.ok_or_else(|| stale("it names an unknown fault"))?;
        Ok(Problem { code, at, message, hint })
    }
}

impl From<&Report> for WrittenReport {
    fn from(report: &Report) -> Self {
        let refused = report
            .refused
            .iter()
            .map(|refused| (refused.method.clone(), refused.path.clone(), (&refused.problem).into()));
        WrittenReport {
            operations: report.operations,
            refused: refused.collect(),
            findings: report.findings.iter().map(Into::into).collect(),
            overlay_unmatched: report.overlay_unmatched.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<WrittenReport> for Report {
    type Error = Fault;

    fn try_from(written: WrittenReport) -> Result<Self, Fault> {
        let problems = |list: Vec<WrittenProblem>| -> Result<Vec<Problem>, Fault> {
            list.into_iter().map(Problem::try_from).collect()
        };
        let refused = written
            .refused
            .into_iter()
            .map(|(method, path, problem)| Ok(Refused { method, path, problem: problem.try_into()? }));
        Ok(Report {
            operations: written.operations,
            refused: refused.collect::<Result<_, Fault>>()?,
            findings: problems(written.findings)?,
            overlay_unmatched: problems(written.overlay_unmatched)?,
        })
    }
}

#[cfg(test)]
mod tests;
