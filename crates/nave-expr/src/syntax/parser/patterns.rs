//! What stands behind `as`: names, and lists and objects of them.

use super::{Failed, Parsed, Parser};
use crate::ast::{Key, KeyKind, Pattern, PatternKind};
use crate::syntax::token::TokenKind;

const PATTERN: &str = "write `$name`, `[$first, $second]` or `{ $field, other: $name }`";

impl Parser<'_> {
    /// A pattern and its `?//` alternatives, with their levels.
    pub(super) fn patterns(&mut self) -> Parsed<(Vec<Pattern>, usize)> {
        let (first, mut height) = self.pattern()?;
        let mut patterns = vec![first];
        while self.take("?//") {
            let (pattern, own) = self.pattern()?;
            patterns.push(pattern);
            height = height.max(own);
        }
        Ok((patterns, height))
    }

    fn pattern(&mut self) -> Parsed<(Pattern, usize)> {
        self.enter()?;
        let start = self.here();
        let (kind, height) = match self.peek().map(|token| &token.kind) {
            Some(TokenKind::Variable) => {
                let name = self.take_name();
                if name == "__loc__" {
                    return Err(self.location_is_bound());
                }
                (PatternKind::Variable(name), 1)
            }
            Some(TokenKind::Sign("[")) => self.list_pattern()?,
            Some(TokenKind::Sign("{")) => self.object_pattern()?,
            _ => return Err(self.unnamed("a name or a pattern", PATTERN)),
        };
        self.leave();
        Ok((Pattern { kind, span: start.to(self.behind()) }, height + 1))
    }

    fn list_pattern(&mut self) -> Parsed<(PatternKind, usize)> {
        self.advance();
        let mut patterns = Vec::new();
        let mut height = 0;
        loop {
            let (pattern, own) = self.pattern()?;
            patterns.push(pattern);
            height = height.max(own);
            if self.take("]") {
                return Ok((PatternKind::Array(patterns), height));
            }
            if !self.take(",") {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn object_pattern(&mut self) -> Parsed<(PatternKind, usize)> {
        self.advance();
        let mut entries = Vec::new();
        let mut height = 0;
        loop {
            entries.push(self.pattern_entry(&mut height)?);
            if self.take("}") {
                return Ok((PatternKind::Object(entries), height));
            }
            if !self.take(",") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn pattern_entry(&mut self, height: &mut usize) -> Parsed<(Key, Option<Pattern>)> {
        let key = self.key(height)?;
        if matches!(&key.kind, KeyKind::Variable(name) if name == "__loc__") {
            return Err(self.location_is_bound());
        }
        if !self.take(":") {
            let is_short = matches!(key.kind, KeyKind::Variable(_));
            return if is_short { Ok((key, None)) } else { Err(self.unexpected_in("`:`", Some(PATTERN))) };
        }
        let (pattern, own) = self.pattern()?;
        *height = (*height).max(own);
        Ok((key, Some(pattern)))
    }

    /// The variable just read is no name to bind.
    fn location_is_bound(&mut self) -> Failed {
        self.report(self.behind(), "`$__loc__` is a place in the text and cannot be bound", None)
    }
}
