//! Whether policies fit the operations they name: conditions typed by the arguments of every operation a
//! rule is for, rules that can never match, and rules that contradict each other.

use indexmap::IndexMap;
use nave_expr::check::{Inferred, Presence, Scope, Variable};
use nave_expr::types::Type;
use nave_model::fault::codes;

use crate::document::{AmountCap, Cap, Document, Several};
use crate::finding::{Finding, at};
use crate::rules::{Answer, Checked, Policy};
use crate::selector::OperationFacts;

mod missing;
mod overlap;
mod simple;
mod variables;

pub use overlap::contradictions;

/// The most operations a condition is typed for; a rule for more of them reads what all have.
const MOST_OPERATIONS: usize = 400;

/// An operation of the project.
pub struct Known<'a> {
    /// What rules see of it.
    pub facts: OperationFacts,
    /// The type of its arguments.
    pub arguments: Box<dyn Fn() -> Type<'a> + 'a>,
    /// The type of its answer.
    pub answer: Box<dyn Fn() -> Type<'a> + 'a>,
}

/// What is wrong with a policy, against all operations of the project. Pointers lead into its document.
pub fn check<'a>(document: &Document, policy: &Policy, operations: &[Known<'a>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, (written, rule)) in document.rules.iter().zip(&policy.rules).enumerate() {
        let covered: Vec<&Known<'a>> = operations.iter().filter(|known| rule.covers(&known.facts)).collect();
        if covered.is_empty() && !operations.is_empty() {
            findings.push(nothing_covered(index, operations, rule));
            continue;
        }
        let covered = covered.get(..MOST_OPERATIONS).unwrap_or(&covered);
        if let Some(source) = &written.when {
            let infer = |expr: &nave_expr::Expr, scope: &Scope<'a>| nave_expr::check::condition(expr, scope);
            findings.extend(typed(&at(index, "when"), source, covered, &infer));
            if matches!(rule.answer, Answer::Refuse { .. } | Answer::Ask(_)) {
                findings.extend(unprotected(&at(index, "when"), source, covered));
            }
        }
        if let Some(Cap::Amount(AmountCap { of, .. })) = &written.cap {
            let infer = |expr: &nave_expr::Expr, scope: &Scope<'a>| {
                nave_expr::check::check(expr, scope, &Type::number(), "the limit")
            };
            findings.extend(typed(&format!("{}/of", at(index, "cap")), of, covered, &infer));
        }
        if let (Answer::Mask(_), Some(paths)) = (&rule.answer, &written.mask) {
            findings.extend(masks(index, paths, covered));
        }
    }
    findings
}

fn nothing_covered(index: usize, operations: &[Known<'_>], rule: &Checked) -> Finding {
    let names: Vec<String> = operations.iter().map(|known| full_name(&known.facts)).collect();
    let patterns = rule.on.iter().filter_map(|on| match on {
        crate::selector::Operations::Pattern(pattern) => Some(pattern.as_str()),
        crate::selector::Operations::Traits(_) => None,
    });
    let hint = patterns
        .filter_map(|pattern| nave_model::similar::did_you_mean(pattern, names.iter().map(String::as_str)))
        .next();
    let message = "no operation of the project is what this rule is for";
    Finding::new(codes::POLICY_UNREACHABLE, at(index, "on"), message)
        .hint(hint.or_else(|| Some("`nave ops` lists the operations of each connector".to_owned())))
}

fn full_name(facts: &OperationFacts) -> String {
    format!("{}.{}", facts.connection, facts.name)
}

type Infer<'c, 'a> = &'c dyn Fn(&nave_expr::Expr, &Scope<'a>) -> Inferred<'a>;

/// Types an expression for every operation; the same finding of several operations is told once.
fn typed<'a>(pointer: &str, source: &str, covered: &[&Known<'a>], infer: Infer<'_, 'a>) -> Vec<Finding> {
    // What cannot be read was said when the policy was read.
    let Ok(expr) = nave_expr::syntax::parse(source) else { return Vec::new() };
    let mut found: IndexMap<(nave_expr::Span, String), (Finding, Vec<String>)> = IndexMap::new();
    for known in covered {
        let name = full_name(&known.facts);
        for diagnostic in infer(&expr, &scope(known)).diagnostics {
            // Told once for all operations, so the name of the first stands for the others.
            let key = (diagnostic.span, diagnostic.code.name.to_owned());
            let entry =
                found.entry(key).or_insert_with(|| (Finding::of_expression(pointer, diagnostic), Vec::new()));
            entry.1.push(name.clone());
        }
    }
    found.into_values().map(|(finding, names)| told_once(finding, &names, covered.len())).collect()
}

/// What a rule that protects silently does not protect from, told once for all operations.
fn unprotected(pointer: &str, source: &str, covered: &[&Known<'_>]) -> Vec<Finding> {
    let Ok(expr) = nave_expr::syntax::parse(source) else { return Vec::new() };
    let mut found: IndexMap<Option<nave_expr::Span>, Finding> = IndexMap::new();
    for known in covered {
        for finding in missing::missing(pointer, source, &expr, &scope(known)) {
            found.entry(finding.span).or_insert(finding);
        }
    }
    found.into_values().collect()
}

/// What a condition sees of a call of this operation.
fn scope<'a>(known: &Known<'a>) -> Scope<'a> {
    let variables = variables::types(known)
        .into_iter()
        .map(|(name, ty)| (name.to_owned(), Variable { ty, name: None, presence: Presence::Always }));
    Scope {
        input: (known.arguments)(),
        input_name: format!("the arguments of `{}`", full_name(&known.facts)),
        variables: variables.collect(),
    }
}

fn told_once(mut finding: Finding, names: &[String], all: usize) -> Finding {
    let others = names.len().saturating_sub(1);
    if others > 0 {
        finding
            .message
            .push_str(&format!("; the same in {others} more of the {all} operations the rule is for"));
    }
    if finding.hint.is_none() && names.len() < all {
        finding.hint = Some("narrow `on` to the operations that are meant".to_owned());
    }
    finding
}

/// A mask that leads nowhere hides nothing.
fn masks(index: usize, paths: &Several<String>, covered: &[&Known<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in paths.iter() {
        let Ok(expr) = nave_expr::syntax::parse(&format!("try ({path}) catch empty")) else { continue };
        let mut first = None;
        let is_somewhere = covered.iter().any(|known| {
            let name = full_name(&known.facts);
            let input_name = format!("the answer of `{name}`");
            let scope = Scope { input: (known.answer)(), input_name, variables: Vec::new() };
            let mut found = nave_expr::check::infer(&expr, &scope).diagnostics.into_iter();
            let missing = found.find(|one| one.code == codes::MAPPING_FIELD);
            let is_there = missing.is_none();
            first = first.take().or(missing);
            is_there
        });
        if let (false, Some(missing)) = (is_somewhere, first) {
            let message = format!("`{path}` hides nothing: {}", missing.message);
            findings.push(Finding::new(codes::MAPPING_FIELD, at(index, "mask"), message).hint(missing.hint));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
