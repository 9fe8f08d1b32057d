//! Requests built and read back: every style, and what is refused.

use super::*;
use crate::connector::{Entry, Parts};
use crate::documents::{Dialect, Documents, Place};
use crate::operation::{Body, BodyArguments, Media, Style};
use nave_model::{Effect, Idempotency};
use serde_json::json;

mod property;

/// An operation with one parameter `p`, and a connector to use it with.
pub(crate) struct Bench {
    pub(crate) connector: Connector,
    pub(crate) operation: Operation,
}

impl Bench {
    pub(crate) fn new(path: &str, tree: Value) -> Self {
        let documents = Documents::single("test", Dialect::Draft2020, tree);
        let parts = Parts { name: "test".into(), documents, ..Parts::default() };
        let operation = Operation {
            name: "op".into(),
            method: "POST".into(),
            path: path.into(),
            summary: None,
            description: None,
            tags: Vec::new(),
            deprecated: false,
            effect: Effect::Write,
            idempotency: Idempotency::None,
            parameters: Vec::new(),
            body: None,
            arguments: crate::operation::Arguments::default(),
            responses: Vec::new(),
            security: Vec::new(),
            servers: Vec::new(),
            paging: None,
            cache_seconds: None,
            callbacks: Vec::new(),
            place: Place::new("/op"),
        };
        Bench { connector: Connector::new(parts, Vec::<Entry>::new()), operation }
    }

    pub(crate) fn build(&self, values: &[(usize, Value)], body: Option<Value>) -> Result<Request, Fault> {
        let checked = Checked { parameters: values.to_vec(), body, ..Checked::default() };
        build(&self.connector, &self.operation, &checked)
    }

    pub(crate) fn read(&self, request: &Request) -> Result<Value, Fault> {
        let incoming = Incoming {
            path: &request.path,
            query: &request.query,
            headers: &request.headers,
            body: request.body.as_deref().unwrap_or_default(),
        };
        read(&self.connector, &self.operation, &incoming)
    }
}

pub(crate) fn parameter(name: &str, location: Location, style: Style, explode: bool) -> Parameter {
    Parameter {
        name: name.into(),
        argument: name.into(),
        location,
        style,
        explode,
        allow_reserved: false,
        required: false,
        deprecated: false,
        description: None,
        schema: Some(Place::new(format!("/{name}"))),
        content: None,
        example: None,
    }
}

/// Writes `value` in a style, expects what is on the wire, and reads it back.
#[track_caller]
fn check(location: Location, style: Style, explode: bool, value: &Value, expected: &str) {
    let schema = match value {
        Value::Array(_) => json!({"type": "array", "items": {"type": "string"}}),
        Value::Object(_) => json!({"type": "object"}),
        _ => json!({"type": ["string", "integer"]}),
    };
    let path = if location == Location::Path { "/x/{p}" } else { "/x" };
    let mut bench = Bench::new(path, json!({"p": schema}));
    bench.operation.parameters = vec![parameter("p", location, style, explode)];
    let request = bench.build(&[(0, value.clone())], None).unwrap();
    let wire = match location {
        Location::Path => request.path.strip_prefix("/x/").unwrap().to_owned(),
        Location::Query => request.query.clone(),
        _ => request.headers.iter().map(|(name, text)| format!("{name}: {text}")).collect(),
    };
    assert_eq!(wire, expected);
    assert_eq!(bench.read(&request).unwrap(), json!({"p": value}));
}

