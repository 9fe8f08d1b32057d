//! Documents: what they hold, and that every character of every text is found again in the file.

use proptest::prelude::*;
use serde_json::json;

use super::{Content, Document, Node, Text};

#[track_caller]
fn read(file: &str, text: &str) -> Document {
    Document::read(file, text.as_bytes()).unwrap_or_else(|problem| panic!("{problem}\n{text}"))
}

fn text(node: &Node) -> &Text {
    let Content::Text(text) = &node.content else { panic!("{node:?}") };
    text
}

/// The only member of the only mapping.
fn only(document: &Document) -> &Node {
    let Content::Mapping(members) = &document.root.content else { panic!("{document:?}") };
    &members.values().next().unwrap().value
}

#[test]
fn yaml_and_json_hold_the_same() {
    let yaml = "a: [1, -2.50, true, ~]\nb: {c: 'd', \"e\": |\n    f\n}\n# end\n";
    let yaml = yaml.replace("|\n    f\n", "\"f\\n\"");
    let expected = json!({"a": [1, serde_json::from_str::<serde_json::Value>("-2.50").unwrap(), true, null], "b": {"c": "d", "e": "f\n"}});
    assert_eq!(read("a.yaml", &yaml).root.value(), expected);
    assert_eq!(read("a.json", &expected.to_string()).root.value(), expected);
    assert_eq!(read("a.yaml", &expected.to_string()).root.value(), expected);
    let merged = "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x\n";
    let expected = json!({"x": {"a": 1, "b": 2}, "y": {"b": 3, "a": 1}, "z": {"a": 1, "b": 2}});
    assert_eq!(read("a.yaml", merged).root.value(), expected);
}

#[test]
fn values_know_their_bytes() {
    let written = "a:\n  - b: 1\n    c: [x, 'y']\n  - &k\n    d: |\n      one\n      two\n\ne: {f: g}\nh:\n";
    let document = read("a.yaml", written);
    let mut found = Vec::new();
    collect(&document, &document.root, &mut found);
    let expected = [
        "a:\n  - b: 1\n    c: [x, 'y']\n  - &k\n    d: |\n      one\n      two\n\ne: {f: g}\nh",
        "- b: 1\n    c: [x, 'y']\n  - &k\n    d: |\n      one\n      two",
        "b: 1\n    c: [x, 'y']",
        "1",
        "[x, 'y']",
        "x",
        "'y'",
        "&k\n    d: |\n      one\n      two",
        "one\n      two",
        "{f: g}",
        "g",
        "",
    ];
    assert_eq!(found, expected);
}

fn collect<'d>(document: &'d Document, node: &Node, found: &mut Vec<&'d str>) {
    found.push(document.raw(node.range()));
    match &node.content {
        Content::List(items) => items.iter().for_each(|item| collect(document, item, found)),
        Content::Mapping(members) => {
            members.values().for_each(|member| collect(document, &member.value, found));
        }
        _ => {}
    }
}

#[track_caller]
fn refused(file: &str, text: &[u8], expected: &str) {
    let problem = Document::read(file, text).unwrap_err();
    assert_eq!(format!("{} {problem}", problem.code), expected);
}

#[test]
fn what_is_mostly_meant_by_wrong_yaml_is_said() {
    for (text, expected) in [
        ("with: { a: ${.b} }\n", Some("put quotes around a text with an expression in it: `\"${…}\"`")),
        ("with: { a: \"${.b}\" \n", None),
        ("note: @sales\n", Some("put quotes around a text that holds a sign of YAML's own")),
        ("steps:\n\t- a: set\n", Some("indent with spaces: YAML takes no tabs there")),
    ] {
        let problem = Document::read("a.yaml", text.as_bytes()).unwrap_err();
        assert_eq!(problem.hint.as_deref(), expected, "{text}: {}", problem.message);
    }
}

