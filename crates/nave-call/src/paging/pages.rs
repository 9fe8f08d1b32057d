//! The pages of a list, asked for one after the other and held one at a time. Each page is a whole
//! call through the pipeline.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use futures_util::Stream;
use futures_util::stream::unfold;
use nave_connector::manifest::Paging;
use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::Value;

use super::{Kind, Next, View, items, items_pointer, kind_of};
use crate::answer::{Answer, CallRequest};
use crate::caller::Caller;

/// More pages than this are a loop that hides itself.
const MOST_PAGES: usize = 1_000_000;

/// One page.
#[derive(Debug)]
pub struct Page {
    /// Its items, taken out of the answer.
    pub items: Vec<Value>,
    /// The rest of the answer.
    pub answer: Answer,
}

/// The pages of one list.
#[derive(Debug)]
pub struct Pages<'a> {
    caller: &'a Caller,
    request: CallRequest,
    rule: Paging,
    kind: &'static Kind,
    /// `None`: there are no more.
    next: Option<Next>,
    /// What was asked for already, as hashes: this is all that is kept of past pages.
    seen: BTreeSet<u64>,
    last: Option<u64>,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(caller: &'a Caller, request: CallRequest, rule: Paging) -> Self {
        let kind = kind_of(&rule);
        // The first page is the call as it was put; `next` only has to be there.
        let next = Some(Next::End);
        Pages { caller, request, rule, kind, next, seen: BTreeSet::new(), last: None }
    }

    /// The next page, or `None` after the last. After a fault there are no more pages.
    pub async fn next(&mut self) -> Option<Result<Page, Fault>> {
        let next = self.next.take()?;
        Some(self.fetch(next).await)
    }

    /// The pages as a stream.
    pub fn stream(self) -> impl Stream<Item = Result<Page, Fault>> {
        unfold(self, |mut pages| async move {
            let page = pages.next().await?;
            Some((page, pages))
        })
    }

    async fn fetch(&mut self, next: Next) -> Result<Page, Fault> {
        let address = match next {
            Next::End => None,
            Next::Address(address) => Some(address),
            Next::Argument(name, value) => {
                if let Value::Object(arguments) = &mut self.request.arguments {
                    arguments.insert(name, value);
                }
                None
            }
        };
        let mut answer = self.caller.page(&self.request, address.as_deref()).await?;
        self.next = self.after(&answer)?;
        let items = match answer.value.pointer_mut(items_pointer(&self.rule)) {
            Some(Value::Array(items)) => std::mem::take(items),
            _ => Vec::new(),
        };
        Ok(Page { items, answer })
    }

    /// What comes after a page.
    fn after(&mut self, answer: &Answer) -> Result<Option<Next>, Fault> {
        let items = items(&self.rule, &answer.value)?;
        let link = answer.headers.get("link").map(String::as_str);
        let view = View { arguments: &self.request.arguments, body: &answer.value, link, items };
        let next = (self.kind.next)(&self.rule, &view)?;
        let key = match &next {
            Next::End => return Ok(None),
            Next::Argument(_, value) => hash(&value.to_string()),
            Next::Address(address) => hash(address),
        };
        // A system that does not know the argument answers the same page for every number.
        let counted = matches!(self.rule, Paging::Offset { .. } | Paging::Page { .. });
        let content = counted.then(|| hash(&items.iter().map(Value::to_string).collect::<Vec<_>>()));
        let same = content.is_some() && self.last == content;
        self.last = content;
        if same || !self.seen.insert(key) {
            return Err(Fault::new(codes::PAGING, "the next page is one that was had before")
                .with_hint("correct the `paging` rule in the connector's manifest"));
        }
        if self.seen.len() > MOST_PAGES {
            return Err(Fault::new(codes::PAGING, format!("there are more than {MOST_PAGES} pages")));
        }
        Ok(Some(next))
    }
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
