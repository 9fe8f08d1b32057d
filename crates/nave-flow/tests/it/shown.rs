//! Problems as `nave check` prints them.

use std::fmt::Write as _;

use nave_model::Problem;

/// Problems with the lines they stand in; `text` gives the content of a file.
pub(crate) fn shown(word: &str, problems: &[Problem], text: &dyn Fn(&str) -> String) -> String {
    let mut shown = String::new();
    for problem in problems {
        one(word, problem, text, &mut shown);
    }
    shown
}

fn one(word: &str, problem: &Problem, text: &dyn Fn(&str) -> String, shown: &mut String) {
    let at = &problem.at;
    writeln!(shown, "{word}[{}]: {}\n  --> {at}", problem.code, problem.message).unwrap();
    let (line, column, width) = (at.line.unwrap(), at.column.unwrap() as usize, at.width.unwrap() as usize);
    let text = text(at.file.as_deref().unwrap());
    let written = text.lines().nth(line as usize - 1).unwrap_or_default();
    assert!(column + width <= written.chars().count() + 1, "{problem} is marked outside of its line");
    let margin = " ".repeat(line.to_string().len());
    let carets = format!("{}{}", " ".repeat(column - 1), "^".repeat(width));
    writeln!(shown, "  {margin} |\n  {line} | {written}\n  {margin} | {carets}").unwrap();
    if let Some(hint) = &problem.hint {
        writeln!(shown, "  hint: {hint}").unwrap();
    }
}
