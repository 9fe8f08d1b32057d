//! The checker by example: each case is a program with what it is handed and what it must give, and
//! exactly what the checker says. Cases stand in `tests/*.txt`, schemas in `tests/schemas.json`.

use crate::check::{Count, Inferred, Presence, Scope, Variable, check, condition, infer};
use crate::diagnostic::Diagnostic;
use crate::syntax::parse;
use crate::types::fixture::Document;

mod hostile;

/// Input, target, variables and mode of a case: `deal -> project`, `deal $done?`, `deal when`.
struct Setting<'t> {
    input: &'t str,
    target: Option<&'t str>,
    variables: Vec<&'t str>,
    is_condition: bool,
}

fn setting(line: &str) -> Setting<'_> {
    let mut words = line.split_whitespace();
    let mut setting =
        Setting { input: words.next().unwrap(), target: None, variables: Vec::new(), is_condition: false };
    while let Some(word) = words.next() {
        match word {
            "->" => setting.target = words.next(),
            "when" => setting.is_condition = true,
            variable => setting.variables.push(variable),
        }
    }
    setting
}

/// `$project:project`, `$project:project?` where it may not be there.
fn variable<'d>(document: &'d Document, word: &str) -> (String, Variable<'d>) {
    let (name, schema) = word.trim_start_matches('$').split_once(':').unwrap();
    let presence = match schema.strip_suffix('?') {
        Some(_) => Presence::Maybe(format!("the step `{name}` may not run")),
        None => Presence::Always,
    };
    let ty = document.at(&format!("/{}", schema.trim_end_matches('?')));
    (name.to_owned(), Variable { ty, name: None, presence })
}

fn shown(program: &str, inferred: &Inferred<'_>) -> String {
    let count = match inferred.count {
        Count::ONE => "",
        Count::MAYBE => ", or nothing",
        Count::SOME => ", one or more",
        _ => ", any number",
    };
    let mut shown = match inferred.ty.is_never() {
        true if inferred.count.some => "never gives anything\n".to_owned(),
        true => "gives nothing\n".to_owned(),
        false => format!("gives {}{count}\n", inferred.ty),
    };
    if let Some(failure) = &inferred.can_fail
        && inferred.is_accepted()
    {
        shown.push_str(&format!("may fail: {}\n", failure.reason));
    }
    for Diagnostic { code, span, message, hint, is_warning } in &inferred.diagnostics {
        let (line, column) = span.place(program);
        let severity = if *is_warning { "warning" } else { "error" };
        let text = span.text(program).replace('\n', "⏎");
        shown.push_str(&format!("{severity}[{code}] {line}:{column} {text}\n  {message}\n"));
        if let Some(hint) = hint {
            shown.push_str(&format!("  hint: {hint}\n"));
        }
    }
    shown
}

fn run(document: &Document, line: &str, program: &str) -> String {
    let setting = setting(line);
    let scope = Scope {
        input: document.at(&format!("/{}", setting.input)),
        input_name: format!("the {}", setting.input),
        variables: setting.variables.iter().map(|word| variable(document, word)).collect(),
    };
    let expr = match parse(program) {
        Ok(expr) => expr,
        Err(diagnostics) => return format!("cannot be read: {}\n", diagnostics[0].message),
    };
    let inferred = match setting.target {
        _ if setting.is_condition => condition(&expr, &scope),
        Some(target) => {
            let name = format!("erp.{target}");
            check(&expr, &scope, &document.at(&format!("/{target}")), &name)
        }
        None => infer(&expr, &scope),
    };
    shown(program, &inferred)
}

/// Cases are parted by lines of `=`; each is a line of setting, a program, a line of `-` and what is said.
#[track_caller]
fn cases(text: &str) -> usize {
    let document = Document::new(serde_json::from_str(include_str!("tests/schemas.json")).unwrap());
    let mut actual = Vec::new();
    for case in text.split("\n====\n") {
        let (head, _) = case.split_once("\n----\n").unwrap_or_else(|| panic!("no `----` in {case}"));
        let (setting, program) = head.split_once('\n').unwrap();
        actual.push(format!("{head}\n----\n{}", run(&document, setting, program)));
    }
    let count = actual.len();
    let actual = actual.join("\n====\n");
    assert_eq!(actual, text, "\n{actual}");
    count
}

macro_rules! files {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            cases(include_str!(concat!("tests/", stringify!($name), ".txt")));
        }
    )*};
}

files! { paths narrowing operators construction binding calls assignments targets conditions }
