//! Comparisons in a rule that protects, with a value that may be missing: null is less than every number,
//! so the rule would silently not be for the call.

use nave_expr::Expr;
use nave_expr::ast::{Kind, Operator};
use nave_expr::check::{Scope, infer};
use nave_expr::syntax::walk::everything;
use nave_model::fault::codes;

use crate::finding::Finding;

/// A warning for every path that is compared by size and may be null, unless the condition also asks
/// whether it is null.
pub(super) fn missing(pointer: &str, source: &str, expr: &Expr, scope: &Scope<'_>) -> Vec<Finding> {
    let mut compared: Vec<&Expr> = Vec::new();
    let mut asked: Vec<&str> = Vec::new();
    everything(expr, &mut |one| {
        let Kind::Binary(operator, left, right) = &one.kind else { return };
        let sides = [left.as_ref(), right.as_ref()];
        let has_null = sides.iter().any(|side| matches!(side.kind, Kind::Null));
        for side in sides.into_iter().filter(|side| matches!(side.kind, Kind::Path(..))) {
            match operator {
                Operator::Equal | Operator::NotEqual if has_null => asked.push(side.span.text(source)),
                Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                    compared.push(side);
                }
                _ => {}
            }
        }
    });
    let is_open = |one: &&&Expr| !asked.contains(&one.span.text(source)) && infer(one, scope).ty.null;
    let warn = |one: &Expr| {
        let path = one.span.text(source);
        let message = format!("`{path}` may be missing, and then the rule is not for the call");
        let hint = format!("say what a missing value means: `({path} // 0)`, or `{path} == null or …`");
        let finding = Finding::new(codes::MAPPING_NULL, pointer, message).hint(hint);
        Finding { span: Some(one.span), ..finding.warning() }
    };
    compared.iter().filter(is_open).map(|one| warn(one)).collect()
}
