//! What the profile refuses, and what looks like it and is not refused.

use std::collections::BTreeSet;

use crate::syntax::profile::{When, refusals};
use crate::syntax::{parse, refusal};

/// The texts of what is refused, each with the name under which it stands in the table.
#[track_caller]
fn check(source: &str, expected: &[&str]) {
    let found: Vec<String> = match parse(source) {
        Ok(_) => Vec::new(),
        Err(problems) => problems
            .iter()
            .map(|problem| {
                assert_eq!(problem.code.name, "E-EXPR-PROFILE", "{source}: {}", problem.message);
                assert!(problem.hint.is_some());
                let name = problem.message.split('`').nth(1).unwrap_or(&problem.message);
                format!("{name} at {}", problem.span.text(source))
            })
            .collect(),
    };
    assert_eq!(found, expected, "{source}");
}

/// Every row of the table is met by one of these.
const EXAMPLES: [(&str, &[&str]); 39] = [
    ("def f: 1; f", &["def at def"]),
    ("[..]", &[".. at .."]),
    ("recurse | recurse(.a) | recurse(.a; .b)", &["recurse at recurse"; 3]),
    ("recurse_down", &["recurse_down at recurse_down"]),
    ("repeat(.a)", &["repeat at repeat"]),
    ("[while(.a; .b)]", &["while at while"]),
    ("until(.a; .b)", &["until at until"]),
    ("range(.n), range(0; $n), range(1; 2; .a)", &["range at .n", "range at $n", "range at .a"]),
    ("fromstream(1)", &["fromstream at fromstream"]),
    ("truncate_stream(1)", &["truncate_stream at truncate_stream"]),
    ("reduce .a as [$x] ?// $x (0; 1)", &["?// at $x"]),
    ("foreach .a as [$x] ?// $y (0; 1)", &["?// at $y"]),
    ("input", &["input at input"]),
    ("[inputs]", &["inputs at inputs"]),
    ("input_filename", &["input_filename at input_filename"]),
    ("input_line_number", &["input_line_number at input_line_number"]),
    ("$__prog_args", &["$__prog_args at $__prog_args"]),
    ("env.HOME, $ENV.HOME, {$ENV}", &["env at env", "$ENV at $ENV", "$ENV at $ENV"]),
    ("now", &["now at now"]),
    ("localtime", &["localtime at localtime"]),
    ("strflocaltime(\"%Y\")", &["strflocaltime at strflocaltime"]),
    ("debug | debug(.a)", &["debug at debug"; 2]),
    ("stderr", &["stderr at stderr"]),
    ("halt, halt_error(1)", &["halt at halt", "halt_error at halt_error"]),
    ("get_search_list", &["get_search_list at get_search_list"]),
    ("\"a\" | modulemeta", &["modulemeta at modulemeta"]),
    ("import \"a\" as a; .", &["import at import"]),
    ("include \"a\" {b: 1}; .", &["include at include"]),
    ("module {}; .", &["module at module"]),
    ("a::b | $a::b", &[":: at a::b", ":: at $a::b"]),
    ("builtins", &["builtins at builtins"]),
    ("test(.p)", &["test at .p"]),
    ("match(\"a\"; $flags)", &["match at $flags"]),
    ("capture(\"(?<a>\\(.p))\")", &["capture at \"(?<a>\\(.p))\""]),
    ("scan([.p, \"g\"])", &["scan at [.p, \"g\"]"]),
    ("split(.a; null)", &["split at .a"]),
    ("splits(.a)", &["splits at .a"]),
    ("sub(.a; \"b\"), sub(\"a\"; .b; .f)", &["sub at .a", "sub at .f"]),
    ("gsub(.a; .b; .c)", &["gsub at .a", "gsub at .c"]),
];

#[test]
fn every_row_refuses() {
    let mut met = BTreeSet::new();
    for (source, expected) in EXAMPLES {
        check(source, expected);
        met.extend(expected.iter().filter_map(|line| line.split(" at ").next()));
    }
    let rows: BTreeSet<&str> = refusals().iter().map(|refusal| refusal.name).collect();
    assert_eq!(met, rows);
}

#[test]
fn all_refusals_of_an_expression_are_reported() {
    check("{ a: now, b: [..], c: (env | .A), d: 1 }", &["now at now", ".. at ..", "env at env"]);
    check("def f: .a; def g(x; $y): def h: 1; x; [now]", &["def at def", "def at def", "now at now"]);
    check(
        "if now then \"\\(input)\" else . as {(env): $x} | 1 end",
        &["now at now", "input at input", "env at env"],
    );
}

#[test]
fn mistakes_and_refusals_are_reported_together() {
    let source = "{ a: now, b: 1 +, c: [inputs, 2 3, debug] }";
    let problems = parse(source).unwrap_err();
    let found: Vec<(&str, &str)> =
        problems.iter().map(|problem| (problem.code.name, problem.span.text(source))).collect();
    let (refused, wrong) = ("E-EXPR-PROFILE", "E-EXPR-SYNTAX");
    assert_eq!(
        found,
        [(refused, "now"), (wrong, ","), (refused, "inputs"), (wrong, "3"), (refused, "debug")]
    );
}

#[test]
fn patterns_that_backtrack_are_refused_at_their_place() {
    check(
        "test(\"a(?=b)\")",
        &["looking ahead in a pattern is refused: it may take time without end at \"a(?=b)\""],
    );
    check(
        "[match([\"(a)\\\\1\", \"g\"])]",
        &[
            "a reference to an earlier group in a pattern is refused: it may take time without end at \"(a)\\\\1\"",
        ],
    );
    check(
        "split(\"(?<=a)\"; null)",
        &["looking behind in a pattern is refused: it may take time without end at \"(?<=a)\""],
    );
}

#[test]
fn what_ends_passes() {
    for source in [
        "range(10), range(0; 5), range(0, 1; 3, 4), range(0; -10; -2)",
        "test(\"^a+$\"; \"xi\"), test([\"a\", \"i\"]), test(\"a\"; null), test((\"a\", \"b\"))",
        "capture(\"(?<a>[a-z]+)-(?<n>\\\\d+)\"), sub(\"(?<x>a)\"; \"\\(.x)!\"; \"g\")",
        "split(.a), split(\"a, b\"), split(\", *\"; null), splits(\", *\"; \"g\")",
        "walk(.), paths, paths(.a), combinations, tostream, limit(3; .[]), first, first(.[])",
        "INDEX(.id), IN(\"a\", \"b\"), ascii, implode, getpath([\"a\"]), error, error(\"x\")",
        "gmtime, mktime, strftime(\"%Y\"), todate, fromdate, $__loc__, @sh, @json, ltrimstr(.a)",
        "{now, env, input: 1, debug: 2}, .now, .env.input, $input, .[\"range\"]",
        "\"def f: now; ..\"",
    ] {
        check(source, &[]);
    }
}

#[test]
fn refusals_can_be_looked_up() {
    assert_eq!(refusal("now", 0).map(|refusal| refusal.when), Some(When::Always));
    assert_eq!(refusal("range", 2).map(|refusal| refusal.when), Some(When::BoundIsComputed));
    assert_eq!(refusal("split", 2).map(|refusal| refusal.when), Some(When::PatternIsComputed));
    assert_eq!(refusal("split", 1), None);
    assert_eq!(refusal("map", 1), None);
}
