//! Lowers a tree: resolves variables and labels, spells sugar out, folds constants, and finds everything
//! that is wrong with names rather than only the first. Calls stand in `call.rs`.

use nave_model::fault::codes;
use serde_json::Value as Json;

use crate::ast::{self};
use crate::ast::{Entry, Expr, Key, KeyKind, Kind, Operator, Part, PatternKind, Step, StepKind};
use crate::compile::names;
use crate::compile::node::{Access, AccessKind, Bind, FORMATS, Fold, Format, Node, Op, Pattern, Piece};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::value;

/// Levels of expressions inside expressions, spelt-out sugar included.
const LEVELS: usize = 400;

/// A program's root and how many slots its variables need.
pub(super) fn lower(source: &str, expr: &Expr, variables: &[&str]) -> Result<(Node, usize), Vec<Diagnostic>> {
    let scope = variables.iter().enumerate().map(|(slot, name)| ((*name).to_owned(), slot)).collect();
    let mut lowering = Lowering {
        source,
        variables: scope,
        labels: Vec::new(),
        slots: variables.len(),
        next_label: 0,
        level: 0,
        diagnostics: Vec::new(),
    };
    let root = lowering.node(expr);
    if lowering.diagnostics.is_empty() {
        return Ok((root, lowering.slots));
    }
    lowering.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    lowering.diagnostics.dedup();
    Err(lowering.diagnostics)
}

