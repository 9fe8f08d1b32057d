//! One look of a poll: the list from end to end, each item compared with what is known, and a start for
//! what is new, changed or gone. Starts and what is known move together, so a look that is cut off
//! anywhere loses nothing and repeats nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use nave_call::{CallRequest, Principal, Priority};
use nave_expr::Budget;
use nave_model::event::Body;
use nave_model::fault::codes;
use nave_model::{Event, Fault};
use nave_store::batch::Message;
use nave_store::record::DeadLetter;
use nave_store::{Batch, Op};
use serde_json::{Value, json};

use super::MOST_WAITING;
use super::door::{Begin, Door, Refused, TENANT, now_ms, room};
use super::poll::Poll;
use super::poll::item::{Identity, Mark, hex, identify, mark, placed, value};
use super::poll::known::{Known, Told};

/// Starts that are gathered before they are handed in.
const MOST_STARTS: usize = 1_000;
/// Bytes of items that are gathered before they are handed in, about.
const MOST_BYTES: usize = 4 << 20;

/// What came out of a look.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) starts: u64,
    /// Items that are known by now.
    pub(super) known: u64,
    /// Whether items were not found that will count as gone when the next look does not find them either.
    pub(super) missing: bool,
    /// Why an item was passed over.
    pub(super) passed_over: Option<Fault>,
}

/// A look under way.
struct Look<'a> {
    poll: &'a Poll,
    door: &'a dyn Door,
    known: Known,
    seen: BTreeSet<Mark>,
    /// How often an item was there in another version within this write.
    again: BTreeMap<Mark, u32>,
    gathered: Vec<Begin>,
    bytes: usize,
    starts: u64,
    passed_over: Option<Fault>,
}

/// Looks at the list once.
///
/// # Errors
/// The call, an expression or the store failed. What was found before is durable, and the next look goes
/// on from there.
pub(super) async fn look(poll: &Poll, door: &dyn Door, at_ms: u64) -> Result<Looked, Fault> {
    let mut known = Known::load(door.store().as_ref(), &poll.name).await?;
    known.adopt(&poll.rules(), poll.first);
    let mut look = Look {
        poll,
        door,
        known,
        seen: BTreeSet::new(),
        again: BTreeMap::new(),
        gathered: Vec::new(),
        bytes: 0,
        starts: 0,
        passed_over: None,
    };
    look.walk(at_ms).await?;
    let missing = look.end(at_ms).await?;
    let Look { known, starts, passed_over, .. } = look;
    Ok(Looked { starts, known: known.count(), missing, passed_over })
}

