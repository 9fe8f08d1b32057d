//! What people type wrong, where it is reported, and the hint they get.

use crate::syntax::parse;

/// A text; then place, message and hint of each problem.
type Example = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

#[track_caller]
fn check(examples: &[Example]) {
    for (source, expected) in examples {
        let problems = parse(source).unwrap_err();
        assert!(problems.iter().all(|problem| problem.code.name == "E-EXPR-SYNTAX"), "{source}");
        let found: Vec<(String, &str, &str)> = problems
            .iter()
            .map(|problem| {
                let place = format!("{}..{}", problem.span.start, problem.span.end);
                (place, problem.message.as_str(), problem.hint.as_deref().unwrap_or_default())
            })
            .collect();
        let found: Vec<(&str, &str, &str)> =
            found.iter().map(|(place, message, hint)| (place.as_str(), *message, *hint)).collect();
        assert_eq!(found, *expected, "{source}");
    }
}

#[test]
fn brackets_and_quotes_are_reported_where_they_open() {
    check(BRACKETS);
}

#[test]
fn texts_have_the_escapes_of_json() {
    check(ESCAPES);
}

#[test]
fn conditions_are_closed() {
    check(CONDITIONS);
}

#[test]
fn what_compares_is_not_what_sets() {
    check(COMPARISONS);
}

#[test]
fn habits_of_other_languages_get_a_hint() {
    check(HABITS);
}

#[test]
fn what_editors_put_in_gets_a_hint() {
    check(EDITORS);
}

#[test]
fn dots_and_dollars_have_names_behind_them() {
    check(DOTS);
}

#[test]
fn objects_need_keys_and_signs() {
    check(OBJECTS);
}

#[test]
fn bindings_and_folds_are_complete() {
    check(BINDINGS);
}

#[test]
fn something_is_missing_or_too_much() {
    check(MISSING);
}

#[test]
fn independent_mistakes_are_all_reported() {
    check(SEVERAL);
}