pub(super) struct Lowering<'s> {
    source: &'s str,
    /// Variables that are known here, the innermost last.
    variables: Vec<(String, usize)>,
    labels: Vec<(String, usize)>,
    slots: usize,
    next_label: usize,
    level: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Lowering<'_> {
    pub(super) fn node(&mut self, expr: &Expr) -> Node {
        if self.level >= LEVELS {
            let message = format!("the expression is more than {LEVELS} levels deep");
            self.diagnostics.push(Diagnostic::error(codes::EXPRESSION_LIMIT, expr.span, message));
            return make(Op::Identity, expr.span);
        }
        self.level += 1;
        let node = self.lower(expr);
        self.level -= 1;
        node
    }

    fn lower(&mut self, expr: &Expr) -> Node {
        let span = expr.span;
        let op = match &expr.kind {
            Kind::Identity => Op::Identity,
            Kind::Null => Op::Constant(Json::Null),
            Kind::Bool(value) => Op::Constant(Json::Bool(*value)),
            Kind::Number(text) => number(text),
            Kind::Text(text) => Op::Constant(Json::String(text.clone())),
            Kind::Interpolation { format, parts } => self.interpolation(format.as_deref(), parts, span),
            Kind::Format(name) => self.format(name, span).map_or(Op::Identity, Op::Format),
            Kind::Array(items) => self.array(items.as_deref()),
            Kind::Object(entries) => self.object(entries),
            Kind::Negate(of) => negate(self.node(of)),
            Kind::Pipe(..) => self.pipe(expr),
            Kind::Comma(..) => self.comma(expr),
            Kind::Binary(operator, left, right) => {
                let sides = Box::new((self.node(left), self.node(right)));
                match operator {
                    Operator::And => Op::And(sides),
                    Operator::Or => Op::Or(sides),
                    Operator::Alternative => Op::Alternative(sides),
                    operator => Op::Binary(*operator, sides),
                }
            }
            Kind::Assign(assignment, place, value) => {
                Op::Assign(*assignment, Box::new((self.node(place), self.node(value))))
            }
            Kind::Path(base, steps) => self.path(base, steps, span),
            Kind::Bind { source, patterns, body } => self.bind(source, patterns, body),
            Kind::Reduce { source, pattern, init, update } => {
                Op::Reduce(Box::new(self.fold(source, pattern, [init, update], None)))
            }
            Kind::Foreach { source, pattern, init, update, extract } => {
                Op::Foreach(Box::new(self.fold(source, pattern, [init, update], extract.as_deref())))
            }
            Kind::If { branches, otherwise } => {
                let lower = |(condition, then): &(Expr, Expr)| (self.node(condition), self.node(then));
                let branches = branches.iter().map(lower).collect();
                Op::If(branches, otherwise.as_ref().map(|otherwise| Box::new(self.node(otherwise))))
            }
            Kind::Try { body, handler } => {
                let body = Box::new(self.node(body));
                Op::Try(body, handler.as_ref().map(|handler| Box::new(self.node(handler))))
            }
            Kind::Label { name, body } => {
                let label = self.label();
                self.labels.push((name.clone(), label));
                let body = self.node(body);
                self.labels.pop();
                Op::Label(label, Box::new(body))
            }
            Kind::Break(name) => self.leave(name, span),
            Kind::Variable(name) => self.variable(name, span),
            Kind::Call { name, name_span, arguments } => {
                return self.call(name, *name_span, arguments, span, None);
            }
        };
        make(op, span)
    }

    pub(super) fn label(&mut self) -> usize {
        self.next_label += 1;
        self.next_label
    }

    fn leave(&mut self, name: &str, span: Span) -> Op {
        if let Some((_, label)) = self.labels.iter().rev().find(|(known, _)| known == name) {
            return Op::Break(*label);
        }
        let message = format!("there is no `label ${name}` around this `break`");
        let labels = self.labels.iter().map(|(known, _)| known.as_str());
        let near = nave_model::similar::nearest(name, labels, 1)
            .first()
            .map(|near| format!("did you mean `${near}`?"));
        self.diagnostics.push(Diagnostic::error(codes::EXPRESSION_NAME, span, message).hint(near));
        Op::Identity
    }

    pub(super) fn variable(&mut self, name: &str, span: Span) -> Op {
        if name == "__loc__" {
            let (line, _) = span.place(self.source);
            return Op::Constant(serde_json::json!({"file": "<top-level>", "line": line}));
        }
        if let Some((_, slot)) = self.variables.iter().rev().find(|(known, _)| known == name) {
            return Op::Variable(*slot);
        }
        let known = self.variables.iter().map(|(name, _)| name.as_str());
        self.diagnostics.push(names::unknown_variable(name, known, span));
        Op::Identity
    }

    fn format(&mut self, name: &str, span: Span) -> Option<Format> {
        let found = FORMATS.iter().find(|(known, _)| *known == name);
        if let Some((_, format)) = found {
            return Some(*format);
        }
        let known: Vec<String> = FORMATS.iter().map(|(known, _)| format!("@{known}")).collect();
        let hint = nave_model::similar::did_you_mean(&format!("@{name}"), known.iter().map(String::as_str))
            .unwrap_or_else(|| format!("there is {}", known.join(", ")));
        let message = format!("there is no format `@{name}`");
        self.diagnostics.push(Diagnostic::error(codes::EXPRESSION_NAME, span, message).hint(hint));
        None
    }

    fn interpolation(&mut self, format: Option<&str>, parts: &[Part], span: Span) -> Op {
        let format = format.and_then(|name| self.format(name, span));
        let piece = |part: &Part| match part {
            Part::Text(text) => Piece::Text(text.clone()),
            Part::Expr(expr) => Piece::Node(self.node(expr)),
        };
        Op::Interpolation(format, parts.iter().map(piece).collect())
    }

    fn array(&mut self, items: Option<&Expr>) -> Op {
        let Some(items) = items else { return Op::Constant(Json::Array(Vec::new())) };
        let items = self.node(items);
        let constants = match &items.op {
            Op::Constant(item) => Some(vec![item.clone()]),
            Op::Comma(items) => items.iter().map(|item| constant(item).cloned()).collect(),
            _ => None,
        };
        match constants {
            Some(items) => Op::Constant(Json::Array(items)),
            None => Op::Array(Some(Box::new(items))),
        }
    }

    fn object(&mut self, entries: &[Entry]) -> Op {
        let entries: Vec<(Node, Node)> = entries.iter().map(|entry| self.entry(entry)).collect();
        let name = |key: &Node| match &key.op {
            Op::Constant(Json::String(name)) => Some(name.clone()),
            _ => None,
        };
        let constants = entries.iter().map(|(key, value)| Some((name(key)?, constant(value)?.clone())));
        if let Some(members) = constants.collect::<Option<serde_json::Map<_, _>>>() {
            return Op::Constant(Json::Object(members));
        }
        if !entries.iter().all(|(key, value)| value.is_single && name(key).is_some()) {
            return Op::Object(entries);
        }
        Op::Record(entries.into_iter().filter_map(|(key, value)| Some((name(&key)?, value))).collect())
    }

    fn entry(&mut self, entry: &Entry) -> (Node, Node) {
        let span = entry.key.span;
        let text = |name: &str| make(Op::Constant(Json::String(name.to_owned())), span);
        let (key, implied) = match &entry.key.kind {
            KeyKind::Name(name) => (text(name), Op::Fields(vec![name.clone()])),
            KeyKind::Variable(name) => match &entry.value {
                None => (text(name), self.variable(name, span)),
                Some(_) => (make(self.variable(name, span), span), Op::Identity),
            },
            KeyKind::Expr(expr) => {
                let key = self.node(expr);
                let again = match &entry.value {
                    None => self.node(expr),
                    Some(_) => make(Op::Identity, span),
                };
                let access = Access { kind: AccessKind::Index(again), is_optional: false, span };
                (key, Op::Path(None, vec![access]))
            }
        };
        let value = match &entry.value {
            Some(value) => self.node(value),
            None => make(implied, entry.span),
        };
        (key, value)
    }

    fn pipe(&mut self, expr: &Expr) -> Op {
        let mut stages = Vec::new();
        let mut rest = expr;
        while let Kind::Pipe(from, to) = &rest.kind {
            self.stage(from, &mut stages);
            rest = to;
        }
        self.stage(rest, &mut stages);
        Op::Pipe(stages)
    }

    fn stage(&mut self, expr: &Expr, stages: &mut Vec<Node>) {
        match self.node(expr) {
            Node { op: Op::Pipe(inner), .. } => stages.extend(inner),
            node => stages.push(node),
        }
    }

    /// Lists written out are long chains to the left.
    fn comma(&mut self, expr: &Expr) -> Op {
        let mut parts = Vec::new();
        let mut rest = expr;
        while let Kind::Comma(left, right) = &rest.kind {
            parts.push(right);
            rest = left;
        }
        let mut items = vec![self.node(rest)];
        for part in parts.into_iter().rev() {
            match self.node(part) {
                Node { op: Op::Comma(inner), .. } => items.extend(inner),
                node => items.push(node),
            }
        }
        Op::Comma(items)
    }

    fn path(&mut self, base: &Expr, steps: &[Step], span: Span) -> Op {
        let base = match &base.kind {
            Kind::Identity => None,
            Kind::Call { name, name_span, arguments } => {
                let whole = Some(span);
                Some(self.call(name, *name_span, arguments, base.span, whole))
            }
            _ => Some(self.node(base)),
        };
        let mut accesses = Vec::with_capacity(steps.len());
        for step in steps {
            let mut lower = |expr: &Option<Box<Expr>>| expr.as_ref().map(|expr| self.node(expr));
            let kind = match &step.kind {
                StepKind::Field(name) => AccessKind::Field(name.clone()),
                StepKind::Index(key) => match self.node(key) {
                    Node { op: Op::Constant(Json::String(name)), .. } => AccessKind::Field(name),
                    key => AccessKind::Index(key),
                },
                StepKind::Slice(from, to) => AccessKind::Slice(lower(from), lower(to)),
                StepKind::Iterate => AccessKind::Iterate,
            };
            accesses.push(Access { kind, is_optional: step.optional, span: step.span });
        }
        if base.is_none() {
            let field = |access: &Access| match &access.kind {
                AccessKind::Field(name) if !access.is_optional => Some(name.clone()),
                _ => None,
            };
            if let Some(names) = accesses.iter().map(field).collect() {
                return Op::Fields(names);
            }
        }
        Op::Path(base.map(Box::new), accesses)
    }

    fn bind(&mut self, source: &Expr, patterns: &[ast::Pattern], body: &Expr) -> Op {
        let source = self.node(source);
        let mut bound = Bound { names: Vec::new(), is_shared: patterns.len() > 1 };
        let patterns: Vec<Pattern> =
            patterns.iter().map(|pattern| self.pattern(pattern, &mut bound)).collect();
        let slots = bound.names.iter().map(|(_, slot)| *slot).collect();
        let before = self.variables.len();
        self.variables.append(&mut bound.names);
        let body = self.node(body);
        self.variables.truncate(before);
        Op::Bind(Box::new(Bind { source, patterns, slots, body }))
    }

    fn fold(
        &mut self,
        source: &Expr,
        pattern: &ast::Pattern,
        [init, update]: [&Expr; 2],
        extract: Option<&Expr>,
    ) -> Fold {
        let (source, init) = (self.node(source), self.node(init));
        let mut bound = Bound { names: Vec::new(), is_shared: false };
        let pattern = self.pattern(pattern, &mut bound);
        let before = self.variables.len();
        self.variables.append(&mut bound.names);
        let (update, extract) = (self.node(update), extract.map(|extract| self.node(extract)));
        self.variables.truncate(before);
        Fold { source, pattern, init, update, extract }
    }

    /// Keys do not see the variables of their own pattern. Lists are taken apart from their end, as in
    /// jq, which matters where a name stands twice and where keys give several values.
    fn pattern(&mut self, pattern: &ast::Pattern, bound: &mut Bound) -> Pattern {
        match &pattern.kind {
            PatternKind::Variable(name) => Pattern::Variable(self.declare(name, bound)),
            PatternKind::Array(items) => {
                let mut lowered: Vec<Pattern> =
                    items.iter().rev().map(|item| self.pattern(item, bound)).collect();
                lowered.reverse();
                Pattern::Array(lowered)
            }
            PatternKind::Object(entries) => {
                let mut lowered = Vec::with_capacity(entries.len());
                for (key, inner) in entries {
                    let (key, slot) = self.pattern_key(key, bound);
                    lowered.push((key, slot, inner.as_ref().map(|inner| self.pattern(inner, bound))));
                }
                Pattern::Object(lowered)
            }
        }
    }

    fn pattern_key(&mut self, key: &Key, bound: &mut Bound) -> (Node, Option<usize>) {
        let text = |name: &str| make(Op::Constant(Json::String(name.to_owned())), key.span);
        match &key.kind {
            KeyKind::Name(name) => (text(name), None),
            KeyKind::Variable(name) => (text(name), Some(self.declare(name, bound))),
            KeyKind::Expr(expr) => (self.node(expr), None),
        }
    }

    fn declare(&mut self, name: &str, bound: &mut Bound) -> usize {
        let known = bound.names.iter().find(|(known, _)| known == name).map(|(_, slot)| *slot);
        if let (Some(slot), true) = (known, bound.is_shared) {
            return slot;
        }
        let slot = self.slots;
        self.slots += 1;
        // Of a name that stands twice in one pattern, the first one bound is meant.
        if known.is_none() {
            bound.names.push((name.to_owned(), slot));
        }
        slot
    }

    /// The text a span covers.
    pub(super) fn text(&self, span: Span) -> &str {
        span.text(self.source)
    }
}

/// The variables of a pattern.
struct Bound {
    names: Vec<(String, usize)>,
    /// Whether patterns that are alternatives of each other bind them together.
    is_shared: bool,
}

/// A node of this operation.
pub(super) fn make(op: Op, span: Span) -> Node {
    let is_single = op.is_single();
    Node { op, span, is_single }
}

/// Its value, where it is a constant.
pub(super) fn constant(node: &Node) -> Option<&Json> {
    match &node.op {
        Op::Constant(value) => Some(value),
        _ => None,
    }
}

fn number(text: &str) -> Op {
    let text = value::scientific(text);
    Op::Constant(text.parse().map_or(Json::Null, Json::Number))
}

fn negate(node: Node) -> Op {
    if let Op::Constant(Json::Number(number)) = &node.op {
        return Op::Constant(value::Number::written(number.as_str()).negated().to_json());
    }
    Op::Negate(Box::new(node))
}