impl Look<'_> {
    /// Every page, every item.
    async fn walk(&mut self, at_ms: u64) -> Result<(), Fault> {
        let caller = self.door.caller();
        let request = self.request(at_ms)?;
        let paging = caller.operation(&request.connection, &request.operation)?.paging.clone();
        let Some(paging) = paging else {
            let answer = caller.call(request).await?;
            let items = self.items(answer.value)?;
            return self.page(items).await;
        };
        let mut pages = caller.pages(request)?;
        while let Some(page) = pages.next().await {
            let page = page?;
            let items = match self.poll.items {
                None => page.items,
                Some(_) => {
                    // The page took its items out of the answer; the rule wants the answer whole.
                    let mut whole = page.answer.value;
                    if let Some(place) = whole.pointer_mut(paging.items()) {
                        *place = Value::Array(page.items);
                    }
                    self.items(whole)?
                }
            };
            self.page(items).await?;
        }
        Ok(())
    }

    fn request(&self, at_ms: u64) -> Result<CallRequest, Fault> {
        let time = i64::try_from(at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let time = json!({ "scheduled_at": time.map(|time| time.to_string()) });
        let arguments = match &self.poll.with {
            Some(with) => value(with, &time)?,
            None => json!({}),
        };
        let mut request = CallRequest::new(&self.poll.connection, &self.poll.operation, arguments);
        request.principal = Principal::Flow;
        request.priority = Priority::Flow;
        Ok(request)
    }

    /// The items in an answer.
    fn items(&self, answer: Value) -> Result<Vec<Value>, Fault> {
        let Some(rule) = &self.poll.items else {
            let Value::Array(items) = answer else {
                let message = format!("the answer of `{}` is no list", self.poll.operation());
                let hint = "say in the trigger where its items stand, for example `items: .items`";
                return Err(Fault::new(codes::EXPRESSION_FAILED, message).with_hint(hint));
            };
            return Ok(items);
        };
        let mut items = Vec::new();
        let found = rule.program.run(&answer, &[], Budget::default());
        for found in found.map_err(|fault| placed(rule, fault))? {
            match found {
                Value::Array(list) => items.extend(list),
                Value::Null => {}
                item => items.push(item),
            }
        }
        Ok(items)
    }

    async fn page(&mut self, items: Vec<Value>) -> Result<(), Fault> {
        for item in items {
            let identity = match identify(&item, self.poll.id.as_ref(), self.poll.changed.as_ref()) {
                Ok(identity) => identity,
                Err(fault) => {
                    self.passed_over = Some(fault);
                    continue;
                }
            };
            self.seen.insert(identity.mark);
            let told = self.known.take(&identity);
            // The first look that has to keep items keeps those that were known before, too.
            if self.poll.deleted && (told != Told::Same || !self.known.keeps()) {
                self.known.keep(&identity, &item);
                self.bytes = self.bytes.saturating_add(size(&item));
            }
            if self.known.starts(told) {
                self.bytes = self.bytes.saturating_add(size(&item));
                self.gather(&identity, item);
            }
            self.hand_in_when_full().await?;
        }
        Ok(())
    }

    fn gather(&mut self, identity: &Identity, item: Value) {
        let again = self.again.entry(identity.mark).and_modify(|count| *count += 1).or_insert(0);
        let (name, round) = (&self.poll.name, self.known.round());
        let dedup = format!("{name}:{}:{}:{round}:{again}", hex(&identity.mark), hex(&identity.version));
        self.gathered.push(Begin { data: item, dedup });
    }

    /// What a whole look left unseen, where that can be told, and the last write.
    async fn end(&mut self, at_ms: u64) -> Result<bool, Fault> {
        let (poll, store) = (self.poll, self.door.store());
        let (gone, missing) = match &self.passed_over {
            None => self.known.missing(&self.seen, poll.deleted, at_ms),
            // Where an item could not be identified, nobody knows which one it was.
            Some(_) => (Vec::new(), false),
        };
        for mark in &gone {
            let (id, last) = self.known.forget(store.as_ref(), mark, poll.deleted).await?;
            // An item that nobody kept cannot be named.
            if poll.deleted && !id.is_null() {
                self.bytes = self.bytes.saturating_add(size(&last));
                let dedup = format!("{}:{}:gone:{}", poll.name, hex(mark), self.known.round());
                self.gathered.push(Begin { data: json!({ "deleted": true, "id": id, "last": last }), dedup });
            }
            self.hand_in_when_full().await?;
        }
        self.known.complete(at_ms, poll.deleted);
        self.hand_in().await?;
        if poll.deleted && !gone.is_empty() {
            self.known.clear(store.as_ref(), &gone, now_ms(self.door.clock().as_ref())).await?;
        }
        Ok(missing)
    }

    async fn hand_in_when_full(&mut self) -> Result<(), Fault> {
        if self.gathered.len() >= MOST_STARTS || self.bytes >= MOST_BYTES {
            self.hand_in().await?;
        }
        Ok(())
    }

    /// Makes starts and what is known durable, together.
    async fn hand_in(&mut self) -> Result<(), Fault> {
        let gathered = std::mem::take(&mut self.gathered);
        self.bytes = 0;
        self.again.clear();
        let starts = match self.poll.batch {
            Some(size) => grouped(&self.poll.name, gathered, size),
            None => gathered,
        };
        room(self.door, TENANT, MOST_WAITING).await?;
        let cursors = self.known.cursors();
        let count = starts.len() as u64;
        let kept = starts.clone();
        let refused = self.door.begin(TENANT, &self.poll.flow, starts, cursors.clone()).await?;
        self.starts = self.starts.saturating_add(count.saturating_sub(refused.len() as u64));
        if refused.is_empty() {
            return Ok(());
        }
        self.bury(&kept, refused, cursors).await
    }

    /// Keeps the starts that were refused as dead letters, so that the others go on and nothing is lost.
    async fn bury(
        &mut self,
        starts: &[Begin],
        refused: Vec<Refused>,
        cursors: Vec<(String, Vec<u8>)>,
    ) -> Result<(), Fault> {
        let now_ms = now_ms(self.door.clock().as_ref());
        let mut ops = Vec::new();
        for (number, fault) in refused {
            let Some(start) = starts.get(number) else { continue };
            ops.push(Op::Dead(dead(self.poll, start, &fault, now_ms)));
            self.passed_over = Some(fault);
        }
        ops.extend(cursors.into_iter().map(|(name, value)| Op::Cursor { name, value: Some(value) }));
        self.door.store().commit(Batch { fence: None, ops, now_ms }).await
    }
}

fn dead(poll: &Poll, start: &Begin, fault: &Fault, now_ms: u64) -> DeadLetter {
    DeadLetter {
        id: start.dedup.clone(),
        tenant: TENANT.to_owned(),
        place: (0, 0),
        flow: Some(poll.flow.clone()),
        reason: (fault.code.name.to_owned(), fault.message.clone(), fault.hint.clone()),
        at_ms: now_ms,
        message: Message::Event(Event {
            id: start.dedup.clone(),
            source: format!("/connections/{}", poll.connection),
            name: poll.operation(),
            subject: None,
            time_ms: None,
            received_ms: now_ms,
            trace: None,
            extensions: BTreeMap::new(),
            media: "application/json".to_owned(),
            body: Body::Inline(start.data.to_string().into_bytes()),
        }),
    }
}

/// Starts with lists of up to `size` items each.
fn grouped(name: &str, starts: Vec<Begin>, size: u32) -> Vec<Begin> {
    let size = usize::try_from(size).unwrap_or(usize::MAX).max(1);
    let mut groups = Vec::with_capacity(starts.len().div_ceil(size));
    let mut starts = starts.into_iter().peekable();
    while starts.peek().is_some() {
        let (mut data, mut keys) = (Vec::new(), Vec::new());
        for start in starts.by_ref().take(size) {
            data.push(start.data);
            keys.push(Value::String(start.dedup));
        }
        let dedup = format!("{name}:{}", hex(&mark(&Value::Array(keys))));
        groups.push(Begin { data: Value::Array(data), dedup });
    }
    groups
}

/// About how many bytes a value takes.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 8,
        Value::Number(_) => 16,
        Value::String(text) => text.len().saturating_add(8),
        Value::Array(items) => items.iter().map(size).fold(8, usize::saturating_add),
        Value::Object(members) => {
            let member = |(name, member): (&String, &Value)| name.len().saturating_add(size(member));
            members.iter().map(member).fold(8, usize::saturating_add)
        }
    }
}

#[cfg(test)]
mod tests;
