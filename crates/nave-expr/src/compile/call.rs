//! Calls: functions on values, forms, and patterns of texts, which must be written out so that they are
//! compiled once and run in time that grows with the text alone.

use nave_model::fault::codes;
use serde_json::Value as Json;

use crate::ast::Expr;
use crate::compile::lower::{Lowering, constant, make};
use crate::compile::names;
use crate::compile::node::{Node, Op};
use crate::compile::pattern::{self, Matcher};
use crate::diagnostic::Diagnostic;
use crate::forms::{self, Form, Primitive};
use crate::functions;
use crate::span::Span;

impl Lowering<'_> {
    /// A call; `whole` is the path that takes fields of what it gives, if there is one.
    pub(super) fn call(
        &mut self,
        name: &str,
        name_span: Span,
        arguments: &[Expr],
        span: Span,
        whole: Option<Span>,
    ) -> Node {
        match forms::form(name, arguments.len()) {
            Some(Form::Sugar(meant)) => return self.node(&meant(span, arguments)),
            Some(Form::Primitive(primitive)) => {
                let arguments = arguments.iter().map(|argument| self.node(argument)).collect();
                return make(self.primitive(primitive, arguments, span), span);
            }
            None => {}
        }
        let lowered: Vec<Node> = arguments.iter().map(|argument| self.node(argument)).collect();
        if let Some(function) = functions::find(name, lowered.len()) {
            return make(Op::Function(function, lowered), span);
        }
        let text = whole.map_or(name, |whole| self.text(whole));
        let unknown = names::unknown_function(name, lowered.len(), whole.is_some(), name_span, text);
        self.diagnostics.push(unknown);
        make(Op::Identity, span)
    }

    fn primitive(&mut self, primitive: Primitive, mut arguments: Vec<Node>, span: Span) -> Op {
        // Where flags may stand, and where a replacement stands.
        let (flags, replacement) = match primitive {
            Primitive::Test | Primitive::Match | Primitive::Capture => (1, None),
            Primitive::Scan | Primitive::Split | Primitive::Splits => (1, None),
            Primitive::Sub | Primitive::SubAll => (2, Some(1)),
            _ => return Op::Primitive(primitive, self.label(), arguments),
        };
        let matcher = self.matcher(primitive, arguments.first(), arguments.get(flags), span);
        let replacement = replacement.map(|position| Box::new(arguments.swap_remove(position)));
        match matcher {
            Some(matcher) => Op::Match(primitive, Box::new(matcher), replacement),
            None => Op::Identity,
        }
    }

    fn matcher(
        &mut self,
        primitive: Primitive,
        pattern: Option<&Node>,
        flags: Option<&Node>,
        span: Span,
    ) -> Option<Matcher> {
        let (text, listed) = match pattern.and_then(constant) {
            Some(Json::String(text)) => (text.clone(), None),
            Some(Json::Array(list)) if flags.is_none() => match list.as_slice() {
                [Json::String(text)] => (text.clone(), None),
                [Json::String(text), flags, ..] => (text.clone(), Some(flags)),
                _ => return self.refuse_pattern(pattern.map_or(span, |node| node.span)),
            },
            _ => return self.refuse_pattern(pattern.map_or(span, |node| node.span)),
        };
        let written = match flags {
            None => listed,
            Some(flags) => match constant(flags) {
                Some(flags) => Some(flags),
                None => return self.refuse_pattern(flags.span),
            },
        };
        let written = match written {
            None | Some(Json::Null) => "",
            Some(Json::String(flags)) => flags,
            Some(_) => return self.refuse_pattern(flags.map_or(span, |node| node.span)),
        };
        let is_global =
            matches!(primitive, Primitive::Scan | Primitive::Split | Primitive::Splits | Primitive::SubAll);
        match pattern::compile(&text, written, is_global) {
            Ok(matcher) => Some(matcher),
            Err(wrong) => {
                let at = pattern.map_or(span, |node| node.span);
                self.diagnostics.push(Diagnostic::error(wrong.code, at, wrong.message).hint(wrong.hint));
                None
            }
        }
    }

    fn refuse_pattern(&mut self, span: Span) -> Option<Matcher> {
        let message = "a pattern and its flags must be written out as texts";
        let hint = "for a text that is only known when it runs, use `contains`, `startswith`, `split(text)` or `index`";
        self.diagnostics
            .push(Diagnostic::error(codes::EXPRESSION_PROFILE, span, message).hint(hint.to_owned()));
        None
    }
}
