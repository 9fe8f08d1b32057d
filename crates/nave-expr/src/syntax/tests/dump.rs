//! A tree in one line: every node in parentheses, its word first.

use crate::ast::{
    Assignment, Entry, Expr, Key, KeyKind, Kind, Operator, Part, Pattern, PatternKind, StepKind,
};

pub(super) fn dump(expr: &Expr) -> String {
    match &expr.kind {
        Kind::Identity => ".".to_owned(),
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => number.clone(),
        Kind::Text(text) => format!("{text:?}"),
        Kind::Interpolation { format, parts } => {
            let parts = parts.iter().map(|part| match part {
                Part::Text(text) => format!("{text:?}"),
                Part::Expr(inner) => dump(inner),
            });
            node(&format!("text@{}", format.as_deref().unwrap_or_default()), parts)
        }
        Kind::Format(name) => format!("@{name}"),
        Kind::Array(inner) => node("list", inner.iter().map(|inner| dump(inner))),
        Kind::Object(entries) => node("object", entries.iter().map(entry)),
        Kind::Negate(operand) => node("-", [dump(operand)]),
        Kind::Pipe(left, right) => node("|", [dump(left), dump(right)]),
        Kind::Comma(left, right) => node(",", [dump(left), dump(right)]),
        Kind::Binary(operator, left, right) => node(word(*operator), [dump(left), dump(right)]),
        Kind::Assign(assignment, left, right) => {
            let sign = match assignment {
                Assignment::Set => "=".to_owned(),
                Assignment::Update => "|=".to_owned(),
                Assignment::Arithmetic(operator) => format!("{}=", word(*operator)),
            };
            node(&sign, [dump(left), dump(right)])
        }
        Kind::Path(base, steps) => {
            let steps = steps.iter().map(|step| {
                let optional = if step.optional { "?" } else { "" };
                format!("{}{optional}", self::step(&step.kind))
            });
            node("path", [dump(base)].into_iter().chain(steps))
        }
        Kind::Bind { source, patterns, body } => {
            let patterns: Vec<String> = patterns.iter().map(pattern).collect();
            node("as", [dump(source), patterns.join(" ?// "), dump(body)])
        }
        Kind::Reduce { source, pattern, init, update } => {
            node("reduce", [dump(source), self::pattern(pattern), dump(init), dump(update)])
        }
        Kind::Foreach { source, pattern, init, update, extract } => {
            let parts = [dump(source), self::pattern(pattern), dump(init), dump(update)];
            node("foreach", parts.into_iter().chain(extract.iter().map(|extract| dump(extract))))
        }
        Kind::If { branches, otherwise } => {
            let branches = branches.iter().flat_map(|(condition, result)| [dump(condition), dump(result)]);
            node("if", branches.chain(otherwise.iter().map(|otherwise| dump(otherwise))))
        }
        Kind::Try { body, handler } => {
            node("try", [dump(body)].into_iter().chain(handler.iter().map(|handler| dump(handler))))
        }
        Kind::Label { name, body } => node("label", [format!("${name}"), dump(body)]),
        Kind::Break(name) => node("break", [format!("${name}")]),
        Kind::Variable(name) => format!("${name}"),
        Kind::Call { name, arguments, .. } if arguments.is_empty() => name.clone(),
        Kind::Call { name, arguments, .. } => node(name, arguments.iter().map(dump)),
    }
}

fn node(word: &str, parts: impl IntoIterator<Item = String>) -> String {
    let mut text = format!("({word}");
    for part in parts {
        text.push(' ');
        text.push_str(&part);
    }
    text + ")"
}

fn entry(entry: &Entry) -> String {
    match &entry.value {
        None => key(&entry.key),
        Some(value) => format!("{}: {}", key(&entry.key), dump(value)),
    }
}

fn key(key: &Key) -> String {
    match &key.kind {
        KeyKind::Name(name) => format!("{name:?}"),
        KeyKind::Variable(name) => format!("${name}"),
        KeyKind::Expr(inner) => format!("<{}>", dump(inner)),
    }
}

fn step(step: &StepKind) -> String {
    let part = |part: &Option<Box<Expr>>| part.as_ref().map_or_else(String::new, |part| dump(part));
    match step {
        StepKind::Field(name) => format!("{name:?}"),
        StepKind::Index(inner) => format!("[{}]", dump(inner)),
        StepKind::Slice(from, to) => format!("[{}:{}]", part(from), part(to)),
        StepKind::Iterate => "[]".to_owned(),
    }
}

fn pattern(own: &Pattern) -> String {
    match &own.kind {
        PatternKind::Variable(name) => format!("${name}"),
        PatternKind::Array(items) => {
            let items: Vec<String> = items.iter().map(pattern).collect();
            format!("[{}]", items.join(" "))
        }
        PatternKind::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, inner)| match inner {
                    None => key(name),
                    Some(inner) => format!("{}: {}", key(name), pattern(inner)),
                })
                .collect();
            format!("{{{}}}", entries.join(" "))
        }
    }
}

fn word(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::And => "and",
        Operator::Or => "or",
        Operator::Alternative => "//",
    }
}
