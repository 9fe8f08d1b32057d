//! Expressions of a flow: from where they stand in the file to a tree, and from a stretch of their text
//! back to line and column of the file. Types and running are left to others.

use std::sync::Arc;

use nave_expr::compile::Program;
use nave_expr::{Diagnostic, Expr, Span};
use nave_model::{At, Problem};

use crate::document::{Document, Piece};
use crate::flow::{Expression, Segment};

mod variables;

/// Where a stretch of an expression's text stands in the file: line, column, and how much of the first
/// line it covers.
pub fn place(expression: &Expression, span: Span) -> At {
    locate(&expression.source, &expression.segments, span, expression.at.file.as_deref())
}

/// Where a place in an expression's text, as faults of running it name it, stands in the file. Without
/// line and column: where the expression stands.
pub fn within(expression: &Expression, place: Option<&At>) -> At {
    let found = place.and_then(|at| Some((at.line?, at.column?, at.width.unwrap_or(1))));
    let Some((line, column, width)) = found else { return expression.at.clone() };
    let source = expression.source.as_str();
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let before: usize = source.split_inclusive('\n').take(number(line.saturating_sub(1))).map(str::len).sum();
    let rest = source.get(before..).unwrap_or_default();
    let byte = |characters: usize| rest.char_indices().nth(characters).map_or(rest.len(), |(byte, _)| byte);
    let start = byte(number(column.saturating_sub(1)));
    let end = byte(number(column.saturating_sub(1)).saturating_add(number(width)));
    self::place(expression, Span::new(before + start, before + end))
}

/// What is wrong with an expression, at its place in the file.
pub fn problem(expression: &Expression, diagnostic: &Diagnostic) -> Problem {
    placed(diagnostic, place(expression, diagnostic.span))
}

/// The text of an expression and where it stands, before it is parsed.
pub(crate) struct Written {
    source: String,
    segments: Vec<Segment>,
    at: At,
}

impl Written {
    /// A text of which `pieces` say where it stands in the file.
    pub(crate) fn new(document: &Document, source: String, pieces: &[Piece], at: At) -> Self {
        let segments = pieces
            .iter()
            .map(|piece| {
                let (line, column) = document.position(piece.offset);
                Segment { start: number(piece.start), line, column }
            })
            .collect();
        Written { source, segments, at }
    }

    /// A part of the file as it is written.
    pub(crate) fn raw(document: &Document, range: std::ops::Range<usize>) -> Self {
        let source = document.raw(range.clone()).to_owned();
        let mut pieces = vec![Piece::whole(range.start)];
        let bytes = source.as_bytes();
        for (index, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n')) {
                pieces.push(Piece { start: index + 1, offset: range.start + index + 1, is_escape: false });
            }
        }
        let at = document.at(range);
        Written::new(document, source, &pieces, at)
    }

    /// Where a stretch of the text stands.
    pub(crate) fn place(&self, span: Span) -> At {
        locate(&self.source, &self.segments, span, self.at.file.as_deref())
    }

    /// What is wrong with a stretch of the text, at its place.
    pub(crate) fn problem(&self, diagnostic: &Diagnostic) -> Problem {
        placed(diagnostic, self.place(diagnostic.span))
    }

    /// The expression that the text is.
    ///
    /// # Errors
    /// Functions that there are not, at their places.
    pub(crate) fn with(self, tree: Expr, is_template: bool) -> Result<Expression, Vec<Problem>> {
        let variables = variables::free(&tree);
        let names: Vec<&str> = variables.iter().map(String::as_str).collect();
        let program = Program::from_expr(&self.source, &tree, &names)
            .map_err(|found| found.iter().map(|diagnostic| self.problem(diagnostic)).collect::<Vec<_>>())?;
        let Written { source, segments, at } = self;
        let program = Arc::new(program);
        Ok(Expression { source, tree, program, variables, is_template, at, segments })
    }
}

/// Where each use of a variable that an expression does not bind itself stands in its text.
pub(crate) fn uses(tree: &Expr) -> Vec<(&str, Span)> {
    variables::uses(tree)
}

fn placed(diagnostic: &Diagnostic, at: At) -> Problem {
    let problem = Problem::new(diagnostic.code, at, diagnostic.message.clone());
    match &diagnostic.hint {
        Some(hint) => problem.hint(hint.clone()),
        None => problem,
    }
}

fn locate(source: &str, segments: &[Segment], span: Span, file: Option<&str>) -> At {
    let length = number(source.len());
    let (start, end) = (span.start.min(length), span.end.clamp(span.start.min(length), length));
    let (line, column) = position(source, segments, start);
    let width = width(source, segments, Span { start, end });
    At {
        file: file.map(str::to_owned),
        line: Some(line),
        column: Some(column),
        width: Some(width),
        ..At::default()
    }
}

/// How many characters of the line it begins on a stretch covers; at least one.
fn width(source: &str, segments: &[Segment], span: Span) -> u32 {
    let (line, column) = position(source, segments, span.start);
    let text = span.text(source);
    // The last character of the stretch that stands on the first line.
    let last = text.char_indices().map(|(offset, character)| (span.start + number(offset), character));
    let on_line = last
        .take_while(|(byte, character)| {
            !matches!(character, '\n' | '\r') && position(source, segments, *byte).0 == line
        })
        .filter(|(_, character)| !character.is_whitespace())
        .last();
    let Some((byte, character)) = on_line else { return 1 };
    let behind = byte + number(character.len_utf8());
    // An escape is longer than the character it stands for: a segment begins where it ends.
    let next = segments.get(segments.partition_point(|segment| segment.start < behind));
    let end = match next {
        Some(next) if next.start == behind && next.line == line => next.column,
        _ => position(source, segments, byte).1.saturating_add(1),
    };
    end.saturating_sub(column).max(1)
}

/// Line and column of a byte of the text.
fn position(source: &str, segments: &[Segment], byte: u32) -> (u32, u32) {
    let Some(segment) = segment(segments, byte) else { return (1, 1) };
    let between = Span { start: segment.start, end: byte.max(segment.start) }.text(source);
    (segment.line, segment.column.saturating_add(number(between.chars().count())))
}

/// The segment in which a byte of the text stands.
fn segment(segments: &[Segment], byte: u32) -> Option<&Segment> {
    let index = segments.partition_point(|segment| segment.start <= byte);
    segments.get(index.saturating_sub(1))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
