//! Programs give what jq 1.8 gives, within their budgets and on a small stack, whatever they are.

use serde_json::{Value as Json, json};

use crate::{Budget, Program};

mod random;

/// All outputs, and how it ended if it failed.
fn run(source: &str, input: &Json, budget: Budget) -> (Vec<Json>, Option<String>) {
    let program = Program::compile(source, &[]).unwrap_or_else(|wrong| panic!("{source}: {wrong:?}"));
    let mut outputs = Vec::new();
    let ended = program.each(input, &[], budget, &mut |output| outputs.push(output));
    (outputs, ended.err().map(|fault| format!("{}: {fault}", fault.code)))
}

#[track_caller]
fn check(source: &str, input: impl Into<Json>, expected: &[Json]) {
    let (outputs, ended) = run(source, &input.into(), Budget::default());
    assert_eq!(ended, None, "{source}");
    let texts = |values: &[Json]| values.iter().map(Json::to_string).collect::<Vec<_>>();
    assert_eq!(texts(&outputs), texts(expected), "{source}");
}

#[track_caller]
fn check_limit(source: &str, input: impl Into<Json>, budget: Budget, what: &str) {
    let (_, ended) = run(source, &input.into(), budget);
    let ended = ended.unwrap_or_else(|| panic!("{source} ended"));
    assert!(ended.starts_with("E-EXPR-LIMIT") && ended.contains(what), "{source}: {ended}");
}

#[test]
fn the_last_operand_is_the_outer_loop() {
    check("[(1, 2) + (10, 20)]", json!(null), &[json!([11, 12, 21, 22])]);
    check("[\"\\(1, 2) \\(3, 4)\"]", json!(null), &[json!(["1 3", "2 3", "1 4", "2 4"])]);
    check("[pow(2, 3; 1, 2)]", json!(null), &[json!([2, 3, 4, 9])]);
    check("[.[0, 1][0, 1]]", json!([[1, 2], [3, 4]]), &[json!([1, 3, 2, 4])]);
    check("[.[0:(1, 2)][(0, 1):]]", json!([5, 6]), &[json!([[5], [5, 6], [], [6]])]);
}

#[test]
fn the_first_member_and_the_first_parameter_are_the_outer_loop() {
    check(
        "{a: (1, 2), b: (3, 4)}",
        json!(null),
        &[json!({"a": 1, "b": 3}), json!({"a": 1, "b": 4}), json!({"a": 2, "b": 3}), json!({"a": 2, "b": 4})],
    );
    check("[range(0, 1; 2, 3)]", json!(null), &[json!([0, 1, 0, 1, 2, 1, 1, 2])]);
    check("[limit(1, 2; .[])]", json!([7, 8]), &[json!([7, 7, 8])]);
}

#[test]
fn patterns_bind_as_in_jq() {
    check(". as [$a, $a] | $a", json!([1, 2]), &[json!(2)]);
    check(". as {a: $x, b: $x} | $x", json!({"a": 1, "b": 2}), &[json!(1)]);
    check("\"x\" as $x | . as {$x: $y, ($x): $z} | [$x, $y, $z]", json!({"x": 1}), &[json!([1, 1, 1])]);
    check(
        "[.[] as [{(\"a\", \"b\"): $x}, {(\"c\", \"d\"): $y}] | [$x, $y]]",
        json!([[{"a": 1, "b": 2}, {"c": 3, "d": 4}]]),
        &[json!([[1, 3], [2, 3], [1, 4], [2, 4]])],
    );
    check(".[] as [$a] ?// $b | [$a, $b]", json!([[1], 2]), &[json!([1, null]), json!([null, 2])]);
}

#[test]
fn failures_behind_a_try_are_not_its_own() {
    let source = "try ((try . catch \"inner\") | error) catch \"outer\"";
    check(source, json!("x"), &[json!("outer")]);
    check("[.[] | (.a?, .b?)]", json!([{"a": 1}, 2]), &[json!([1, null])]);
    check("[label $out | .[] | if . > 1 then break $out else . end]", json!([0, 1, 2, 0]), &[json!([0, 1])]);
    check("first(.[] | if . == 3 then error else . end)", json!([1, 3]), &[json!(1)]);
}

