//! Where a JSON pointer's value stands in a document's text: line and column, found on demand by one
//! walk over the text for any number of pointers. Nothing is remembered while reading.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};

use super::yaml::position;
use crate::documents::unescape;

/// Line and column (both from 1) of the value at a JSON pointer: of its key where it is a member,
/// else of its beginning. Where the pointer leads nowhere, the nearest value above it.
pub fn locate(bytes: &[u8], pointer: &str) -> Option<(u32, u32)> {
    locate_all(bytes, &[pointer]).pop().flatten()
}

/// As [`locate`], for many pointers in one walk. The answers stand in the order of the pointers.
pub fn locate_all(bytes: &[u8], pointers: &[&str]) -> Vec<Option<(u32, u32)>> {
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return vec![None; pointers.len()] };
    if text.trim_start().starts_with(['{', '[']) {
        let mut finder = Finder::new(pointers);
        if walk_json(text, &mut finder).is_some() {
            return line_and_column(text, &finder.found(pointers));
        }
    }
    let mut finder = Finder::new(pointers);
    walk_yaml(text, &mut finder);
    finder.found(pointers)
}

/// One node of the tree of wanted pointers.
struct Node<P> {
    children: BTreeMap<String, usize>,
    place: Option<P>,
}

/// Follows a document's structure along the wanted pointers.
struct Finder<P> {
    nodes: Vec<Node<P>>,
    stack: Vec<Open<P>>,
}

struct Open<P> {
    node: Option<usize>,
    inside: Inside<P>,
}

enum Inside<P> {
    Sequence(usize),
    Mapping(Option<(Option<usize>, P)>),
}

impl<P: Copy> Finder<P> {
    fn new(pointers: &[&str]) -> Self {
        let mut nodes = vec![Node { children: BTreeMap::new(), place: None }];
        for pointer in pointers {
            let mut at = 0;
            for token in pointer.split('/').skip(1) {
                let next = nodes.len();
                let Some(node) = nodes.get_mut(at) else { break };
                at = *node.children.entry(unescape(token)).or_insert(next);
                if at == next {
                    nodes.push(Node { children: BTreeMap::new(), place: None });
                }
            }
        }
        Finder { nodes, stack: Vec::new() }
    }

    fn child(&self, node: Option<usize>, token: &str) -> Option<usize> {
        self.nodes.get(node?)?.children.get(token).copied()
    }

    fn expects_key(&self) -> bool {
        matches!(self.stack.last(), Some(Open { inside: Inside::Mapping(None), .. }))
    }

    fn key(&mut self, key: &str, place: P) {
        let parent = self.stack.last().and_then(|open| open.node);
        let node = self.child(parent, key);
        if let Some(Open { inside: Inside::Mapping(waiting), .. }) = self.stack.last_mut() {
            *waiting = Some((node, place));
        }
    }

    /// A value begins here: which wanted node it is, remembering its place.
    fn value(&mut self, place: P) -> Option<usize> {
        let (node, place) = match self.stack.last_mut() {
            None => (Some(0), place),
            Some(Open { node, inside: Inside::Sequence(index) }) => {
                let (parent, token) = (*node, index.to_string());
                *index += 1;
                (self.child(parent, &token), place)
            }
            Some(Open { inside: Inside::Mapping(waiting), .. }) => waiting.take().unwrap_or((None, place)),
        };
        if let Some(found) = node.and_then(|node| self.nodes.get_mut(node)) {
            found.place = Some(place);
        }
        node
    }

    fn open(&mut self, mapping: bool, place: P) {
        let node = self.value(place);
        let inside = if mapping { Inside::Mapping(None) } else { Inside::Sequence(0) };
        self.stack.push(Open { node, inside });
    }

    fn found(&self, pointers: &[&str]) -> Vec<Option<P>> {
        pointers.iter().map(|pointer| self.place(pointer)).collect()
    }

    fn place(&self, pointer: &str) -> Option<P> {
        let mut node = self.nodes.first()?;
        let mut place = node.place;
        for token in pointer.split('/').skip(1) {
            node = self.nodes.get(*node.children.get(&unescape(token))?)?;
            place = node.place.or(place);
        }
        place
    }
}

