//! Examples of queries, many of them RFC 9535's own.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn store() -> Value {
    json!({
        "store": {
            "book": [
                {"category": "reference", "author": "Nigel Rees", "price": 8.95},
                {"category": "fiction", "author": "Evelyn Waugh", "price": 12.99},
                {"category": "fiction", "author": "Herman Melville", "price": 8.99, "isbn": "0-553-21311-3"},
            ],
            "bicycle": {"color": "red", "price": 399},
        },
        "o": {"j j": {"k.k": 3}, "'": {"@": 2}},
        "a": [3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
        "paths": {"/users/{id}": {"get": {"tags": ["x", "y"]}}},
    })
}

#[track_caller]
fn check(path: &str, expected: &[&str]) {
    let tree = store();
    let query = Query::parse(path).unwrap();
    let found: Vec<String> = select(&tree, &query).unwrap().iter().map(Node::pointer).collect();
    assert_eq!(found, expected, "{path}");
}

#[test]
fn names_indices_and_wildcards() {
    check("$", &[""]);
    check("$.store.bicycle.color", &["/store/bicycle/color"]);
    check("$['store'] [\"bicycle\"]", &["/store/bicycle"]);
    check("$.o['j j']['k.k']", &["/o/j j/k.k"]);
    check("$.o[\"'\"]['@']", &["/o/'/@"]);
    check("$.o['\\'']", &["/o/'"]);
    check("$['\\u006f']['\\u006a j']", &["/o/j j"]);
    check("$.store.book[0,-1].author", &["/store/book/0/author", "/store/book/2/author"]);
    check("$.store.book[9]", &[]);
    check("$.store.*.color", &["/store/bicycle/color"]);
    check("$.paths['/users/{id}'].get", &["/paths/~1users~1{id}/get"]);
    check("$..isbn", &["/store/book/2/isbn"]);
    check("$..book[0]", &["/store/book/0"]);
    check("$.store.bicycle..*", &["/store/bicycle/color", "/store/bicycle/price"]);
}

#[test]
fn slices() {
    check("$.a[1:3]", &["/a/1", "/a/2"]);
    check("$.a[8:]", &["/a/8", "/a/9"]);
    check("$.a[1:5:2]", &["/a/1", "/a/3"]);
    check("$.a[5:1:-2]", &["/a/5", "/a/3"]);
    check("$.a[2::-1]", &["/a/2", "/a/1", "/a/0"]);
    check("$.a[-2:]", &["/a/8", "/a/9"]);
    check("$.a[0:2:0]", &[]);
}

#[test]
fn filters() {
    check("$.a[?@.b == 'kilo']", &["/a/9"]);
    check("$.a[?(@.b == 'kilo')]", &["/a/9"]);
    check("$.a[?@>3.5]", &["/a/1", "/a/4", "/a/5"]);
    check("$.a[?@.b]", &["/a/6", "/a/7", "/a/8", "/a/9"]);
    check("$.a[?!@.b && @ < 3]", &["/a/2", "/a/3"]);
    check("$.a[?@<2 || @.b == \"k\"]", &["/a/2", "/a/7"]);
    check("$.a[?match(@.b, '[jk]')]", &["/a/6", "/a/7"]);
    check("$.a[?search(@.b, '[jk]')]", &["/a/6", "/a/7", "/a/9"]);
    check("$.a[?length(@.b) == 4]", &["/a/9"]);
    check("$.store[?count(@.*) == 3]", &["/store/book"]);
    check("$.a[?value(@..b) == 'j']", &["/a/6"]);
    check(
        "$.a[?@.b == {}.x]".replace("{}.x", "$.nowhere").as_str(),
        &["/a/0", "/a/1", "/a/2", "/a/3", "/a/4", "/a/5"],
    );
    check("$.store.book[?@.price < $.store.bicycle.price && @.isbn].author", &["/store/book/2/author"]);
    check("$.paths[?(@.get['tags'][?(@ == 'y')])].get", &["/paths/~1users~1{id}/get"]);
    check("$..[?@.price == 399.0]", &["/store/bicycle"]);
}

#[test]
fn a_dot_matches_no_end_of_line() {
    let tree = json!(["\u{2028}", "\r", "\n", "x", "xy"]);
    let query = Query::parse("$[?match(@, '.')]").unwrap();
    let found: Vec<String> = select(&tree, &query).unwrap().iter().map(Node::pointer).collect();
    assert_eq!(found, ["/0", "/3"]);
}

#[test]
fn what_is_no_path_says_why() {
    for (path, reason) in [
        ("store", "does not begin with `$`"),
        ("$.", "ends too early"),
        ("$.paths./users", "`/` at character 9 was not expected"),
        ("$.a[01]", "at character 5 was not expected"),
        ("$.a[-0]", "at character 5 was not expected"),
        ("$.a[?@..b == 1]", "only queries for a single node"),
        ("$.a[?1 == @.*]", "only queries for a single node"),
        ("$.a[?length(@.*) == 1]", "takes a single value"),
        ("$.a[?nope(@)]", "no function `nope`"),
        ("$.a[?1]", "was not expected"),
        ("$['a", "ends too early"),
        ("$['\\x']", "unknown escape"),
    ] {
        let error = Query::parse(path).unwrap_err();
        assert!(error.contains(reason), "{path}: {error}");
    }
    let deep = format!("$[?{}@{}]", "(".repeat(10_000), ")".repeat(10_000));
    assert!(Query::parse(&deep).unwrap_err().contains("nests too deep"));
}

#[test]
fn endless_work_is_given_up() {
    let tree = json!(vec![1; 5_000]);
    let query = Query::parse("$[?count($[?@ == 1]) > 0]").unwrap();
    assert!(select(&tree, &query).is_none());
}

proptest! {
    #[test]
    fn any_text_is_a_path_or_is_not(text in "\\$[.\\[\\]?@$*'\"():,<=!&|0-9a-z -]{0,40}") {
        if let Ok(query) = Query::parse(&text) {
            prop_assert!(select(&store(), &query).is_some());
        }
    }
}
