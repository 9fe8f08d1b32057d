//! What is known of the items of a poll: a mark for each item's id and version. Kept in segments, so that a
//! look writes those in which something changed, however many items there are.

use std::collections::{BTreeMap, BTreeSet};

use nave_flow::flow::First;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::{Batch, Op, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::item::{Identity, Mark, hex};
use crate::engine::Cursors;

/// Segments of a poll: enough that one of a million items is 32 KB.
const SEGMENTS: u16 = 1024;
/// Bytes of an item in a segment: id, version, since when it is missing.
const ENTRY: usize = 36;
/// How long an item stays known that the list does not have any more, where nobody asked to be told: hours.
const REMEMBERED_HOURS: u32 = 30 * 24;
const HOUR_MS: u64 = 60 * 60 * 1000;
/// The longest item that is kept for the day it is gone.
const LONGEST_LAST: usize = 64 * 1024;
/// The form of a segment.
const FORM: u8 = 1;

/// The rules that what is known was made by, as marks of their texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sources) struct Rules {
    /// What identifies an item.
    pub(in crate::sources) id: String,
    /// What is different when one changed.
    pub(in crate::sources) changed: String,
    /// What is asked for, and where the items stand.
    pub(in crate::sources) list: String,
}

/// What starts nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Quiet {
    /// Everything that is new or changed starts something.
    #[default]
    Nothing,
    /// Changes: what is known was told apart by another rule.
    Changes,
    /// Anything: it is the first look, or items were identified by another rule.
    All,
}

/// What is kept of a poll beside its items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    /// Goes up with every write, and so makes a later version that equals an earlier one another event.
    round: u64,
    /// Whether the list, as the present rules have it, was looked at from end to end.
    complete: bool,
    /// What is taken as it is, without anything starting, until a look comes to its end.
    quiet: Quiet,
    /// When the last look began.
    looked_ms: Option<u64>,
    /// Items that are known.
    count: u64,
    /// Whether each item is kept for the day it is gone.
    keeps: bool,
    /// `None`: nothing was ever kept.
    rules: Option<Rules>,
}

/// What is known of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    version: Mark,
    /// Since when complete looks do not find it: hours since 1970, 0 where they do.
    missing: u32,
}

/// What an item is, compared with what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sources) enum Told {
    New,
    Changed,
    Same,
}

/// What is known of the items of a poll.
#[derive(Debug)]
pub(in crate::sources) struct Known {
    name: String,
    header: Header,
    segments: BTreeMap<u16, BTreeMap<Mark, Entry>>,
    changed: BTreeSet<u16>,
    /// Items to be kept for the day they are gone; empty where one is not needed any more.
    lasts: BTreeMap<Mark, Vec<u8>>,
}

