//! YAML text → value, from parser events and without recursion. Aliases are copied within a budget,
//! merge keys (`<<`) are applied, keys that are not text become text as written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};

use super::{Format, MOST_DEPTH, MOST_FINDINGS, MOST_VALUES, Source, duplicate, scalar, too_deep, too_many};

/// Bytes that anchors and aliases may add to a document, counted as [`weight`] does.
const MOST_COPIED: usize = 32 << 20;

pub(super) fn read(name: &str, text: &str) -> Result<Source, Fault> {
    let mut loader = Loader {
        name,
        frames: Vec::new(),
        anchors: BTreeMap::new(),
        copied: 0,
        values: 0,
        findings: Vec::new(),
        root: None,
    };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let message = format!("`{name}` is not well-formed YAML: {}", error.info());
            Fault::new(codes::DOCUMENT_SYNTAX, message).with_at(at(name, error.marker()))
        })?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                let message = format!("`{name}` holds more than one YAML document");
                return Err(Fault::new(codes::DOCUMENT_SYNTAX, message).with_at(at(name, &span.start)));
            }
        }
        loader.event(event, &span.start)?;
    }
    let tree = loader.root.unwrap_or(Value::Null);
    let findings = loader.findings;
    Ok(Source { name: name.to_owned(), format: Format::Yaml, tree, text: text.to_owned(), findings })
}

fn at(name: &str, marker: &Marker) -> At {
    let (line, column) = position(marker);
    At { line: Some(line), column: Some(column), ..At::file(name) }
}

/// Line and column, both from 1.
pub(super) fn position(marker: &Marker) -> (u32, u32) {
    let line = u32::try_from(marker.line()).unwrap_or(u32::MAX);
    let column = u32::try_from(marker.col()).unwrap_or(u32::MAX);
    (line.max(1), column.saturating_add(1))
}

struct Loader<'a> {
    name: &'a str,
    frames: Vec<Frame>,
    anchors: BTreeMap<usize, Value>,
    copied: usize,
    values: usize,
    findings: Vec<Problem>,
    root: Option<Value>,
}

enum Frame {
    Sequence { anchor: usize, items: Vec<Value> },
    Mapping(Mapping),
}

#[derive(Default)]
struct Mapping {
    anchor: usize,
    members: Map<String, Value>,
    key: Option<Key>,
    merges: Vec<Value>,
}

enum Key {
    Named(String),
    Merge,
}