#[test]
fn updates_delete_what_gives_nothing() {
    check("(.[] | select(. >= 2)) |= empty", json!([1, 5, 3, 0, 7]), &[json!([1, 0])]);
    check("(.a.b, .c[3].d) |= empty", json!({"c": []}), &[json!({"c": []})]);
    check("first(. as [$a] ?// $a | $a)", json!([[1]]), &[json!([1])]);
    check("{a, (.a): empty}", json!({"a": 1}), &[]);
    check(".a[1:3] |= map(. * 2)", json!({"a": [1, 2, 3, 4]}), &[json!({"a": [1, 4, 6, 4]})]);
    check(".a.b.c = 1 | .a.d[1] += 2", json!(null), &[json!({"a": {"b": {"c": 1}, "d": [null, 2]}})]);
    check(".a += (1, 2)", json!({"a": 1}), &[json!({"a": 2}), json!({"a": 3})]);
    check(
        "del(.[1], .[-6], .[2], .[-3:9])",
        json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        &[json!([0, 3, 5, 6, 9])],
    );
}

#[test]
fn every_expression_may_stand_in_a_path() {
    for (source, expected) in [
        ("path(first(.a, .b))", json!(["a"])),
        ("path(limit(1; .a, .b))", json!(["a"])),
        ("path(nth(1; .a, .b))", json!(["b"])),
        ("path(.c // .b)", json!(["b"])),
        ("path(if .a then .b else .c end)", json!(["b"])),
        ("path(getpath([\"a\", 1]))", json!(["a", 1])),
        ("path(.a | last)", json!(["a", -1])),
        ("path(.a[1:][0])", json!(["a", {"start": 1, "end": null}, 0])),
        ("path(\"a\" as $x | .[$x])", json!(["a"])),
        ("[path(foreach (\"a\", \"b\") as $k (.; .; .[$k]))]", json!([["a"], ["b"]])),
        ("try path(.a | map(.)) catch .", json!("Invalid path expression with result [1,2]")),
        (
            "try path({} | .a) catch .",
            json!("Invalid path expression near attempt to access element \"a\" of {}"),
        ),
    ] {
        check(source, json!({"a": [1, 2], "b": 3}), &[expected]);
    }
}

#[test]
fn formats_escape() {
    for (source, expected) in [
        ("@csv \"\\([1.0, \"a\\\"b\", null, true])\"", "1.0,\"a\"\"b\",,true"),
        ("[\"a\\tb\\\\\"] | @tsv", "a\\tb\\\\"),
        ("\"é ü/~\" | @uri", "%C3%A9%20%C3%BC%2F~"),
        ("\"%C3%A9+\" | @urid", "é+"),
        ("[\"a b\", 1, null, \"O'Hara\"] | @sh", "'a b' 1 null 'O'\\''Hara'"),
        ("\"éa\" | @base64", "w6lh"),
        ("\"w6lh\" | @base64d", "éa"),
        ("\"nuhl\" | @base64d", "\u{FFFD}\u{FFFD}"),
        ("@html \"<\\(\"<&'\\\">\")>\"", "<&lt;&amp;&apos;&quot;&gt;>"),
        ("@json \"x\\([1.50, {\"a\": 1e-7}])\"", "x[1.50,{\"a\":1E-7}]"),
    ] {
        check(source, json!(null), &[json!(expected)]);
    }
}

#[test]
fn failures_say_where() {
    let program = Program::compile("{\n  a: 1,\n  b: (.x + \"é\")\n}", &[]).unwrap();
    let fault = program.one(&json!({"x": 1}), &[], Budget::default()).unwrap_err();
    assert_eq!(fault.code.name, "E-EXPR-FAILED");
    assert_eq!(fault.message, "number (1) and string (\"é\") cannot be added");
    let at = fault.at.clone().unwrap();
    assert_eq!((at.line, at.column, at.width), (Some(3), Some(6), Some(10)));
}