#[test]
fn what_cannot_be_read_is_said_with_its_place() {
    refused(
        "a.yaml",
        b"a: [1",
        "E-DOC-SYNTAX a.yaml:1:6: the document is not well-formed YAML: while parsing a flow sequence, expected ',' or ']'",
    );
    refused(
        "a.yaml",
        b"a: 1\n---\nb: 2\n",
        "E-DOC-SYNTAX a.yaml:2:1: the file holds more than one YAML document",
    );
    refused(
        "a.yaml",
        b"? [a]\n: b\n",
        "E-DOC-SYNTAX a.yaml:1:3: the document cannot be read: a key must be one word or text, not a list or a mapping",
    );
    refused(
        "a.yaml",
        b"a: &x [*x]\n",
        "E-DOC-SYNTAX a.yaml:1:8: the document cannot be read: an alias stands inside the value it names",
    );
    refused(
        "a.yaml",
        b"a: \xff\n",
        "E-DOC-SYNTAX a.yaml:1: `a.yaml` is not UTF-8: the byte at offset 3 begins no character; save it as UTF-8",
    );
    refused(
        "a.json",
        b"{\"a\": 1,\n \"b\" 2}",
        "E-DOC-SYNTAX a.json:2:6: the document is not well-formed JSON: expected `:`",
    );
    refused(
        "a.json",
        b"",
        "E-DOC-SYNTAX a.json:1:1: the document is not well-formed JSON: EOF while parsing a value",
    );
    let deep = "[".repeat(200);
    refused(
        "a.json",
        deep.as_bytes(),
        "E-DOC-LIMIT a.json:1:121: the document is nested deeper than 120 levels",
    );
    refused(
        "a.yaml",
        deep.as_bytes(),
        "E-DOC-LIMIT a.yaml:1:121: the document is nested deeper than 120 levels",
    );
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = level - 1;
        bomb.push_str(&format!("a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"));
    }
    refused(
        "a.yaml",
        bomb.as_bytes(),
        "E-DOC-LIMIT a.yaml:6:40: the document holds more than 1000000 values",
    );
}

