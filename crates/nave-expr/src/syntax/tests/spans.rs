//! Where things stand, in bytes of the text.

use crate::ast::{Expr, Key, Kind, PatternKind};
use crate::syntax::{parse, walk};

/// The texts of all nodes, parents first.
#[track_caller]
fn check(source: &str, expected: &[&str]) {
    let mut texts = Vec::new();
    walk::everything(&parse(source).unwrap(), &mut |inner| texts.push(inner.span.text(source)));
    assert_eq!(texts, expected, "{source}");
}

#[test]
fn every_node_knows_its_text() {
    check(" .a + 1 ", &[".a + 1", ".a", ".", "1"]);
    check("( .a ) * \"é\" # é", &["( .a ) * \"é\"", "( .a )", ".", "\"é\""]);
    check("1, 2, 3 | f", &["1, 2, 3 | f", "1, 2, 3", "1, 2", "1", "2", "3", "f"]);
    check("-try .x? catch 1 ", &["-try .x? catch 1", "try .x? catch 1", ".x?", ".", "1"]);
    check("(1)?.a ??", &["(1)?.a ??", "(1)?.a ?", "(1)?", "(1)"]);
    check("{ a : 1 , (.k) : [ ] }", &["{ a : 1 , (.k) : [ ] }", "1", "(.k)", ".", "[ ]"]);
    check(
        "if .a then 1 elif 2 then 3 end.b",
        &["if .a then 1 elif 2 then 3 end.b", "if .a then 1 elif 2 then 3 end", ".a", ".", "1", "2", "3"],
    );
    check(
        "@uri \"a\\( .b )\" | @json",
        &["@uri \"a\\( .b )\" | @json", "@uri \"a\\( .b )\"", ".b", ".", "@json"],
    );
    check("reduce .[] as $x ( 0 ; . )", &["reduce .[] as $x ( 0 ; . )", ".[]", ".", "0", "."]);
    check(
        "label $f | . as [$a] | break $f",
        &["label $f | . as [$a] | break $f", ". as [$a] | break $f", ".", "break $f"],
    );
}

#[test]
fn steps_keys_and_names_know_their_text() {
    let source = ".a?.\"b\" [ 1 : ] . [] | { k: 1, $v } | f( 1 ) | . as [$x, { \"y\" : $z }] | 2";
    let mut found = Vec::new();
    let key = |key: &Key| key.span.text(source);
    walk::everything(&parse(source).unwrap(), &mut |inner: &Expr| match &inner.kind {
        Kind::Path(_, steps) => found.extend(steps.iter().map(|step| step.span.text(source))),
        Kind::Object(entries) => {
            for entry in entries {
                found.extend([entry.span.text(source), key(&entry.key)]);
            }
        }
        Kind::Call { name_span, .. } => found.push(name_span.text(source)),
        Kind::Bind { patterns, .. } => {
            for pattern in patterns {
                found.push(pattern.span.text(source));
                if let PatternKind::Array(items) = &pattern.kind {
                    found.extend(items.iter().map(|item| item.span.text(source)));
                }
            }
        }
        _ => {}
    });
    let expected = [
        ".a",
        ".\"b\"",
        "[ 1 : ]",
        ". []",
        "k: 1",
        "k",
        "$v",
        "$v",
        "f",
        "[$x, { \"y\" : $z }]",
        "$x",
        "{ \"y\" : $z }",
    ];
    assert_eq!(found, expected);
}
