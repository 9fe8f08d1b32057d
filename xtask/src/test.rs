//! Everything a change must pass. Continuous integration runs this and nothing else, so what is green
//! here is green there.

use std::path::Path;

use crate::house::tree;
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

/// Where property tests look for the number their values are made from (proptest, `Config::rng_seed`).
const SEED: &str = "PROPTEST_RNG_SEED";

/// Runs every step and sums up.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let seed = seed(root);
    let mut report = Report::default();
    for (what, step) in STEPS {
        say(&format!("\n== {what}"));
        match step {
            Step::House => report.result(what, crate::house::run(root)?),
            Step::Program(program) => report.step(what, steps::run(root, program)?),
            Step::Tests => {
                let is_nextest = steps::exists(&["cargo", "nextest", "--version"]);
                let runner = if is_nextest { &NEXTEST[..] } else { &PLAIN[..] };
                report.step(what, steps::run(root, &seeded(seed.as_deref(), runner))?);
            }
        }
    }
    Ok(report.close())
}

/// `PROPTEST_RNG_SEED=…` for property tests: what the environment says, else a number of the tree of the
/// last commit, so that every commit tries other values, and one and the same commit always the same.
/// `None`: the values are random, as there is no commit to tell.
#[expect(
    clippy::disallowed_methods,
    reason = "it is proptest's own variable, which tests read by themselves"
)]
fn seed(root: &Path) -> Option<String> {
    let value = std::env::var(SEED).ok().or_else(|| {
        let tree = tree::output(root, &["git", "rev-parse", "HEAD^{tree}"]).ok()?;
        number_of(tree.trim()).map(|number| number.to_string())
    });
    let Some(value) = value else {
        say("property tests try random values: there is no commit to take a seed from");
        return None;
    };
    let setting = format!("{SEED}={value}");
    say(&format!("property tests try the values of {setting}"));
    Some(setting)
}

/// The first 60 bits of a Git object's name, written in decimal as proptest reads it.
fn number_of(object: &str) -> Option<u64> {
    u64::from_str_radix(object.get(..15)?, 16).ok()
}

fn seeded<'p>(seed: Option<&'p str>, runner: &[&'p str]) -> Vec<&'p str> {
    let settings = seed.map(|seed| ["env", seed]);
    settings.into_iter().flatten().chain(runner.iter().copied()).collect()
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
    fn a_tree_has_one_seed_and_no_tree_none() {
        assert_eq!(number_of("00000000000001f3c5aa"), Some(0x1f));
        assert_eq!(number_of("4b825dc642cb6eb9a060e54bf8d69288fbee4904"), Some(0x4b8_25dc_642c_b6eb));
        assert_eq!(number_of("4b825dc"), None);
        assert_eq!(number_of("HEAD^{tree} is unknown"), None);
    }

    #[test]
    fn the_runner_is_given_the_seed_if_there_is_one() {
        assert_eq!(seeded(Some("A=1"), &["cargo", "test"]), ["env", "A=1", "cargo", "test"]);
        assert_eq!(seeded(None, &["cargo", "test"]), ["cargo", "test"]);
    }

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
