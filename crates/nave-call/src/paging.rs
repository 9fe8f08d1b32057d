//! Paging: where the next page of a list is found. Each kind is one file; [`ALL`] lists them. Asking
//! for the pages one after the other is left to [`pages`].

use nave_connector::manifest::Paging;
use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::Value;

mod cursor;
mod link_header;
mod next_url;
mod offset;
mod page;
pub mod pages;

/// A way to page.
#[derive(Debug)]
pub struct Kind {
    /// Name, as in the manifest's `kind`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// What the manifest says about it: name and meaning. `items` belongs to every kind.
    pub parameters: &'static [(&'static str, &'static str)],
    /// By example. A test runs every one of them.
    pub examples: &'static [Example],
    /// Where the next page is.
    ///
    /// # Errors
    /// The answer does not say what the manifest promises.
    pub next: fn(&Paging, &View<'_>) -> Result<Next, Fault>,
}

/// What comes after a page.
#[derive(Debug)]
pub struct Example {
    /// The rule, as the manifest writes it, in JSON.
    pub rule: &'static str,
    /// Arguments the page was asked for with.
    pub arguments: &'static str,
    /// Its body.
    pub body: &'static str,
    /// Its `Link` header, or nothing.
    pub link: &'static str,
    /// `argument = value`, an address, `end`, or the fault's message.
    pub next: &'static str,
}

/// Every kind of paging.
pub const ALL: &[&Kind] = &[&cursor::KIND, &link_header::KIND, &next_url::KIND, &offset::KIND, &page::KIND];

/// The kind of a rule.
pub fn kind_of(rule: &Paging) -> &'static Kind {
    match rule {
        Paging::LinkHeader { .. } => &link_header::KIND,
        Paging::Cursor { .. } => &cursor::KIND,
        Paging::Offset { .. } => &offset::KIND,
        Paging::Page { .. } => &page::KIND,
        Paging::NextUrl { .. } => &next_url::KIND,
    }
}

/// A page as a kind sees it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The arguments it was asked for with.
    pub arguments: &'a Value,
    /// Its body.
    pub body: &'a Value,
    /// Its `Link` header.
    pub link: Option<&'a str>,
    /// Its items.
    pub items: &'a [Value],
}

impl View<'_> {
    /// A boolean in the body, where the rule names one and it is there.
    fn flag(&self, pointer: Option<&String>) -> Option<bool> {
        self.body.pointer(pointer?)?.as_bool()
    }

    /// A number in the body, where the rule names one and it is there, also written as text.
    fn number(&self, pointer: Option<&String>) -> Option<u64> {
        whole(self.body.pointer(pointer?)?)
    }

    /// A number among the arguments.
    fn given(&self, argument: &str) -> Option<u64> {
        whole(self.arguments.get(argument)?)
    }
}

fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Nothing: this was the last page.
    End,
    /// The same call with this argument.
    Argument(String, Value),
    /// This address, absolute or relative to the page's own.
    Address(String),
}

/// Where the items of a page stand: the pointer of the rule.
pub fn items_pointer(rule: &Paging) -> &str {
    match rule {
        Paging::LinkHeader { items }
        | Paging::Cursor { items, .. }
        | Paging::Offset { items, .. }
        | Paging::Page { items, .. }
        | Paging::NextUrl { items, .. } => items,
    }
}

/// The items of a page. An answer that leaves the list out, or says `null`, has none.
///
/// # Errors
/// Something other than a list stands there.
pub fn items<'a>(rule: &Paging, body: &'a Value) -> Result<&'a [Value], Fault> {
    let pointer = items_pointer(rule);
    match body.pointer(pointer) {
        Some(Value::Array(items)) => Ok(items),
        None | Some(Value::Null) => Ok(&[]),
        Some(_) => Err(wrong(&format!("there is no list at `{pointer}` of the answer"))),
    }
}

fn wrong(message: &str) -> Fault {
    Fault::new(codes::PAGING, message.to_owned())
        .with_hint("correct the `paging` rule in the connector's manifest")
}

/// A rule came to the wrong kind: a defect of [`kind_of`].
fn mismatch() -> Fault {
    Fault::new(codes::INTERNAL, "a paging rule was read by another kind")
}

#[cfg(test)]
mod tests;
