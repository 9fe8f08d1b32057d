//! YAML text → tree, from parser events.

use std::borrow::Cow;
use std::ops::Range;

use nave_connector::source::plain;
use nave_model::fault::codes;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use serde_json::Value;

use super::build::{Builder, Built, Failure};
use super::pieces::{self, Style};
use super::{Content, Node, Text, failure};

pub(super) fn read(text: &str) -> Result<Built, Failure> {
    let mut builder = Builder::default();
    let mut cursor = Cursor { text, character: 0, byte: 0 };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = cursor.byte(error.marker());
            let message = format!("the document is not well-formed YAML: {}", error.info());
            Failure { hint: advice(text, at), ..failure(codes::DOCUMENT_SYNTAX, at..at, message) }
        })?;
        let range = cursor.range(&span);
        match event {
            Event::Scalar(content, style, anchor, tag) => {
                let scalar = Scalar { content, style, tag, range, indent: span.start.col() };
                self::scalar(&mut builder, text, scalar, anchor)?;
            }
            Event::SequenceStart(anchor, _) => builder.open(false, anchor, range)?,
            Event::MappingStart(anchor, _) => builder.open(true, anchor, range)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let closes = text.get(range.clone()).is_some_and(|end| end == "]" || end == "}");
                builder.close(closes.then_some(range.end), range)?;
            }
            Event::Alias(anchor) => builder.alias(anchor, range)?,
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    let message = "the file holds more than one YAML document";
                    return Err(failure(codes::DOCUMENT_SYNTAX, range, message));
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    Ok(builder.finish())
}

struct Scalar<'a> {
    content: Cow<'a, str>,
    style: ScalarStyle,
    tag: Option<Cow<'a, Tag>>,
    range: Range<usize>,
    /// Column of its first character, from 0.
    indent: usize,
}

fn scalar(builder: &mut Builder, text: &str, scalar: Scalar<'_>, anchor: usize) -> Result<(), Failure> {
    let is_key = builder.expects_key();
    let range = trimmed(text, scalar.range.clone());
    if is_key {
        let merges = scalar.style == ScalarStyle::Plain && scalar.content == "<<";
        let key = scalar.content.clone().into_owned();
        if anchor != 0 {
            builder.remember(anchor, &node(text, scalar, range.clone()))?;
        }
        builder.key(key, merges, range);
        return Ok(());
    }
    builder.value(node(text, scalar, range), anchor)
}

fn node(text: &str, scalar: Scalar<'_>, range: Range<usize>) -> Node {
    let (start, end) = (range.start, range.end);
    let tag = scalar.tag.as_deref();
    let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    let is_plain = scalar.style == ScalarStyle::Plain;
    let resolves = is_plain && tag.is_none_or(Tag::is_yaml_core_schema);
    if resolves || matches!(core, Some("int" | "float" | "bool" | "null")) {
        match plain(&scalar.content, core) {
            Value::Null => return Node { content: Content::Null, start, end },
            Value::Bool(value) => return Node { content: Content::Bool(value), start, end },
            Value::Number(number) => return Node { content: Content::Number(number), start, end },
            Value::String(_) | Value::Array(_) | Value::Object(_) => {}
        }
    }
    let style = match scalar.style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block(scalar.indent),
    };
    let raw = text.get(scalar.range.clone()).unwrap_or_default();
    let pieces = pieces::of(style, &scalar.content, raw, start);
    Node { content: Content::Text(Text { text: scalar.content.into_owned(), is_plain, pieces }), start, end }
}

/// A range without the space behind its value; blocks end where the next token begins.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let length = text.get(range.clone()).map_or(0, |raw| raw.trim_end().len());
    range.start..range.start + length
}

/// What people mostly mean by what YAML cannot read.
fn advice(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..)?.lines().next()?;
    let bare = |mark: &str| {
        line.match_indices(mark).any(|(place, _)| {
            line.get(..place).is_some_and(|before| before.matches(['"', '\'']).count().is_multiple_of(2))
        })
    };
    if bare("${") {
        return Some("put quotes around a text with an expression in it: `\"${…}\"`".to_owned());
    }
    if bare("@") || bare("`") || bare("%") {
        return Some("put quotes around a text that holds a sign of YAML's own".to_owned());
    }
    line.contains('\t').then(|| "indent with spaces: YAML takes no tabs there".to_owned())
}

/// Turns the parser's counts of characters into bytes. They hardly ever go backwards.
struct Cursor<'a> {
    text: &'a str,
    character: usize,
    byte: usize,
}

impl Cursor<'_> {
    fn range(&mut self, span: &Span) -> Range<usize> {
        let start = self.byte(&span.start);
        let from = (self.character, self.byte);
        let end = self.byte(&span.end).max(start);
        // The next event may begin before this one ends.
        (self.character, self.byte) = from;
        start..end
    }

    fn byte(&mut self, marker: &Marker) -> usize {
        let wanted = marker.index();
        if wanted < self.character {
            let back = self.character - wanted;
            let before = self.text.get(..self.byte).unwrap_or_default();
            self.byte = before.char_indices().rev().nth(back - 1).map_or(0, |(byte, _)| byte);
        } else {
            let rest = self.text.get(self.byte..).unwrap_or_default();
            let ahead = wanted - self.character;
            self.byte += rest.char_indices().nth(ahead).map_or(rest.len(), |(byte, _)| byte);
        }
        self.character = wanted;
        self.byte
    }
}