/// The table of OpenAPI 3.1.1, "Style Examples", with its values.
#[test]
fn styles_are_written_as_openapi_says() {
    use Location::{Cookie, Header, Path, Query};
    let list = || json!(["blue", "black", "brown"]);
    let map = || json!({"R": "100", "G": "200", "B": "150"});
    check(Path, Style::Matrix, false, &json!("blue"), ";p=blue");
    check(Path, Style::Matrix, false, &json!(""), ";p=");
    check(Path, Style::Matrix, false, &list(), ";p=blue,black,brown");
    check(Path, Style::Matrix, false, &map(), ";p=R,100,G,200,B,150");
    check(Path, Style::Matrix, true, &list(), ";p=blue;p=black;p=brown");
    check(Path, Style::Matrix, true, &map(), ";R=100;G=200;B=150");
    check(Path, Style::Label, false, &json!("blue"), ".blue");
    check(Path, Style::Label, false, &list(), ".blue,black,brown");
    check(Path, Style::Label, false, &map(), ".R,100,G,200,B,150");
    check(Path, Style::Label, true, &list(), ".blue.black.brown");
    check(Path, Style::Label, true, &json!(["a.b", "c"]), ".a%2Eb.c");
    check(Path, Style::Label, true, &map(), ".R=100.G=200.B=150");
    check(Path, Style::Simple, false, &list(), "blue,black,brown");
    check(Path, Style::Simple, false, &map(), "R,100,G,200,B,150");
    check(Path, Style::Simple, true, &map(), "R=100,G=200,B=150");
    check(Header, Style::Simple, false, &list(), "p: blue,black,brown");
    check(Header, Style::Simple, true, &map(), "p: R=100,G=200,B=150");
    check(Query, Style::Form, false, &json!(""), "p=");
    check(Query, Style::Form, false, &list(), "p=blue,black,brown");
    check(Query, Style::Form, false, &json!(["a,b", "c"]), "p=a%2Cb,c");
    check(Query, Style::Form, false, &map(), "p=R,100,G,200,B,150");
    check(Query, Style::Form, true, &list(), "p=blue&p=black&p=brown");
    check(Query, Style::Form, true, &map(), "R=100&G=200&B=150");
    check(Query, Style::SpaceDelimited, false, &list(), "p=blue%20black%20brown");
    check(Query, Style::SpaceDelimited, false, &map(), "p=R%20100%20G%20200%20B%20150");
    check(Query, Style::PipeDelimited, false, &list(), "p=blue%7Cblack%7Cbrown");
    check(Query, Style::TabDelimited, false, &list(), "p=blue%09black%09brown");
    check(Query, Style::DeepObject, true, &map(), "p%5BR%5D=100&p%5BG%5D=200&p%5BB%5D=150");
    check(Query, Style::DeepObject, true, &json!(["a", "b"]), "p%5B0%5D=a&p%5B1%5D=b");
    check(Query, Style::DeepObject, true, &json!(5), "p=5");
    check(
        Query,
        Style::DeepObject,
        true,
        &json!({"a": {"b": ["c", {"d": "e"}]}}),
        "p%5Ba%5D%5Bb%5D%5B0%5D=c&p%5Ba%5D%5Bb%5D%5B1%5D%5Bd%5D=e",
    );
    check(Cookie, Style::Form, true, &list(), "cookie: p=blue; p=black; p=brown");
    check(Cookie, Style::Form, false, &json!("a;b c"), "cookie: p=a%3Bb%20c");
    check(Cookie, Style::Cookie, true, &map(), "cookie: R=100; G=200; B=150");
    check(Cookie, Style::Cookie, false, &json!("a%20b"), "cookie: p=a%20b");
}

/// Expects that `build` refuses a value, with this message.
#[track_caller]
fn refused(location: Location, style: Style, value: Value, expected: &str) {
    let path = if location == Location::Path { "/x/{p}" } else { "/x" };
    let mut bench = Bench::new(path, json!({"p": {}}));
    let mut only = parameter("p", location, style, false);
    only.required = true;
    bench.operation.parameters = vec![only];
    let fault = bench.build(&[(0, value)], None).unwrap_err();
    assert_eq!(fault.code, codes::REQUEST_BUILD);
    assert!(fault.message.contains(expected), "{}", fault.message);
    assert_eq!(
        fault.at.as_ref().and_then(|at| at.pointer.as_deref()).map(|at| at.starts_with("/p")),
        Some(true)
    );
}

