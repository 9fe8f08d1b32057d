//! Programs and their trees.

use super::dump::dump;
use crate::syntax::parse;

#[track_caller]
fn check(examples: &[(&str, &str)]) {
    for (source, expected) in examples {
        let tree = parse(source).unwrap_or_else(|problems| panic!("{source}: {problems:#?}"));
        assert_eq!(dump(&tree), *expected, "{source}");
    }
}

#[test]
fn operators_bind_as_in_jq() {
    check(&[
        ("1 | 2 | 3", "(| 1 (| 2 3))"),
        ("1, 2 | 3, 4", "(| (, 1 2) (, 3 4))"),
        ("1, 2, 3", "(, (, 1 2) 3)"),
        ("1, 2, 3, 4, 5", "(, (, (, 1 2) 3) (, 4 5))"),
        ("1, 2 // 3", "(, 1 (// 2 3))"),
        ("1 // 2 // 3", "(// 1 (// 2 3))"),
        (".a = 1 // 2", "(// (= (path . \"a\") 1) 2)"),
        (".a // .b = 1", "(// (path . \"a\") (= (path . \"b\") 1))"),
        (".a = 1 or 2", "(= (path . \"a\") (or 1 2))"),
        (".a |= 1 | .b += 2", "(| (|= (path . \"a\") 1) (+= (path . \"b\") 2))"),
        (
            ".a -= 1, .a *= 2, .a /= 3",
            "(, (, (-= (path . \"a\") 1) (*= (path . \"a\") 2)) (/= (path . \"a\") 3))",
        ),
        (".a %= 1, .a //= 2", "(, (%= (path . \"a\") 1) (//= (path . \"a\") 2))"),
        ("1 or 2 and 3 or 4", "(or (or 1 (and 2 3)) 4)"),
        ("1 and 2 == 3", "(and 1 (== 2 3))"),
        ("1 + 2 < 3 * 4", "(< (+ 1 2) (* 3 4))"),
        ("1 <= 2, 3 >= 4, 5 > 6, 7 != 8", "(, (, (<= 1 2) (>= 3 4)) (, (> 5 6) (!= 7 8)))"),
        ("1 - 2 - 3", "(- (- 1 2) 3)"),
        ("8 / 4 / 2 % 3 * 5", "(* (% (/ (/ 8 4) 2) 3) 5)"),
        ("1 - (2 - 3)", "(- 1 (- 2 3))"),
        ("1+2*3-4", "(- (+ 1 (* 2 3)) 4)"),
        ("-1", "(- 1)"),
        ("- -.a", "(- (- (path . \"a\")))"),
        ("-1 + -2", "(+ (- 1) (- 2))"),
        ("1 -2", "(- 1 2)"),
        ("-.a.b[0]", "(- (path . \"a\" \"b\" [0]))"),
        ("-1 as $x | $x", "(as (- 1) $x $x)"),
    ]);
}

#[test]
fn paths_are_read_step_by_step() {
    check(&[
        (".", "."),
        (".a", "(path . \"a\")"),
        (".a.b.c", "(path . \"a\" \"b\" \"c\")"),
        (". .a .b", "(path . \"a\" \"b\")"),
        (".\"a b\"", "(path . \"a b\")"),
        (". \"a\" . \"b\"", "(path . \"a\" \"b\")"),
        (".[\"a\"]", "(path . \"a\")"),
        (".a[\"b\"]", "(path . \"a\" \"b\")"),
        (".a.[\"b\"].[0]", "(path . \"a\" \"b\" [0])"),
        (".a.\"b\".\"c\"", "(path . \"a\" \"b\" \"c\")"),
        (".\"a\\(1)\"", "(path . [(text@ \"a\" 1)])"),
        (".@base64 \"\\(1)\".a.@json \"\\(2)\"", "(path . [(text@base64 1)] \"a\" [(text@json 2)])"),
        (".@text \"a\"", "(path . \"a\")"),
        (".[]", "(path . [])"),
        (".[][].a", "(path . [] [] \"a\")"),
        (".a.[]", "(path . \"a\" [])"),
        (".[1:2]", "(path . [1:2])"),
        (".[1:]", "(path . [1:])"),
        (".[:2]", "(path . [:2])"),
        (".[.a:.b | 1]", "(path . [(path . \"a\"):(| (path . \"b\") 1)])"),
        (".[1, 2]", "(path . [(, 1 2)])"),
        (".[-1]", "(path . [(- 1)])"),
        (".a?", "(path . \"a\"?)"),
        (".a?.b[]?", "(path . \"a\"? \"b\" []?)"),
        (".a??", "(try (path . \"a\"?))"),
        (".a??.b", "(path (try (path . \"a\"?)) \"b\")"),
        ("(.a)?", "(try (path . \"a\"))"),
        ("(.a).b", "(path (path . \"a\") \"b\")"),
        (".?", "(try .)"),
        ("f?.a", "(path (try f) \"a\")"),
        ("$x.a[0]", "(path $x \"a\" [0])"),
        ("$x[1:]", "(path $x [1:])"),
        ("$x.[1]", "(path $x [1])"),
        ("\"abc\".[1:]", "(path \"abc\" [1:])"),
        ("[1, 2][0]", "(path (list (, 1 2)) [0])"),
        ("{a: 1}.a", "(path (object \"a\": 1) \"a\")"),
        ("f(1).a", "(path (f 1) \"a\")"),
        ("@base64.a", "(path @base64 \"a\")"),
        (".if.then.end.and", "(path . \"if\" \"then\" \"end\" \"and\")"),
        (".e0, .E-1", "(, (path . \"e0\") (- (path . \"E\") 1))"),
        ("if . then 1 end.a", "(path (if . 1) \"a\")"),
        ("reduce . as $x (0; 1).a[0]", "(path (reduce . $x 0 1) \"a\" [0])"),
    ]);
}

