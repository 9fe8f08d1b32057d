//! Typed jq: reads expressions, infers the types of what they give from JSON Schemas, checks them against
//! a target, and evaluates them within a budget. Pure: no IO, no clock, no randomness.
//!
//! The way through: [`syntax`] (text → [`ast`]) → [`check`] (tree and types → type and diagnostics) →
//! [`compile`] (tree → program) → [`evaluate`] (program and value → values).

pub mod ast;
pub mod budget;
pub mod check;
pub mod compile;
pub mod diagnostic;
pub mod error;
mod evaluate;
pub mod forms;
pub mod functions;
pub mod span;
pub mod syntax;
pub mod template;
pub mod types;
pub mod value;

pub use ast::Expr;
pub use budget::Budget;
pub use compile::Program;
pub use diagnostic::Diagnostic;
pub use error::Error;
pub use span::Span;
pub use value::Value;
