//! jq 1.8.2's own tests: whatever of them lies in the profile gives the same results.
#![expect(clippy::expect_used, reason = "helpers of tests fail like a test")]

use std::collections::BTreeMap;

use nave_expr::{Budget, Diagnostic, Program, Value};
use serde_json::Value as Json;

use crate::suite::{self, Case, Expected};

/// What became of a test.
enum Outcome {
    Passed,
    /// It is no test of the language, or not of the profile.
    Outside(String),
    Failed(String),
}

/// What a program may need too many of by its fault's message.
const LEVELS: &str = "levels of values inside values";

/// Functions of jq's tests that Nave does not have and does not name in its list of refusals, and why.
const LEFT_OUT: &[(&str, &str)] = &[];

#[test]
fn what_lies_in_the_profile_gives_the_same_results() {
    let Some(folder) = suite::folder() else {
        println!("skipped: jq's tests are not beside this checkout");
        return;
    };
    let mut passed = 0_usize;
    let mut outside: BTreeMap<String, usize> = BTreeMap::new();
    let mut unrunnable: BTreeMap<String, usize> = BTreeMap::new();
    let mut failed = Vec::new();
    for case in suite::cases(&folder) {
        if let Some(reason) = unrunnable_by(&case) {
            *unrunnable.entry(reason.to_owned()).or_default() += 1;
            continue;
        }
        match run(&case) {
            Outcome::Passed => passed += 1,
            Outcome::Outside(reason) => *outside.entry(reason).or_default() += 1,
            Outcome::Failed(why) => failed.push(format!("{} {}\n    {why}", case.place, case.program)),
        }
    }
    let inside = passed + failed.len();
    let runnable = inside + outside.values().sum::<usize>();
    println!("runnable {runnable}, in the profile {inside}, passed {passed}");
    for (reason, count) in &outside {
        println!("  {count:4} outside the profile: {reason}");
    }
    for (reason, count) in &unrunnable {
        println!("  {count:4} not run: {reason}");
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(inside * 2 >= runnable, "only {inside} of {runnable} lie in the profile");
}

/// Why a test is none that an expression language could run.
fn unrunnable_by(case: &Case) -> Option<&'static str> {
    if matches!(case.expected, Expected::Refusal(_)) {
        return Some("it tests that jq refuses to compile, and its message");
    }
    let word = case.program.split_whitespace().next().unwrap_or_default();
    if matches!(word, "import" | "include" | "modulemeta") {
        return Some("it needs modules, which are files");
    }
    if serde_json::from_str::<Json>(trimmed(&case.input)).is_err() {
        return Some("its input is no JSON");
    }
    None
}

/// jq skips a byte order mark before its input; here that is for whoever reads the input.
fn trimmed(input: &str) -> &str {
    input.trim_start_matches('\u{feff}')
}

fn run(case: &Case) -> Outcome {
    let program = match Program::compile(&case.program, &[]) {
        Ok(program) => program,
        Err(diagnostics) => return refused(&diagnostics),
    };
    let input: Json = serde_json::from_str(trimmed(&case.input)).expect("runnable cases have JSON inputs");
    let mut outputs = Vec::new();
    let ended = program.each(&input, &[], Budget::default(), &mut |output| outputs.push(output));
    let mut expected: Vec<Json> = Vec::new();
    for line in &case.outputs {
        match serde_json::from_str(line) {
            Ok(output) => expected.push(output),
            Err(_) => return Outcome::Outside("its expected output is no JSON".to_owned()),
        }
    }
    let is_equal = outputs.len() == expected.len()
        && outputs
            .iter()
            .zip(&expected)
            .all(|(output, expected)| Value::from(output) == Value::from(expected));
    if is_equal {
        return Outcome::Passed;
    }
    if let Err(fault) = &ended
        && fault.code.name == "E-EXPR-LIMIT"
        && fault.message.ends_with(LEVELS)
    {
        // jq 1.8 bounds values at ten thousand levels and tests that bound; budgets bound them at 128.
        return Outcome::Outside(format!("beyond the default budget: {LEVELS}"));
    }
    let list = |values: &[Json]| values.iter().map(Json::to_string).collect::<Vec<_>>().join(" ");
    let end = ended.err().map_or_else(String::new, |fault| format!(" and {}: {fault}", fault.code));
    Outcome::Failed(format!("gave {}{end}\n    instead of {}", list(&outputs), list(&expected)))
}

fn refused(diagnostics: &[Diagnostic]) -> Outcome {
    let Some(first) = diagnostics.first() else { return Outcome::Failed("refused for no reason".to_owned()) };
    match first.code.name {
        "E-EXPR-PROFILE" => Outcome::Outside(first.message.clone()),
        "E-EXPR-NAME" => match LEFT_OUT.iter().find(|(name, _)| first.message.contains(&format!("`{name}`")))
        {
            Some((name, why)) => Outcome::Outside(format!("`{name}` is left out: {why}")),
            None => Outcome::Failed(format!("{}: {}", first.code, first.message)),
        },
        _ => Outcome::Failed(format!("{}: {} {:?}", first.code, first.message, first.hint)),
    }
}