#[test]
fn keys_that_stand_twice_are_found() {
    for (file, text) in [
        ("a.yaml", "a: 1\nb: {c: 1, c: 2}\na: 3\n"),
        ("a.json", "{\"a\": 1,\n\"b\": {\"c\": 1, \"c\": 2},\n\"a\": 3}"),
    ] {
        let document = read(file, text);
        let found: Vec<_> =
            document.problems.iter().map(|problem| (problem.at.line, problem.message.as_str())).collect();
        assert_eq!(found, [(Some(2), "the key `c` stands twice"), (Some(3), "the key `a` stands twice")]);
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Written {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
    Json,
}

/// Writes words with single spaces or line breaks between them, so that they are read back as such.
pub(crate) fn write(style: Written, words: &[(String, bool)], choices: &[u8], indent: usize) -> String {
    let mut choices = choices.iter().copied().cycle();
    let mut next = || choices.next().unwrap_or(0);
    let margin = " ".repeat(indent);
    let mut out = match style {
        Written::Plain => format!("\n{margin}"),
        Written::Single => "'".to_owned(),
        Written::Double | Written::Json => "\"".to_owned(),
        Written::Literal => format!("|- # block\n{margin}"),
        Written::Folded => format!(">-\n\n{margin}").replace("\n\n", "\n"),
    };
    for (index, (word, breaks)) in words.iter().enumerate() {
        for character in word.chars() {
            match style {
                Written::Single if character == '\'' => out.push_str("''"),
                Written::Double => out.push_str(&escaped(character, next(), &margin)),
                Written::Json => out.push_str(&json_escaped(character, next())),
                _ => out.push(character),
            }
        }
        if index + 1 == words.len() {
            break;
        }
        let folds = next() % 3 == 0;
        match (style, breaks, folds) {
            (Written::Json, true, _) => out.push_str("\\n"),
            (Written::Double, true, true) => out.push_str("\\n"),
            (Written::Literal, true, _) => out.push_str(&format!("\n{margin}")),
            (Written::Literal | Written::Json, false, _) | (_, false, false) => out.push(' '),
            (Written::Folded, true, _) => out.push_str(&format!("\n\n{margin}")),
            (Written::Folded, false, true) => out.push_str(&format!("\n{margin}")),
            (_, true, _) => out.push_str(&format!(" \n   \n{margin}  ")),
            (_, false, true) => out.push_str(&format!(" \n{margin} ")),
        }
    }
    match style {
        Written::Single => out.push('\''),
        Written::Double | Written::Json => out.push('"'),
        _ => {}
    }
    out
}

fn escaped(character: char, choice: u8, margin: &str) -> String {
    let code = u32::from(character);
    let must = matches!(character, '"' | '\\');
    match choice % 8 {
        0 => format!("\\U{code:08x}"),
        1 if code <= 0xffff => format!("\\u{code:04x}"),
        2 if code <= 0xff => format!("\\x{code:02x}"),
        3 if !must => format!("\\\n{margin}{character}"),
        _ if must => format!("\\{character}"),
        _ => character.to_string(),
    }
}

fn json_escaped(character: char, choice: u8) -> String {
    let mut units = [0; 2];
    match choice % 4 {
        0 => character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        _ if matches!(character, '"' | '\\') => format!("\\{character}"),
        _ => character.to_string(),
    }
}

prop_compose! {
    fn words(letters: &'static str)(
        words in prop::collection::vec((proptest::string::string_regex(letters).unwrap(), any::<bool>()), 1..8)
    ) -> Vec<(String, bool)> {
        words
    }
}

/// Every character is at its place, or its escape is.
fn check_places(style: Written, document: &Document, text: &Text) -> Result<(), TestCaseError> {
    let escapes = matches!(style, Written::Double | Written::Json);
    for (start, character) in text.text.char_indices() {
        if character.is_whitespace() {
            continue;
        }
        let range = text.range(start..start + character.len_utf8());
        let raw = document.raw(range.clone());
        let stands = raw == character.to_string()
            || (escapes && raw.starts_with('\\'))
            || (style == Written::Single && raw == "''");
        prop_assert!(
            stands,
            "{character:?} at {start} of {:?} is {raw:?} at {range:?} of\n{}",
            text.text,
            document.text
        );
        if escapes && raw.starts_with('\\') {
            let unescaped = match style {
                Written::Json => read("a.json", &format!("{{\"a\": \"{raw}\"}}")),
                _ => read("a.yaml", &format!("a: \"{raw}\"")),
            };
            prop_assert_eq!(&self::text(only(&unescaped)).text, &character.to_string(), "{}", raw);
        }
    }
    Ok(())
}

fn joined(words: &[(String, bool)]) -> String {
    let mut text = String::new();
    for (index, (word, breaks)) in words.iter().enumerate() {
        text.push_str(word);
        if index + 1 < words.len() {
            text.push(if *breaks { '\n' } else { ' ' });
        }
    }
    text
}

/// Reads what was written, and finds its characters again.
fn check(
    style: Written,
    words: &[(String, bool)],
    choices: &[u8],
    indent: usize,
    crlf: bool,
) -> Result<(), TestCaseError> {
    let mut value = write(style, words, choices, indent);
    if crlf {
        value = value.replace('\n', "\r\n");
    }
    let (file, text) = match style {
        Written::Json => ("a.json", format!("{{\"ü\":\t{value} }}")),
        _ => ("a.yaml", format!("ü: {value}\n")),
    };
    let document = read(file, &text);
    let found = self::text(only(&document));
    prop_assert_eq!(&found.text, &joined(words), "{:?}\n{}", style, text);
    check_places(style, &document, found)
}

proptest! {
    #[test]
    fn characters_of_quoted_texts_and_blocks_are_found(
        style in prop::sample::select(vec![
            Written::Single, Written::Double, Written::Literal, Written::Folded, Written::Json,
        ]),
        words in words("[a-z.|$#:{}'\"\\\\é😀-]{1,6}"),
        choices in prop::collection::vec(any::<u8>(), 1..20),
        indent in 1_usize..5,
        crlf: bool,
    ) {
        check(style, &words, &choices, indent, crlf)?;
    }

    #[test]
    fn characters_of_plain_texts_are_found(
        words in words("[a-z.|$é😀]{0,3}[a-z.é][a-z'\"é]{0,3}"),
        choices in prop::collection::vec(any::<u8>(), 1..20),
        indent in 1_usize..5,
        crlf: bool,
    ) {
        prop_assume!(!words[0].0.starts_with(['|', '\'', '"']));
        prop_assume!(serde_json::from_str::<f64>(&joined(&words)).is_err());
        prop_assume!(!matches!(joined(&words).as_str(), "true" | "false" | "null" | "." | ".."));
        check(Written::Plain, &words, &choices, indent, crlf)?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}|([a-c&*:\\[\\]{}?|>!'\"#%@, \n\r\t-]{0,40})", is_json: bool) {
        let file = if is_json { "a.json" } else { "a.yaml" };
        if let Ok(document) = Document::read(file, text.as_bytes()) {
            let mut found = Vec::new();
            collect(&document, &document.root, &mut found);
        }
    }
}
