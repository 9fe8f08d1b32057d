//! From a tree to a program that is ready to run: every name resolved, constants folded, patterns of
//! texts compiled. What the program does with a value stands in `evaluate.rs`.

use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::Value as Json;

use crate::ast::Expr;
use crate::budget::Budget;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::evaluate;
use crate::syntax;

mod call;
mod lower;
mod names;
pub(crate) mod node;
pub(crate) mod pattern;

use node::Node;

/// An expression that is ready to run, as often as wanted and from any thread.
#[derive(Debug)]
pub struct Program {
    source: String,
    pub(crate) root: Node,
    /// Variables given at each run; they have the first slots.
    pub(crate) given: usize,
    /// Slots of all variables.
    pub(crate) slots: usize,
}

impl Program {
    /// Reads an expression and resolves its names. `variables` are the names, without `$`, of the
    /// variables that every run gives, in their order.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the text.
    pub fn compile(source: &str, variables: &[&str]) -> Result<Program, Vec<Diagnostic>> {
        Program::from_expr(source, &syntax::parse(source)?, variables)
    }

    /// The same from a tree that was read from `source` before.
    ///
    /// # Errors
    /// Everything that is wrong with its names, in the order of the text.
    pub fn from_expr(source: &str, expr: &Expr, variables: &[&str]) -> Result<Program, Vec<Diagnostic>> {
        let (root, slots) = lower::lower(source, expr, variables)?;
        Ok(Program { source: source.to_owned(), root, given: variables.len(), slots })
    }

    /// The expression's text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// All values that come out, in their order. `variables` are the values of the variables named when
    /// it was compiled; missing ones are `null`.
    ///
    /// # Errors
    /// `E-EXPR-FAILED` with line and column where the expression fails on this input, `E-EXPR-LIMIT`
    /// where the budget does not suffice.
    pub fn run(&self, input: &Json, variables: &[&Json], budget: Budget) -> Result<Vec<Json>, Fault> {
        let mut all = Vec::new();
        self.each(input, variables, budget, &mut |output| all.push(output))?;
        Ok(all)
    }

    /// Hands every value to `out` as soon as it comes out.
    ///
    /// # Errors
    /// As [`run`](Self::run); what came out before has been handed over.
    pub fn each(
        &self,
        input: &Json,
        variables: &[&Json],
        budget: Budget,
        out: &mut dyn FnMut(Json),
    ) -> Result<(), Fault> {
        let ended = evaluate::outputs(self, input, variables, budget, |output| {
            out(output);
            Ok(())
        });
        ended.map_err(|error| error.fault(&self.source))
    }

    /// The one value that comes out.
    ///
    /// # Errors
    /// As [`run`](Self::run), and `E-MAP-COUNT` where nothing or more than one value comes out.
    pub fn one(&self, input: &Json, variables: &[&Json], budget: Budget) -> Result<Json, Fault> {
        let mut only = None;
        let mut more = false;
        let ended = evaluate::outputs(self, input, variables, budget, |output| {
            if only.is_some() {
                more = true;
                // Nothing that comes after the second value can make it one.
                return Err(Error::Break(usize::MAX));
            }
            only = Some(output);
            Ok(())
        });
        match (ended, only) {
            (Ok(()), Some(output)) => Ok(output),
            (Ok(()), None) => Err(self
                .count("the expression gives no value where one is needed")
                .with_hint("give a default, for example `… // null`")),
            (Err(_), _) if more => Err(self
                .count("the expression gives more than one value where one is needed")
                .with_hint("put them into a list, `[…]`, or take one, `first(…)`")),
            (Err(error), _) => Err(error.fault(&self.source)),
        }
    }

    /// Whether the one value that comes out counts as true: everything but `null` and `false` does.
    ///
    /// # Errors
    /// As [`one`](Self::one).
    pub fn truth(&self, input: &Json, variables: &[&Json], budget: Budget) -> Result<bool, Fault> {
        let output = self.one(input, variables, budget)?;
        Ok(!matches!(output, Json::Null | Json::Bool(false)))
    }

    fn count(&self, message: &str) -> Fault {
        let (line, column) = self.root.span.place(&self.source);
        let at = nave_model::At { line: Some(line), column: Some(column), ..nave_model::At::default() };
        Fault::new(codes::MAPPING_COUNT, message).with_at(at)
    }
}

#[cfg(test)]
mod tests;