#[test]
fn one_value_is_one_value() {
    let one = |source, input| Program::compile(source, &[]).unwrap().one(&input, &[], Budget::default());
    assert_eq!(one(".[]", json!([1])).unwrap(), json!(1));
    assert_eq!(one(".[]", json!([])).unwrap_err().code.name, "E-MAP-COUNT");
    let fault = one(".[], error", json!([1, 2])).unwrap_err();
    assert_eq!(fault.code.name, "E-MAP-COUNT");
    assert_eq!(fault.message, "the expression gives more than one value where one is needed");
    assert_eq!(one("(1 as [$a] ?// $a | ., .)", json!(1)).unwrap_err().code.name, "E-MAP-COUNT");
    let truth =
        |source| Program::compile(source, &[]).unwrap().truth(&json!({"a": 0}), &[], Budget::default());
    assert!(truth(".a").unwrap());
    assert!(!truth(".b").unwrap());
}

#[test]
fn variables_are_given_by_position() {
    let program = Program::compile("[$b, $a, $c]", &["a", "b", "c"]).unwrap();
    let given = program.one(&json!(null), &[&json!(1), &json!({"x": 2})], Budget::default()).unwrap();
    assert_eq!(given, json!([{"x": 2}, 1, null]));
}

#[test]
fn whatever_doubles_ends() {
    let budget = Budget { steps: 300_000, bytes: 4 << 20, ..Budget::default() };
    let long = "range(100000)";
    for (source, what) in [
        (format!("reduce {long} as $i (\"ab\"; . + .)"), "bytes"),
        (format!("reduce {long} as $i ([1]; . + .)"), ""),
        (format!("reduce {long} as $i (1; [., .])"), "levels"),
        ("reduce range(100) as $i (1; [., .])".to_owned(), ""),
        ("reduce range(100) as $i (1; [., .]) | tojson".to_owned(), ""),
        ("reduce range(100) as $i (1; [., .]) | tostring | length".to_owned(), ""),
        (
            "(reduce range(100) as $i (1; [., .])) == (reduce range(100) as $i (1; [., .]))".to_owned(),
            "steps",
        ),
        ("[reduce range(100) as $i (1; {a: ., b: .}) | ., .] | sort".to_owned(), "steps"),
        ("reduce range(100) as $i (1; [., .]) | [paths] | length".to_owned(), ""),
        ("reduce range(100) as $i (1; [., .]) | flatten".to_owned(), ""),
        ("reduce range(100) as $i (1; [., .]) | walk(.)".to_owned(), ""),
        ("reduce range(100) as $i (1; [., .]) | [tostream] | length".to_owned(), ""),
        ("reduce range(100) as $i (1; [., .]) | @json".to_owned(), ""),
        ("\"x\" * 2000000000".to_owned(), "bytes"),
        (".[500000000] = 1".to_owned(), ""),
        ("[range(1000000000)]".to_owned(), ""),
        ("last(range(1e18; 2e18; 1))".to_owned(), "steps"),
        ("[limit(1000000000; range(1000000000))]".to_owned(), ""),
        ("[range(30)] | [combinations(30)] | length".to_owned(), ""),
        ("\"a\" * 60000 | [match(\"\"; \"g\")] | length".to_owned(), ""),
        ("\"a\" * 1000000 | gsub(\"a\"; \"bbbb\")".to_owned(), ""),
        ("reduce range(1000) as $i (null; setpath([range(200)]; 1))".to_owned(), "levels"),
    ] {
        check_limit(&source, json!(null), budget, what);
    }
}

#[test]
fn sharing_costs_nothing() {
    check(
        "[\"x\" * 1000000 | ., ., . | ., ., ., . | ., ., ., . | ., ., .] | length",
        json!(null),
        &[json!(144)],
    );
    check("range(0; 1; -0.0000000000000000000001)", json!(null), &[]);
    let text = "a".repeat(20_000);
    check("gsub(\"a\"; \"bb\") | length", json!(text), &[json!(40_000)]);
}

