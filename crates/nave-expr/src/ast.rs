//! An expression as it is written: the tree the parser makes, the checker types and the compiler
//! lowers. Every node knows where it stands.

use crate::span::Span;

/// One expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is. Precedence and parentheses are gone; order is as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `.`
    Identity,
    /// `null`, `true`, `false`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number as written, for example `1.10`.
    Number(String),
    /// A text without interpolation, escapes resolved.
    Text(String),
    /// `"… \( … ) …"`, or `@format "… \( … ) …"`.
    Interpolation {
        /// The format's name without `@`; `None`: as text.
        format: Option<String>,
        /// Texts and expressions in turn.
        parts: Vec<Part>,
    },
    /// `@base64` and the like, applied to the input; the name without `@`.
    Format(String),
    /// `[ … ]`; `None`: `[]`.
    Array(Option<Box<Expr>>),
    /// `{ … }`.
    Object(Vec<Entry>),
    /// `-a`.
    Negate(Box<Expr>),
    /// `a | b`.
    Pipe(Box<Expr>, Box<Expr>),
    /// `a, b`.
    Comma(Box<Expr>, Box<Expr>),
    /// `a + b` and the like.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `path = value` and the like.
    Assign(Assignment, Box<Expr>, Box<Expr>),
    /// `base.a[0]?`: at least one step. A path without a written base has `Identity`.
    Path(Box<Expr>, Vec<Step>),
    /// `source as pattern ?// pattern | body`.
    Bind {
        /// What is bound, value by value.
        source: Box<Expr>,
        /// At least one; further ones are `?//` alternatives.
        patterns: Vec<Pattern>,
        /// What is evaluated for each.
        body: Box<Expr>,
    },
    /// `reduce source as pattern (init; update)`.
    Reduce {
        /// The values.
        source: Box<Expr>,
        /// What each is bound to.
        pattern: Pattern,
        /// First state.
        init: Box<Expr>,
        /// Next state, from the state before.
        update: Box<Expr>,
    },
    /// `foreach source as pattern (init; update; extract)`.
    Foreach {
        /// The values.
        source: Box<Expr>,
        /// What each is bound to.
        pattern: Pattern,
        /// First state.
        init: Box<Expr>,
        /// Next state, from the state before.
        update: Box<Expr>,
        /// What is given for each state; `None`: the state.
        extract: Option<Box<Expr>>,
    },
    /// `if … then … elif … then … else … end`.
    If {
        /// Conditions with what they lead to; at least one.
        branches: Vec<(Expr, Expr)>,
        /// `else`; `None`: the input.
        otherwise: Option<Box<Expr>>,
    },
    /// `try body catch handler`, and `body?` without a handler.
    Try {
        /// What may fail.
        body: Box<Expr>,
        /// What happens then; `None`: nothing comes out.
        handler: Option<Box<Expr>>,
    },
    /// `label $name | body`.
    Label {
        /// Name without `$`.
        name: String,
        /// What may break out.
        body: Box<Expr>,
    },
    /// `break $name`.
    Break(String),
    /// `$name`, and `$__loc__`. Dotted steps behind it are a `Path`.
    Variable(String),
    /// `name(a; b)`.
    Call {
        /// The function.
        name: String,
        /// Where the name alone stands.
        name_span: Span,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
}

/// A part of an interpolated text.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// As written, escapes resolved.
    Text(String),
    /// `\( … )`.
    Expr(Expr),
}

/// One `key: value` of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value; `None` for `{name}`, `{"name"}`, `{$name}` and `{@base64 "…"}`, which take it from
    /// the input or the variable.
    pub value: Option<Expr>,
    /// Where key and value stand.
    pub span: Span,
}

/// The key of an object's entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// What it is.
    pub kind: KeyKind,
    /// Where it stands.
    pub span: Span,
}

/// How a key is written.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyKind {
    /// `name`, a keyword, or `"name"` without interpolation.
    Name(String),
    /// `$name`, without `$`.
    Variable(String),
    /// `(expression)` or an interpolated text.
    Expr(Box<Expr>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it selects.
    pub kind: StepKind,
    /// Whether a `?` stands behind it.
    pub optional: bool,
    /// Where it stands.
    pub span: Span,
}

/// What a step of a path selects.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// `.name`, `."name"`, `["name"]`.
    Field(String),
    /// `[expression]`, `."…\(…)…"`: evaluated on the input of the whole path, not on the base.
    Index(Box<Expr>),
    /// `[from:to]`, at least one of them given.
    Slice(Option<Box<Expr>>, Option<Box<Expr>>),
    /// `[]`
    Iterate,
}

/// What a value is bound to.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where it stands.
    pub span: Span,
}

/// How a pattern is written.
#[derive(Debug, Clone, PartialEq)]
pub enum PatternKind {
    /// `$name`, without `$`.
    Variable(String),
    /// `[a, b]`.
    Array(Vec<Pattern>),
    /// `{key: pattern, $name, $name: pattern}`: a key that is a variable is bound too; without a
    /// pattern, nothing else is.
    Object(Vec<(Key, Option<Pattern>)>),
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `and`
    And,
    /// `or`
    Or,
    /// `//`
    Alternative,
}

impl Operator {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::And => "and",
            Operator::Or => "or",
            Operator::Alternative => "//",
        }
    }
}

/// Assignment operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Assignment {
    /// `=`
    Set,
    /// `|=`
    Update,
    /// `+=`, `-=`, `*=`, `/=`, `%=` and `//=`.
    Arithmetic(Operator),
}