#[test]
fn what_would_arrive_as_something_else_is_refused() {
    use Location::{Cookie, Header, Path, Query};
    refused(Path, Style::Simple, json!(""), "an empty text would change the path");
    refused(Path, Style::Simple, json!(null), "null cannot be written");
    refused(Path, Style::Simple, json!([]), "an empty array");
    refused(Header, Style::Simple, json!("a\r\nX-Evil: 1"), "a header value cannot hold the character '\\r'");
    refused(Header, Style::Simple, json!("ü"), "a header value cannot hold");
    refused(Header, Style::Simple, json!(" a"), "begin or end with a space");
    refused(Header, Style::Simple, json!(["a,b"]), "more than one value");
    refused(Cookie, Style::Cookie, json!("a;b"), "a cookie value cannot hold the character ';'");
    refused(Query, Style::SpaceDelimited, json!(["a b"]), "the character between values");
    refused(Query, Style::PipeDelimited, json!(["a|b"]), "the character between values");
    refused(Query, Style::Form, json!([["a"]]), "an array cannot be written here");
    refused(Query, Style::Form, json!({"a": {"b": 1}}), "an object cannot be written here");
    refused(Query, Style::DeepObject, json!({"a[b]": 1}), "cannot be written in brackets");
    refused(Query, Style::DeepObject, json!({"a": []}), "an empty array");
    refused(Query, Style::Form, json!(null), "null cannot be written");
}

#[test]
fn a_path_value_never_changes_the_path() {
    let mut bench = Bench::new("/a/{p}", json!({"p": {"type": "string"}}));
    bench.operation.parameters = vec![parameter("p", Location::Path, Style::Simple, false)];
    for (value, expected) in
        [("../b", "/a/..%2Fb"), ("a?b#c", "/a/a%3Fb%23c"), ("%2e", "/a/%252e"), ("a\\b", "/a/a%5Cb")]
    {
        let request = bench.build(&[(0, json!(value))], None).unwrap();
        assert_eq!(request.path, expected);
        assert_eq!(bench.read(&request).unwrap(), json!({"p": value}));
    }
    for value in [".", ".."] {
        assert_eq!(bench.build(&[(0, json!(value))], None).unwrap_err().code, codes::REQUEST_BUILD);
    }
    assert_eq!(bench.build(&[], None).unwrap_err().code, codes::REQUEST_BUILD);
}

#[test]
fn undefined_optional_values_are_left_out() {
    let mut bench = Bench::new("/a", json!({"p": {}}));
    bench.operation.parameters = vec![parameter("p", Location::Query, Style::Form, true)];
    for value in [json!(null), json!([]), json!({})] {
        assert_eq!(bench.build(&[(0, value)], None).unwrap().query, "");
    }
}

#[test]
fn stripe_bodies_are_nested_forms() {
    let schema = json!({"body": {"type": "object", "properties": {
        "amount": {"type": "integer"},
        "expand": {"type": "array", "items": {"type": "string"}},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
    }}});
    let mut bench = Bench::new("/v1/refunds", schema);
    let deep = crate::operation::FieldEncoding {
        style: Some(Style::DeepObject),
        explode: Some(true),
        ..Default::default()
    };
    let encoding = [("expand".to_owned(), deep.clone()), ("metadata".to_owned(), deep)].into_iter().collect();
    bench.operation.body = Some(Body {
        required: true,
        description: None,
        media: Media {
            media_type: "application/x-www-form-urlencoded".into(),
            codec: crate::operation::Codec::Form,
            schema: Some(Place::new("/body")),
            encoding,
            example: None,
        },
        others: Vec::new(),
    });
    let fields = ["amount", "expand", "metadata"].map(|name| (name.to_owned(), name.to_owned()));
    bench.operation.arguments.body = BodyArguments::Fields { fields: fields.into_iter().collect() };
    let body = json!({"amount": 5, "expand": ["charge"], "metadata": {"order": "7 & 8"}});
    let request = bench.build(&[], Some(body.clone())).unwrap();
    let content = String::from_utf8(request.body.clone().unwrap()).unwrap();
    assert_eq!(content, "amount=5&expand[0]=charge&metadata[order]=7%20%26%208");
    assert_eq!(bench.read(&request).unwrap(), body);
    let fault = bench.build(&[], Some(json!({"metadata": {}}))).unwrap_err();
    assert_eq!(fault.at.as_ref().and_then(|at| at.pointer.as_deref()), Some("/metadata"));
}

