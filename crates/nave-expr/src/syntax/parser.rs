//! Tokens → tree. This file moves through the tokens, bounds depth and reports what is wrong; the files
//! beside it know the grammar, a part each.

mod collections;
mod control;
mod definitions;
mod patterns;
mod query;
mod term;

use nave_model::fault::codes;

use super::hints;
use super::lexer::Lexed;
use super::token::{Token, TokenKind};
use super::{MOST_DEPTH, MOST_PROBLEMS, profile};
use crate::ast::{Expr, Kind};
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Already reported; whoever can go on behind the wrong part does.
#[derive(Debug)]
struct Failed;

type Parsed<T> = Result<T, Failed>;

/// An expression, with what its parent must know of it.
#[derive(Debug)]
struct Tree {
    expr: Box<Expr>,
    /// Levels below and with it.
    height: usize,
    /// Whether it stands in parentheses.
    has_parentheses: bool,
}

/// Reads the tokens of one expression.
#[derive(Debug)]
pub(super) struct Parser<'s> {
    source: &'s str,
    /// The last one is the end.
    tokens: Vec<Token>,
    position: usize,
    /// Calls of this parser inside each other.
    depth: usize,
    problems: Vec<Diagnostic>,
    /// Good parts of wrong wholes; the profile looks at them too.
    loose: Vec<Expr>,
    /// Nothing more is read or reported.
    is_over: bool,
}

impl<'s> Parser<'s> {
    /// At the beginning of the tokens.
    pub(super) fn new(source: &'s str, lexed: Lexed) -> Self {
        Parser {
            source,
            tokens: lexed.tokens,
            position: 0,
            depth: 0,
            problems: lexed.problems,
            loose: Vec::new(),
            is_over: false,
        }
    }

    /// Reads the whole expression; `None` where it has no tree.
    pub(super) fn program(&mut self) -> Option<Expr> {
        self.skip_directives();
        if self.is_at_end() {
            if self.problems.is_empty() {
                let hint = "write `.` for the input as it is".to_owned();
                self.report(self.here(), "the expression is empty", Some(hint));
            }
            return None;
        }
        let tree = self.query().ok()?;
        if !self.is_at_end() {
            self.unexpected("an operator or the end");
        }
        Some(*tree.expr)
    }

    /// What is wrong, and the good parts of what has no tree.
    pub(super) fn into_problems(self) -> (Vec<Diagnostic>, Vec<Expr>) {
        (self.problems, self.loose)
    }

    /// The token to be read next; behind the last one the last one again.
    fn peek(&self) -> Option<&Token> {
        self.ahead(0)
    }

    fn ahead(&self, count: usize) -> Option<&Token> {
        self.tokens.get(self.position + count).or_else(|| self.tokens.last())
    }

    /// Where the next token stands.
    fn here(&self) -> Span {
        self.peek().map_or_else(Span::default, |token| token.span)
    }

    /// Where the token before stands.
    fn behind(&self) -> Span {
        let before = self.position.checked_sub(1).and_then(|before| self.tokens.get(before));
        before.map_or_else(Span::default, |token| token.span)
    }

    fn at(&self, what: &str) -> bool {
        self.peek().is_some_and(|token| token.is(what))
    }

    fn is_ahead(&self, count: usize, what: &str) -> bool {
        self.ahead(count).is_some_and(|token| token.is(what))
    }

    fn at_kind(&self, kind: &TokenKind) -> bool {
        self.peek().is_some_and(|token| token.kind == *kind)
    }

    fn is_at_end(&self) -> bool {
        self.at_kind(&TokenKind::End)
    }

    fn advance(&mut self) {
        self.position = (self.position + 1).min(self.tokens.len().saturating_sub(1));
    }

    /// Reads this token if it is next.
    fn take(&mut self, what: &str) -> bool {
        let is_next = self.at(what);
        if is_next {
            self.advance();
        }
        is_next
    }

    /// Reads this token, which must be next.
    fn expect(&mut self, what: &str) -> Parsed<()> {
        if self.take(what) { Ok(()) } else { Err(self.unexpected(&format!("`{what}`"))) }
    }