fn walk_yaml(text: &str, finder: &mut Finder<(u32, u32)>) {
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { return };
        let place = position(&span.start);
        match event {
            Event::Scalar(text, ..) if finder.expects_key() => finder.key(&text, place),
            Event::Alias(_) if finder.expects_key() => finder.key("", place),
            Event::Scalar(..) | Event::Alias(_) => {
                finder.value(place);
            }
            Event::SequenceStart(..) => finder.open(false, place),
            Event::MappingStart(..) => finder.open(true, place),
            Event::SequenceEnd | Event::MappingEnd => {
                finder.stack.pop();
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
    }
}

/// Walks JSON text; places are byte offsets. `None` where the text is not JSON.
fn walk_json(text: &str, finder: &mut Finder<usize>) -> Option<()> {
    let bytes = text.as_bytes();
    let mut offset = 0;
    while let Some(byte) = bytes.get(offset) {
        let start = offset;
        match byte {
            b'{' | b'[' => {
                finder.open(*byte == b'{', start);
                offset += 1;
            }
            b'}' | b']' => {
                finder.stack.pop()?;
                offset += 1;
            }
            b'"' => {
                offset = string_end(bytes, start)?;
                if finder.expects_key() {
                    finder.key(&serde_json::from_str::<String>(text.get(start..offset)?).ok()?, start);
                } else {
                    finder.value(start);
                }
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' => {
                offset = word_end(bytes, start);
                finder.value(start);
            }
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => offset += 1,
            _ => return None,
        }
    }
    Some(())
}

fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut offset = start + 1;
    loop {
        match bytes.get(offset)? {
            b'"' => return Some(offset + 1),
            b'\\' => offset += 2,
            _ => offset += 1,
        }
    }
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
    start + length
}

/// Byte offsets → lines and columns, in one walk.
fn line_and_column(text: &str, offsets: &[Option<usize>]) -> Vec<Option<(u32, u32)>> {
    let mut order: Vec<(usize, usize)> =
        offsets.iter().enumerate().filter_map(|(index, offset)| Some(((*offset)?, index))).collect();
    order.sort_unstable();
    let mut answers = vec![None; offsets.len()];
    let mut wanted = order.into_iter().peekable();
    let (mut line, mut column) = (1_u32, 1_u32);
    for (offset, character) in text.char_indices() {
        while let Some((_, index)) = wanted.next_if(|(at, _)| *at == offset) {
            if let Some(answer) = answers.get_mut(index) {
                *answer = Some((line, column));
            }
        }
        if wanted.peek().is_none() {
            break;
        }
        if character == '\n' {
            (line, column) = (line.saturating_add(1), 1);
        } else {
            column = column.saturating_add(1);
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, Option<(u32, u32)>)]) {
        let pointers: Vec<&str> = expected.iter().map(|(pointer, _)| *pointer).collect();
        let places: Vec<_> = expected.iter().map(|(_, place)| *place).collect();
        assert_eq!(locate_all(text.as_bytes(), &pointers), places);
    }

    #[test]
    fn json_values_are_found() {
        check(
            "{\n  \"a/b\": [1, {\"ü\": true}],\n  \"é\\u0041\": null }",
            &[
                ("", Some((1, 1))),
                ("/a~1b", Some((2, 3))),
                ("/a~1b/1/ü", Some((2, 15))),
                ("/éA", Some((3, 3))),
                ("/a~1b/7/x", Some((2, 3))),
                ("/zzz", Some((1, 1))),
            ],
        );
    }

    #[test]
    fn yaml_values_are_found() {
        check(
            "paths:\n  /a:\n    get: {x: 1}\n  200:\n  - one\n  - two: 2\n",
            &[
                ("/paths/~1a/get/x", Some((3, 11))),
                ("/paths/200/1/two", Some((6, 5))),
                ("/paths/200/0", Some((5, 5))),
                ("/paths/~1a/put", Some((2, 3))),
            ],
        );
    }
}
