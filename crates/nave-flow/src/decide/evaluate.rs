//! Evaluates the expressions of a flow in a run: `.` and the variables in, a value out, or a fault that
//! says where in the flow's file it arose.

use std::sync::Arc;

use nave_expr::Budget;
use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::Value;

use super::fault::{Failure, FaultRecord};
use super::scope::Scope;
use crate::expression::within;
use crate::flow::Expression;

/// The one value of an expression.
pub(super) fn value(
    expression: &Expression,
    input: &Value,
    scope: &Scope<'_>,
) -> Result<Arc<Value>, Failure> {
    let variables = variables(expression, scope)?;
    let given = expression.program.one(input, &variables, Budget::default());
    given.map(Arc::new).map_err(|fault| failure(expression, &fault))
}

/// The one value of an expression as a text: texts as they are, everything else as JSON.
pub(super) fn text(expression: &Expression, input: &Value, scope: &Scope<'_>) -> Result<String, Failure> {
    let given = value(expression, input, scope)?;
    Ok(match given.as_ref() {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// Whether an expression holds: everything but `null` and `false` does.
pub(super) fn truth(expression: &Expression, input: &Value, scope: &Scope<'_>) -> Result<bool, Failure> {
    let variables = variables(expression, scope)?;
    let given = expression.program.truth(input, &variables, Budget::default());
    given.map_err(|fault| failure(expression, &fault))
}

fn variables<'a>(expression: &Expression, scope: &Scope<'a>) -> Result<Vec<&'a Value>, Failure> {
    let mut values = Vec::with_capacity(expression.variables.len());
    for name in &expression.variables {
        let Some(value) = scope.find(name) else {
            let message = format!("`${name}` has no value here");
            let hint = "a step's result is known behind it, in its own block and the blocks inside";
            return Err(failure(expression, &Fault::new(codes::EXPRESSION_FAILED, message).with_hint(hint)));
        };
        values.push(value);
    }
    Ok(values)
}

/// The fault with its place in the flow's file instead of its place in the expression.
fn failure(expression: &Expression, fault: &Fault) -> Failure {
    let mut record = FaultRecord::from(fault);
    record.at = Some(within(expression, fault.at.as_ref()));
    Failure::new(record)
}
