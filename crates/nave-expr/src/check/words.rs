//! How messages name things: an expression by its path, a type by what it may be, a list of names.

use std::rc::Rc;

use crate::ast::{Expr, Kind, Step, StepKind};
use crate::check::shape::{Sort, sorts};
use crate::types::Type;

/// How people call what an expression gives: `` `dealname` ``, `` `$project.id` ``; `None`: it has no name.
pub(super) fn name(expr: &Expr) -> Option<String> {
    let code = code(expr)?;
    let shown = match code.strip_prefix('.') {
        Some(rest) if !rest.is_empty() && !rest.starts_with('[') => rest,
        _ => &code,
    };
    Some(format!("`{shown}`"))
}

/// The same at the beginning of a sentence, or "this value".
pub(super) fn name_or_this(expr: &Expr) -> String {
    name(expr).unwrap_or_else(|| "this value".to_owned())
}

/// A path as it is written: `.deal.name`; `None`: it is no path, or a long one.
pub(super) fn code(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Identity => Some(".".to_owned()),
        // Names that cannot be written belong to nobody.
        Kind::Variable(name) => (!name.starts_with('*')).then(|| format!("${name}")),
        Kind::Path(base, steps) => {
            let mut code = code(base)?;
            for step in steps {
                push_step(&mut code, step)?;
            }
            Some(code)
        }
        Kind::Try { body, handler: None } => code(body),
        _ => None,
    }
}

fn push_step(code: &mut String, step: &Step) -> Option<()> {
    match &step.kind {
        StepKind::Field(name) if is_word(name) => {
            if code != "." {
                code.push('.');
            }
            code.push_str(name);
        }
        StepKind::Field(name) => {
            code.push_str("[\"");
            code.push_str(name);
            code.push_str("\"]");
        }
        StepKind::Index(index) => match &index.kind {
            Kind::Number(number) => {
                code.push('[');
                code.push_str(number);
                code.push(']');
            }
            _ => return None,
        },
        StepKind::Slice(..) => return None,
        StepKind::Iterate => code.push_str("[]"),
    }
    (code.len() < 80).then_some(())
}

/// Whether a name can stand behind a dot without quotes.
fn is_word(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `a number`, `a string or a list`: what it may be, by sort alone.
pub(super) fn kinds(ty: &Type<'_>) -> String {
    if ty.unknown.is_some() {
        return "anything".to_owned();
    }
    let mut words: Vec<&str> = sorts(ty).map(Sort::words).collect();
    // `null` reads best at the end.
    if words.first() == Some(&"null") {
        words.rotate_left(1);
    }
    words.dedup();
    any_of(&words)
}

/// A type with an article where it is one thing: `a string`, `one of "a" or "b"`.
pub(super) fn needed(ty: &Type<'_>) -> String {
    let words = ty.to_string();
    let nouns = ["string", "number", "integer", "boolean", "list", "map", "object", "empty"];
    if !nouns.iter().any(|noun| words.starts_with(noun)) {
        return words;
    }
    let article = if words.starts_with(['i', 'o', 'e']) { "an" } else { "a" };
    format!("{article} {words}")
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn any_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// `a, b and c`, each in backticks, at most `most` of them.
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>, most: usize) -> String {
    let mut quoted: Vec<String> = Vec::new();
    for (position, name) in names.enumerate() {
        if position == most {
            quoted.push("…".to_owned());
            break;
        }
        quoted.push(format!("`{name}`"));
    }
    quoted.join(", ")
}

/// What people call the input behind a `|`: a path by its name, an item by its list's, and what only
/// filters stays what it is.
pub(super) fn subject(left: &Expr, current: &Rc<str>) -> Rc<str> {
    match &left.kind {
        Kind::Identity => Rc::clone(current),
        Kind::Call { name, .. } if FILTERS.contains(&name.as_str()) => Rc::clone(current),
        Kind::Path(base, steps) if matches!(steps.last(), Some(Step { kind: StepKind::Iterate, .. })) => {
            let list = match steps.get(..steps.len() - 1) {
                Some([]) | None => (**base).clone(),
                Some(steps) => Expr { kind: Kind::Path(base.clone(), steps.to_vec()), span: left.span },
            };
            match (&list.kind, name(&list)) {
                (Kind::Identity, _) if !current.is_empty() => format!("an item of {current}").into(),
                (Kind::Identity, _) | (_, None) => "an item".into(),
                (_, Some(name)) => format!("an item of {name}").into(),
            }
        }
        Kind::Pipe(_, right) => subject(right, &"".into()),
        _ => name(left).unwrap_or_default().into(),
    }
}

/// Calls that give their input or nothing.
const FILTERS: &[&str] =
    &["select", "values", "objects", "arrays", "strings", "numbers", "booleans", "scalars", "iterables"];

/// The path behind a subject that is one: `` `owner.email` `` is `.owner.email`.
pub(super) fn code_of_subject(subject: &str) -> Option<String> {
    let path = subject.strip_prefix('`')?.strip_suffix('`')?;
    Some(if path.starts_with(['$', '.']) { path.to_owned() } else { format!(".{path}") })
}
