//! Documents and what is said of them, as a person sees it: the line, and carets under what is meant.

use std::fmt::Write as _;

use super::{Read, read};
use nave_model::Problem;

mod flows;
mod hostile;
mod schema;

/// Everything that is said of a document, errors first.
fn shown(text: &str, read: &Read) -> String {
    let mut shown = String::new();
    for (word, problems) in [("error", &read.errors), ("warning", &read.warnings)] {
        for problem in problems {
            show(text, word, problem, &mut shown);
        }
    }
    shown
}

fn show(text: &str, word: &str, problem: &Problem, shown: &mut String) {
    let line = problem.at.line.unwrap_or(1);
    let written = text.lines().nth(line as usize - 1).unwrap_or_default();
    let indent = written.chars().take_while(|c| *c == ' ').count();
    let column = problem.at.column.unwrap_or(1) as usize;
    let carets = "^".repeat(problem.at.width.unwrap_or(1) as usize);
    let before = " ".repeat((column - 1).saturating_sub(indent));
    writeln!(shown, "{word}[{}] {}: {}", problem.code, problem.at, problem.message).unwrap();
    writeln!(shown, "{}", format!("  {}", written.trim_start()).trim_end()).unwrap();
    let hint = format!("  {before}{carets} {}", problem.hint.clone().unwrap_or_default());
    writeln!(shown, "{}", hint.trim_end()).unwrap();
}

/// Reads every document of a page and compares what is said of it with the block behind it. Documents
/// marked `steps` are the steps of a flow that is right but for them.
#[track_caller]
fn check_page(page: &str) {
    let mut blocks = page.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap());
    let (mut wrong, mut count) = (String::new(), 0);
    while let (Some((info, written)), Some(("text", expected))) = (blocks.next(), blocks.next()) {
        count += 1;
        let text = match info {
            "yaml steps" => format!("flow: f\ntrigger: manual\nsteps:\n{written}"),
            _ => written.to_owned(),
        };
        let found = shown(&text, &read("f.yaml", text.as_bytes()));
        if found != expected {
            write!(wrong, "{written}---\n{found}\n").unwrap();
        }
    }
    assert_eq!(page.matches("```text").count(), count, "every document has a block of what is said of it");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_said_of_steps() {
    check_page(include_str!("tests/steps.md"));
}

#[test]
fn what_is_said_of_flows_and_triggers() {
    check_page(include_str!("tests/top.md"));
}

#[test]
fn what_is_said_of_expressions() {
    check_page(include_str!("tests/expressions.md"));
}

#[test]
fn what_is_said_of_what_never_runs() {
    check_page(include_str!("tests/reach.md"));
}
