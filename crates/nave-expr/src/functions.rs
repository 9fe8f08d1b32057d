//! The functions an expression may call, in one list. Functions that work on values stand here, a file
//! each or a file for a family of small ones; those that work on filters (`map`, `select`, `limit`) are
//! forms of the language and stand in `forms.rs`.

pub(crate) mod compare;
pub(crate) mod failure;
mod jq;
mod json;
mod letters;
mod own;
mod reference;
mod run;
mod shape;
mod signature;
mod tables;

pub use reference::reference;

use crate::budget::Meter;
use crate::error::Error;
use crate::types::{Complaint, Type};
use crate::value::{Number, Value};

/// A function on values: every combination of its arguments' values gives one value or fails.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name in an expression.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: usize,
    /// What the arguments are called in the documentation, one for each.
    pub parameters: &'static [&'static str],
    /// One sentence for people.
    pub summary: &'static str,
    /// Whether it comes from jq 1.8 (whose manual documents it) or is Nave's own.
    pub is_jq: bool,
    /// Examples; a test runs them all.
    pub examples: &'static [Example],
    /// What it does; [`Function::call`] calls it.
    pub run: Run,
    /// What comes out, by what goes in.
    pub types: Rule,
}

impl Function {
    /// Runs it. Texts that are handed in are charged here, a step for every 64 bytes: functions look through
    /// them, and a long one handed in again and again must not be free.
    ///
    /// # Errors
    /// It fails on these values, or the budget is used up.
    pub fn call<'a>(
        &self,
        meter: &Meter,
        input: &Value<'a>,
        arguments: &[Value<'a>],
    ) -> Result<Value<'a>, Error<'a>> {
        meter.steps(length(input) / 64)?;
        for argument in arguments {
            meter.steps(length(argument) / 64)?;
        }
        (self.run)(meter, input, arguments)
    }
}

/// Bytes of a text, or of a number that keeps its digits.
fn length(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) | Value::Number(Number::Written(text)) => text.as_str().len(),
        _ => 0,
    }
}

/// An example of a function.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The program.
    pub program: &'static str,
    /// Its input, as JSON.
    pub input: &'static str,
    /// What comes out, as JSON; or the message of the failure behind `error: `.
    pub output: &'static str,
}

/// Input and arguments → value.
pub type Run = for<'a, 'm> fn(&'m Meter, &Value<'a>, &[Value<'a>]) -> Result<Value<'a>, Error<'a>>;

/// Types of input and arguments → type of the value, or why it can never work.
pub type Rule = for<'a> fn(&Type<'a>, &[Type<'a>]) -> Result<Typed<'a>, Complaint>;

/// What is known of a call before it is made.
#[derive(Debug, Clone)]
pub struct Typed<'a> {
    /// What comes out where the call does not fail.
    pub output: Type<'a>,
    /// Which of the possible inputs or arguments make it fail, in one sentence: `` `tonumber` fails on
    /// null``. `None`: none that the types tell of; what the content of a text may do is no matter of
    /// types, and of what is unknown the checker speaks elsewhere.
    pub may_fail: Option<String>,
}

impl<'a> From<Type<'a>> for Typed<'a> {
    fn from(output: Type<'a>) -> Self {
        Typed { output, may_fail: None }
    }
}

/// The function of this name and number of arguments.
pub fn find(name: &str, arity: usize) -> Option<&'static Function> {
    all().find(|function| function.name == name && function.arity == arity)
}

/// Whether a function gives something where it makes no sense, by accident of how jq says it: `reverse` of 0
/// is `[]`. Its types refuse that all the same, and nothing follows from its having given something.
pub(crate) fn gives_by_accident(function: &Function) -> bool {
    matches!(function.name, "reverse" | "indices" | "index" | "rindex")
}

/// All functions, family by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().copied().flatten().copied().flatten()
}

/// Every family: one word in `own.rs` or `jq.rs`, one file beside.
const FAMILIES: &[&[&[Function]]] = &[own::FAMILIES, jq::FAMILIES];

#[cfg(test)]
mod tests;
