//! Programs are compiled, or everything that is wrong with their names is said.

use super::*;

/// The diagnostics as people see them: the text they are about, what is wrong, the hint.
fn complaints(source: &str) -> Vec<String> {
    let Err(diagnostics) = Program::compile(source, &["deal", "owner"]) else { return Vec::new() };
    let show = |wrong: &Diagnostic| {
        let hint = wrong.hint.as_deref().map_or(String::new(), |hint| format!("; {hint}"));
        format!("{} `{}`: {}{hint}", wrong.code, wrong.span.text(source), wrong.message)
    };
    diagnostics.iter().map(show).collect()
}

#[track_caller]
fn check(source: &str, expected: &[&str]) {
    assert_eq!(complaints(source), expected, "{source}");
}

#[test]
fn unknown_functions_have_a_nearest_one() {
    check("maap(.x)", &["E-EXPR-NAME `maap`: there is no function `maap`; did you mean `map`?"]);
    check("lenght", &["E-EXPR-NAME `lenght`: there is no function `lenght`; did you mean `length`?"]);
    check(
        "customer.name",
        &["E-EXPR-NAME `customer`: there is no function `customer`; for the field, write `.customer.name`; \
           for a text, `\"customer\"`"],
    );
    check(
        "map(; )".replace("; ", ".; .").as_str(),
        &["E-EXPR-NAME `map`: `map` does not take 2 arguments; there is `map(a)`"],
    );
    check("limit(1)", &["E-EXPR-NAME `limit`: `limit` does not take one argument; there is `limit(a; b)`"]);
    check(
        "any(.; .; .)",
        &["E-EXPR-NAME `any`: `any` does not take 3 arguments; there is `any` and `any(a)` and `any(a; b)`"],
    );
}

#[test]
fn unknown_variables_labels_and_formats_have_a_nearest_one() {
    check("$dael", &["E-EXPR-NAME `$dael`: there is no variable `$dael` here; did you mean `$deal`?"]);
    check(
        "(1 as $x | $x), $x",
        &["E-EXPR-NAME `$x`: there is no variable `$x` here; there is `$deal`, `$owner`"],
    );
    check(
        "label $outer | break $outr",
        &["E-EXPR-NAME `break $outr`: there is no `label $outr` around this `break`; did you mean `$outer`?"],
    );
    check(
        "@base46",
        &["E-EXPR-NAME `@base46`: there is no format `@base46`; did you mean `@base64` or `@base64d`?"],
    );
}

#[test]
fn everything_wrong_is_said_at_once() {
    let source = "{ a: lenght, b: $x, c: map(maap(.)), d: test(\"(\") }";
    assert_eq!(complaints(source).len(), 4, "{:?}", complaints(source));
}

#[test]
fn patterns_are_compiled_once() {
    check(
        "test(\"a\"; \"q\")",
        &[
            "E-EXPR-SYNTAX `\"a\"`: q is not a valid modifier string; flags are `g`, `i`, `x`, `s`, `n` and `p`",
        ],
    );
    check("test(\"(\")", &["E-EXPR-SYNTAX `\"(\"`: the pattern cannot be read: unclosed group"]);
    check(
        "[match(\"a\", \"b\")]",
        &["E-EXPR-PROFILE `\"a\", \"b\"`: a pattern and its flags must be written out as \
        texts; for a text that is only known when it runs, use `contains`, `startswith`, `split(text)` or `index`"],
    );
    check(
        "test(\"(a{1000}){1000}\")",
        &[
            "E-EXPR-LIMIT `\"(a{1000}){1000}\"`: the pattern needs more than 1048576 bytes; use smaller repetitions, \
           such as `{1,100}`",
        ],
    );
    check("test(\"a(?<n>b)\"; \"gin\"), sub(\"a\"; .x; \"g\"), splits(\", *\"; null)", &[]);
}

#[test]
fn programs_may_go_to_any_thread() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&Program::compile("map(test(\"a\"))", &[]).unwrap());
}
