//! Tree → text: one canonical way of writing, which reads back as the same tree.

mod collections;
mod control;

use super::token;
use crate::ast::{Assignment, Expr, Kind, Operator, Part, Step, StepKind};

/// The canonical text of an expression that [`super::parse`] gave. Comments, spaces and the parentheses
/// that change nothing are gone.
pub fn print(expr: &Expr) -> String {
    let mut printer = Printer { text: String::new() };
    printer.expr(expr, Level::Query);
    printer.text
}

/// What may stand at a place without parentheses, the loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Everything.
    Query,
    /// Everything but pipes and what reaches to the end.
    Comma,
    /// Operators.
    Alternative,
    Assign,
    Or,
    And,
    Compare,
    Add,
    Multiply,
    /// Terms, and `-` and `try` in front of one.
    Term,
    /// What steps may stand behind.
    Base,
}

struct Printer {
    text: String,
}

impl Printer {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Writes an expression, in parentheses where the place does not take it as it is.
    fn expr(&mut self, expr: &Expr, least: Level) {
        if level(expr) < least {
            self.put("(");
            self.bare(expr);
            self.put(")");
        } else {
            self.bare(expr);
        }
    }

    fn bare(&mut self, expr: &Expr) {
        match &expr.kind {
            Kind::Identity => self.put("."),
            Kind::Null => self.put("null"),
            Kind::Bool(value) => self.put(if *value { "true" } else { "false" }),
            Kind::Number(number) => self.put(number),
            Kind::Text(text) => self.quoted(text),
            Kind::Interpolation { format, parts } => self.interpolation(format.as_deref(), parts),
            Kind::Format(name) => self.named("@", name),
            Kind::Array(None) => self.put("[]"),
            Kind::Array(Some(inner)) => self.between("[", inner, "]"),
            Kind::Object(entries) => self.object(entries),
            Kind::Negate(operand) => {
                self.put("-");
                self.expr(operand, Level::Term);
            }
            Kind::Pipe(left, right) => self.sides(left, " | ", right, (Level::Comma, Level::Query)),
            Kind::Comma(..) => self.list(expr),
            Kind::Binary(operator, left, right) => {
                let sides = operand_levels(*operator);
                self.sides(left, &format!(" {} ", operator.as_str()), right, sides);
            }
            Kind::Assign(assignment, left, right) => {
                let sign = match assignment {
                    Assignment::Set => " = ".to_owned(),
                    Assignment::Update => " |= ".to_owned(),
                    Assignment::Arithmetic(operator) => format!(" {}= ", operator.as_str()),
                };
                self.sides(left, &sign, right, (Level::Or, Level::Or));
            }
            Kind::Path(base, steps) => self.path(base, steps),
            Kind::Variable(name) => self.named("$", name),
            Kind::Call { name, arguments, .. } => self.call(name, arguments),
            Kind::Bind { source, patterns, body } => self.bind(source, patterns, body),
            Kind::Reduce { source, pattern, init, update } => {
                self.fold("reduce ", source, pattern, &[init, update]);
            }
            Kind::Foreach { source, pattern, init, update, extract } => {
                let arguments: Vec<&Expr> =
                    [init, update].into_iter().chain(extract).map(Box::as_ref).collect();
                self.fold("foreach ", source, pattern, &arguments);
            }
            Kind::If { branches, otherwise } => self.branches(branches, otherwise.as_deref()),
            Kind::Try { body, handler } => self.attempt(body, handler.as_deref()),
            Kind::Label { name, body } => {
                self.named("label $", name);
                self.put(" | ");
                self.expr(body, Level::Query);
            }
            Kind::Break(name) => self.named("break $", name),
        }
    }

    fn named(&mut self, before: &str, name: &str) {
        self.put(before);
        self.put(name);
    }

    fn between(&mut self, open: &str, inner: &Expr, close: &str) {
        self.put(open);
        self.expr(inner, Level::Query);
        self.put(close);
    }

    fn sides(&mut self, left: &Expr, sign: &str, right: &Expr, levels: (Level, Level)) {
        self.expr(left, levels.0);
        self.put(sign);
        self.expr(right, levels.1);
    }