impl Loader<'_> {
    fn event(&mut self, event: Event<'_>, marker: &Marker) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if self.expects_key() {
                    self.key(text.into_owned(), style, anchor, marker);
                    return Ok(());
                }
                let value = scalar(text, style, tag.as_deref());
                self.value(value, anchor, marker)
            }
            Event::SequenceStart(anchor, _) => self.open(Frame::Sequence { anchor, items: vec![] }, marker),
            Event::MappingStart(anchor, _) => {
                self.open(Frame::Mapping(Mapping { anchor, ..Mapping::default() }), marker)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(marker),
            Event::Alias(anchor) => self.alias(anchor, marker),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame::Mapping(Mapping { key: None, .. })))
    }

    fn open(&mut self, frame: Frame, marker: &Marker) -> Result<(), Fault> {
        if self.expects_key() {
            return Err(self.syntax("a key must be one word or text, not a list or a mapping", marker));
        }
        if self.frames.len() >= MOST_DEPTH {
            return Err(too_deep(self.name, Some(position(marker))));
        }
        self.frames.push(frame);
        Ok(())
    }

    fn close(&mut self, marker: &Marker) -> Result<(), Fault> {
        match self.frames.pop() {
            Some(Frame::Sequence { anchor, mut items }) => {
                items.shrink_to_fit();
                self.value(Value::Array(items), anchor, marker)
            }
            Some(Frame::Mapping(Mapping { anchor, mut members, merges, .. })) => {
                for merge in merges {
                    merge_into(&mut members, merge)
                        .map_err(|()| self.syntax("`<<` merges a mapping or a list of mappings", marker))?;
                }
                self.value(Value::Object(members), anchor, marker)
            }
            None => Err(self.syntax("an end without a beginning", marker)),
        }
    }

    fn key(&mut self, text: String, style: ScalarStyle, anchor: usize, marker: &Marker) {
        if anchor != 0 {
            self.anchors.insert(anchor, Value::String(text.clone()));
        }
        let merges = style == ScalarStyle::Plain && text == "<<";
        let twice = matches!(self.frames.last(), Some(Frame::Mapping(mapping)) if mapping.members.contains_key(&text));
        if twice && self.findings.len() < MOST_FINDINGS {
            let pointer = nave_model::place::child(&self.pointer(), &text);
            self.findings.push(duplicate(self.name, pointer, &text, Some(position(marker))));
        }
        if let Some(Frame::Mapping(mapping)) = self.frames.last_mut() {
            mapping.key = Some(if merges { Key::Merge } else { Key::Named(text) });
        }
    }

    fn value(&mut self, value: Value, anchor: usize, marker: &Marker) -> Result<(), Fault> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(too_many(self.name, Some(position(marker))));
        }
        if anchor != 0 {
            self.charge(&value, marker)?;
            self.anchors.insert(anchor, value.clone());
        }
        match self.frames.last_mut() {
            None => self.root = Some(value),
            Some(Frame::Sequence { items, .. }) => items.push(value),
            Some(Frame::Mapping(mapping)) => match mapping.key.take() {
                Some(Key::Named(key)) => {
                    mapping.members.insert(key, value);
                }
                Some(Key::Merge) => mapping.merges.push(value),
                None => return Err(self.syntax("a value without a key", marker)),
            },
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, marker: &Marker) -> Result<(), Fault> {
        let Some(value) = self.anchors.get(&anchor) else {
            return Err(self.syntax("an alias stands inside the value it names", marker));
        };
        if self.expects_key() {
            let Value::String(text) = value else {
                return Err(self.syntax("a key must be one word or text, not a list or a mapping", marker));
            };
            self.key(text.clone(), ScalarStyle::SingleQuoted, 0, marker);
            return Ok(());
        }
        let value = value.clone();
        if self.frames.len() + depth(&value) > MOST_DEPTH {
            return Err(too_deep(self.name, Some(position(marker))));
        }
        self.charge(&value, marker)?;
        self.value(value, 0, marker)
    }

    /// Counts a copy against the budget. Charged before the next copy is made, so that at most one
    /// copy, itself no larger than the budget, goes beyond it.
    fn charge(&mut self, value: &Value, marker: &Marker) -> Result<(), Fault> {
        self.copied = self.copied.saturating_add(weight(value, MOST_COPIED));
        if self.copied <= MOST_COPIED {
            return Ok(());
        }
        let message =
            format!("the aliases of `{}` expand it by more than {} MB", self.name, MOST_COPIED >> 20);
        Err(Fault::new(codes::DOCUMENT_LIMIT, message).with_at(at(self.name, marker)))
    }

    fn syntax(&self, message: &str, marker: &Marker) -> Fault {
        let message = format!("`{}` cannot be read: {message}", self.name);
        Fault::new(codes::DOCUMENT_SYNTAX, message).with_at(at(self.name, marker))
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        let inner = self.frames.len().saturating_sub(1);
        for frame in self.frames.iter().take(inner) {
            match frame {
                Frame::Sequence { items, .. } => {
                    nave_model::place::push_token(&mut pointer, &items.len().to_string());
                }
                Frame::Mapping(Mapping { key: Some(Key::Named(key)), .. }) => {
                    nave_model::place::push_token(&mut pointer, key);
                }
                Frame::Mapping(_) => nave_model::place::push_token(&mut pointer, "<<"),
            }
        }
        pointer
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    let plain = style == ScalarStyle::Plain && tag.is_none_or(Tag::is_yaml_core_schema);
    if plain || matches!(core, Some("int" | "float" | "bool" | "null")) {
        return scalar::resolve(&text, core);
    }
    Value::String(text.into_owned())
}

/// Members of merged mappings, where the mapping itself does not say otherwise.
fn merge_into(members: &mut Map<String, Value>, merge: Value) -> Result<(), ()> {
    match merge {
        Value::Object(merged) => {
            for (key, value) in merged {
                members.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(list) => {
            for item in list {
                let Value::Object(merged) = item else { return Err(()) };
                for (key, value) in merged {
                    members.entry(key).or_insert(value);
                }
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Err(()),
    }
}

/// About how many bytes a copy costs; counting stops past `most`. Values are no deeper than
/// [`MOST_DEPTH`], which bounds the recursion.
fn weight(value: &Value, most: usize) -> usize {
    const NODE: usize = 80;
    let mut sum = NODE;
    match value {
        Value::String(text) => sum += text.len(),
        Value::Array(items) => {
            for item in items {
                if sum > most {
                    break;
                }
                sum = sum.saturating_add(weight(item, most));
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                if sum > most {
                    break;
                }
                sum = sum.saturating_add(key.len() + weight(member, most));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    sum
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}