impl Known {
    /// What is kept under a name; nothing is known of a poll that is new.
    ///
    /// # Errors
    /// The store cannot be read, or what it gives was written by a newer version.
    pub(in crate::sources) async fn load(store: &dyn Store, name: &str) -> Result<Known, Fault> {
        let header = match store.cursor(header_name(name)).await? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| unreadable(name))?,
            None => Header::default(),
        };
        let mut segments = BTreeMap::new();
        let prefix = segment_prefix(name);
        for (cursor, bytes) in store.cursors(prefix.clone()).await? {
            let index = cursor.strip_prefix(&prefix).and_then(|index| u16::from_str_radix(index, 16).ok());
            let index = index.ok_or_else(|| unreadable(name))?;
            segments.insert(index, unpacked(&bytes).ok_or_else(|| unreadable(name))?);
        }
        Ok(Known {
            name: name.to_owned(),
            header,
            segments,
            changed: BTreeSet::new(),
            lasts: BTreeMap::new(),
        })
    }

    /// Takes the rules of the poll as it is written by now. What was found by others is taken as it is until
    /// a look comes to its end, so that a new rule does not make everything look new or changed.
    pub(in crate::sources) fn adopt(&mut self, rules: &Rules, first: First) {
        let before = self.header.rules.replace(rules.clone());
        let Some(before) = before else {
            self.header.quiet = if first == First::None { Quiet::All } else { Quiet::Nothing };
            return;
        };
        if before.id != rules.id {
            for (index, segment) in &mut self.segments {
                segment.clear();
                self.changed.insert(*index);
            }
            self.header.count = 0;
            self.header.quiet = Quiet::All;
        } else if before.changed != rules.changed && self.header.quiet == Quiet::Nothing {
            self.header.quiet = Quiet::Changes;
        }
        if before.id != rules.id || before.list != rules.list {
            self.header.complete = false;
        }
    }

    /// Whether something starts because of what an item turned out to be.
    pub(in crate::sources) fn starts(&self, told: Told) -> bool {
        match (told, self.header.quiet) {
            (Told::Same, _) | (_, Quiet::All) | (Told::Changed, Quiet::Changes) => false,
            (Told::New | Told::Changed, Quiet::Nothing) | (Told::New, Quiet::Changes) => true,
        }
    }

    pub(in crate::sources) fn count(&self) -> u64 {
        self.header.count
    }

    /// The number of the next write. With an item's id and version, it is what makes a start the same one:
    /// an item that goes back to what it was is changed again.
    pub(in crate::sources) fn round(&self) -> u64 {
        self.header.round
    }

    /// Takes note of an item.
    pub(in crate::sources) fn take(&mut self, identity: &Identity) -> Told {
        let index = segment_of(&identity.mark);
        let entry = Entry { version: identity.version, missing: 0 };
        let before = self.segments.entry(index).or_default().insert(identity.mark, entry);
        if before == Some(entry) {
            return Told::Same;
        }
        self.changed.insert(index);
        match before {
            None => {
                self.header.count = self.header.count.saturating_add(1);
                Told::New
            }
            Some(before) if before.version == entry.version => Told::Same,
            Some(_) => Told::Changed,
        }
    }

    /// Keeps an item for the day it is gone.
    pub(in crate::sources) fn keep(&mut self, identity: &Identity, item: &Value) {
        let whole = serde_json::json!({ "id": identity.id, "last": item }).to_string();
        let kept = if whole.len() <= LONGEST_LAST {
            whole
        } else {
            serde_json::json!({ "id": identity.id, "last": null }).to_string()
        };
        self.lasts.insert(identity.mark, kept.into_bytes());
    }

    /// After a complete look that saw these items: those that are gone, which are those that two looks in
    /// a row did not find; and whether there are others that this one did not find.
    ///
    /// One look is not enough. A list that is paged by number moves up by one where an item before goes
    /// away, and the look passes over the item that moved across the edge of a page.
    ///
    /// Where nobody is told (`is_told`), an item that left stays known for 30 days, because lists that show
    /// the newest items only, or a system that forgets its list for an hour, are more frequent than items
    /// that come back and are meant to be new.
    pub(in crate::sources) fn missing(
        &mut self,
        seen: &BTreeSet<Mark>,
        is_told: bool,
        now_ms: u64,
    ) -> (Vec<Mark>, bool) {
        if !self.header.complete {
            return (Vec::new(), false);
        }
        let hour = u32::try_from(now_ms / HOUR_MS).unwrap_or(u32::MAX).max(1);
        let (mut gone, mut missing) = (Vec::new(), false);
        for (index, segment) in &mut self.segments {
            for (mark, entry) in segment.iter_mut().filter(|(mark, _)| !seen.contains(*mark)) {
                if entry.missing == 0 {
                    entry.missing = hour;
                    missing = is_told;
                    self.changed.insert(*index);
                } else if is_told || hour.saturating_sub(entry.missing) > REMEMBERED_HOURS {
                    gone.push(*mark);
                }
            }
        }
        (gone, missing)
    }

    /// An item that is gone: its id, and how it was seen last, where that was kept. It is not known any more.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(in crate::sources) async fn forget(
        &mut self,
        store: &dyn Store,
        mark: &Mark,
        was_kept: bool,
    ) -> Result<(Value, Value), Fault> {
        let index = segment_of(mark);
        if self.segments.get_mut(&index).and_then(|segment| segment.remove(mark)).is_some() {
            self.header.count = self.header.count.saturating_sub(1);
            self.changed.insert(index);
        }
        if !was_kept {
            return Ok((Value::Null, Value::Null));
        }
        let kept = store.cursor(last_name(&self.name, mark)).await?;
        let kept: Value = kept.and_then(|kept| serde_json::from_slice(&kept).ok()).unwrap_or_default();
        self.lasts.insert(*mark, Vec::new());
        let part = |name: &str| kept.get(name).cloned().unwrap_or_default();
        Ok((part("id"), part("last")))
    }

    /// Whether each item that is known is kept for the day it is gone.
    pub(in crate::sources) fn keeps(&self) -> bool {
        self.header.keeps
    }

    /// A look came to its end; in it, every item was kept, or none was.
    pub(in crate::sources) fn complete(&mut self, began_ms: u64, kept: bool) {
        self.header.keeps = kept;
        self.header.complete = true;
        self.header.quiet = Quiet::Nothing;
        self.header.looked_ms = Some(began_ms);
    }

    /// The cursors that say what changed since the last time this was asked.
    pub(in crate::sources) fn cursors(&mut self) -> Cursors {
        self.header.round = self.header.round.saturating_add(1);
        let header = serde_json::json!(self.header).to_string().into_bytes();
        let mut cursors = vec![(header_name(&self.name), header)];
        for index in std::mem::take(&mut self.changed) {
            let segment = self.segments.get(&index);
            let name = format!("{}{index:03x}", segment_prefix(&self.name));
            cursors.push((name, packed(segment.into_iter().flatten())));
        }
        for (mark, kept) in std::mem::take(&mut self.lasts) {
            cursors.push((last_name(&self.name, &mark), kept));
        }
        cursors
    }

    /// Takes the names of items that are gone out of the store. What is left behind by a crash before is
    /// empty and harms nobody.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(in crate::sources) async fn clear(
        &self,
        store: &dyn Store,
        gone: &[Mark],
        now_ms: u64,
    ) -> Result<(), Fault> {
        let forget = |mark| Op::Cursor { name: last_name(&self.name, mark), value: None };
        let ops: Vec<Op> = gone.iter().map(forget).collect();
        store.commit(Batch { fence: None, ops, now_ms }).await
    }
}