    /// `.a[0]?`; a number as a base would take the dot of the first step as its own.
    fn path(&mut self, base: &Expr, steps: &[Step]) {
        let is_implied = matches!(base.kind, Kind::Identity);
        let begins_with_name = steps.first().is_some_and(|step| has_dot(&step.kind));
        let is_number = matches!(base.kind, Kind::Number(_));
        if is_number && begins_with_name {
            self.between("(", base, ")");
        } else if !(is_implied && begins_with_name) {
            self.expr(base, Level::Base);
        }
        for step in steps {
            match &step.kind {
                StepKind::Field(name) if token::is_name(name) => self.named(".", name),
                StepKind::Field(name) => {
                    self.put("[");
                    self.quoted(name);
                    self.put("]");
                }
                StepKind::Index(key) => self.between("[", key, "]"),
                StepKind::Iterate => self.put("[]"),
                StepKind::Slice(from, to) => {
                    self.put("[");
                    from.iter().for_each(|from| self.expr(from, Level::Query));
                    self.put(":");
                    to.iter().for_each(|to| self.expr(to, Level::Query));
                    self.put("]");
                }
            }
            if step.optional {
                self.put("?");
            }
        }
    }

    fn interpolation(&mut self, format: Option<&str>, parts: &[Part]) {
        if let Some(format) = format {
            self.named("@", format);
            self.put(" ");
        }
        self.put("\"");
        for part in parts {
            match part {
                Part::Text(text) => self.escaped(text),
                Part::Expr(inner) => self.between("\\(", inner, ")"),
            }
        }
        self.put("\"");
    }

    fn quoted(&mut self, text: &str) {
        self.put("\"");
        self.escaped(text);
        self.put("\"");
    }

    fn escaped(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '"' => self.put("\\\""),
                '\\' => self.put("\\\\"),
                '\n' => self.put("\\n"),
                '\r' => self.put("\\r"),
                '\t' => self.put("\\t"),
                _ if letter.is_control() => self.put(&format!("\\u{:04x}", u32::from(letter))),
                _ => self.text.push(letter),
            }
        }
    }
}

fn has_dot(step: &StepKind) -> bool {
    matches!(step, StepKind::Field(name) if token::is_name(name))
}

/// The tightest place that takes it without parentheses.
fn level(expr: &Expr) -> Level {
    match &expr.kind {
        Kind::Pipe(..) | Kind::Bind { .. } | Kind::Label { .. } => Level::Query,
        Kind::Comma(..) if collections::reaches_to_the_end(expr) => Level::Query,
        Kind::Comma(..) => Level::Comma,
        Kind::Assign(..) => Level::Assign,
        Kind::Binary(operator, ..) => operator_level(*operator),
        Kind::Try { handler: Some(_), .. } | Kind::Negate(_) | Kind::Path(..) => Level::Term,
        Kind::Try { handler: None, .. }
        | Kind::Reduce { .. }
        | Kind::Foreach { .. }
        | Kind::If { .. }
        | Kind::Break(_)
        | Kind::Number(_)
        | Kind::Identity
        | Kind::Null
        | Kind::Bool(_)
        | Kind::Text(_)
        | Kind::Interpolation { .. }
        | Kind::Format(_)
        | Kind::Array(_)
        | Kind::Object(_)
        | Kind::Variable(_)
        | Kind::Call { .. } => Level::Base,
    }
}

fn operator_level(operator: Operator) -> Level {
    match operator {
        Operator::Alternative => Level::Alternative,
        Operator::Or => Level::Or,
        Operator::And => Level::And,
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual => Level::Compare,
        Operator::Add | Operator::Subtract => Level::Add,
        Operator::Multiply | Operator::Divide | Operator::Remainder => Level::Multiply,
    }
}

/// What may stand to the left and to the right without parentheses.
fn operand_levels(operator: Operator) -> (Level, Level) {
    match operator_level(operator) {
        Level::Alternative => (Level::Assign, Level::Alternative),
        Level::Or => (Level::Or, Level::And),
        Level::And => (Level::And, Level::Compare),
        Level::Compare => (Level::Add, Level::Add),
        Level::Add => (Level::Add, Level::Multiply),
        _ => (Level::Multiply, Level::Term),
    }
}
