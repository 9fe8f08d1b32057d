//! Values of a field that no case of a `switch` is for.

use nave_expr::ast::{Expr, Kind, Operator};
use nave_expr::check::infer;
use nave_expr::syntax::print;
use nave_model::Problem;
use nave_model::fault::codes;
use serde_json::Value;

use super::checker::Checker;
use crate::flow::{Block, Case, Step};

/// Values that are listed.
const LISTED: usize = 5;

impl<'w> Checker<'w, '_> {
    /// Warns where all cases compare one field with constants, and leave some of its values out.
    pub(super) fn uncovered(&mut self, step: &'w Step, cases: &'w [Case], otherwise: Option<&Block>) {
        if otherwise.is_some() {
            return;
        }
        let mut compared: Option<(String, &'w Expr, &'w Case)> = None;
        let mut constants: Vec<Value> = Vec::new();
        for case in cases {
            let mut found = Vec::new();
            if !comparisons(&case.when.tree, &mut found) {
                return;
            }
            for (path, constant) in found {
                let shown = print(path);
                match &compared {
                    None => compared = Some((shown, path, case)),
                    Some((known, ..)) if *known == shown => {}
                    Some(_) => return,
                }
                constants.push(constant);
            }
        }
        let Some((shown, path, case)) = compared else { return };
        let ty = infer(path, &self.sight.scope(&case.when)).ty;
        let Some(values) = ty.constants() else { return };
        let left: Vec<String> = values
            .iter()
            .filter(|value| !constants.contains(value))
            .map(|value| format!("`{value}`"))
            .collect();
        if left.is_empty() {
            return;
        }
        let mut listed = left.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
        if left.len() > LISTED {
            listed.push_str(&format!(" and {} more", left.len() - LISTED));
        }
        let message = format!("no case of `{}` is for {listed} of `{shown}`", step.name);
        let at = super::found::tail(&step.at, "switch");
        let hint = "nothing happens then; add a case, or an `else`";
        self.warning(Problem::new(codes::FLOW_COVERAGE, at, message).hint(hint));
    }
}

/// `path == constant`, one or several with `or` between; false: it is something else.
fn comparisons<'e>(condition: &'e Expr, found: &mut Vec<(&'e Expr, Value)>) -> bool {
    match &condition.kind {
        Kind::Binary(Operator::Or, left, right) => comparisons(left, found) && comparisons(right, found),
        Kind::Binary(Operator::Equal, left, right) => {
            let sides = match (constant(left), constant(right)) {
                (None, Some(value)) => (left, value),
                (Some(value), None) => (right, value),
                _ => return false,
            };
            let is_path = matches!(sides.0.kind, Kind::Path(..) | Kind::Variable(_) | Kind::Identity);
            if is_path {
                found.push((sides.0, sides.1));
            }
            is_path
        }
        _ => false,
    }
}

fn constant(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        Kind::Null => Some(Value::Null),
        Kind::Bool(value) => Some(Value::Bool(*value)),
        Kind::Text(text) => Some(Value::String(text.clone())),
        Kind::Number(number) => serde_json::from_str(number).ok(),
        _ => None,
    }
}
