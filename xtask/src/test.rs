//! Everything a change must pass. Continuous integration runs this and nothing else, so what is green
//! here is green there.

use std::path::Path;

use crate::{say, steps};

/// What stands in the way of a change, cheapest first, so that a slip is told early.
const STEPS: [(&str, Step); 6] = [
    ("the code is formatted", Step::Program(&["cargo", "fmt", "--all", "--check"])),
    ("the rules of the house hold", Step::House),
    (
        "no lint complains",
        Step::Program(&[
            "cargo",
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]),
    ),
    (
        "examples in the documentation of the code run",
        Step::Program(&["cargo", "test", "--workspace", "--locked", "--doc"]),
    ),
    (
        "the documentation of the code builds",
        Step::Program(&[
            "env",
            "RUSTDOCFLAGS=-D warnings -A rustdoc::private_intra_doc_links",
            "cargo",
            "doc",
            "--workspace",
            "--locked",
            "--no-deps",
            "--document-private-items",
        ]),
    ),
    // Last, so that what the test runner sums up stands at the end.
    ("the tests pass", Step::Tests),
];

enum Step {
    Program(&'static [&'static str]),
    House,
    /// By cargo-nextest where it is installed, else by the runner that comes with cargo.
    Tests,
}

const NEXTEST: [&str; 6] = ["cargo", "nextest", "run", "--workspace", "--locked", "--no-fail-fast"];
const PLAIN: [&str; 8] =
    ["cargo", "test", "--workspace", "--locked", "--lib", "--bins", "--tests", "--no-fail-fast"];

/// Runs every step and sums up.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let mut report = Report::default();
    for (what, step) in STEPS {
        say(&format!("\n== {what}"));
        match step {
            Step::House => report.result(what, crate::house::run(root)?),
            Step::Program(program) => report.step(what, steps::run(root, program)?),
            Step::Tests if steps::exists(&["cargo", "nextest", "--version"]) => {
                report.step(what, steps::run(root, &NEXTEST)?);
            }
            Step::Tests => report.step(what, steps::run(root, &PLAIN)?),
        }
    }
    Ok(report.close())
}

#[derive(Default)]
struct Report {
    results: Vec<(&'static str, bool)>,
    closing: Vec<String>,
}

impl Report {
    fn step(&mut self, what: &'static str, outcome: steps::Outcome) {
        // A crate without examples sums up that it ran none, which says nothing.
        let ran = |line: &String| !line.contains(" 0 passed; 0 failed;");
        self.closing.extend(outcome.closing.into_iter().filter(ran));
        self.result(what, outcome.passed);
    }

    fn result(&mut self, what: &'static str, passed: bool) {
        self.results.push((what, passed));
    }

    /// Prints the runner's closing lines and one line per step; says whether all passed.
    fn close(&self) -> bool {
        say("");
        for (what, passed) in &self.results {
            say(&format!("{} {what}", if *passed { "ok    " } else { "FAILED" }));
        }
        for line in &self.closing {
            say(line);
        }
        self.results.iter().all(|(_, passed)| *passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_fails_the_whole() {
        let mut report = Report::default();
        report.result("first", true);
        assert!(report.close());
        report.step("second", steps::Outcome { passed: false, closing: Vec::new() });
        report.result("third", true);
        assert!(!report.close());
    }
}