#[test]
fn content_parameters_are_written_by_their_media_type() {
    let mut bench = Bench::new("/x", json!({"p": {"type": "object"}}));
    let mut only = parameter("p", Location::Query, Style::Form, true);
    only.content = Some("application/json".into());
    bench.operation.parameters = vec![only];
    let value = json!({"a": [1, {"b": "ü"}]});
    let request = bench.build(&[(0, value.clone())], None).unwrap();
    assert_eq!(request.query, "p=%7B%22a%22%3A%5B1%2C%7B%22b%22%3A%22%C3%BC%22%7D%5D%7D");
    assert_eq!(bench.read(&request).unwrap(), json!({"p": value}));
    bench.operation.parameters[0].location = Location::Header;
    let request = bench.build(&[(0, value.clone())], None).unwrap();
    assert_eq!(request.headers, [("p".to_owned(), r#"{"a":[1,{"b":"\u00fc"}]}"#.to_owned())]);
    assert_eq!(bench.read(&request).unwrap(), json!({"p": value}));
}

#[test]
fn the_whole_query_can_be_one_value() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}});
    for (media_type, expected) in [
        ("application/x-www-form-urlencoded", "n=1&s=a%20b"),
        ("application/json", "%7B%22n%22%3A1%2C%22s%22%3A%22a%20b%22%7D"),
    ] {
        let mut bench = Bench::new("/x", json!({"p": schema}));
        let mut only = parameter("p", Location::Querystring, Style::Form, true);
        only.content = Some(media_type.into());
        bench.operation.parameters = vec![only];
        let value = json!({"n": 1, "s": "a b"});
        let request = bench.build(&[(0, value.clone())], None).unwrap();
        assert_eq!(request.query, expected);
        assert_eq!(bench.read(&request).unwrap(), json!({"p": value}));
    }
}

#[test]
fn the_transport_s_own_headers_are_refused() {
    let mut bench = Bench::new("/x", json!({"Host": {"type": "string"}, "a b": {}}));
    bench.operation.parameters =
        ["Host", "a b"].map(|name| parameter(name, Location::Header, Style::Simple, false)).to_vec();
    for position in [0, 1] {
        let fault = bench.build(&[(position, json!("evil.example"))], None).unwrap_err();
        assert_eq!(fault.code, codes::REQUEST_BUILD);
    }
}

#[test]
fn unknown_query_fields_are_kept_for_the_check_to_name() {
    let mut bench = Bench::new("/x", json!({"p": {"type": "integer"}}));
    bench.operation.parameters = vec![parameter("p", Location::Query, Style::Form, true)];
    let request = Request { path: "/x".into(), query: "p=5&amuont=1+2".into(), ..Request::default() };
    assert_eq!(bench.read(&request).unwrap(), json!({"p": 5, "amuont": "1 2"}));
    let request = Request { path: "/y".into(), ..Request::default() };
    assert_eq!(bench.read(&request).unwrap_err().code, codes::REQUEST_READ);
}

#[test]
fn adjoining_path_values_are_refused_where_they_run_together() {
    let mut bench = Bench::new("/c/{a}...{b}", json!({"a": {"type": "string"}, "b": {"type": "string"}}));
    bench.operation.parameters =
        ["a", "b"].map(|name| parameter(name, Location::Path, Style::Simple, false)).to_vec();
    let build = |a: &str, b: &str| bench.build(&[(0, json!(a)), (1, json!(b))], None);
    let request = build("v1.0", "v2").unwrap();
    assert_eq!(request.path, "/c/v1.0...v2");
    assert_eq!(bench.read(&request).unwrap(), json!({"a": "v1.0", "b": "v2"}));
    assert_eq!(build("v1...0", "v2").unwrap_err().code, codes::REQUEST_BUILD);
}

#[test]
fn a_query_of_the_template_is_sent_encoded() {
    for (path, query) in [
        ("/x?do=a", "do=a"),
        ("/x?b c#d[e]=é", "b%20c%23d%5Be%5D=%C3%A9"),
        ("/x?a=%20b+c&d:/?@!$'()*,;=e", "a=%20b+c&d:/?@!$'()*,;=e"),
    ] {
        let mut bench = Bench::new(path, json!({"p": {"type": "string"}}));
        bench.operation.parameters = vec![parameter("p", Location::Query, Style::Form, true)];
        let request = bench.build(&[(0, json!("1"))], None).unwrap();
        assert_eq!((request.path.as_str(), request.query.as_str()), ("/x", format!("{query}&p=1").as_str()));
        assert_eq!(bench.read(&request).unwrap(), json!({"p": "1"}));
    }
}
