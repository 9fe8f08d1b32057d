//! Puts a description into a number of characters: the richest level of detail that fits.

use std::fmt::Write as _;

use nave_model::Idempotency;

use super::{Argument, Description, Level, Request, describe, fields, outline};
use crate::operation::Operation;
use crate::{Connector, Schema};

/// Levels of detail, the richest first. What does not fit at the last one is cut with a word saying so.
const LEVELS: [Level; 9] = [
    Level::FULL,
    Level { depth: 2, values: 30, fields: 25, sentence: 160, optional: 400 },
    Level { depth: 2, values: 14, fields: 12, sentence: 100, optional: 120 },
    Level { depth: 1, values: 12, fields: 12, sentence: 90, optional: 80 },
    Level { depth: 1, values: 8, fields: 8, sentence: 60, optional: 80 },
    Level { depth: 0, values: 6, fields: 6, sentence: 45, optional: 80 },
    Level { depth: 0, values: 6, fields: 6, sentence: 0, optional: 80 },
    Level { depth: 0, values: 4, fields: 4, sentence: 0, optional: 25 },
    Level { depth: 0, values: 3, fields: 3, sentence: 0, optional: 5 },
];

/// Levels of detail for the answer: a reader who needs more of it asks for the part `answer`.
const ANSWER_LEVELS: [Level; 5] = [
    Level { depth: 2, values: 8, fields: 30, sentence: 0, optional: 0 },
    Level { depth: 1, values: 8, fields: 40, sentence: 0, optional: 0 },
    Level { depth: 1, values: 6, fields: 20, sentence: 0, optional: 0 },
    Level { depth: 1, values: 4, fields: 8, sentence: 0, optional: 0 },
    Level { depth: 0, values: 4, fields: 4, sentence: 0, optional: 0 },
];
/// Characters an answer may take however much room there is.
const LONGEST_ANSWER: usize = 1_500;

/// Names of arguments that are listed without their type.
const MOST_NAMED: usize = 40;

pub(super) fn whole(connector: &Connector, operation: &Operation, request: &Request<'_>) -> String {
    let Request { owner, budget, .. } = *request;
    let example = example_line(request);
    // What the operation takes matters more than what it gives: the answer gets what is left over.
    let for_arguments = budget.saturating_sub(weight(&example)).saturating_sub(budget / 5);
    let mut text = fit(&LEVELS, for_arguments, |level| {
        let description = describe(owner, connector, operation, level);
        let mut text = head(&description);
        arguments(&mut text, &description.arguments, level);
        text
    });
    let left = budget.saturating_sub(weight(&text) + weight(&example));
    if let Some(schema) = super::answer(connector, operation) {
        let room = left.min(LONGEST_ANSWER);
        text.push_str(&fit(&ANSWER_LEVELS, room, |level| {
            format!("answer: {}\n", outline::text(schema, level))
        }));
    }
    text.push_str(&example);
    text
}

/// A line that shows a valid call, where it is short enough to be worth its space.
fn example_line(request: &Request<'_>) -> String {
    match request.example.map(|example| format!("example: {example}\n")) {
        Some(line) if weight(&line) <= request.budget / 4 => line,
        _ => String::new(),
    }
}

pub(super) fn part(title: &str, schema: Schema<'_>, budget: usize) -> String {
    fit(&LEVELS, budget, |level| {
        let mut text = format!("{title}: ");
        let inside = fields(fields::inner(schema));
        if inside.is_empty() {
            text.push_str(&outline::text(schema, level));
            return text;
        }
        let array = outline::text(schema, Level { depth: 0, ..level }).ends_with("[]");
        text.push_str(if array { "array of objects" } else { "object" });
        text.push('\n');
        let known: Vec<Argument> = inside
            .iter()
            .map(|field| Argument {
                name: field.name.to_owned(),
                place: "body",
                required: field.required,
                kind: outline::text(field.schema, level),
                description: super::sentence(field.description(), level),
                deprecated: field.deprecated(),
            })
            .collect();
        arguments(&mut text, &known, level);
        text
    })
}

/// The first text that fits, else the poorest one cut short.
fn fit(levels: &[Level], budget: usize, render: impl Fn(Level) -> String) -> String {
    const CUT: &str = " … cut; ask for one part at a time\n";
    let mut text = String::new();
    for level in levels {
        text = render(*level);
        if weight(&text) <= budget {
            return text;
        }
    }
    let mut end = budget.saturating_sub(CUT.len()).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push_str(CUT);
    text
}

/// What a text costs its reader, in characters of plain words: lists of quoted values cost more tokens
/// than their length says.
fn weight(text: &str) -> usize {
    text.len() + 3 * text.bytes().filter(|byte| *byte == b'"').count()
}

fn head(description: &Description) -> String {
    let mut text = format!("{}: {}\n", description.operation, description.summary);
    let repeat = match &description.idempotency {
        Idempotency::Natural => "repeatable".to_owned(),
        Idempotency::Key { header } => format!("repeatable with {header}"),
        Idempotency::None => "not repeatable".to_owned(),
    };
    let mut facts =
        vec![format!("{} {}", description.method, description.path), description.effect.as_str().to_owned()];
    if description.effect != nave_model::Effect::Read {
        facts.push(repeat);
    }
    if description.deprecated {
        facts.push("deprecated".to_owned());
    }
    if let Some(paging) = &description.paging {
        facts.push(format!("paged {paging}"));
    }
    if !description.auth.is_empty() {
        facts.push(format!("auth {}", super::first_sentence(&description.auth.join(" or "), 120)));
    }
    if let Some(limits) = &description.limits {
        facts.push(limits.clone());
    }
    line(&mut text, &facts.join(" · "));
    text
}

fn arguments(text: &mut String, arguments: &[Argument], level: Level) {
    if arguments.is_empty() {
        line(text, "no arguments");
        return;
    }
    let required = arguments.iter().filter(|argument| argument.required).count();
    let shown = required.saturating_add(level.optional).min(arguments.len());
    let (with_type, named) = arguments.split_at_checked(shown).unwrap_or((arguments, &[]));
    for argument in with_type {
        let mark = if argument.required { "" } else { "?" };
        let mut row = format!("  {}{mark}: {}", argument.name, argument.kind);
        if argument.deprecated {
            row.push_str(" (deprecated)");
        }
        if let Some(sentence) = &argument.description {
            row.push_str(" — ");
            row.push_str(sentence);
        }
        line(text, &row);
    }
    if !named.is_empty() {
        let names: Vec<&str> = named.iter().take(MOST_NAMED).map(|argument| argument.name.as_str()).collect();
        let rest = if named.len() > MOST_NAMED { ", …" } else { "" };
        line(text, &format!("  and {} more optional: {}{rest}", named.len(), names.join(", ")));
    }
}

fn line(text: &mut String, row: &str) {
    // Writing to a string cannot fail.
    if writeln!(text, "{row}").is_err() {
        text.push_str(row);
    }
}
