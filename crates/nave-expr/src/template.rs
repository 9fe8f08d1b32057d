//! Texts with `${expression}` in them: where their parts are, and the tree they make.

use std::ops::Range;

use nave_model::fault::codes;

use crate::ast::{Expr, Kind, Part};
use crate::{Diagnostic, Span};

pub mod shift;

/// The tree of a text in which every `${expression}` stands for its value as text, and `$${` for `${`.
///
/// # Errors
/// What is wrong with the expressions, with spans in the whole text.
pub fn parse(text: &str) -> Result<Expr, Vec<Diagnostic>> {
    let span = Span::new(0, text.len());
    let mut pieces = lower(text)?;
    if pieces.is_empty() {
        return Ok(Expr { kind: Kind::Text(String::new()), span });
    }
    if let [Part::Text(only)] = pieces.as_mut_slice() {
        return Ok(Expr { kind: Kind::Text(std::mem::take(only)), span });
    }
    Ok(Expr { kind: Kind::Interpolation { format: None, parts: pieces }, span })
}

/// As [`parse`], but a text that is one `${expression}` and nothing else gives the value itself.
///
/// # Errors
/// As [`parse`].
pub fn parse_value(text: &str) -> Result<Expr, Vec<Diagnostic>> {
    let mut tree = parse(text)?;
    if let Kind::Interpolation { parts, .. } = &mut tree.kind
        && parts.len() == 1
        && let Some(Part::Expr(only)) = parts.pop()
    {
        return Ok(only);
    }
    Ok(tree)
}

fn lower(text: &str) -> Result<Vec<Part>, Vec<Diagnostic>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut diagnostics = Vec::new();
    for part in split(text) {
        match part {
            Written::Text(written) => match parts.last_mut() {
                Some(Part::Text(before)) => before.push_str(written),
                _ => parts.push(Part::Text(written.to_owned())),
            },
            Written::Expression(range) => match expression(text, &range) {
                Ok(tree) => parts.push(Part::Expr(tree)),
                Err(found) => diagnostics.extend(found),
            },
            Written::Open(start) => {
                let span = Span::new(start, start + 2);
                let message = "the `${` has no `}` that closes it";
                let hint = "write `$${` where the two characters themselves are meant".to_owned();
                diagnostics.push(Diagnostic::error(codes::EXPRESSION_SYNTAX, span, message).hint(hint));
            }
        }
    }
    if diagnostics.is_empty() { Ok(parts) } else { Err(diagnostics) }
}

fn expression(text: &str, range: &Range<usize>) -> Result<Expr, Vec<Diagnostic>> {
    let source = text.get(range.clone()).unwrap_or_default();
    if source.trim().is_empty() {
        let span = Span::new(range.start.saturating_sub(2), range.end + 1);
        let message = "nothing stands between `${` and `}`";
        let hint = "write an expression, for example `${.name}`".to_owned();
        return Err(vec![Diagnostic::error(codes::EXPRESSION_SYNTAX, span, message).hint(hint)]);
    }
    let offset = Span::new(range.start, range.end).start;
    let moved =
        |span: Span| Span { start: span.start.saturating_add(offset), end: span.end.saturating_add(offset) };
    match crate::syntax::parse(source) {
        Ok(mut tree) => {
            shift::spans(&mut tree, &moved);
            Ok(tree)
        }
        Err(mut found) => {
            found.iter_mut().for_each(|diagnostic| diagnostic.span = moved(diagnostic.span));
            Err(found)
        }
    }
}

/// A part of a text.
enum Written<'a> {
    Text(&'a str),
    /// Between `${` and `}`.
    Expression(Range<usize>),
    /// A `${` at this byte that is never closed.
    Open(usize),
}

fn split(text: &str) -> Vec<Written<'_>> {
    let mut parts = Vec::new();
    let (mut done, mut from) = (0, 0);
    while let Some(found) = text.get(from..).and_then(|rest| rest.find("${")) {
        let start = from + found;
        if text.get(..start).is_some_and(|before| before.ends_with('$') && start > done) {
            // `$${`: the first `$` goes, `${` stays.
            parts.push(Written::Text(text.get(done..start - 1).unwrap_or_default()));
            (done, from) = (start, start + 2);
            continue;
        }
        parts.push(Written::Text(text.get(done..start).unwrap_or_default()));
        let Some(end) = closing(text, start + 2) else {
            parts.push(Written::Open(start));
            done = text.len();
            break;
        };
        parts.push(Written::Expression(start + 2..end));
        (done, from) = (end + 1, end + 1);
    }
    parts.push(Written::Text(text.get(done..).unwrap_or_default()));
    parts.retain(|part| !matches!(part, Written::Text("")));
    parts
}

/// The byte of the `}` that closes an expression which begins at `start`: braces of objects, texts with
/// expressions in them, and comments are passed over.
fn closing(text: &str, start: usize) -> Option<usize> {
    enum Inside {
        /// How many brackets are open.
        Code(usize),
        Text,
    }
    let bytes = text.as_bytes();
    let mut stack = vec![Inside::Code(0)];
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        let bottom = stack.len() == 1;
        match (stack.last_mut()?, byte) {
            (Inside::Code(0), b'}') if bottom => return Some(at),
            (Inside::Code(0), b')') if !bottom => {
                stack.pop();
            }
            (Inside::Code(open), b'{' | b'[' | b'(') => *open += 1,
            (Inside::Code(open), b'}' | b']' | b')') => *open = open.saturating_sub(1),
            (Inside::Code(_), b'"') => stack.push(Inside::Text),
            (Inside::Code(_), b'#') => {
                let rest = bytes.get(at..).unwrap_or_default();
                at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                continue;
            }
            (Inside::Text, b'"') => {
                stack.pop();
            }
            (Inside::Text, b'\\') => {
                at += 1;
                if bytes.get(at) == Some(&b'(') {
                    stack.push(Inside::Code(0));
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts as they are found: texts in quotes, expressions in braces, what is open with `!`.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = split(text)
            .into_iter()
            .map(|part| match part {
                Written::Text(text) => format!("'{text}'"),
                Written::Expression(range) => format!("{{{}}}", text.get(range).unwrap()),
                Written::Open(start) => format!("!{start}"),
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn parts_are_found() {
        check("", &[]);
        check("plain", &["'plain'"]);
        check("Onboard ${.name} for ${.amount}?", &["'Onboard '", "{.name}", "' for '", "{.amount}", "'?'"]);
        check("${.a}${.b}", &["{.a}", "{.b}"]);
        check("5 $ and $x", &["'5 $ and $x'"]);
        check("$${.a} ${.b}", &["'${.a} '", "{.b}"]);
        check("a$$${.b}", &["'a$'", "'${.b}'"]);
        check("${.a}$${b}", &["{.a}", "'${b}'"]);
        check("${{a: {b: 1}}}", &["{{a: {b: 1}}}"]);
        check("${.a[\"}\"]}", &["{.a[\"}\"]}"]);
        check("${\"\\(\"}\" + (.a))}\"}!", &["{\"\\(\"}\" + (.a))}\"}", "'!'"]);
        check("${\"\\\"}\"}", &["{\"\\\"}\"}"]);
        check("${.a # }\n}", &["{.a # }\n}"]);
        check("x ${.a", &["'x '", "!2"]);
        check("${\"}", &["!0"]);
    }
}
