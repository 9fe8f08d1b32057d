//! What holds several things: lists, objects and the arguments of calls. Each goes on behind a wrong
//! part, so that the parts after it are read too.

use super::{Failed, Parsed, Parser, Tree};
use crate::ast::{Assignment, Entry, Expr, Key, KeyKind, Kind};
use crate::span::Span;
use crate::syntax::token::TokenKind;

/// Calls whose last argument is a condition.
const CONDITIONS: [(&str, usize); 5] = [("select", 1), ("any", 1), ("all", 1), ("any", 2), ("all", 2)];

impl Parser<'_> {
    /// `[ … ]`
    pub(super) fn array(&mut self) -> Parsed<Tree> {
        let (open, start) = (self.position, self.here());
        self.advance();
        if self.take("]") {
            let span = start.to(self.behind());
            return self.tree(Kind::Array(None), span, 0);
        }
        let (mut items, is_good) = self.parts(open, ",", "an operator, `,` or `]`");
        self.expect("]")?;
        match items.pop() {
            Some(items) if is_good => {
                let span = start.to(self.behind());
                self.tree(Kind::Array(Some(items.expr)), span, items.height)
            }
            _ => Err(Failed),
        }
    }

    /// `name( … ; … )`; the name is next.
    pub(super) fn call(&mut self, name: String, name_span: Span) -> Parsed<Tree> {
        self.advance();
        let open = self.position;
        self.advance();
        if self.at(")") {
            let hint = format!("a function without arguments is written without `()`: `{name}`");
            let span = self.behind().to(self.here());
            self.report(span, "there are no arguments between the parentheses", Some(hint));
            self.advance();
            return Err(Failed);
        }
        let (arguments, is_good) = self.parts(open, ";", "an operator, `;` or `)`");
        self.expect(")")?;
        if !is_good {
            return Err(Failed);
        }
        if CONDITIONS.contains(&(name.as_str(), arguments.len())) {
            self.must_compare(arguments.last())?;
        }
        let span = name_span.to(self.behind());
        let below = arguments.iter().map(|argument| argument.height).max().unwrap_or(0);
        let arguments = arguments.into_iter().map(|argument| *argument.expr).collect();
        self.tree(Kind::Call { name, name_span, arguments }, span, below)
    }

    /// What stands between brackets, and whether all of it is good: where a part is wrong, it goes on
    /// behind the next separator. The closing bracket is next then.
    fn parts(&mut self, open: usize, separator: &str, expected: &str) -> (Vec<Tree>, bool) {
        let close = self.tokens.get(open).map_or(0, |token| token.partner);
        let depth = self.depth;
        let mut parts = Vec::new();
        let mut is_good = true;
        loop {
            let is_part_good = match self.query() {
                Ok(part) => {
                    parts.push(part);
                    let is_complete = self.position == close || self.at(separator);
                    if !is_complete {
                        self.unexpected(expected);
                    }
                    is_complete
                }
                Err(Failed) => false,
            };
            self.depth = depth;
            is_good &= is_part_good;
            // Skipping costs a look at all parts before, so that only wrong ones are skipped.
            let has_more = if is_part_good { self.at(separator) } else { self.skip_to(open, separator) };
            if has_more {
                self.advance();
                continue;
            }
            if !is_good {
                self.loose.extend(parts.drain(..).map(|part| *part.expr));
            }
            return (parts, is_good);
        }
    }

    /// `=` where a condition is meant sets a field and is always true, so that it is never what was meant.
    pub(super) fn must_compare(&mut self, condition: Option<&Tree>) -> Parsed<()> {
        let Some(condition) = condition.filter(|condition| !condition.has_parentheses) else { return Ok(()) };
        let Kind::Assign(Assignment::Set, left, right) = &condition.expr.kind else { return Ok(()) };
        let mut signs = self.tokens.iter().filter(|token| token.is("=")).map(|token| token.span);
        let sign = signs.find(|sign| (left.span.end..right.span.start).contains(&sign.start));
        let sign = sign.unwrap_or(condition.expr.span);
        let hint = "compare with `==`; an assignment that is meant stands in parentheses".to_owned();
        Err(self.report(sign, "`=` sets a value, it does not compare", Some(hint)))
    }

    /// `{ … }`; a `,` behind the last entry is fine.
    pub(super) fn object(&mut self) -> Parsed<Tree> {
        let (open, start, depth) = (self.position, self.here(), self.depth);
        self.advance();
        let mut entries = Vec::new();
        let mut height = 0;
        let mut is_good = true;
        while !self.at("}") && !self.is_over {
            match self.entry(&mut height) {
                Ok(entry) => entries.push(entry),
                Err(Failed) => {
                    is_good = false;
                    self.depth = depth;
                    self.skip_to(open, ",");
                }
            }
            self.take(",");
        }
        let end = self.expect("}");
        if !is_good || end.is_err() {
            self.loose.extend(entries.into_iter().filter_map(|entry: Entry| entry.value));
            return Err(Failed);
        }
        let span = start.to(self.behind());
        self.tree(Kind::Object(entries), span, height)
    }

    /// One entry; behind it stands `,` or `}`.
    fn entry(&mut self, height: &mut usize) -> Parsed<Entry> {
        let key = self.key(height)?;
        let is_short = match &key.kind {
            KeyKind::Name(_) | KeyKind::Variable(_) => true,
            KeyKind::Expr(inner) => matches!(inner.kind, Kind::Interpolation { .. }) && !self.is_behind(")"),
        };
        let is_end = self.at(",") || self.at("}");
        if is_short && is_end {
            let span = key.span;
            return Ok(Entry { key, value: None, span });
        }
        if !self.at(":") {
            return Err(self.no_colon(is_short));
        }
        if matches!(&key.kind, KeyKind::Variable(name) if name == "__loc__") {
            let usual = Some("as a key it stands alone");
            return Err(self.unexpected_in("`,` or `}`", usual));
        }
        self.advance();
        let value = self.entry_value()?;
        *height = (*height).max(value.height);
        if !(self.at(",") || self.at("}")) {
            return Err(self.unexpected("an operator, `,` or `}`"));
        }
        let span = key.span.to(value.expr.span);
        Ok(Entry { key, value: Some(*value.expr), span })
    }

    fn no_colon(&mut self, is_short: bool) -> Failed {
        let is_sign =
            ["-", "+", "/", "."].iter().any(|sign| self.at(sign)) || self.at_kind(&TokenKind::Field);
        let usual = if is_sign {
            "a key with other signs than letters, digits and `_` stands in quotes"
        } else {
            "a key is followed by `:`"
        };
        self.unexpected_in(if is_short { "`:`, `,` or `}`" } else { "`:`" }, Some(usual))
    }

    /// The key of an entry, or of a part of a pattern.
    pub(super) fn key(&mut self, height: &mut usize) -> Parsed<Key> {
        let Some(token) = self.peek() else { return Err(Failed) };
        let start = token.span;
        let kind = match token.kind {
            TokenKind::Name | TokenKind::Keyword(_) => {
                let name = start.text(self.source).to_owned();
                self.advance();
                KeyKind::Name(name)
            }
            TokenKind::Variable => KeyKind::Variable(self.take_name()),
            TokenKind::Format | TokenKind::TextStart => {
                let format = (token.kind == TokenKind::Format).then(|| self.take_name());
                if !self.at_kind(&TokenKind::TextStart) {
                    return Err(
                        self.unexpected_in("a text", Some("a key that begins with `@` stands in quotes"))
                    );
                }
                let text = self.text(format, start)?;
                *height = (*height).max(text.height);
                match text.expr.kind {
                    Kind::Text(name) => KeyKind::Name(name),
                    kind => KeyKind::Expr(Box::new(Expr { kind, ..*text.expr })),
                }
            }
            TokenKind::Sign("(") => {
                let key = self.parentheses(start)?;
                self.must_be_text(&key.expr)?;
                *height = (*height).max(key.height);
                KeyKind::Expr(key.expr)
            }
            _ => return Err(self.unexpected("a key")),
        };
        Ok(Key { kind, span: start.to(self.behind()) })
    }

    fn must_be_text(&mut self, key: &Expr) -> Parsed<()> {
        let found = match &key.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Array(None) => "a list",
            Kind::Object(entries) if entries.is_empty() => "an object",
            _ => return Ok(()),
        };
        let hint = Some("put it in quotes, or convert it with `tostring`".to_owned());
        Err(self.report(key.span, format!("a key is a text, and this is {found}"), hint))
    }

    /// Whether the token just read is this one.
    fn is_behind(&self, what: &str) -> bool {
        let before = self.position.checked_sub(1).and_then(|before| self.tokens.get(before));
        before.is_some_and(|token| token.is(what))
    }
}