/// When the last look of a poll began.
///
/// # Errors
/// The store cannot be read.
pub(in crate::sources) async fn looked_ms(store: &dyn Store, name: &str) -> Result<Option<u64>, Fault> {
    let header = store.cursor(header_name(name)).await?;
    let header = header.and_then(|bytes| serde_json::from_slice::<Header>(&bytes).ok());
    Ok(header.and_then(|header| header.looked_ms))
}

fn header_name(name: &str) -> String {
    format!("{name}:look")
}

fn segment_prefix(name: &str) -> String {
    format!("{name}:known:")
}

fn last_name(name: &str, mark: &Mark) -> String {
    format!("{name}:last:{}", hex(mark))
}

fn segment_of(mark: &Mark) -> u16 {
    let [first, second, ..] = *mark;
    u16::from_be_bytes([first, second]) % SEGMENTS
}

fn packed<'a>(entries: impl Iterator<Item = (&'a Mark, &'a Entry)>) -> Vec<u8> {
    let mut bytes = vec![FORM];
    for (mark, entry) in entries {
        bytes.extend_from_slice(mark);
        bytes.extend_from_slice(&entry.version);
        bytes.extend_from_slice(&entry.missing.to_be_bytes());
    }
    bytes
}

fn unpacked(bytes: &[u8]) -> Option<BTreeMap<Mark, Entry>> {
    let (form, entries) = bytes.split_first()?;
    let (entries, rest) = entries.as_chunks::<ENTRY>();
    if *form != FORM || !rest.is_empty() {
        return None;
    }
    let mut segment = BTreeMap::new();
    for entry in entries {
        let (mark, rest) = entry.split_first_chunk::<16>()?;
        let (version, missing) = rest.split_first_chunk::<16>()?;
        let missing = u32::from_be_bytes(*missing.first_chunk::<4>()?);
        segment.insert(*mark, Entry { version: *version, missing });
    }
    Some(segment)
}

fn unreadable(name: &str) -> Fault {
    let message = format!("what is kept of `{name}` was written in a form that is not known here");
    Fault::new(codes::STORE_VERSION, message)
        .with_hint("run the version of Nave that wrote it, or a newer one")
}

#[cfg(test)]
mod tests;