const BRACKETS: &[Example] = &[
    ("(1 + 2", &[("0..1", "this `(` is never closed", "put a `)` where it ends")]),
    ("[1, 2", &[("0..1", "this `[` is never closed", "put a `]` where it ends")]),
    ("{a: 1", &[("0..1", "this `{` is never closed", "put a `}` where it ends")]),
    ("[1, (2, 3]", &[("4..5", "this `(` is never closed", "put a `)` in front of the `]` that comes next")]),
    (
        "{ a: [1, 2, b: (3 }",
        &[
            ("5..6", "this `[` is never closed", "put a `]` in front of the `}` that comes next"),
            ("15..16", "this `(` is never closed", "put a `)` in front of the `}` that comes next"),
        ],
    ),
    (".a)", &[("2..3", "this `)` closes nothing", "")]),
    (
        r#""abc"#,
        &[(
            "0..1",
            "this text is never closed",
            r#"put a `"` where it ends; a `"` inside of a text is written `\"`"#,
        )],
    ),
    (r#""abc \(.name""#, &[("5..7", r#"this `\(` is never closed"#, "put a `)` where it ends")]),
    (
        r#"{ a: "x, b: 1 }"#,
        &[(
            "5..6",
            "this text is never closed",
            r#"put a `"` where it ends; a `"` inside of a text is written `\"`"#,
        )],
    ),
    (
        r#""a\(1, "b")"#,
        &[(
            "0..1",
            "this text is never closed",
            r#"put a `"` where it ends; a `"` inside of a text is written `\"`"#,
        )],
    ),
    ("f(1, 2", &[("1..2", "this `(` is never closed", "put a `)` where it ends")]),
    (r#".["a""#, &[("1..2", "this `[` is never closed", "put a `]` where it ends")]),
    ("}", &[("0..1", "this `}` closes nothing", "")]),
];

const ESCAPES: &[Example] = &[
    (
        r#""a\qb\'c\x41\u12""#,
        &[
            (
                "2..4",
                r#"a text has no escape `\q`"#,
                r#"a backslash is written `\\`; the escapes are those of JSON: \" \\ \/ \b \f \n \r \t \uXXXX"#,
            ),
            ("5..7", r#"a text has no escape `\'`"#, "write `'` as it is"),
            ("8..10", r#"a text has no escape `\x`"#, r#"write `\u00` and two digits"#),
            ("12..16", r#"`\u` needs four hexadecimal digits"#, r#"for example `\u00e9`"#),
        ],
    ),
    (
        r#""\ud83d" + "\udc00""#,
        &[
            (
                "1..7",
                "half of a surrogate pair is no character",
                r#"write both halves, for example `\ud83d\ude00`"#,
            ),
            (
                "12..18",
                "half of a surrogate pair is no character",
                r#"write both halves, for example `\ud83d\ude00`"#,
            ),
        ],
    ),
    (
        r#""50\% \${x}""#,
        &[
            (
                "3..5",
                r#"a text has no escape `\%`"#,
                r#"a backslash is written `\\`; the escapes are those of JSON: \" \\ \/ \b \f \n \r \t \uXXXX"#,
            ),
            (
                "6..8",
                r#"a text has no escape `\$`"#,
                r#"write it as it is; a value is put into a text by `\( … )`"#,
            ),
        ],
    ),
];

const CONDITIONS: &[Example] = &[
    (
        "if .a then 1",
        &[(
            "0..2",
            "this `if` has no `end`",
            "a condition is written `if … then … elif … then … else … end`",
        )],
    ),
    (
        "if .a then 1 else 2 | .b",
        &[(
            "0..2",
            "this `if` has no `end`",
            "a condition is written `if … then … elif … then … else … end`",
        )],
    ),
    (
        "{ a: [if .a then 1 else 2] }",
        &[(
            "6..8",
            "this `if` has no `end`",
            "a condition is written `if … then … elif … then … else … end`",
        )],
    ),
    (
        "{a: if .x then 1, b: 2}",
        &[(
            "4..6",
            "this `if` has no `end`",
            "a condition is written `if … then … elif … then … else … end`",
        )],
    ),
    (
        "if .a 1 else 2 end",
        &[(
            "6..7",
            "expected an operator or `then`, found `1`",
            "a condition is written `if … then … elif … then … else … end`",
        )],
    ),
    (
        "if .a then 1 else if .b then 2 else 3 end",
        &[(
            "0..2",
            "this `if` has no `end`",
            "write `elif` instead of `else if`; every `if` has its own `end`",
        )],
    ),
    (
        "if .a then 1 elsif .b then 2 end",
        &[("13..18", "expected an operator, `elif`, `else` or `end`, found `elsif`", "write `elif`")],
    ),
    (
        "if .a == 1 { 2 }",
        &[(
            "11..12",
            "expected an operator or `then`, found `{`",
            "a condition is written `if … then … elif … then … else … end`",
        )],
    ),
    (
        "if .a then 1; else 2 end",
        &[(
            "12..13",
            "expected an operator, `elif`, `else` or `end`, found `;`",
            "a condition is written `if … then … elif … then … else … end`",
        )],
    ),
    (
        "if . then else 1 end",
        &[("10..14", "expected an expression, found `else`", "write what belongs behind `then`")],
    ),
    (
        "1 end",
        &[(
            "2..5",
            "expected an operator or the end, found `end`",
            "there is no `if` that this `end` belongs to",
        )],
    ),
    (
        ".a catch 1",
        &[(
            "3..8",
            "expected an operator or the end, found `catch`",
            "there is no `try` that this `catch` belongs to",
        )],
    ),
    ("try", &[("3..3", "expected an expression, found the end", "write what belongs behind `try`")]),
];

const COMPARISONS: &[Example] = &[
    (
        "if .a = 1 then 2 end",
        &[(
            "6..7",
            "`=` sets a value, it does not compare",
            "compare with `==`; an assignment that is meant stands in parentheses",
        )],
    ),
    (
        r#".items[] | select(.status = "open")"#,
        &[(
            "26..27",
            "`=` sets a value, it does not compare",
            "compare with `==`; an assignment that is meant stands in parentheses",
        )],
    ),
    (
        "[.[] | any(.a; .b = 1)]",
        &[(
            "18..19",
            "`=` sets a value, it does not compare",
            "compare with `==`; an assignment that is meant stands in parentheses",
        )],
    ),
    (
        ".a = 1 and .b = 2",
        &[(
            "14..15",
            "`=` cannot stand behind another assignment",
            "compare with `==`; several assignments stand in a pipe: `.a = 1 | .b = 2`",
        )],
    ),
    (".a === 1", &[("5..6", "expected an expression, found `=`", "compare with `==`")]),
    (
        "1 == 2 == 3",
        &[(
            "7..9",
            "`==` cannot stand behind another comparison",
            "join comparisons with `and`, as in `0 < .a and .a < 10`, or use parentheses",
        )],
    ),
    (
        "0 < .x < 10",
        &[(
            "7..8",
            "`<` cannot stand behind another comparison",
            "join comparisons with `and`, as in `0 < .a and .a < 10`, or use parentheses",
        )],
    ),
];

const HABITS: &[Example] = &[
    (".a && .b", &[("3..5", "expected an operator or the end, found `&&`", "write `and`")]),
    (
        ".a || .b",
        &[(
            "4..5",
            "expected an expression, found `|`",
            "write `or`; `//` gives a value where the left one is null or false",
        )],
    ),
    (
        "!.a",
        &[(
            "0..1",
            "expected an expression, found `!`",
            "write `| not` behind the condition, as in `(.active | not)`",
        )],
    ),
    (
        ".a != null and !(.b)",
        &[(
            "15..16",
            "expected an expression, found `!`",
            "write `| not` behind the condition, as in `(.active | not)`",
        )],
    ),
    (".a <> 1", &[("4..5", "expected an expression, found `>`", "compare with `!=`")]),
    (
        ".a => 1",
        &[("4..5", "expected an expression, found `>`", "compare with `>=`; an expression has no `=>`")],
    ),
    (".a ** 2", &[("4..5", "expected an expression, found `*`", "a power is `pow(a; b)`")]),
    (
        ".x ? 1 : 2",
        &[(
            "5..6",
            "expected an operator or the end, found `1`",
            "a choice is written `if … then … else … end`",
        )],
    ),
    (
        r#"{ a: (.x > 1 ? "big" : "small") }"#,
        &[(
            "15..16",
            "expected an operator or `)`, found a text",
            "a choice is written `if … then … else … end`",
        )],
    ),
    (
        "{ a: .x ? .b : .c }",
        &[(
            "13..14",
            "expected an operator, `,` or `}`, found `:`",
            "a choice is written `if … then … else … end`",
        )],
    ),
    (
        ".a ?? 0",
        &[(
            "6..7",
            "expected an operator or the end, found `0`",
            "a value for null is given by `//`, as in `.a // 0`",
        )],
    ),
    (
        r#".a in ["x", "y"]"#,
        &[(
            "3..5",
            "expected an operator or the end, found `in`",
            r#"write `IN`, as in `.country | IN("DE", "AT")`"#,
        )],
    ),
    (".a AND .b", &[("3..6", "expected an operator or the end, found `AND`", "write `and`")]),
    (
        r#".a like "x%""#,
        &[(
            "3..7",
            "expected an operator or the end, found `like`",
            r#"write `| test("…")`, `| startswith("…")` or `| contains("…")`"#,
        )],
    ),
    (
        "let x = 1",
        &[("4..5", "expected an operator or the end, found `x`", "a name is bound by `value as $name | …`")],
    ),
    (
        "x = 1;",
        &[(
            "5..6",
            "expected an operator or the end, found `;`",
            "`;` only stands between arguments; steps are joined by `|`, names bound by `… as $name |`",
        )],
    ),
    (
        "// a comment",
        &[(
            "0..2",
            "expected an expression, found `//`",
            "a comment begins with `#` and goes to the end of the line",
        )],
    ),
    (
        "/* a comment */ .a",
        &[(
            "0..1",
            "expected an expression, found `/`",
            "a comment begins with `#` and goes to the end of the line",
        )],
    ),
    (
        "now()",
        &[(
            "3..5",
            "there are no arguments between the parentheses",
            "a function without arguments is written without `()`: `now`",
        )],
    ),
    (
        ".items.map(x => x.id)",
        &[(
            "10..11",
            "expected an operator or the end, found `(`",
            "a function is called behind `|`: `… | map(…)`",
        )],
    ),
    (".a++", &[("3..4", "expected an expression, found `+`", "add with `+ 1`")]),
    (
        "a: 1",
        &[(
            "1..2",
            "expected an operator or the end, found `:`",
            "`:` stands in objects, as in `{ name: .a }`, and in slices, as in `.[1:3]`",
        )],
    ),
];

const EDITORS: &[Example] = &[
    (
        "'single'",
        &[(
            "0..8",
            "expected an expression, found `'single'`",
            r#"a text stands in straight double quotes: `"single"`"#,
        )],
    ),
    (
        "{ a: 'it' }",
        &[(
            "5..9",
            "expected an expression, found `'it'`",
            r#"a text stands in straight double quotes: `"it"`"#,
        )],
    ),
    (
        "“smart”",
        &[(
            "0..11",
            "expected an expression, found `“smart”`",
            r#"a text stands in straight double quotes: `"smart"`"#,
        )],
    ),
    (
        "`back`",
        &[(
            "0..6",
            "expected an expression, found ``back``",
            r#"a text stands in straight double quotes: `"back"`"#,
        )],
    ),
    (
        r#".a == "x" – 1"#,
        &[(
            "10..13",
            "expected an operator or the end, found `–`",
            "this is a dash of another kind, often pasted from a document: write `-`",
        )],
    ),
    (".a ≥ 1", &[("3..6", "expected an operator or the end, found `≥`", "compare with `>=`")]),
    (
        ".a ==\u{a0}1",
        &[(
            "5..7",
            "expected an expression, found `\u{a0}`",
            "this is a space of another kind, often pasted from a document: write an ordinary one",
        )],
    ),
    (
        ".größe",
        &[(
            "3..8",
            "expected an operator or the end, found `öße`",
            r#"a name with letters other than a-z stands in quotes: `.["größe"]`"#,
        )],
    ),
    (
        ".a.straße",
        &[(
            "7..10",
            "expected an operator or the end, found `ße`",
            r#"a name with letters other than a-z stands in quotes: `.["straße"]`"#,
        )],
    ),
];

const DOTS: &[Example] = &[
    ("$.a", &[("0..1", "expected an expression, found `$`", "the input is `.`: write `.a`")]),
    ("$[0]", &[("0..1", "expected an expression, found `$`", "the input is `.`: leave `$` out")]),
    (
        "${.a}",
        &[(
            "0..1",
            "expected an expression, found `$`",
            "leave `${ }` out: everything here is an expression",
        )],
    ),
    (
        "{{ .a }}",
        &[("1..2", "expected a key, found `{`", "leave `{{ }}` out: everything here is an expression")],
    ),
    ("$ x", &[("0..1", "expected an expression, found `$`", "no space stands behind `$`: write `$x`")]),
    (
        ". foo",
        &[(
            "2..5",
            "expected the name of a field, a text or `[` behind `.`, found `foo`",
            "no space stands behind `.`: write `.foo`",
        )],
    ),
    (".a.", &[("3..3", "expected the name of a field, a text or `[` behind `.`, found the end", "")]),
    (
        ".a.0",
        &[("2..4", "expected an operator or the end, found `.0`", "an item of a list is written `[0]`")],
    ),
    (
        ".a.$x",
        &[(
            "3..5",
            "expected the name of a field, a text or `[` behind `.`, found `$x`",
            "a field with a computed name is written `.[$x]`",
        )],
    ),
    (
        ".$x",
        &[(
            "1..3",
            "expected the name of a field, a text or `[` behind `.`, found `$x`",
            "a field with a computed name is written `.[$x]`",
        )],
    ),
    (
        ".a.*",
        &[(
            "3..4",
            "expected the name of a field, a text or `[` behind `.`, found `*`",
            "all items are written `.[]`",
        )],
    ),
    (
        ".a?//0",
        &[("2..5", "expected an operator or the end, found `?//`", "put a space between `?` and `//`")],
    ),
    ("@ base64", &[("0..1", "expected an expression, found `@`", "a format has a name, as in `@base64`")]),
    (".[:]", &[("3..4", "expected an expression, found `]`", "write what belongs behind `:`")]),
    (
        ".a[1:2:3]",
        &[(
            "6..7",
            "expected an operator or `]`, found `:`",
            "`:` stands in objects, as in `{ name: .a }`, and in slices, as in `.[1:3]`",
        )],
    ),
];

const OBJECTS: &[Example] = &[
    ("{ a = 1 }", &[("4..5", "expected `:`, `,` or `}`, found `=`", "a key is followed by `:`")]),
    (
        "{ a: 1 b: 2 }",
        &[("7..8", "expected an operator, `,` or `}`, found `b`", "put a `,` between the entries")],
    ),
    (
        "{ a: 1; b: 2 }",
        &[("6..7", "expected an operator, `,` or `}`, found `;`", "put a `,` between the entries")],
    ),
    (
        "{ a-b: 1 }",
        &[(
            "3..4",
            "expected `:`, `,` or `}`, found `-`",
            "a key with other signs than letters, digits and `_` stands in quotes",
        )],
    ),
    ("{ .a: 1 }", &[("2..4", "expected a key, found `.a`", "a key has no dot: `a`, or `a: .a`")]),
    ("{ 1: 2 }", &[("2..3", "expected a key, found `1`", r#"a key is a text: `"1"`"#)]),
    (
        "{(0):1}",
        &[(
            "1..4",
            "a key is a text, and this is a number",
            "put it in quotes, or convert it with `tostring`",
        )],
    ),
    (
        r#"{ "a": 1, "b" 2 }"#,
        &[("14..15", "expected `:`, `,` or `}`, found `2`", "a key is followed by `:`")],
    ),
    (
        "{ a: . as $x | $x }",
        &[(
            "7..9",
            "expected an operator, `,` or `}`, found `as`",
            "put the value in parentheses: `key: (… as $name | …)`",
        )],
    ),
    (
        "{ a: label $f | 1 }",
        &[(
            "5..10",
            "expected an expression, found `label`",
            "put the value in parentheses: `key: (… as $name | …)`",
        )],
    ),
    (
        "{ a: 1,, b: 2 }",
        &[("7..8", "expected a key, found `,`", "take the `,` away, or write what belongs there")],
    ),
    (
        "{@base64: 1}",
        &[("8..9", "expected a text, found `:`", "a key that begins with `@` stands in quotes")],
    ),
    ("{$__loc__: 1}", &[("9..10", "expected `,` or `}`, found `:`", "as a key it stands alone")]),
    ("{(.a)}", &[("5..6", "expected `:`, found `}`", "a key is followed by `:`")]),
];

const BINDINGS: &[Example] = &[
    (". as x | x", &[("5..6", "expected a name or a pattern, found `x`", "a name begins with `$`: `$x`")]),
    (
        ". as [] | 1",
        &[(
            "6..7",
            "expected a name or a pattern, found `]`",
            "write `$name`, `[$first, $second]` or `{ $field, other: $name }`",
        )],
    ),
    (
        ". as {a} | 1",
        &[(
            "7..8",
            "expected `:`, found `}`",
            "write `$name`, `[$first, $second]` or `{ $field, other: $name }`",
        )],
    ),
    (
        ". as {(true): $a} | 1",
        &[(
            "6..12",
            "a key is a text, and this is a boolean",
            "put it in quotes, or convert it with `tostring`",
        )],
    ),
    (". as $x", &[("7..7", "expected `|`, found the end", "say what is done with it: `… as $name | …`")]),
    (". as $x, .y", &[("7..8", "expected `|`, found `,`", "say what is done with it: `… as $name | …`")]),
    (". as $__loc__ | 1", &[("5..13", "`$__loc__` is a place in the text and cannot be bound", "")]),
    (
        "reduce .[] as $x 0; . + $x",
        &[("17..18", "expected `(`, found `0`", "write `reduce … as $name (first; next)`")],
    ),
    (
        "reduce .[] as $x (0)",
        &[("19..20", "expected an operator or `;`, found `)`", "write `reduce … as $name (first; next)`")],
    ),
    (
        "reduce .[] as $x (0; 1; 2)",
        &[("22..23", "expected an operator or `)`, found `;`", "write `reduce … as $name (first; next)`")],
    ),
    (
        "foreach .[] (0; 1)",
        &[(
            "12..13",
            "expected an operator or `as`, found `(`",
            "write `foreach … as $name (first; next)` or `foreach … as $name (first; next; result)`",
        )],
    ),
    ("break out", &[("6..9", "expected the name of a label, found `out`", "a name begins with `$`: `$out`")]),
    ("label f | 1", &[("6..7", "expected the name of a label, found `f`", "a name begins with `$`: `$f`")]),
    ("1 + label $f | 2", &[("4..9", "expected an expression, found `label`", "put it in parentheses")]),
];

const MISSING: &[Example] = &[
    ("# nothing", &[("9..9", "the expression is empty", "write `.` for the input as it is")]),
    ("1 +", &[("3..3", "expected an expression, found the end", "write what belongs behind `+`")]),
    (".a |", &[("4..4", "expected an expression, found the end", "write what belongs behind `|`")]),
    ("| .a", &[("0..1", "expected an expression, found `|`", "")]),
    (
        "[1, 2,]",
        &[("6..7", "expected an expression, found `]`", "take the `,` away, or write what follows it")],
    ),
    (
        ".a, , .b",
        &[("4..5", "expected an expression, found `,`", "take the `,` away, or write what follows it")],
    ),
    ("()", &[("1..2", "expected an expression, found `)`", "`empty` gives nothing, `null` gives null")]),
    (
        r#""a" "b""#,
        &[(
            "4..5",
            "expected an operator or the end, found a text",
            "two expressions stand side by side: put `|`, `,` or an operator between them",
        )],
    ),
    (
        ".a b",
        &[(
            "3..4",
            "expected an operator or the end, found `b`",
            "two expressions stand side by side: put `|`, `,` or an operator between them",
        )],
    ),
    (
        ".a # fine\n.b \"c\"",
        &[(
            "13..14",
            "expected an operator or the end, found a text",
            "two expressions stand side by side: put `|`, `,` or an operator between them",
        )],
    ),
    ("%::wat", &[("0..1", "expected an expression, found `%`", "")]),
];

const SEVERAL: &[Example] = &[
    (
        "{ a: 1 +, b: 'x', c: [1 2, 3 4, 5], d: .e }",
        &[
            ("8..9", "expected an expression, found `,`", "write what belongs behind `+`"),
            (
                "13..16",
                "expected an expression, found `'x'`",
                r#"a text stands in straight double quotes: `"x"`"#,
            ),
            (
                "24..25",
                "expected an operator, `,` or `]`, found `2`",
                "two expressions stand side by side: put `|`, `,` or an operator between them",
            ),
            (
                "29..30",
                "expected an operator, `,` or `]`, found `4`",
                "two expressions stand side by side: put `|`, `,` or an operator between them",
            ),
        ],
    ),
    (
        "[ 1 +, (2 2, 3), 'x', 4 ]",
        &[
            ("5..6", "expected an expression, found `,`", "write what belongs behind `+`"),
            (
                "10..11",
                "expected an operator or `)`, found `2`",
                "two expressions stand side by side: put `|`, `,` or an operator between them",
            ),
            (
                "17..20",
                "expected an expression, found `'x'`",
                r#"a text stands in straight double quotes: `"x"`"#,
            ),
        ],
    ),
    (
        r#"f(1 +; 2; .a .b "c"; if 1, 2; 3)"#,
        &[
            ("5..6", "expected an expression, found `;`", "write what belongs behind `+`"),
            (
                "16..17",
                "expected an operator, `;` or `)`, found a text",
                "two expressions stand side by side: put `|`, `,` or an operator between them",
            ),
            (
                "28..29",
                "expected an operator or `then`, found `;`",
                "a condition is written `if … then … elif … then … else … end`",
            ),
        ],
    ),
    (
        r#"{ a: if .x = 1 then 2 end, b: { c: , d: 1 }, e: "\(1 +)" }"#,
        &[
            (
                "11..12",
                "`=` sets a value, it does not compare",
                "compare with `==`; an assignment that is meant stands in parentheses",
            ),
            ("35..36", "expected an expression, found `,`", "write what belongs behind `:`"),
            ("54..55", "expected an expression, found `)`", "write what belongs behind `+`"),
        ],
    ),
];
