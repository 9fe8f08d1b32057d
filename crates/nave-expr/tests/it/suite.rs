//! The official test suite of jq 1.8.2, which stands beside the repository where it is developed.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like a test")]

use std::fs;
use std::path::{Path, PathBuf};

/// One test of the suite.
#[derive(Debug)]
pub(crate) struct Case {
    /// File and line of the program.
    pub(crate) place: String,
    pub(crate) program: String,
    /// Its input, as JSON or nearly.
    pub(crate) input: String,
    /// What comes out before it ends or fails, as JSON.
    pub(crate) outputs: Vec<String>,
    pub(crate) expected: Expected,
}

/// What the suite says of a program before it runs.
#[derive(Debug)]
pub(crate) enum Expected {
    /// It compiles.
    Compiles,
    /// It does not compile; jq's message.
    Refusal(String),
}

/// The folder of the suite, unless it is not there.
pub(crate) fn folder() -> Option<PathBuf> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().map(|folder| folder.join("shared/jq")).find(|folder| folder.is_dir())
}

/// All tests of the suite: groups of lines between blank ones. The first line is the program, the second
/// the input, the others are outputs; behind `%%FAIL` stand a program and a message.
pub(crate) fn cases(folder: &Path) -> Vec<Case> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "test"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mut group: Vec<(usize, &str)> = Vec::new();
        for (number, line) in text.lines().chain([""]).enumerate() {
            let is_comment = line.trim_start().starts_with('#');
            if !line.trim().is_empty() && !is_comment {
                group.push((number + 1, line));
            } else if line.trim().is_empty() {
                cases.extend(case(&name, &std::mem::take(&mut group)));
            }
        }
    }
    cases
}

fn case(file: &str, group: &[(usize, &str)]) -> Option<Case> {
    let (_, first) = group.first()?;
    let is_failure = first.starts_with("%%FAIL");
    let group = if is_failure { group.get(1..)? } else { group };
    let (line, program) = group.first()?;
    let rest: Vec<String> = group.iter().skip(1).map(|(_, line)| (*line).to_owned()).collect();
    let expected = if is_failure { Expected::Refusal(rest.join("\n")) } else { Expected::Compiles };
    let (input, outputs) = match rest.split_first() {
        Some((input, outputs)) => (input.clone(), outputs.to_vec()),
        None => (String::new(), Vec::new()),
    };
    let place = format!("{file}:{line}");
    Some(Case { place, program: (*program).to_owned(), input, outputs, expected })
}
