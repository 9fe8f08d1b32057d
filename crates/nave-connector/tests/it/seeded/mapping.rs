//! Slips in a mapping, made mechanically in its text: names and constants misspelt, lists and streams where
//! one value belongs, fields left out or mixed up.

use std::collections::BTreeSet;

use nave_expr::Expr;
use nave_expr::ast::{Entry, KeyKind, Kind, Operator, Step, StepKind};
use nave_expr::span::Span;
use nave_expr::syntax::walk::children;

use super::values::Mentioned;

/// A slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slip {
    SourceField,
    TargetField,
    Constant,
    ComparedConstant,
    List,
    Stream,
    LeftOut,
    MixedUp,
}

/// The mapping with one slip in it.
pub(super) struct Slipped {
    pub(super) slip: Slip,
    pub(super) text: String,
    /// What was done, for people.
    pub(super) what: String,
}

/// Every name of a field a mapping reads, and the texts it compares fields with.
pub(super) fn mentions(expr: &Expr, mentioned: &mut Mentioned) {
    match &expr.kind {
        Kind::Path(_, steps) => {
            mentioned.names.extend(steps.iter().filter_map(|step| match &step.kind {
                StepKind::Field(name) => Some(name.clone()),
                _ => None,
            }));
        }
        Kind::Binary(Operator::Equal | Operator::NotEqual, left, right) => {
            if let (Kind::Path(_, steps), Kind::Text(text)) = (&left.kind, &right.kind)
                && let Some(Step { kind: StepKind::Field(name), .. }) = steps.last()
            {
                mentioned.compared.entry(name.clone()).or_default().insert(text.clone());
            }
        }
        _ => {}
    }
    children(expr, &mut |inner| mentions(inner, mentioned));
}

fn name_of(entry: &Entry) -> Option<String> {
    match &entry.key.kind {
        KeyKind::Name(name) => Some(name.clone()),
        _ => None,
    }
}

/// Every slip of the text. `enumerated` are the constants that schemas enumerate.
pub(super) fn slips(text: &str, expr: &Expr, enumerated: &BTreeSet<String>) -> Vec<Slipped> {
    let mut slips = Slips { text, enumerated, made: Vec::new() };
    slips.visit(expr, false);
    slips.made
}

struct Slips<'t> {
    text: &'t str,
    enumerated: &'t BTreeSet<String>,
    made: Vec<Slipped>,
}

impl Slips<'_> {
    fn replace(&mut self, slip: Slip, span: Span, new: &str) {
        let (start, end) = (usize::try_from(span.start).unwrap(), usize::try_from(span.end).unwrap());
        let mut text = self.text.to_owned();
        text.replace_range(start..end, new);
        let what = format!("{} -> {new}", span.text(self.text));
        self.made.push(Slipped { slip, text, what });
    }

    fn visit(&mut self, expr: &Expr, is_compared: bool) {
        let whole = expr.span.text(self.text);
        let mut compares = false;
        match &expr.kind {
            Kind::Path(base, steps) => self.path(base, steps, expr.span),
            Kind::Text(written) if whole.starts_with('"') => {
                let new = format!("\"{}\"", misspelt(written));
                if !is_compared {
                    self.replace(Slip::Constant, expr.span, &new);
                } else if self.enumerated.contains(written) {
                    self.replace(Slip::ComparedConstant, expr.span, &new);
                }
            }
            Kind::Object(entries) => self.object(entries),
            Kind::Array(Some(inner)) => {
                let new = format!("({})", inner.span.text(self.text));
                self.replace(Slip::Stream, expr.span, &new);
            }
            Kind::Call { name, arguments, .. } if name == "map" => {
                let new = format!("(.[] | {})", arguments[0].span.text(self.text));
                self.replace(Slip::Stream, expr.span, &new);
            }
            Kind::Binary(operator, ..) => {
                compares = matches!(operator, Operator::Equal | Operator::NotEqual);
            }
            _ => {}
        }
        children(expr, &mut |inner| self.visit(inner, compares));
    }

    fn path(&mut self, base: &Expr, steps: &[Step], span: Span) {
        for step in steps {
            if let StepKind::Field(name) = &step.kind {
                let new = step.span.text(self.text).replace(name.as_str(), &misspelt(name));
                self.replace(Slip::SourceField, step.span, &new);
            }
        }
        let is_plain = steps.iter().all(|step| matches!(step.kind, StepKind::Field(_)));
        if is_plain && matches!(base.kind, Kind::Identity | Kind::Variable(_)) {
            let whole = span.text(self.text).to_owned();
            self.replace(Slip::List, span, &format!("[{whole}]"));
            self.replace(Slip::Stream, span, &format!("{whole}[]"));
            self.replace(Slip::Stream, span, &format!("({whole}, {whole})"));
        }
    }

    fn object(&mut self, entries: &[Entry]) {
        let texts: Vec<&str> = entries.iter().map(|entry| entry.span.text(self.text)).collect();
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return };
        let all = first.span.to(last.span);
        for (index, entry) in entries.iter().enumerate() {
            let others = texts.iter().enumerate().filter(|(other, _)| *other != index);
            let others: Vec<&str> = others.map(|(_, text)| *text).collect();
            self.replace(Slip::LeftOut, all, &others.join(", "));
            if let Some(name) = name_of(entry) {
                let new = entry.key.span.text(self.text).replace(&name, &misspelt(&name));
                self.replace(Slip::TargetField, entry.key.span, &new);
            }
            let next = &entries[(index + 1) % entries.len()];
            if let (Some(own), Some(other)) = (&entry.value, &next.value) {
                let other = other.span.text(self.text).to_owned();
                self.replace(Slip::MixedUp, own.span, &format!("({other})"));
                self.replace(Slip::MixedUp, own.span, "true");
                self.replace(Slip::MixedUp, own.span, "42.5");
            }
        }
    }
}

/// As people misspell: a letter too few, or one too many.
pub(super) fn misspelt(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() < 4 {
        return format!("{name}s");
    }
    let skipped = letters.len() / 2;
    letters.iter().enumerate().filter(|(index, _)| *index != skipped).map(|(_, letter)| letter).collect()
}
