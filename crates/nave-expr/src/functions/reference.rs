//! The documentation of the functions, made from what they say of themselves.

use std::fmt::Write;

use super::{Function, all};

/// A Markdown list of all functions with what they do and examples, Nave's own first. `docs/functions.md`
/// is this, and a test keeps it so.
pub fn reference() -> String {
    let mut text = String::from(BEGINNING);
    section(&mut text, "Nave's own", OWN, |function| !function.is_jq);
    section(&mut text, "jq's", JQ, |function| function.is_jq && !function.name.starts_with('_'));
    text
}

const BEGINNING: &str = "\
# Functions

Functions of expressions that work on values.
They are called as in jq: `.amount | to_minor_units(\"EUR\")`.
Every example is run by a test.
The functions that take expressions (`map`, `select`, `sort_by`) are those of jq's manual.
";

const OWN: &str = "What integrations need every day and jq lacks.";

const JQ: &str = "\
They give what jq 1.8.2 gives and fail with its words.
Numbers keep the digits they are written with until they are calculated with.";

fn section(text: &mut String, title: &str, about: &str, belongs: fn(&Function) -> bool) {
    let mut add = |part: &str| text.push_str(part);
    add(&format!("\n## {title}\n\n{about}\n"));
    for function in all().filter(|function| belongs(function)) {
        add(&entry(function));
    }
}

fn entry(function: &Function) -> String {
    let mut text = format!("\n### `{}`\n\n", call(function));
    for sentence in sentences(function.summary) {
        text.push_str(&sentence);
        text.push('\n');
    }
    text.push_str("\n```text\n");
    for example in function.examples {
        // Writing to a text cannot fail.
        if writeln!(text, "{} | {}\n  {}", example.input, example.program, example.output).is_err() {
            break;
        }
    }
    text.push_str("```\n");
    text
}

/// The name with its arguments.
fn call(function: &Function) -> String {
    match function.parameters {
        [] => function.name.to_owned(),
        parameters => format!("{}({})", function.name, parameters.join("; ")),
    }
}

/// One sentence a line, as all documents have it.
fn sentences(text: &str) -> Vec<String> {
    let mut sentences: Vec<String> = text.split(". ").map(|sentence| format!("{sentence}.")).collect();
    if let Some(last) = sentences.last_mut() {
        last.pop();
    }
    sentences
}
