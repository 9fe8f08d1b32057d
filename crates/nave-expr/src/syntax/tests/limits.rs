//! Depth and length: what is too deep or too long is refused, and what is not can be walked by recursion
//! on the stack of a test, which is that of a small thread.

use super::dump::dump;
use crate::syntax::{MOST_BYTES, MOST_DEPTH, parse, print};

/// Whatever nests: what opens a level, what stands inside, what closes it.
const NESTS: [(&str, &str, &str); 34] = [
    ("(", ".", ")"),
    ("[", ".", "]"),
    ("{a:", ".", "}"),
    ("{(", "f", "):1}"),
    ("f(", ".", ")"),
    ("f(1;", ".", ")"),
    (".[", ".", "]"),
    (".[1:", ".", "]"),
    ("\"\\(", ".", ")\""),
    (".\"\\(", ".", ")\""),
    ("{\"\\(", ".", ")\"}"),
    ("-", ".", ""),
    ("try ", ".", ""),
    ("try . catch ", ".", ""),
    ("if ", ".", " then . end"),
    ("if . then ", ".", " end"),
    ("if . then . else ", ".", " end"),
    ("if . then . elif ", ".", " then . end"),
    ("reduce ", ".", " as $x (.;.)"),
    ("reduce . as $x (", ".", ";.)"),
    ("foreach . as $x (.;.;", ".", ")"),
    (". as $x | ", ".", ""),
    (". as {(", "f", "):$x} | ."),
    ("label $x | ", ".", ""),
    (".|", ".", ""),
    (".//", ".", ""),
    (".+", ".", ""),
    (". + (", ".", ")"),
    (". and ", ".", ""),
    ("(", ".", ")?"),
    ("", ".a?", "?"),
    ("", ".", "|."),
    ("", "(.)", "?"),
    (".=(", ".", ")"),
];

fn nested((open, inner, close): (&str, &str, &str), levels: usize) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn what_is_accepted_can_be_walked() {
    for nest in NESTS {
        let deepest = (1..=MOST_DEPTH).rev().find_map(|levels| parse(&nested(nest, levels)).ok());
        let tree = deepest.unwrap_or_else(|| panic!("{nest:?} cannot be read at all"));
        assert_eq!(parse(&print(&tree)).map(|tree| dump(&tree)), Ok(dump(&tree)), "{nest:?}");
    }
}

#[test]
fn forty_levels_of_anything_are_fine() {
    for nest in NESTS {
        let source = nested(nest, 40);
        assert!(parse(&source).is_ok(), "{source}: {:#?}", parse(&source));
    }
}

#[test]
fn what_is_too_deep_is_refused_once() {
    for nest in NESTS {
        let source = nested(nest, 5_000);
        let problems = parse(&source).unwrap_err();
        let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, ["the expression has more than 128 levels"], "{nest:?}");
    }
    let source = format!(". as {}$x{} | .", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(parse(&source).unwrap_err().len(), 1);
}

#[test]
fn what_is_long_but_not_deep_is_read() {
    let rows = [
        format!("[{}]", vec!["1"; 20_000].join(",")),
        format!("{{{}}}", vec!["a:1"; 20_000].join(",")),
        format!("f({})", vec!["1"; 20_000].join(";")),
        ".a".repeat(20_000),
        format!("\"{}\"", "\\(1)x".repeat(20_000)),
        format!("if 1 then 2{} end", " elif 1 then 2".repeat(10_000)),
        format!(". as [{}] | 1", vec!["$x"; 20_000].join(",")),
        format!(". as $x{} | 1", "?//$x".repeat(20_000)),
        "# comment\n".repeat(20_000) + ".",
        format!("\"{}\"", "x".repeat(MOST_BYTES - 2)),
    ];
    for source in rows {
        assert!(parse(&source).is_ok(), "{:.40}: {:?}", source, parse(&source).err());
    }
}

#[test]
fn hostile_texts_end_soon() {
    let long = |piece: &str| piece.repeat(MOST_BYTES / 4 / piece.len());
    let half = |open: &str, close: &str| open.repeat(MOST_BYTES / 8) + &close.repeat(MOST_BYTES / 8);
    let pieces = [
        "(",
        ")",
        "[",
        "{",
        "}",
        "\"",
        "\\",
        "\"\\(",
        "«",
        "“",
        "'",
        "if ",
        "def f: ",
        "[1 1,",
        "[def f:1;1 1,",
        "{a:1 1,",
        "f(1 1;",
        "\"\\q",
        "#\\\n",
        "now,",
        "1 ",
        "..",
        ".a b ",
        "$",
        "import ",
        "?//",
        "then ",
        "{{",
        ". as {",
    ];
    let pairs = [half("(", "]"), half("[", "}"), half("{", "}")];
    let wrong = [nested(("[1 1,", "1", "]"), 5_000), nested(("{a:1 1,b:", "1", "}"), 5_000)];
    for source in pieces.into_iter().map(long).chain(pairs).chain(wrong) {
        let count = parse(&source).err().map_or(0, |problems| problems.len());
        assert!((1..=100).contains(&count), "{source:.20}: {count} problems");
    }
    let many = format!("[{}]", vec!["1 1"; 50_000].join(","));
    assert_eq!(parse(&many).unwrap_err().len(), 20);
    let many = format!("[{}]", vec!["def f: 1; 1 1"; 15_000].join(","));
    assert_eq!(parse(&many).unwrap_err().len(), 20);
    let many = format!("[{}]", vec!["now"; 50_000].join(","));
    assert_eq!(parse(&many).unwrap_err().len(), 100);
}

#[test]
fn what_is_too_long_is_refused() {
    let problems = parse(&" ".repeat(MOST_BYTES + 1)).unwrap_err();
    assert_eq!(problems[0].message, "the expression is longer than 256 KiB");
}
