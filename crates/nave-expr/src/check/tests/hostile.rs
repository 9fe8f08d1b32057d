//! Trees nobody would write: the checker must answer in any case, within its bounds.

use crate::check::{Scope, check, condition, infer};
use crate::syntax::parse;
use crate::types::fixture::Document;

/// Every program is answered, against every scope, without a panic and within the bounds.
fn answers(program: &str) {
    let document = Document::new(serde_json::from_str(include_str!("schemas.json")).unwrap());
    let Ok(expr) = parse(program) else { return };
    for name in ["event", "tree"] {
        let scope = Scope {
            input: document.at(&format!("/{name}")),
            input_name: format!("the {name}"),
            variables: Vec::new(),
        };
        infer(&expr, &scope);
        condition(&expr, &scope);
        check(&expr, &scope, &document.at("/project"), "erp.create_project");
    }
}

#[test]
fn towers_are_answered() {
    let deep = |open: &str, middle: &str, close: &str, levels: usize| {
        format!("{}{middle}{}", open.repeat(levels), close.repeat(levels))
    };
    for (open, middle, close) in [
        ("[", ".", "]"),
        ("{a: ", ".", "}"),
        ("if ", ".", " then . else . end"),
        ("select(", ".", ")"),
        ("map(", ".", ")"),
        ("[.[] | ", ".", "]"),
        ("try ", ".", " catch ."),
        ("(. // ", ".", ")"),
        ("with_entries(", ".", ")"),
        ("reduce .[] as $x (.; ", ".", ")"),
        ("(.a |= ", ".", ")"),
        ("walk(", ".", ")"),
        ("first(", ".", ")"),
        ("\"\\(", ".", ")\""),
        ("map_values(", ".", ")"),
        ("del(.a | ", ".", ")"),
        ("(.a[0].b |= ", ".", ")"),
        ("(.[] | select(", ".", ")) = 1"),
        ("foreach .[] as [$x] (.; ", ".", "; .)"),
        ("any(", ".", ")"),
        ("label $x | ", ".", ""),
        ("(. as {a: $x} ?// $x | ", ".", ")"),
    ] {
        for levels in [20, 120] {
            answers(&deep(open, middle, close, levels));
        }
    }
    for link in
        [" | .a", " | select(.)", " + .", ", .", " // .", " and .", ".a", "[0]", " | .[]?", "| .a |= ."]
    {
        for length in [100, 1000] {
            answers(&format!(".{}", link.repeat(length)));
        }
    }
}
