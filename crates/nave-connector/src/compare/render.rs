//! A comparison as text: each finding in a few lines for people, all of them as Markdown for a pull
//! request. Colour, and JSON, are left to others.

use std::fmt::Write;

use nave_model::At;

use super::class::{Class, Direction};
use super::finding::{Comparison, Finding};
use super::rule::Rule;

/// Operations that are named before the others are only counted.
const NAMED: usize = 5;

impl Finding {
    /// The edit in one line: `the type of charge.amount changed: string → integer`.
    pub fn line(&self) -> String {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => format!("{}: {from} → {to}", self.message),
            (Some(one), None) | (None, Some(one)) => format!("{} ({one})", self.message),
            (None, None) => self.message.clone(),
        }
    }

    /// The place to look at: where it stands now, or where it stood if it is gone.
    pub fn at(&self) -> Option<&At> {
        let is_gone = matches!(
            self.rule,
            Rule::OperationRemoved
                | Rule::OperationUnusable
                | Rule::ArgumentRemoved
                | Rule::BodyRemoved
                | Rule::MediaRemoved
                | Rule::AnswerRemoved
                | Rule::HeaderRemoved
                | Rule::EventRemoved
                | Rule::FieldRemoved
                | Rule::BranchRemoved
        );
        let (first, second) =
            if is_gone { (&self.place_old, &self.place_new) } else { (&self.place_new, &self.place_old) };
        first.as_ref().or(second.as_ref())
    }

    /// The operations in one line, with the direction where it matters:
    /// `sent by 2 operations: create_order, update_order; received by 1 operation: get_order`.
    pub fn touched(&self) -> String {
        let whole = |direction: Direction| self.directions.iter().any(|told| told.direction == direction);
        // What concerns the call itself concerns both ways alike.
        let alike = self.directions.windows(2).all(|pair| match pair {
            [one, other] => one.class == other.class && one.operations == other.operations,
            _ => true,
        });
        if whole(Direction::Sent) && whole(Direction::Received) && alike {
            return names("", self.count, "operation", &self.operations);
        }
        let told = self.directions.iter().map(|told| {
            let (verb, noun) = match told.direction {
                Direction::Sent => ("sent by ", "operation"),
                Direction::Received => ("received by ", "operation"),
                Direction::Event => ("carried by ", "event"),
            };
            let class = if told.class == self.class { String::new() } else { format!(" ({})", told.class) };
            format!("{}{class}", names(verb, told.count, noun, &told.operations))
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

fn names(verb: &str, count: usize, noun: &str, names: &[std::sync::Arc<str>]) -> String {
    let plural = if count == 1 { "" } else { "s" };
    let shown: Vec<&str> = names.iter().take(NAMED).map(|name| &**name).collect();
    let more = count.saturating_sub(shown.len());
    let rest = if more > 0 { format!(" … {more} more") } else { String::new() };
    format!("{verb}{count} {noun}{plural}: {}{rest}", shown.join(", "))
}

impl Comparison {
    /// The comparison as Markdown for a pull request: a table of counts, then the findings that are at
    /// least this bad, by class.
    pub fn markdown(&self, least: Class) -> String {
        let mut text =
            String::from("### Changes of the description\n\n| class | findings |\n| --- | --- |\n");
        for (class, count) in self.counts().into_iter().filter(|(_, count)| *count > 0) {
            let _written = writeln!(text, "| {class} | {count} |");
        }
        if self.findings.is_empty() {
            text.push_str("| none | 0 |\n");
        }
        for class in Class::ALL.into_iter().filter(|class| *class >= least) {
            let findings: Vec<&Finding> =
                self.findings.iter().filter(|finding| finding.class == class).collect();
            if findings.is_empty() {
                continue;
            }
            let _written = write!(text, "\n#### {}\n\n", heading(class));
            for finding in findings {
                let _written = writeln!(text, "- {} — {}", prose(&finding.line()), quoted(finding));
                for user in &finding.used_by {
                    let _written = writeln!(text, "  - used by {}", prose(user));
                }
            }
        }
        text
    }
}

fn heading(class: Class) -> &'static str {
    match class {
        Class::Removed => "Removed",
        Class::Breaking => "Breaking",
        Class::Narrowing => "Narrowing",
        Class::Deprecated => "Deprecated",
        Class::Additive => "Additive",
        Class::Documentation => "Documentation",
    }
}

fn quoted(finding: &Finding) -> String {
    prose(&finding.touched())
}

/// Text of a description must not become markup outside its code quotes, nor end the line.
fn prose(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut is_code = false;
    for character in text.chars() {
        match character {
            '`' => {
                is_code = !is_code;
                plain.push('`');
            }
            '\n' | '\r' => plain.push(' '),
            '<' | '>' | '*' | '_' | '[' | ']' | '|' | '\\' if !is_code => {
                plain.push('\\');
                plain.push(character);
            }
            other => plain.push(other),
        }
    }
    plain
}
