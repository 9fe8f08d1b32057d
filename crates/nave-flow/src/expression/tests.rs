//! Stretches of expressions and where they stand in the file.

use proptest::prelude::*;

use crate::document::tests::{Written, write};
use crate::read::read;

/// What stands in a file at a place that says its width.
fn covered(text: &str, line: Option<u32>, column: Option<u32>, width: Option<u32>) -> String {
    let number = |number: Option<u32>| usize::try_from(number.unwrap()).unwrap();
    let line = text.lines().nth(number(line) - 1).unwrap();
    line.chars().skip(number(column) - 1).take(number(width)).collect()
}

/// The texts of a document that its errors point at.
fn pointed_at(file: &str, text: &str) -> Vec<(String, String)> {
    let read = read(file, text.as_bytes());
    let place = |problem: nave_model::Problem| {
        (problem.message, covered(text, problem.at.line, problem.at.column, problem.at.width))
    };
    read.errors.into_iter().map(place).collect()
}

proptest! {
    #[test]
    fn spans_point_at_their_characters_however_an_expression_is_written(
        style in prop::sample::select(vec![
            Written::Plain, Written::Single, Written::Double, Written::Literal, Written::Folded, Written::Json,
        ]),
        names in prop::collection::vec("[a-z]{1,5}", 1..6),
        breaks in prop::collection::vec(any::<bool>(), 12),
        choices in prop::collection::vec(any::<u8>(), 1..20),
        indent in 5_usize..9,
        crlf: bool,
    ) {
        // ."é" + $one + $two …
        let mut words = vec![".é".replace('é', "[\"é\"]")];
        for name in &names {
            words.extend(["+".to_owned(), format!("${name}.x")]);
        }
        let words: Vec<(String, bool)> = words.into_iter().zip(breaks.into_iter().cycle()).collect();
        let mut value = write(style, &words, &choices, indent);
        if crlf {
            value = value.replace('\n', "\r\n");
        }
        let (file, text) = match style {
            Written::Json => (
                "f.json",
                format!("{{\"flow\": \"f\", \"trigger\": \"manual\", \"steps\": [{{\"a\": \"set\", \"value\": {value}}}]}}"),
            ),
            _ => ("f.yaml", format!("flow: f\ntrigger: manual\nsteps:\n  - a: set\n    value: {value}\n")),
        };
        let found = pointed_at(file, &text);
        prop_assert_eq!(found.len(), names.len(), "{:?}\n{}", found, text);
        for (name, (message, covered)) in names.iter().zip(found) {
            let is_own = name == "a";
            let expected =
                if is_own { format!("`${name}` is the result of this step itself") } else { format!("there is no step `{name}`") };
            prop_assert_eq!(message, expected);
            let covered = match style {
                Written::Json | Written::Double => unescaped(&covered),
                _ => covered,
            };
            // An escaped line break may stand inside a name; the place covers what is on its first line.
            let whole = format!("${name}");
            prop_assert!(whole == covered || (style == Written::Double && whole.starts_with(&covered)), "{}\n{}", covered, text);
        }
    }
}

/// The characters that escapes stand for. A backslash at the end of a line stands for none.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let length = match rest.next() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => continue,
        };
        let code: String = rest.by_ref().take(length).collect();
        out.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
    }
    out
}
