//! What begins with a word: conditions, folds, `try`, labels.

use super::{Failed, Parsed, Parser, Tree};
use crate::ast::Kind;
use crate::span::Span;
use crate::syntax::token::TokenKind;

const CONDITION: &str = "a condition is written `if … then … elif … then … else … end`";
const REDUCE: &str = "write `reduce … as $name (first; next)`";
const FOREACH: &str =
    "write `foreach … as $name (first; next)` or `foreach … as $name (first; next; result)`";

impl Parser<'_> {
    /// `if … then … elif … then … else … end`
    pub(super) fn branches(&mut self) -> Parsed<Tree> {
        let start = self.here();
        let mut branches = Vec::new();
        let mut height = 0;
        while branches.is_empty() || self.at("elif") {
            self.advance();
            let condition = self.query()?;
            // An assignment that was meant as a comparison does not keep the rest from being read.
            let is_condition = self.must_compare(Some(&condition));
            if !self.take("then") {
                return Err(self.unexpected_in("an operator or `then`", Some(CONDITION)));
            }
            let result = self.query()?;
            is_condition?;
            height = height.max(condition.height).max(result.height);
            branches.push((*condition.expr, *result.expr));
        }
        let is_else_if = self.at("else") && self.is_ahead(1, "if");
        let otherwise = if self.take("else") { Some(self.query()?) } else { None };
        if !self.at("end") {
            return Err(self.no_end(start, otherwise.is_some(), is_else_if));
        }
        self.advance();
        height = height.max(otherwise.as_ref().map_or(0, |tree| tree.height));
        let otherwise = otherwise.map(|tree| tree.expr);
        let span = start.to(self.behind());
        self.tree(Kind::If { branches, otherwise }, span, height)
    }

    /// Something stands where an `if` must go on or end. Where no `end` follows, it was forgotten, and the
    /// place to look at is the `if`.
    fn no_end(&mut self, start: Span, has_else: bool, is_else_if: bool) -> Failed {
        if self.has_end_ahead() {
            let expected =
                if has_else { "an operator or `end`" } else { "an operator, `elif`, `else` or `end`" };
            return self.unexpected_in(expected, Some(CONDITION));
        }
        let hint = if is_else_if {
            "write `elif` instead of `else if`; every `if` has its own `end`"
        } else {
            CONDITION
        };
        self.report(start, "this `if` has no `end`", Some(hint.to_owned()))
    }

    /// Whether the condition that is being read is ended within its brackets.
    fn has_end_ahead(&self) -> bool {
        let mut index = self.position;
        let mut inner = 0_usize;
        while let Some(token) = self.tokens.get(index).filter(|token| token.partner >= index) {
            if token.is("if") {
                inner += 1;
            } else if token.is("end") {
                if inner == 0 {
                    return true;
                }
                inner -= 1;
            }
            index = token.partner + 1;
        }
        false
    }

    /// `reduce … as … (init; update)`, `foreach … as … (init; update; extract)`
    pub(super) fn fold(&mut self, is_reduce: bool) -> Parsed<Tree> {
        let start = self.here();
        self.advance();
        self.enter()?;
        let source = self.expression(0)?;
        self.leave();
        let usual = if is_reduce { REDUCE } else { FOREACH };
        if !self.take("as") {
            return Err(self.unexpected_in("an operator or `as`", Some(usual)));
        }
        let (mut patterns, height) = self.patterns()?;
        let mut below = source.height.max(height);
        if let Some(second) = patterns.get(1) {
            self.refuse("?//", second.span);
        }
        patterns.truncate(1);
        let pattern = patterns.pop().ok_or(Failed)?;
        if !self.take("(") {
            return Err(self.unexpected_in("`(`", Some(usual)));
        }
        let mut arguments = Vec::new();
        loop {
            let argument = self.query()?;
            below = below.max(argument.height);
            arguments.push(argument.expr);
            let most = if is_reduce { 2 } else { 3 };
            if arguments.len() == most || !self.take(";") {
                break;
            }
        }
        if arguments.len() < 2 {
            return Err(self.unexpected_in("an operator or `;`", Some(usual)));
        }
        if !self.take(")") {
            return Err(self.unexpected_in("an operator or `)`", Some(usual)));
        }
        let source = source.expr;
        let mut arguments = arguments.into_iter();
        let (init, update) = (arguments.next().ok_or(Failed)?, arguments.next().ok_or(Failed)?);
        let kind = if is_reduce {
            Kind::Reduce { source, pattern, init, update }
        } else {
            Kind::Foreach { source, pattern, init, update, extract: arguments.next() }
        };
        self.tree(kind, start.to(self.behind()), below)
    }

    /// `try body catch handler`: both are terms, so that `try error("x") // 1` is `(try error("x")) // 1`.
    pub(super) fn attempt(&mut self) -> Parsed<Tree> {
        let start = self.here();
        self.advance();
        self.enter()?;
        let body = self.postfix()?;
        let handler = if self.take("catch") { Some(self.postfix()?) } else { None };
        self.leave();
        let height = body.height.max(handler.as_ref().map_or(0, |handler| handler.height));
        let end = handler.as_ref().map_or(body.expr.span, |handler: &Tree| handler.expr.span);
        let handler = handler.map(|handler| handler.expr);
        self.tree(Kind::Try { body: body.expr, handler }, start.to(end), height)
    }

    /// `label $name | …`, which reaches to the end.
    pub(super) fn label(&mut self) -> Parsed<Tree> {
        let start = self.here();
        self.advance();
        let name = self.label_name()?;
        self.expect("|")?;
        let body = self.query()?;
        let span = start.to(body.expr.span);
        self.tree(Kind::Label { name, body: body.expr }, span, body.height)
    }

    /// `break $name`
    pub(super) fn break_out(&mut self) -> Parsed<Tree> {
        let start = self.here();
        self.advance();
        let name = self.label_name()?;
        self.tree(Kind::Break(name), start.to(self.behind()), 0)
    }

    fn label_name(&mut self) -> Parsed<String> {
        if self.at_kind(&TokenKind::Variable) {
            return Ok(self.take_name());
        }
        Err(self.unnamed("the name of a label", "a label is written `label $out | … break $out …`"))
    }

    /// `source as pattern | …`, which reaches to the end; the source is read.
    pub(super) fn bind(&mut self, source: Tree) -> Parsed<Tree> {
        self.advance();
        let (patterns, height) = self.patterns()?;
        if !self.at("|") {
            return Err(self.unexpected_in("`|`", Some("say what is done with it: `… as $name | …`")));
        }
        self.advance();
        let body = self.query()?;
        let span = source.expr.span.to(body.expr.span);
        let below = source.height.max(height).max(body.height);
        let kind = Kind::Bind { source: source.expr, patterns, body: body.expr };
        self.tree(kind, span, below)
    }
}