    /// Reads the closing bracket of what held an expression, which must be next.
    fn close(&mut self, what: &str) -> Parsed<()> {
        if self.take(what) { Ok(()) } else { Err(self.unexpected(&format!("an operator or `{what}`"))) }
    }

    /// The text of the next token without its first byte, which is then read.
    fn take_name(&mut self) -> String {
        let name = self.here().text(self.source).get(1..).unwrap_or_default().to_owned();
        self.advance();
        name
    }

    /// Goes one level deeper; whoever calls it calls [`Parser::leave`] on success. After a failure the
    /// level is given back by whoever goes on.
    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MOST_DEPTH { Err(self.too_deep(self.here())) } else { Ok(()) }
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// A node over children of this height.
    fn tree(&mut self, kind: Kind, span: Span, below: usize) -> Parsed<Tree> {
        if below >= MOST_DEPTH {
            return Err(self.too_deep(span));
        }
        Ok(Tree { expr: Box::new(Expr { kind, span }), height: below + 1, has_parentheses: false })
    }

    /// Nothing is read after it: where depth ends there are usually thousands of such places.
    fn too_deep(&mut self, span: Span) -> Failed {
        let message = format!("the expression has more than {MOST_DEPTH} levels");
        let hint =
            "every operator of a row is a level: use a list and `add`, `any`, `all` or `IN`, or split it";
        self.report(span, message, Some(hint.to_owned()));
        self.is_over = true;
        Failed
    }

    /// The next token is none of those that may stand here.
    fn unexpected(&mut self, expected: &str) -> Failed {
        self.unexpected_in(expected, None)
    }

    /// The same, with the hint that fits the construct unless something more exact can be said.
    fn unexpected_in(&mut self, expected: &str, usual: Option<&str>) -> Failed {
        let Some(token) = self.peek() else { return Failed };
        let found = hints::describe(token, self.source);
        let span = token.span;
        let hint = hints::advise(&self.tokens, self.position, self.source, usual);
        self.report(span, format!("expected {expected}, found {found}"), hint)
    }

    /// The next token is no variable, where the name of one is needed.
    fn unnamed(&mut self, expected: &str, usual: &str) -> Failed {
        let name = self.here().text(self.source);
        let hint = format!("a name begins with `$`: `${name}`");
        let is_name = self.at_kind(&TokenKind::Name);
        self.unexpected_in(expected, Some(if is_name { &hint } else { usual }))
    }

    /// The next token begins something that the profile refuses; it is read, and then forgotten.
    fn refuse(&mut self, name: &str, span: Span) {
        self.problems.extend(profile::syntax(name, span));
        self.is_over |= self.problems.len() >= MOST_PROBLEMS;
    }

    fn report(&mut self, span: Span, message: impl Into<String>, hint: Option<String>) -> Failed {
        if !self.is_over {
            let diagnostic = Diagnostic::error(codes::EXPRESSION_SYNTAX, span, message).hint(hint);
            self.problems.push(diagnostic);
            self.is_over = self.problems.len() >= MOST_PROBLEMS;
        }
        Failed
    }

    /// Goes to the next token that is `separator`, directly within the brackets that token `open` opens.
    /// Gives whether there is one; otherwise the closing bracket is next.
    fn skip_to(&mut self, open: usize, separator: &str) -> bool {
        let close = self.tokens.get(open).map_or(0, |token| token.partner);
        let mut index = open + 1;
        let mut conditions = 0_usize;
        while !self.is_over && index < close {
            let (Some(token), Some(next)) = (self.tokens.get(index), self.tokens.get(index + 1)) else {
                break;
            };
            let is_key = next.is(":") || next.is(",") || next.is("}");
            if token.is("if") && !is_key {
                conditions += 1;
            } else if token.is("end") {
                conditions = conditions.saturating_sub(1);
            } else if index >= self.position && conditions == 0 && token.is(separator) {
                self.position = index;
                return true;
            }
            index = token.partner.max(index) + 1;
        }
        self.position = close;
        false
    }
}