#[test]
fn constants_are_kept_as_written() {
    check(&[
        ("null, true, false", "(, (, null true) false)"),
        ("1.10, .5, 1., 007, 0.0", "(, (, (, 1.10 0.5) 1) (, 7 0.0))"),
        ("1e3, 1.E+3, .5e-3, 00e1", "(, (, 1e3 1E+3) (, 0.5e-3 0e1))"),
        ("1e1000000000", "1e1000000000"),
        ("123456789012345678901234567890.10", "123456789012345678901234567890.10"),
        ("nan, infinite", "(, nan infinite)"),
        (r#""a\"\\\/\b\f\n\r\t""#, r#""a\"\\/\u{8}\u{c}\n\r\t""#),
        (r#""\u00e9\u20AC""#, "\"é€\""),
        (r#""\ud83d\ude00""#, "\"😀\""),
        ("\"a\nb\"", "\"a\\nb\""),
        ("\"\"", "\"\""),
        (r#""\(1)""#, "(text@ 1)"),
        (r#""a\(1)b\(2)""#, "(text@ \"a\" 1 \"b\" 2)"),
        (r#""a\("b\("c" + "d")" | .)e""#, "(text@ \"a\" (| (text@ \"b\" (+ \"c\" \"d\")) .) \"e\")"),
        (r#""\({a: (1)})\([")"])""#, "(text@ (object \"a\": 1) (list \")\"))"),
        (r#"@base64, @uri "a\(.)", @json "b""#, "(, (, @base64 (text@uri \"a\" .)) \"b\")"),
        ("[]", "(list)"),
        ("[1, [2]]", "(list (, 1 (list 2)))"),
        ("$__loc__", "$__loc__"),
        ("$if", "$if"),
    ]);
}

#[test]
fn objects_take_keys_of_every_sort() {
    check(&[
        ("{}", "(object)"),
        ("{a}", "(object \"a\")"),
        ("{a, $x, \"k\", \"\\(1)\"}", "(object \"a\" $x \"k\" <(text@ 1)>)"),
        ("{a: 1, \"b c\": 2, (.d): 3}", "(object \"a\": 1 \"b c\": 2 <(path . \"d\")>: 3)"),
        (
            "{\"a\\(1)\": 2, @base64 \"x\": 3, @json \"\\(4)\"}",
            "(object <(text@ \"a\" 1)>: 2 \"x\": 3 <(text@json 4)>)",
        ),
        ("{$x: 1, $__loc__}", "(object $x: 1 $__loc__)"),
        ("{if: 1, and: 2, then, def}", "(object \"if\": 1 \"and\": 2 \"then\" \"def\")"),
        ("{true: 1, null}", "(object \"true\": 1 \"null\")"),
        ("{(\"a\"): 1, (\"b\\(1)\"): 2}", "(object <\"a\">: 1 <(text@ \"b\" 1)>: 2)"),
        ("{a: 1 | 2 | 3, b: 4}", "(object \"a\": (| 1 (| 2 3)) \"b\": 4)"),
        ("{a: 1 + 2 // 3, b: 1 and 2}", "(object \"a\": (// (+ 1 2) 3) \"b\": (and 1 2))"),
        ("{a: -1, b: (1, 2)}", "(object \"a\": (- 1) \"b\": (, 1 2))"),
        (
            "{a: reduce . as $x (0; 1), b: if . then 1 end}",
            "(object \"a\": (reduce . $x 0 1) \"b\": (if . 1))",
        ),
        ("{a: .b.c[0]?, d: $x.e}", "(object \"a\": (path . \"b\" \"c\" [0]?) \"d\": (path $x \"e\"))"),
        ("{a, b: 1,}", "(object \"a\" \"b\": 1)"),
        (
            "{ customer_no, amount: $project.id }",
            "(object \"customer_no\" \"amount\": (path $project \"id\"))",
        ),
        ("{(1, 2 | tostring): 3}", "(object <(| (, 1 2) tostring)>: 3)"),
    ]);
}

#[test]
fn bindings_reach_to_the_end() {
    check(&[
        ("1 as $x | 2 | $x", "(as 1 $x (| 2 $x))"),
        ("1, 2 as $x | $x, 3", "(, 1 (as 2 $x (, $x 3)))"),
        ("1 | 2 as $x | 3", "(| 1 (as 2 $x 3))"),
        ("1 + 2 as $x | $x * 3", "(as (+ 1 2) $x (* $x 3))"),
        ("1 // 2 as $x | $x", "(as (// 1 2) $x $x)"),
        ("(1 as $x | $x) + 1", "(+ (as 1 $x $x) 1)"),
        (". as [$a, [$b]] | 1", "(as . [$a [$b]] 1)"),
        (". as {$a, b: $c, \"d\": [$e]} | 1", "(as . {$a \"b\": $c \"d\": [$e]} 1)"),
        (". as {$a: [$b], (1 | tostring): $c} | 1", "(as . {$a: [$b] <(| 1 tostring)>: $c} 1)"),
        (". as {\"a\\(1)\": $b, if: $c} | 1", "(as . {<(text@ \"a\" 1)>: $b \"if\": $c} 1)"),
        (". as [$a] ?// {$a} ?// $a | $a", "(as . [$a] ?// {$a} ?// $a $a)"),
        ("reduce .[] as [$a] (0; . + $a)", "(reduce (path . []) [$a] 0 (+ . $a))"),
        ("foreach .[] / 2 as $x (0; 1)", "(foreach (/ (path . []) 2) $x 0 1)"),
        ("foreach .[] as $x (0; 1; 2, 3)", "(foreach (path . []) $x 0 1 (, 2 3))"),
        ("-foreach -.[] as $x (0; 1 | 2)", "(- (foreach (- (path . [])) $x 0 (| 1 2)))"),
        ("label $f | 1, break $f | 2", "(label $f (| (, 1 (break $f)) 2))"),
        ("1, label $f | 2, 3", "(, 1 (label $f (, 2 3)))"),
        ("[.[] as $x | $x]", "(list (as (path . []) $x $x))"),
        ("f(. as $x | $x; 1)", "(f (as . $x $x) 1)"),
    ]);
}

#[test]
fn conditions_and_failures() {
    check(&[
        ("if 1 then 2 else 3 end", "(if 1 2 3)"),
        ("if 1 then 2 end", "(if 1 2)"),
        ("if 1 then 2 elif 3 then 4 elif 5 then 6 end", "(if 1 2 3 4 5 6)"),
        ("if 1, 2 | 3 then 4, 5 else 6 | 7 end | 8", "(| (if (| (, 1 2) 3) (, 4 5) (| 6 7)) 8)"),
        ("if (.a = 1) then 2 end", "(if (= (path . \"a\") 1) 2)"),
        ("if .a |= 1 then 2 end", "(if (|= (path . \"a\") 1) 2)"),
        ("if 1 then 2 else 3 end + 4", "(+ (if 1 2 3) 4)"),
        ("try error(\"x\") // 1", "(// (try (error \"x\")) 1)"),
        ("try 1 catch 2 + 3", "(+ (try 1 2) 3)"),
        ("try .a.b catch .c.d", "(try (path . \"a\" \"b\") (path . \"c\" \"d\"))"),
        ("try try 1 catch 2 catch 3", "(try (try 1 2) 3)"),
        ("try -1, 2", "(, (try (- 1)) 2)"),
        ("-try 1 catch -2", "(- (try 1 (- 2)))"),
        ("try .a?", "(try (path . \"a\"?))"),
        ("try if 1 then 2 end", "(try (if 1 2))"),
        ("1 + try 2 catch 3", "(+ 1 (try 2 3))"),
        ("1? // 2", "(// (try 1) 2)"),
        ("null?", "(try null)"),
    ]);
}

#[test]
fn calls_and_comments() {
    check(&[
        ("f", "f"),
        ("f(1; 2, 3 | 4)", "(f 1 (| (, 2 3) 4))"),
        ("f (1)", "(f 1)"),
        ("not", "not"),
        ("customer.name", "(path customer \"name\")"),
        ("select(.a == 1 and .b)", "(select (and (== (path . \"a\") 1) (path . \"b\")))"),
        (
            "range(5), range(0, 1; -3), range(0; 10; 3)",
            "(, (, (range 5) (range (, 0 1) (- 3))) (range 0 10 3))",
        ),
        ("1 # one\n+ 2", "(+ 1 2)"),
        ("1 # one \\\n+ 2\n+ 3", "(+ 1 3)"),
        ("1 # one \\\\\n+ 2", "(+ 1 2)"),
        ("1 # one \\\r\n+ 2\r\n+ 3 # end", "(+ 1 3)"),
        ("# only\n.", "."),
        ("\t\r\n . \n", "."),
    ]);
}
