//! Puts values together to a tree as a parser comes upon them, without recursion and within limits.
//! YAML and JSON both end here.

use std::collections::BTreeMap;
use std::ops::Range;

use nave_connector::source::MOST_DEPTH;
use nave_model::Code;
use nave_model::fault::codes;

use super::{Content, MOST_VALUES, Mapping, Member, Node, failure};

/// Why a document cannot be read.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// The tree, and the keys that stand twice with their places.
pub(super) type Built = (Node, Vec<(String, Range<usize>)>);

/// Duplicate keys kept of one document; a file full of them needs no longer list.
const MOST_DUPLICATES: usize = 200;

#[derive(Default)]
pub(super) struct Builder {
    frames: Vec<Frame>,
    anchors: BTreeMap<usize, Node>,
    values: usize,
    duplicates: Vec<(String, Range<usize>)>,
    root: Option<Node>,
}

struct Frame {
    anchor: usize,
    start: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Mapping { members: Mapping, key: Option<(Key, Range<usize>)>, merges: Vec<Node> },
}

enum Key {
    Named(String),
    Merge,
}

impl Builder {
    /// Whether the next scalar is a key.
    pub(super) fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { inside: Inside::Mapping { key: None, .. }, .. }))
    }

    pub(super) fn open(
        &mut self,
        is_mapping: bool,
        anchor: usize,
        range: Range<usize>,
    ) -> Result<(), Failure> {
        if self.expects_key() {
            return Err(syntax(range, "a key must be one word or text, not a list or a mapping"));
        }
        if self.frames.len() >= MOST_DEPTH {
            return Err(too_deep(range));
        }
        let inside = if is_mapping {
            Inside::Mapping { members: Mapping::new(), key: None, merges: Vec::new() }
        } else {
            Inside::List(Vec::new())
        };
        self.frames.push(Frame { anchor, start: range.start, inside });
        Ok(())
    }

    /// Ends the innermost list or mapping. `end` is the byte behind its bracket, where it has one.
    pub(super) fn close(&mut self, end: Option<usize>, range: Range<usize>) -> Result<(), Failure> {
        let Some(frame) = self.frames.pop() else {
            return Err(syntax(range, "an end without a beginning"));
        };
        let (content, last) = match frame.inside {
            Inside::List(items) => {
                let last = items.last().map(|item| item.end);
                (Content::List(items), last)
            }
            Inside::Mapping { mut members, merges, .. } => {
                let last = members.last().map(|(_, member)| member.value.end.max(member.key.end));
                for merge in merges {
                    merge_into(&mut members, merge)?;
                }
                (Content::Mapping(members), last)
            }
        };
        let end = end.or(last).unwrap_or(frame.start).max(frame.start);
        self.value(Node { content, start: frame.start, end }, frame.anchor)
    }

    /// `merges`: the key is a `<<` without quotes.
    pub(super) fn key(&mut self, key: String, merges: bool, range: Range<usize>) {
        let Some(Frame { inside: Inside::Mapping { members, key: waiting, .. }, .. }) =
            self.frames.last_mut()
        else {
            return;
        };
        if merges {
            *waiting = Some((Key::Merge, range));
            return;
        }
        if members.contains_key(&key) && self.duplicates.len() < MOST_DUPLICATES {
            self.duplicates.push((key.clone(), range.clone()));
        }
        *waiting = Some((Key::Named(key), range));
    }

    pub(super) fn value(&mut self, node: Node, anchor: usize) -> Result<(), Failure> {
        self.count(1, node.range())?;
        if anchor != 0 {
            self.remember(anchor, &node)?;
        }
        match self.frames.last_mut().map(|frame| &mut frame.inside) {
            None => self.root = Some(node),
            Some(Inside::List(items)) => items.push(node),
            Some(Inside::Mapping { members, key, merges }) => match key.take() {
                Some((Key::Named(name), range)) => {
                    members.entry(name).or_insert(Member { key: range, value: node });
                }
                Some((Key::Merge, _)) => merges.push(node),
                None => return Err(syntax(node.range(), "a value without a key")),
            },
        }
        Ok(())
    }

    /// Keeps a value under an anchor; it counts as held twice.
    pub(super) fn remember(&mut self, anchor: usize, node: &Node) -> Result<(), Failure> {
        self.count(size(node, MOST_VALUES), node.range())?;
        self.anchors.insert(anchor, node.clone());
        Ok(())
    }

    pub(super) fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), Failure> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(syntax(range, "an alias stands inside the value it names"));
        };
        if self.expects_key() {
            let Content::Text(text) = &node.content else {
                return Err(syntax(range, "a key must be one word or text, not a list or a mapping"));
            };
            let key = text.text.clone();
            self.key(key, false, range);
            return Ok(());
        }
        if self.frames.len() + depth(node) > MOST_DEPTH {
            return Err(too_deep(range));
        }
        let size = size(node, MOST_VALUES);
        let node = node.clone();
        self.count(size, range)?;
        self.value(node, 0)
    }

    pub(super) fn finish(self) -> Built {
        let root = self.root.unwrap_or(Node { content: Content::Null, start: 0, end: 0 });
        (root, self.duplicates)
    }

    fn count(&mut self, values: usize, range: Range<usize>) -> Result<(), Failure> {
        self.values = self.values.saturating_add(values);
        if self.values <= MOST_VALUES {
            return Ok(());
        }
        let message = format!("the document holds more than {MOST_VALUES} values");
        Err(failure(codes::DOCUMENT_LIMIT, range, message))
    }
}

fn syntax(range: Range<usize>, message: &str) -> Failure {
    failure(codes::DOCUMENT_SYNTAX, range, format!("the document cannot be read: {message}"))
}

pub(super) fn too_deep(range: Range<usize>) -> Failure {
    let message = format!("the document is nested deeper than {MOST_DEPTH} levels");
    failure(codes::DOCUMENT_LIMIT, range, message)
}

/// Members of a merged mapping, where the mapping itself does not say otherwise.
fn merge_into(members: &mut Mapping, merge: Node) -> Result<(), Failure> {
    let range = merge.range();
    let list = match merge.content {
        Content::Mapping(_) => vec![merge],
        Content::List(items) => items,
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => vec![merge],
    };
    for item in list {
        let Content::Mapping(merged) = item.content else {
            return Err(syntax(range, "`<<` merges a mapping or a list of mappings"));
        };
        for (key, member) in merged {
            members.entry(key).or_insert(member);
        }
    }
    Ok(())
}

/// How many values a value holds, itself included; counting stops past `most`. Texts count by their
/// length, so that long ones cannot be multiplied for nothing.
fn size(node: &Node, most: usize) -> usize {
    const TEXT: usize = 64;
    let mut sum = 1;
    match &node.content {
        Content::Null | Content::Bool(_) | Content::Number(_) => {}
        Content::Text(text) => sum += text.text.len() / TEXT,
        Content::List(items) => {
            for item in items {
                if sum > most {
                    break;
                }
                sum = sum.saturating_add(size(item, most));
            }
        }
        Content::Mapping(members) => {
            for (key, member) in members {
                if sum > most {
                    break;
                }
                sum = sum.saturating_add(key.len() / TEXT + size(&member.value, most));
            }
        }
    }
    sum
}

fn depth(node: &Node) -> usize {
    match &node.content {
        Content::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Content::Mapping(members) => {
            1 + members.values().map(|member| depth(&member.value)).max().unwrap_or(0)
        }
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => 0,
    }
}
