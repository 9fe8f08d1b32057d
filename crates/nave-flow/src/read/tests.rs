//! Documents and what is said of them, as a person sees it: the line, and carets under what is meant.

use std::fmt::Write as _;

use super::{Read, read};
use nave_model::Problem;

mod expressions;
mod flows;
mod reach;
mod steps;
mod top;

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
    writeln!(shown, "  {}", written.trim_start()).unwrap();
    writeln!(shown, "  {before}{carets} {}", problem.hint.clone().unwrap_or_default()).unwrap();
}

/// Reads a document and compares what is said of it.
#[track_caller]
fn check(text: &str, expected: &str) {
    let text = text.trim_start_matches('\n');
    let found = shown(text, &read("f.yaml", text.as_bytes()));
    assert!(found.trim() == expected.trim(), "\n{found}");
}

/// The same for the steps of a flow that is right but for them.
#[track_caller]
fn check_steps(steps: &str, expected: &str) {
    check(&format!("flow: f\ntrigger: manual\nsteps:\n{}", steps.trim_start_matches('\n')), expected);
}