#[test]
fn small_budgets_end() {
    let steps = Budget { steps: 100, ..Budget::default() };
    check_limit("[.[] | . + 1] | add", Json::from(vec![1; 200]), steps, "100 steps");
    let bytes = Budget { bytes: 1_000, ..Budget::default() };
    check_limit("[.[] | {a: .}]", Json::from(vec![1; 200]), bytes, "1000 bytes");
    check_limit("map(tostring) | join(\",\")", Json::from(vec![12345; 60]), bytes, "1000 bytes");
    let depth = Budget { depth: 3, ..Budget::default() };
    check_limit("[[[[1]]]] | .[0] |= .", json!(null), depth, "3 levels");
    check_limit("{a: [{b: [.]}]}", json!(null), depth, "3 levels");
    check_limit("try ([.[] | . + 1] | add) catch 0", Json::from(vec![1; 200]), steps, "100 steps");
}

#[test]
fn lists_and_objects_grow_in_place() {
    // Copies would need a hundred times the default budget.
    let grown = "reduce range(20000) as $i ([]; . + [$i]) | length";
    check(grown, json!(null), &[json!(20000)]);
    check("reduce range(20000) as $i ({}; .[$i | tostring] = $i) | length", json!(null), &[json!(20000)]);
    check("reduce range(20000) as $i ({a: []}; .a[$i] = $i) | .a | length", json!(null), &[json!(20000)]);
    check(
        "reduce range(20000) as $i ({}; .[($i % 10) | tostring] += [$i]) | length",
        json!(null),
        &[json!(10)],
    );
}

/// Programs as deep as the parser allows, of every construct that nests, run on two megabytes of stack:
/// the least that a thread of the server has.
#[test]
fn deep_programs_run_on_a_small_stack() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let mut programs = Vec::new();
    for times in [50, 100, 120] {
        for (open, close) in [
            ("[", "]"),
            ("{a: ", "}"),
            ("(.[]? | ", ")"),
            ("[.[]? | ", "]"),
            ("(., .[]? | ", ")"),
            ("(1 + ", ")"),
            ("(.[]? + ", ")"),
            ("(. as $x | ", ")"),
            ("((., .) as [$x] ?// $x | ", ")"),
            ("if .[]? then ", " else 1 end"),
            ("if ", " then 1 else 2 end"),
            ("(try ", " catch .)"),
            ("first(", ")"),
            ("limit(1; ", ")"),
            ("path(", ")"),
            ("map(", ")"),
            ("walk(", ")"),
            ("sort_by(", ")"),
            ("any(", ")"),
            ("(reduce .[]? as $x (.; ", "))"),
            ("(foreach .[]? as $x (.; ", "))"),
            ("(.[]? |= ", ")"),
            ("del(", ")"),
            ("with_entries(", ")"),
            ("(. // ", ")"),
            ("(empty // ", ")"),
            ("(true and ", ")"),
            ("(label $out | ", ")"),
            ("\"\\(", ")\""),
            ("{(", "): 1}"),
            (".[", "]?"),
        ] {
            programs.push(nested(open, ".", close, times));
        }
    }
    programs.push(vec![".[]?"; 5_000].join(" | "));
    programs.push(vec!["(., .)"; 5_000].join(" | "));
    programs.push(vec![".[]?"; 5_000].join(", "));
    programs.push(format!(".{}", "[0]?".repeat(20_000)));
    programs.push(format!(".{}", "[]?".repeat(20_000)));
    programs.push(format!("\"{}\"", "\\(1, 2)".repeat(100)));
    programs.push(format!("{{{}}}", vec!["a: (1, 2)"; 1_000].join(", ")));
    programs.push(format!(". as [{}] | 1", vec!["$a"; 2_000].join(", ")));
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let budget = Budget { steps: 50_000, ..Budget::default() };
        let mut deep = json!(1);
        for _ in 0..120 {
            deep = json!([deep]);
        }
        for source in programs {
            // Whether it compiles, gives something or fails does not matter here.
            let Ok(program) = Program::compile(&source, &[]) else { continue };
            for input in [json!(null), json!([1, [2, {"a": 3}]]), deep.clone()] {
                let mut count = 0;
                drop(program.each(&input, &[], budget, &mut |_| count += 1));
            }
        }
    });
    thread.unwrap().join().unwrap();
}
