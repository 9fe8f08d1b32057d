//! What a check found, up to a number that is still read.

use nave_model::{At, Problem};

use crate::flow::Expression;

/// Problems of one sort that are kept; who has so many reads no further.
const MOST: usize = 5_000;

/// Errors and warnings.
#[derive(Debug, Default)]
pub(super) struct Found {
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Found {
    pub(super) fn error(&mut self, problem: Problem) {
        if self.errors.len() < MOST {
            self.errors.push(problem);
        }
    }

    pub(super) fn warning(&mut self, problem: Problem) {
        if self.warnings.len() < MOST {
            self.warnings.push(problem);
        }
    }

    /// What the expression checker says, at its place in the file.
    pub(super) fn diagnostics(&mut self, expression: &Expression, diagnostics: &[nave_expr::Diagnostic]) {
        for diagnostic in diagnostics {
            let problem = crate::expression::problem(expression, diagnostic);
            if diagnostic.is_warning { self.warning(problem) } else { self.error(problem) }
        }
    }

    /// Errors and warnings in the order of the file, each once.
    pub(super) fn sorted(self) -> (Vec<Problem>, Vec<Problem>) {
        (sorted(self.errors), sorted(self.warnings))
    }
}

/// Problems in the order of the file, each once.
pub(super) fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| order(a).cmp(&order(b)));
    problems.dedup();
    problems
}

fn order(problem: &Problem) -> (Option<&str>, Option<u32>, Option<u32>, &'static str, &str) {
    let at = &problem.at;
    (at.file.as_deref(), at.line, at.column, problem.code.name, &problem.message)
}

/// The last part of a place on one line: where `text` stands, if it ends there.
pub(super) fn tail(at: &At, text: &str) -> At {
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    match (at.column, at.width) {
        (Some(column), Some(width)) if width > length => {
            At { column: Some(column.saturating_add(width - length)), width: Some(length), ..at.clone() }
        }
        _ => at.clone(),
    }
}
