//! Terms and what may stand directly in front of and behind them: signs, `try`, paths, `?`.

use super::{Failed, Parsed, Parser, Tree};
use crate::ast::{Expr, Kind, Part, Step, StepKind};
use crate::span::Span;
use crate::syntax::token::TokenKind;

/// A term whose steps are still being read.
struct Climb {
    base: Tree,
    steps: Vec<Step>,
    /// Of what stands in the brackets of the steps.
    height: usize,
}

impl Parser<'_> {
    /// A term with all its steps, or `-` or `try` in front of one.
    pub(super) fn postfix(&mut self) -> Parsed<Tree> {
        if self.at("-") {
            let start = self.here();
            self.advance();
            self.enter()?;
            let operand = self.postfix()?;
            self.leave();
            let span = start.to(operand.expr.span);
            return self.tree(Kind::Negate(operand.expr), span, operand.height);
        }
        if self.at("try") {
            return self.attempt();
        }
        let base = self.term()?;
        self.climb(base)
    }

    fn term(&mut self) -> Parsed<Tree> {
        let Some(token) = self.peek() else { return Err(Failed) };
        let span = token.span;
        match token.kind {
            TokenKind::Number => {
                let number = number(span.text(self.source));
                self.leaf(Kind::Number(number), span)
            }
            TokenKind::TextStart => self.text(None, span),
            TokenKind::Format => {
                let name = self.take_name();
                if self.at_kind(&TokenKind::TextStart) {
                    return self.text(Some(name), span);
                }
                self.tree(Kind::Format(name), span, 0)
            }
            TokenKind::Variable => {
                let name = self.take_name();
                self.tree(Kind::Variable(name), span, 0)
            }
            TokenKind::Name => self.name(span),
            // The step reads the token; what it starts from is only implied by its dot.
            TokenKind::Field => {
                let dot = Span { start: span.start, end: span.start + 1 };
                self.tree(Kind::Identity, dot, 0)
            }
            TokenKind::Sign(sign) => self.signed(sign, span),
            TokenKind::Keyword("if") => self.branches(),
            TokenKind::Keyword(word @ ("reduce" | "foreach")) => self.fold(word == "reduce"),
            TokenKind::Keyword("break") => self.break_out(),
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn signed(&mut self, sign: &str, span: Span) -> Parsed<Tree> {
        match sign {
            "." => self.dot(span),
            // Refused by name with the rest of the profile; no function can be called so.
            ".." => {
                let kind = Kind::Call { name: "..".to_owned(), name_span: span, arguments: Vec::new() };
                self.leaf(kind, span)
            }
            "(" => self.parentheses(span),
            "[" => self.array(),
            "{" => self.object(),
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn leaf(&mut self, kind: Kind, span: Span) -> Parsed<Tree> {
        self.advance();
        self.tree(kind, span, 0)
    }

    /// `.` alone, or in front of a step that reads it.
    fn dot(&mut self, span: Span) -> Parsed<Tree> {
        if !self.is_text_ahead(1) {
            self.advance();
            let is_glued = self.here().start == span.end;
            let is_wrong = match self.peek().map(|token| &token.kind) {
                Some(TokenKind::Variable | TokenKind::Number | TokenKind::Stray) => is_glued,
                Some(TokenKind::Sign(sign)) => is_glued && matches!(*sign, "(" | "{" | "$"),
                Some(TokenKind::Name) => true,
                _ => false,
            };
            if is_wrong {
                return Err(self.unexpected("the name of a field, a text or `[` behind `.`"));
            }
        }
        self.tree(Kind::Identity, span, 0)
    }

    /// Whether a text, maybe with a format, begins so many tokens ahead.
    fn is_text_ahead(&self, count: usize) -> bool {
        let kind = |count: usize| self.ahead(count).map(|token| &token.kind);
        match kind(count) {
            Some(TokenKind::TextStart) => true,
            Some(TokenKind::Format) => kind(count + 1) == Some(&TokenKind::TextStart),
            _ => false,
        }
    }

    pub(super) fn parentheses(&mut self, start: Span) -> Parsed<Tree> {
        self.advance();
        let mut inner = self.query()?;
        self.close(")")?;
        let span = start.to(self.behind());
        inner.expr.span = span;
        inner.has_parentheses = true;
        Ok(inner)
    }

    fn name(&mut self, name_span: Span) -> Parsed<Tree> {
        let name = name_span.text(self.source).to_owned();
        if self.is_ahead(1, "(") {
            return self.call(name, name_span);
        }
        let kind = match name.as_str() {
            "null" => Kind::Null,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            _ => Kind::Call { name, name_span, arguments: Vec::new() },
        };
        self.leaf(kind, name_span)
    }

    /// The pieces of a text; constant ones make one text whatever the format.
    pub(super) fn text(&mut self, format: Option<String>, start: Span) -> Parsed<Tree> {
        self.advance();
        let mut parts: Vec<Part> = Vec::new();
        let mut height = 0;
        loop {
            let Some(token) = self.peek() else { return Err(Failed) };
            match &token.kind {
                TokenKind::TextPart(piece) => {
                    let piece = piece.clone();
                    parts.push(Part::Text(piece));
                    self.advance();
                }
                TokenKind::InterpolationStart => {
                    self.advance();
                    let inner = self.query()?;
                    height = height.max(inner.height);
                    parts.push(Part::Expr(*inner.expr));
                    if !self.at_kind(&TokenKind::InterpolationEnd) {
                        return Err(self.unexpected("an operator or `)`"));
                    }
                    self.advance();
                }
                _ => break,
            }
        }
        let span = start.to(self.here());
        let kind = match parts.as_slice() {
            [] => Kind::Text(String::new()),
            [Part::Text(text)] => Kind::Text(text.clone()),
            _ => Kind::Interpolation { format, parts },
        };
        self.advance();
        self.tree(kind, span, height)
    }

    fn climb(&mut self, base: Tree) -> Parsed<Tree> {
        let mut climb = Climb { height: base.height, base, steps: Vec::new() };
        loop {
            let Some(token) = self.peek() else { return Err(Failed) };
            let span = token.span;
            match token.kind {
                TokenKind::Field => {
                    let name = self.take_name();
                    climb.steps.push(Step { kind: StepKind::Field(name), optional: false, span });
                }
                TokenKind::Sign("[") => self.bracket(&mut climb, span)?,
                TokenKind::Sign(".") if self.is_ahead(1, "[") => {
                    self.advance();
                    self.bracket(&mut climb, span)?;
                }
                TokenKind::Sign(".") if self.is_text_ahead(1) => self.quoted_field(&mut climb, span)?,
                TokenKind::Sign(".") => {
                    self.advance();
                    return Err(self.unexpected("the name of a field, a text or `[` behind `.`"));
                }
                TokenKind::Sign("?") => match climb.steps.last_mut() {
                    Some(step) if !step.optional => {
                        step.optional = true;
                        self.advance();
                    }
                    _ => climb = self.suppress(climb)?,
                },
                _ => return self.summit(climb),
            }
        }
    }

    /// The path of all steps so far.
    fn summit(&mut self, climb: Climb) -> Parsed<Tree> {
        if climb.steps.is_empty() {
            return Ok(climb.base);
        }
        let span = climb.base.expr.span.to(self.behind());
        self.tree(Kind::Path(climb.base.expr, climb.steps), span, climb.height)
    }

    /// A `?` behind what is no step, or a second one behind a step.
    fn suppress(&mut self, climb: Climb) -> Parsed<Climb> {
        let body = self.summit(climb)?;
        self.advance();
        let span = body.expr.span.to(self.behind());
        let base = self.tree(Kind::Try { body: body.expr, handler: None }, span, body.height)?;
        Ok(Climb { height: base.height, base, steps: Vec::new() })
    }

    /// `."name"`, `."a\(1)"`.
    fn quoted_field(&mut self, climb: &mut Climb, dot: Span) -> Parsed<()> {
        self.advance();
        let start = self.here();
        let format = (!self.at_kind(&TokenKind::TextStart)).then(|| self.take_name());
        let name = self.text(format, start)?;
        climb.height = climb.height.max(name.height);
        let span = dot.to(name.expr.span);
        climb.steps.push(Step { kind: index(*name.expr), optional: false, span });
        Ok(())
    }

    /// `[]`, `[index]`, `[from:to]`; the opening bracket is next.
    fn bracket(&mut self, climb: &mut Climb, start: Span) -> Parsed<()> {
        self.advance();
        let kind = if self.at("]") {
            StepKind::Iterate
        } else {
            let from = if self.at(":") { None } else { Some(self.bracketed(climb)?) };
            match from {
                Some(from) if !self.at(":") => index(from),
                from => {
                    self.advance();
                    let to = if from.is_some() && self.at("]") { None } else { Some(self.bracketed(climb)?) };
                    StepKind::Slice(from.map(Box::new), to.map(Box::new))
                }
            }
        };
        self.close("]")?;
        let span = start.to(self.behind());
        climb.steps.push(Step { kind, optional: false, span });
        Ok(())
    }

    fn bracketed(&mut self, climb: &mut Climb) -> Parsed<Expr> {
        let tree = self.query()?;
        climb.height = climb.height.max(tree.height);
        Ok(*tree.expr)
    }
}

fn index(key: Expr) -> StepKind {
    match key.kind {
        Kind::Text(name) => StepKind::Field(name),
        kind => StepKind::Index(Box::new(Expr { kind, ..key })),
    }
}

/// A number as JSON writes it: `.5` is `0.5`, `1.` is `1`, `007` is `7`. All digits are kept.
fn number(text: &str) -> String {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => text.split_at_checked(at).unwrap_or((text, "")),
        None => (text, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{whole}{point}{fraction}{exponent}")
}
