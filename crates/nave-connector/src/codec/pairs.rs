//! `name=value` pairs, as queries, form bodies and cookies have them: writing them, taking them apart,
//! and names nested with brackets (`a[b][0]=c`).

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::expected::Types;
use super::{Error, Expected, percent, scalar};

/// The most pairs of one query, form or cookie header that are read.
const MOST_PAIRS: usize = 20_000;
/// The deepest nesting of a bracketed name.
const DEEPEST: usize = 64;

/// What the pairs are written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A query string. Brackets of nested names are percent-encoded: RFC 3986 has no bare ones there,
    /// and strict servers refuse them.
    Query,
    /// An `application/x-www-form-urlencoded` body. Spaces are `%20`, which every reader understands.
    Body,
    /// A `Cookie` header.
    Cookie,
}

/// Pairs that are being written.
pub(crate) struct Pairs {
    form: Form,
    out: String,
}

impl Pairs {
    pub(crate) fn new(form: Form) -> Self {
        Pairs { form, out: String::new() }
    }

    /// Appends pairs that are written already.
    pub(crate) fn fixed(&mut self, pairs: &str) {
        if !pairs.is_empty() {
            self.separate();
            self.out.push_str(pairs);
        }
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// Begins a pair and gives the text to append its value to.
    pub(crate) fn begin(&mut self, name: &str) -> &mut String {
        self.separate();
        percent::push(&mut self.out, name, percent::UNRESERVED);
        self.out.push('=');
        &mut self.out
    }

    fn separate(&mut self) {
        if !self.out.is_empty() {
            self.out.push_str(if self.form == Form::Cookie { "; " } else { "&" });
        }
    }

    /// Writes a value as deep as it goes: `name[key]=…`, and arrays as `name[0]=…`.
    ///
    /// OpenAPI leaves arrays inside `deepObject` undefined. Numbered brackets are what Stripe's own
    /// libraries send; `name[]=` would not keep the fields of array members together.
    pub(crate) fn deep(&mut self, name: &str, value: &Value, keep: Keep) -> Result<(), Error> {
        let mut prefix = String::with_capacity(name.len() + 16);
        percent::push(&mut prefix, name, percent::UNRESERVED);
        self.deeper(&mut prefix, value, keep, DEEPEST)
    }

    fn deeper(&mut self, prefix: &mut String, value: &Value, keep: Keep, depth: usize) -> Result<(), Error> {
        if depth == 0 {
            return Err(Error::limit("the value is nested too deeply for a form"));
        }
        let length = prefix.len();
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (key, member) in members {
                    if key.is_empty() || key.contains(['[', ']']) {
                        let message = format!("the name {key:?} cannot be written in brackets");
                        return Err(Error::new(message).below(key));
                    }
                    self.bracket(prefix, key);
                    self.deeper(prefix, member, keep, depth - 1).map_err(|error| error.below(key))?;
                    prefix.truncate(length);
                }
                Ok(())
            }
            Value::Array(items) if !items.is_empty() => {
                for (position, item) in items.iter().enumerate() {
                    let position = position.to_string();
                    self.bracket(prefix, &position);
                    self.deeper(prefix, item, keep, depth - 1).map_err(|error| error.below(&position))?;
                    prefix.truncate(length);
                }
                Ok(())
            }
            single => {
                let Some(text) = scalar::text(single) else { return Err(empty(single)) };
                self.separate();
                self.out.push_str(prefix);
                self.out.push('=');
                percent::push(&mut self.out, &text, keep.single());
                Ok(())
            }
        }
    }

    fn bracket(&self, prefix: &mut String, token: &str) {
        let (open, close) = if self.form == Form::Query { ("%5B", "%5D") } else { ("[", "]") };
        prefix.push_str(open);
        percent::push(prefix, token, percent::UNRESERVED);
        prefix.push_str(close);
    }
}

/// Whether reserved characters stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Unreserved,
    Reserved,
}

impl Keep {
    pub(crate) fn single(self) -> &'static percent_encoding::AsciiSet {
        match self {
            Keep::Unreserved => percent::UNRESERVED,
            Keep::Reserved => percent::RESERVED,
        }
    }

    pub(crate) fn member(self) -> &'static percent_encoding::AsciiSet {
        match self {
            Keep::Unreserved => percent::UNRESERVED,
            Keep::Reserved => percent::RESERVED_MEMBER,
        }
    }
}

/// Null, and arrays and objects without members, leave no trace in pairs.
pub(crate) fn empty(value: &Value) -> Error {
    let what = match value {
        Value::Array(_) => "an empty array",
        Value::Object(_) => "an empty object",
        other => scalar::kind(other),
    };
    Error::new(format!("{what} cannot be written in a form")).hint("leave it out")
}

/// One pair that was read.
pub(crate) struct Pair<'q> {
    pub(crate) name: Cow<'q, str>,
    /// The value as it stands, still escaped.
    pub(crate) raw: &'q str,
    /// Some field has taken it.
    pub(crate) is_taken: bool,
}

/// Takes a query, form or cookie header apart.
pub(crate) fn parse(text: &str, form: Form) -> Result<Vec<Pair<'_>>, Error> {
    let separator = if form == Form::Cookie { ';' } else { '&' };
    let mut pairs = Vec::new();
    for pair in text.split(separator) {
        let pair = if form == Form::Cookie { pair.trim_matches([' ', '\t']) } else { pair };
        if pair.is_empty() {
            continue;
        }
        if pairs.len() >= MOST_PAIRS {
            return Err(Error::limit(format!("there are more than {MOST_PAIRS} fields")));
        }
        let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push(Pair { name: decode(name, form), raw, is_taken: false });
    }
    Ok(pairs)
}

