//! A JSONPath query as RFC 9535 defines it. Reading its text is left to [`parse`], evaluating it to
//! [`super::select()`].

use serde_json::Value;

use scan::Scan;

mod parse;
mod scan;

/// A query: from the root (`$`) or the current node (`@`), one segment after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Starts at the current node of a filter.
    pub relative: bool,
    /// The way.
    pub segments: Vec<Segment>,
}

/// One step of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// `..`: from the node and everything below it.
    pub descendant: bool,
    /// What is taken.
    pub selectors: Vec<Selector>,
}

/// What is taken of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Selector {
    /// The member of this name.
    Name(String),
    /// Every member or item.
    Wildcard,
    /// The item at this position; negative counts from the end.
    Index(i64),
    /// Items from, to (exclusive), by step.
    Slice(Option<i64>, Option<i64>, Option<i64>),
    /// Members or items for which this holds.
    Filter(Test),
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Any holds.
    Or(Vec<Test>),
    /// All hold.
    And(Vec<Test>),
    /// It does not hold.
    Not(Box<Test>),
    /// The query selects something.
    Exists(Query),
    /// Two values compare so.
    Compare(Operand, Comparison, Operand),
    /// The text matches the regular expression as a whole, or (`true`) in part.
    Matches(Operand, Operand, bool),
}

/// A value to compare.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A literal.
    Literal(Value),
    /// What a query selects, which is at most one node; `value()` of any query.
    Query(Query),
    /// `length()`.
    Length(Box<Operand>),
    /// `count()`.
    Count(Query),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
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
}

impl Query {
    /// Reads a query that starts at the root.
    ///
    /// # Errors
    /// What is wrong, and at which character.
    pub fn parse(text: &str) -> Result<Query, String> {
        let mut scan = Scan::new(text);
        if !scan.eat("$") {
            return Err("it does not begin with `$`".to_owned());
        }
        let segments = parse::segments(&mut scan, 0)?;
        if scan.is_at_end() {
            return Ok(Query { relative: false, segments });
        }
        Err(scan.unexpected())
    }

    /// Whether it selects at most one node by its form (RFC 9535 section 2.3.5.1).
    fn is_singular(&self) -> bool {
        self.segments.iter().all(|segment| {
            let single = matches!(segment.selectors.as_slice(), [Selector::Name(_) | Selector::Index(_)]);
            single && !segment.descendant
        })
    }
}
