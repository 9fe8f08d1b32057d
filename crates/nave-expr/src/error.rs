//! What goes wrong while an expression is evaluated, as the code that raises it says it.

use nave_model::fault::codes;
use nave_model::{At, Fault};

use crate::span::Span;
use crate::value::Value;

/// Why an evaluation ended.
#[derive(Debug, Clone)]
pub enum Error<'a> {
    /// The expression failed on this value; `try` catches it. The value is what a handler is given: for
    /// failures of functions and operators a text, for `error(value)` that value.
    Raised {
        /// What was raised.
        value: Value<'a>,
        /// The part of the expression that failed, once it is known.
        span: Option<Span>,
    },
    /// The budget is used up; nothing catches it.
    Limit {
        /// What there was too much of, for example `steps`.
        what: &'static str,
        /// How much is allowed.
        most: u64,
    },
    /// `break $label`, on its way to its label; nothing else catches it.
    Break(usize),
    /// Raised by what stands behind a `try`, which must not catch it, on its way past it.
    Passing(Box<Error<'a>>),
}

impl<'a> Error<'a> {
    /// A failure with a message; whoever calls the function adds the span.
    pub fn new(message: impl Into<String>) -> Self {
        Error::Raised { value: Value::text(message.into()), span: None }
    }

    /// The same error with a place, unless it has one.
    #[must_use]
    pub fn at(mut self, place: Span) -> Self {
        if let Error::Raised { span, .. } = &mut self {
            span.get_or_insert(place);
        }
        self
    }

    /// As a fault, with line and column in the expression's text.
    pub fn fault(&self, source: &str) -> Fault {
        match self {
            Error::Limit { what, most } => {
                let message = format!("the expression needs more than {most} {what}");
                Fault::new(codes::EXPRESSION_LIMIT, message)
                    .with_hint("work on fewer or smaller values, for example page by page")
            }
            Error::Passing(error) => error.fault(source),
            Error::Break(_) => Fault::new(codes::INTERNAL, "a `break` left its `label`"),
            Error::Raised { value, span } => {
                let message = match value {
                    Value::Text(text) => text.as_str().to_owned(),
                    other => format!("the expression raised {}", other.to_json()),
                };
                let fault = Fault::new(codes::EXPRESSION_FAILED, message);
                match span {
                    None => fault,
                    Some(span) => {
                        let (line, column) = span.place(source);
                        let width = u32::try_from(span.text(source).chars().count()).ok();
                        fault.with_at(At { line: Some(line), column: Some(column), width, ..At::default() })
                    }
                }
            }
        }
    }
}