/// The pairs nobody has taken, by the name before the first bracket: in one pass, so that many unknown
/// names cost no more than many known ones.
pub(crate) fn rest_by_root(pairs: Vec<Pair<'_>>) -> IndexMap<String, Vec<Pair<'_>>> {
    let mut roots: IndexMap<String, Vec<Pair<'_>>> = IndexMap::new();
    for pair in pairs.into_iter().filter(|pair| !pair.is_taken) {
        let root =
            pair.name.split_once('[').map_or_else(|| pair.name.to_string(), |(root, _)| root.to_owned());
        roots.entry(root).or_default().push(pair);
    }
    roots
}

/// A value behind its escapes; `+` is a space except in cookies.
pub(crate) fn decode(text: &str, form: Form) -> Cow<'_, str> {
    if form == Form::Cookie { percent::decode(text) } else { percent::decode_form(text) }
}

/// What nested names add up to.
enum Node<'q> {
    Leaf(Vec<Cow<'q, str>>),
    Branch(IndexMap<String, Node<'q>>),
}

/// The value of all pairs named `name` or `name[…]`, which are taken; `None` where there are none.
pub(crate) fn take_deep(
    pairs: &mut [Pair<'_>],
    name: &str,
    form: Form,
    expected: &Expected<'_>,
) -> Result<Option<Value>, Error> {
    let mut root: Option<Node<'_>> = None;
    for pair in pairs.iter_mut().filter(|pair| !pair.is_taken) {
        let Some(rest) = pair.name.strip_prefix(name) else { continue };
        if !rest.is_empty() && !rest.starts_with('[') {
            continue;
        }
        let path =
            tokens(rest).ok_or_else(|| Error::new(format!("the name `{}` cannot be read", pair.name)))?;
        let node = root.take();
        root = Some(insert(node, &path, decode(pair.raw, form))?);
        pair.is_taken = true;
    }
    root.map(|node| value(node, expected)).transpose()
}

/// `[a][b]` as `a`, `b`.
fn tokens(mut brackets: &str) -> Option<Vec<&str>> {
    let mut tokens = Vec::new();
    while !brackets.is_empty() {
        let (token, rest) = brackets.strip_prefix('[')?.split_once(']')?;
        tokens.push(token);
        brackets = rest;
        if tokens.len() > DEEPEST {
            return None;
        }
    }
    Some(tokens)
}

fn insert<'q>(node: Option<Node<'q>>, path: &[&str], text: Cow<'q, str>) -> Result<Node<'q>, Error> {
    let Some((first, rest)) = path.split_first() else {
        return match node {
            None => Ok(Node::Leaf(vec![text])),
            Some(Node::Leaf(mut texts)) => {
                texts.push(text);
                Ok(Node::Leaf(texts))
            }
            Some(Node::Branch(_)) => Err(Error::new("a name stands for a value and for an object")),
        };
    };
    let mut members = match node {
        None => IndexMap::new(),
        Some(Node::Branch(members)) => members,
        Some(Node::Leaf(_)) => return Err(Error::new("a name stands for a value and for an object")),
    };
    // `a[]` is the next item of an array.
    let key = if first.is_empty() { members.len().to_string() } else { (*first).to_owned() };
    let (slot, inner) = match members.get_full_mut(&key) {
        Some((slot, _, found)) => (slot, Some(std::mem::replace(found, Node::Leaf(Vec::new())))),
        None => (members.insert_full(key, Node::Leaf(Vec::new())).0, None),
    };
    let inner = insert(inner, rest, text)?;
    if let Some((_, found)) = members.get_index_mut(slot) {
        *found = inner;
    }
    Ok(Node::Branch(members))
}

fn value(node: Node<'_>, expected: &Expected<'_>) -> Result<Value, Error> {
    let types = expected.types();
    match node {
        Node::Leaf(texts) => match texts.as_slice() {
            [text] if !types.is_some_and(|types| types.only(Types::ARRAY.with(Types::NULL))) => {
                Ok(expected.scalar(text))
            }
            _ => {
                let items = texts.iter().enumerate();
                Ok(Value::Array(items.map(|(at, text)| expected.item(at).scalar(text)).collect()))
            }
        },
        Node::Branch(members) if is_array(&members, types) => {
            let mut items: Vec<(usize, Node<'_>)> = Vec::with_capacity(members.len());
            for (key, node) in members {
                let position = key.parse();
                items.push((
                    position.map_err(|_| Error::new(format!("`{key}` is no position in an array")))?,
                    node,
                ));
            }
            items.sort_by_key(|(position, _)| *position);
            let items = items.into_iter().enumerate().map(|(at, (_, node))| {
                value(node, &expected.item(at)).map_err(|error| error.below(&at.to_string()))
            });
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        Node::Branch(members) => {
            let members = members.into_iter().map(|(key, node)| {
                let member = value(node, &expected.property(&key)).map_err(|error| error.below(&key))?;
                Ok((key, member))
            });
            Ok(Value::Object(members.collect::<Result<Map<_, _>, _>>()?))
        }
    }
}

/// Whether bracketed names are positions. Where the schema allows arrays and objects, or says nothing,
/// names that count up from 0 are positions.
fn is_array(members: &IndexMap<String, Node<'_>>, types: Option<Types>) -> bool {
    let (array, object) = match types {
        Some(types) => (types.any(Types::ARRAY), types.any(Types::OBJECT)),
        None => (true, true),
    };
    let counts_up = || members.keys().enumerate().all(|(at, key)| *key == at.to_string());
    array && (!object || counts_up())
}
