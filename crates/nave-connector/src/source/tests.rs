//! Examples of documents that are read, and of documents that are not.

use nave_model::Code;
use proptest::prelude::*;
use serde_json::json;

use super::*;

#[track_caller]
fn check(text: &str, expected: &Value) {
    assert_eq!(&read("a.yaml", text.as_bytes()).unwrap().tree, expected);
}

#[track_caller]
fn refused(name: &str, bytes: &[u8], code: Code, message: &str) {
    let fault = read(name, bytes).unwrap_err();
    assert_eq!(fault.code, code, "{fault}");
    let said = format!("{} {}", fault.at.clone().unwrap_or_default(), fault.message);
    assert!(said.contains(message), "{said}");
}

#[test]
fn yaml_becomes_a_value() {
    check("a: 1\nb: [x, 'y', \"z\\n\"]\n", &json!({"a": 1, "b": ["x", "y", "z\n"]}));
    check("200: ok\ntrue: t\nnull: n\n1.0: f", &json!({"200": "ok", "true": "t", "null": "n", "1.0": "f"}));
    check("text: |\n  one\n  two\n", &json!({"text": "one\ntwo\n"}));
    check("a: !!str 12\nb: !custom 12\nc: \"12\"", &json!({"a": "12", "b": "12", "c": "12"}));
    check("\u{feff}a: 1", &json!({"a": 1}));
    check("", &json!(null));
}

#[test]
fn aliases_and_merges_are_applied() {
    check("a: &x {k: 1}\nb: *x", &json!({"a": {"k": 1}, "b": {"k": 1}}));
    check(
        "base: &b {k: 1, l: 2}\nuse: {<<: *b, l: 3}\nlist: {<<: [*b, {m: 4}], n: 5}",
        &json!({
            "base": {"k": 1, "l": 2},
            "use": {"l": 3, "k": 1},
            "list": {"n": 5, "k": 1, "l": 2, "m": 4},
        }),
    );
    check("'<<': 1", &json!({"<<": 1}));
    check("&k key: *k", &json!({"key": "key"}));
}

#[test]
fn json_is_read_by_name_or_by_look() {
    assert_eq!(read("a.json", b"{\"a\": 1}").unwrap().format, Format::Json);
    assert_eq!(read("a.yaml", b" {\"a\": 1}").unwrap().format, Format::Json);
    assert_eq!(read("a", b"{a: 1}").unwrap().format, Format::Yaml);
    assert_eq!(read("a.json", b"a: 1").unwrap().format, Format::Yaml);
    assert_eq!(read("a", b"\xef\xbb\xbf[1]").unwrap().tree, json!([1]));
}

#[test]
fn duplicate_keys_are_findings_with_their_place() {
    for (name, text) in
        [("a.yaml", "a:\n  b: 1\n  c: 2\n  b: 3\n"), ("a.json", "{\"a\": {\"b\": 1,\n\n\n \"b\": 3}}")]
    {
        let source = read(name, text.as_bytes()).unwrap();
        assert_eq!(source.tree.pointer("/a/b"), Some(&json!(3)));
        let finding = source.findings.first().expect("a finding");
        assert_eq!(finding.code, codes::DOCUMENT_DUPLICATE);
        assert_eq!((finding.at.line, finding.at.pointer.as_deref()), (Some(4), Some("/a/b")));
    }
}

#[test]
fn what_cannot_be_read_says_where() {
    let syntax = codes::DOCUMENT_SYNTAX;
    refused("a.json", b"{\n\"a\": }", syntax, "a.json:2:6 `a.json` is not well-formed JSON: expected value");
    refused("a.yaml", b"a: [1\nb: 2", syntax, "a.yaml:2");
    refused("a.yaml", b"a: 1\n--- \nb: 2", syntax, "more than one YAML document");
    refused("a.yaml", b"? [x]\n: 1", syntax, "a key must be one word");
    refused("a.yaml", b"a: &x [*x]", syntax, "inside the value it names");
    refused("a.yaml", b"<<: 1", syntax, "merges a mapping");
    refused("a.yaml", b"a: 1\nb: \xff", syntax, "offset 8");
    refused("a.yaml", b"\xff\xfea\0", syntax, "UTF-16");
}

#[test]
fn depth_and_expansion_are_bounded() {
    let limit = codes::DOCUMENT_LIMIT;
    refused("a.json", "[".repeat(100_000).as_bytes(), limit, "nested deeper");
    refused("a.json", "{\"a\":".repeat(100_000).as_bytes(), limit, "nested deeper");
    refused("a.yaml", "- ".repeat(5_000).as_bytes(), limit, "nested deeper");
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..30 {
        let inner = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![inner; 10].join(",")));
    }
    refused("a.yaml", bomb.as_bytes(), limit, "expand it");
}

#[derive(Debug, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
struct Small {
    #[serde(rename = "list")]
    _list: Vec<Item>,
}

#[derive(Debug, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
struct Item {
    #[serde(rename = "amount")]
    _amount: u32,
}

#[test]
fn typed_documents_name_the_place_and_the_right_key() {
    let check = |text: &str, expected: &str, hint: Option<&str>| {
        let source = read("m.yaml", text.as_bytes()).unwrap();
        let fault = typed::<Small>(&source, text.as_bytes(), codes::MANIFEST_INVALID).unwrap_err();
        assert_eq!(format!("{} {}", fault.at.clone().unwrap_or_default(), fault.message), expected);
        assert_eq!(fault.hint.as_deref(), hint);
    };
    check(
        "list:\n- amount: 1\n- amuont: 2\n",
        "m.yaml:3:3 /list/1/amuont unknown key `amuont`",
        Some("did you mean `amount`?"),
    );
    check("list:\n- amount: x\n", "m.yaml:2:3 /list/0/amount invalid type: string \"x\", expected u32", None);
    check("list:\n- {}\n", "m.yaml:2:3 /list/0 missing field `amount`", None);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "[ -~äß→😀\\n\\t]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[ -~ä😀]{0,8}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The pointers of every value below a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointers(member, &nave_model::place::child(at, name), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn json_is_read_as_written_by_both_readers(value in any_value()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert_eq!(&json::read("a", &text).unwrap().tree, &value);
            prop_assert_eq!(&yaml::read("a", &text).unwrap().tree, &value, "{}", text);
        }
    }

    #[test]
    fn every_value_is_found_at_its_line(value in any_value()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let mut wanted = Vec::new();
        pointers(&value, "", &mut wanted);
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let places = locate_all(text.as_bytes(), &wanted);
        // In pretty text every value begins a line of its own, in the order of the pointers.
        let lines: Vec<u32> = places.iter().map(|place| place.unwrap().0).collect();
        prop_assert!(lines.is_sorted_by(|a, b| a < b), "{:?} {}", lines, text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), json in any::<bool>()) {
        drop(read(if json { "a.json" } else { "a.yaml" }, &bytes));
    }

    #[test]
    fn any_yaml_like_text_is_read_or_refused(text in "([a-c&*!?:<{}\\[\\],'\"|># -]|\\n|\\n  |- |: |<<: ){0,60}") {
        drop(read("a.yaml", text.as_bytes()));
    }
}
