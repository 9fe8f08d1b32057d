//! A YAML or JSON document as a tree in which every value knows the bytes of the file it stands in.
//! What the values mean is left to `read`.

use std::ops::Range;

use indexmap::IndexMap;
use nave_connector::source;
use nave_model::fault::codes;
use nave_model::{At, Code, Fault, Problem};
use serde_json::{Number, Value};

mod build;
mod json;
mod lines;
mod pieces;
mod yaml;

use lines::Lines;
pub(crate) use pieces::Piece;

/// The most values a document may hold, those that aliases repeat included. A flow of 5,000 steps has a
/// tenth of it.
const MOST_VALUES: usize = 1_000_000;

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Document {
    /// The file as the user named it.
    pub(crate) file: String,
    /// Its text, without a byte order mark.
    pub(crate) text: String,
    /// Its value.
    pub(crate) root: Node,
    /// What is wrong although it could be read: keys that stand twice.
    pub(crate) problems: Vec<Problem>,
    lines: Lines,
}

/// One value and the bytes of the file it stands in.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    Text(Text),
    List(Vec<Node>),
    Mapping(Mapping),
}

/// The members of a mapping, in the order of the file.
pub(crate) type Mapping = IndexMap<String, Member>;

/// A value behind a key.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Where the key stands.
    pub(crate) key: Range<usize>,
    pub(crate) value: Node,
}

/// A text, escapes resolved and indentation removed.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// Whether it stands there without quotes on one line or several: `.name`, not `".name"` or a block.
    pub(crate) is_plain: bool,
    /// Where its parts stand in the file.
    pub(crate) pieces: Vec<Piece>,
}

impl Node {
    /// The bytes it stands in.
    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether nothing at all is written: `key:` with nothing behind it.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self.content, Content::Null) && self.start == self.end
    }

    /// What it is, for messages.
    pub(crate) fn sort(&self) -> &'static str {
        match &self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "true or false",
            Content::Number(_) => "a number",
            Content::Text(_) => "a text",
            Content::List(_) => "a list",
            Content::Mapping(_) => "keys with values",
        }
    }

    /// The value without its places. As deep as documents that are read.
    pub(crate) fn value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.text.clone()),
            Content::List(items) => Value::Array(items.iter().map(Node::value).collect()),
            Content::Mapping(members) => Value::Object(
                members.iter().map(|(key, member)| (key.clone(), member.value.value())).collect(),
            ),
        }
    }
}

impl Text {
    /// The bytes of the file in which a part of the text stands.
    pub(crate) fn range(&self, part: Range<usize>) -> Range<usize> {
        pieces::offset(&self.pieces, part.start)..pieces::end(&self.pieces, part.end)
    }
}

impl Document {
    /// Reads a document. A name that ends in `.json` is JSON; all else is YAML.
    ///
    /// # Errors
    /// It is not UTF-8 or not well-formed, or is too large or too deep.
    pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<Document, Box<Problem>> {
        let text = source::text(file, bytes).map_err(|fault| Box::new(problem(file, &fault)))?;
        let lines = Lines::of(text);
        let is_json = file.rsplit('.').next().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let built = if is_json { json::read(text) } else { yaml::read(text) };
        let failed = |failure: build::Failure| {
            let at = lines.at(file, text, failure.range);
            let problem = Problem::new(failure.code, at, failure.message);
            Box::new(match failure.hint {
                Some(hint) => problem.hint(hint),
                None => problem,
            })
        };
        let (root, duplicates) = built.map_err(failed)?;
        let duplicates: Vec<Problem> = duplicates
            .into_iter()
            .map(|(key, range)| {
                let message = format!("the key `{}` stands twice", crate::read::clipped(&key));
                let problem = Problem::new(codes::DOCUMENT_DUPLICATE, lines.at(file, text, range), message);
                problem.hint("keep one of them; which one counts would be a guess")
            })
            .collect();
        Ok(Document { file: file.to_owned(), text: text.to_owned(), root, problems: duplicates, lines })
    }

    /// Where bytes of the file stand: line, column, and how much of the first line they cover.
    pub(crate) fn at(&self, range: Range<usize>) -> At {
        self.lines.at(&self.file, &self.text, range)
    }

    /// Line and column of a byte of the file, both from 1.
    pub(crate) fn position(&self, offset: usize) -> (u32, u32) {
        self.lines.position(&self.text, offset)
    }

    /// The bytes at a range, as written.
    pub(crate) fn raw(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

fn problem(file: &str, fault: &Fault) -> Problem {
    let at = fault.at.clone().unwrap_or_else(|| At::file(file));
    Problem { code: fault.code, at, message: fault.message.clone(), hint: fault.hint.clone() }
}

/// A document that cannot be read, with the bytes at which that is seen.
fn failure(code: Code, range: Range<usize>, message: impl Into<String>) -> build::Failure {
    build::Failure { code, range, message: message.into(), hint: None }
}

#[cfg(test)]
pub(crate) mod tests;
