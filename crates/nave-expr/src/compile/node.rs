//! What a program is made of: the tree, lowered. Variables are slots, labels are numbers, functions are
//! found, and every node knows whether it gives exactly one value, so that most of them need no stream.

use serde_json::Value as Json;

use crate::ast::{Assignment, Operator};
use crate::compile::pattern::Matcher;
use crate::forms::Primitive;
use crate::functions::Function;
use crate::span::Span;

/// A part of a program.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) span: Span,
    /// Whether it gives exactly one value or fails.
    pub(crate) is_single: bool,
}

#[derive(Debug)]
pub(crate) enum Op {
    Identity,
    Constant(Json),
    Variable(usize),
    /// `.a.b.c`
    Fields(Vec<String>),
    /// A base, or the input, and what is taken from it.
    Path(Option<Box<Node>>, Vec<Access>),
    /// A text made of parts, each as text or in a format.
    Interpolation(Option<Format>, Vec<Piece>),
    Format(Format),
    Array(Option<Box<Node>>),
    /// An object of constant keys and single values.
    Record(Vec<(String, Node)>),
    /// An object of keys and values of any number.
    Object(Vec<(Node, Node)>),
    Negate(Box<Node>),
    Pipe(Vec<Node>),
    Comma(Vec<Node>),
    /// Arithmetic and comparison.
    Binary(Operator, Box<(Node, Node)>),
    And(Box<(Node, Node)>),
    Or(Box<(Node, Node)>),
    Alternative(Box<(Node, Node)>),
    Assign(Assignment, Box<(Node, Node)>),
    Bind(Box<Bind>),
    Reduce(Box<Fold>),
    Foreach(Box<Fold>),
    If(Vec<(Node, Node)>, Option<Box<Node>>),
    Try(Box<Node>, Option<Box<Node>>),
    Label(usize, Box<Node>),
    Break(usize),
    /// A function on values.
    Function(&'static Function, Vec<Node>),
    /// A primitive form; the number is a label of its own, to leave its argument early.
    Primitive(Primitive, usize, Vec<Node>),
    /// A function of a compiled pattern, its flags included, and what it replaces matches with.
    Match(Primitive, Box<Matcher>, Option<Box<Node>>),
}

/// A step of a path.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) kind: AccessKind,
    pub(crate) is_optional: bool,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum AccessKind {
    Field(String),
    Index(Node),
    Slice(Option<Node>, Option<Node>),
    Iterate,
}

/// A part of a text.
#[derive(Debug)]
pub(crate) enum Piece {
    Text(String),
    Node(Node),
}

/// How a value becomes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Csv,
    Tsv,
    Html,
    Uri,
    UriDecode,
    Shell,
    Base64,
    Base64Decode,
}

/// All formats by their names in a program.
pub(crate) const FORMATS: &[(&str, Format)] = &[
    ("text", Format::Text),
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("html", Format::Html),
    ("uri", Format::Uri),
    ("urid", Format::UriDecode),
    ("sh", Format::Shell),
    ("base64", Format::Base64),
    ("base64d", Format::Base64Decode),
];

/// `source as patterns | body`
#[derive(Debug)]
pub(crate) struct Bind {
    pub(crate) source: Node,
    pub(crate) patterns: Vec<Pattern>,
    /// Slots of all variables of all patterns: those that a pattern leaves alone are `null`.
    pub(crate) slots: Vec<usize>,
    pub(crate) body: Node,
}

/// `reduce` and `foreach`.
#[derive(Debug)]
pub(crate) struct Fold {
    pub(crate) source: Node,
    pub(crate) pattern: Pattern,
    pub(crate) init: Node,
    pub(crate) update: Node,
    pub(crate) extract: Option<Node>,
}

#[derive(Debug)]
pub(crate) enum Pattern {
    Variable(usize),
    Array(Vec<Pattern>),
    /// Key, the slot that the value under it is bound to, and what it is taken apart by.
    Object(Vec<(Node, Option<usize>, Option<Pattern>)>),
}

impl Pattern {
    /// Whether it binds one value to each variable, rather than one for each of several keys.
    pub(crate) fn is_single(&self) -> bool {
        match self {
            Pattern::Variable(_) => true,
            Pattern::Array(patterns) => patterns.iter().all(Pattern::is_single),
            Pattern::Object(entries) => entries
                .iter()
                .all(|(key, _, pattern)| key.is_single && pattern.as_ref().is_none_or(Pattern::is_single)),
        }
    }
}

impl Op {
    /// Whether it gives exactly one value or fails.
    pub(crate) fn is_single(&self) -> bool {
        let all = |nodes: &[Node]| nodes.iter().all(|node| node.is_single);
        match self {
            Op::Identity
            | Op::Constant(_)
            | Op::Variable(_)
            | Op::Fields(_)
            | Op::Format(_)
            | Op::Array(_)
            | Op::Record(_) => true,
            Op::Path(base, accesses) => {
                base.as_ref().is_none_or(|base| base.is_single) && accesses.iter().all(Access::is_single)
            }
            Op::Interpolation(_, pieces) => pieces
                .iter()
                .all(|piece| matches!(piece, Piece::Text(_) | Piece::Node(Node { is_single: true, .. }))),
            Op::Object(entries) => entries.iter().all(|(key, value)| key.is_single && value.is_single),
            Op::Negate(node) => node.is_single,
            Op::Pipe(stages) => all(stages),
            Op::Binary(_, sides) | Op::And(sides) | Op::Or(sides) | Op::Alternative(sides) => {
                sides.0.is_single && sides.1.is_single
            }
            Op::Assign(Assignment::Update, _) => true,
            Op::Assign(_, sides) => sides.1.is_single,
            Op::Bind(bind) => {
                let is_plain = matches!(bind.patterns.as_slice(), [pattern] if pattern.is_single());
                is_plain && bind.source.is_single && bind.body.is_single
            }
            Op::Reduce(fold) => fold.init.is_single,
            Op::If(branches, otherwise) => {
                let are_single =
                    branches.iter().all(|(condition, then)| condition.is_single && then.is_single);
                are_single && otherwise.as_ref().is_none_or(|otherwise| otherwise.is_single)
            }
            Op::Function(_, arguments) => all(arguments),
            Op::Primitive(primitive, _, arguments) => is_single_primitive(*primitive, arguments),
            Op::Match(primitive, ..) => matches!(primitive, Primitive::Test | Primitive::Split),
            Op::Comma(_) | Op::Foreach(_) | Op::Try(..) | Op::Label(..) | Op::Break(_) => false,
        }
    }
}

impl Access {
    fn is_single(&self) -> bool {
        let single = |node: &Option<Node>| node.as_ref().is_none_or(|node| node.is_single);
        !self.is_optional
            && match &self.kind {
                AccessKind::Field(_) => true,
                AccessKind::Index(key) => key.is_single,
                AccessKind::Slice(from, to) => single(from) && single(to),
                AccessKind::Iterate => false,
            }
    }
}

fn is_single_primitive(primitive: Primitive, arguments: &[Node]) -> bool {
    match primitive {
        Primitive::IsEmpty
        | Primitive::Any
        | Primitive::All
        | Primitive::SortBy
        | Primitive::GroupBy
        | Primitive::UniqueBy
        | Primitive::MinBy
        | Primitive::MaxBy => true,
        Primitive::GetPath | Primitive::SetPath | Primitive::DeletePaths | Primitive::Format => {
            arguments.iter().all(|argument| argument.is_single)
        }
        _ => false,
    }
}
