//! Reading what was built gives the arguments again, over random operations and values; and values
//! without odd characters are never refused.

use indexmap::IndexMap;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::operation::{Codec, FieldEncoding};

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Texts as they come: words, printable ASCII, anything.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-z0-9]{1,6}", 2 => "[ -~]{0,8}", 1 => any::<String>().prop_map(|text| text.chars().take(8).collect())]
}

/// Words that are no name of a header of the transport's own.
fn word() -> impl Strategy<Value = String> {
    "q[a-z0-9]{0,5}"
}

/// Single values whose texts are `texts`.
fn single(texts: BoxedStrategy<String>) -> BoxedStrategy<Value> {
    let eighths = any::<i32>().prop_map(|eighths| json!(f64::from(eighths) / 8.0));
    prop_oneof![3 => texts.prop_map(Value::from), 1 => any::<i64>().prop_map(Value::from), 1 => any::<bool>().prop_map(Value::from), 1 => eighths].boxed()
}

/// Single values, lists and objects of them.
fn flat(texts: BoxedStrategy<String>, keys: BoxedStrategy<String>) -> BoxedStrategy<Value> {
    let list = vec(single(texts.clone()), 1..4).prop_map(Value::from);
    let object = btree_map(keys, single(texts.clone()), 1..4).prop_map(|members| json!(members));
    prop_oneof![single(texts), list, object].boxed()
}

/// Values nested as deep as three levels, without empty lists and objects.
fn deep(texts: BoxedStrategy<String>, keys: BoxedStrategy<String>) -> BoxedStrategy<Value> {
    single(texts)
        .prop_recursive(3, 16, 3, move |inner| {
            let list = vec(inner.clone(), 1..4).prop_map(Value::from);
            let object = btree_map(keys.clone(), inner, 1..4).prop_map(|members| json!(members));
            prop_oneof![list, object]
        })
        .boxed()
}

/// The schema that says of a value what text cannot say.
fn schema_of(value: &Value) -> Value {
    match value {
        Value::Null => json!({"type": "null"}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(number) if number.is_f64() => json!({"type": "number"}),
        Value::Number(_) => json!({"type": "integer"}),
        Value::String(_) => json!({"type": "string"}),
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().map(schema_of).collect();
            json!({"type": "array", "prefixItems": items})
        }
        Value::Object(members) => {
            let properties: Map<String, Value> =
                members.iter().map(|(name, member)| (name.clone(), schema_of(member))).collect();
            json!({"type": "object", "properties": properties})
        }
    }
}

/// Where and how a parameter may be written, with whether it carries nested values.
fn places() -> impl Strategy<Value = (Location, Style, bool)> {
    use Location::{Cookie, Form, Header, Path, Query};
    let places = [
        (Path, Style::Matrix),
        (Path, Style::Label),
        (Path, Style::Simple),
        (Path, Style::PipeDelimited),
        (Query, Style::Form),
        (Query, Style::SpaceDelimited),
        (Query, Style::PipeDelimited),
        (Query, Style::TabDelimited),
        (Query, Style::DeepObject),
        (Header, Style::Simple),
        (Header, Style::TabDelimited),
        (Cookie, Style::Form),
        (Cookie, Style::Cookie),
        (Form, Style::Form),
        (Form, Style::SpaceDelimited),
    ];
    (proptest::sample::select(places.to_vec()), any::<bool>())
        .prop_map(|((location, style), explode)| (location, style, explode))
}

/// One parameter and its value.
#[derive(Debug, Clone)]
struct Given {
    name: String,
    place: (Location, Style, bool),
    reserved: bool,
    as_json: bool,
    value: Value,
}

fn given(texts: BoxedStrategy<String>, names: BoxedStrategy<String>) -> impl Strategy<Value = Given> {
    (places(), any::<(bool, bool)>(), names.clone()).prop_flat_map(
        move |(place, (reserved, as_json), name)| {
            let as_json = as_json && reserved && place.0 != Location::Form;
            let nested = place.1 == Style::DeepObject || as_json;
            let value =
                if nested { deep(texts.clone(), names.clone()) } else { flat(texts.clone(), names.clone()) };
            value.prop_map(move |value| Given { name: name.clone(), place, reserved, as_json, value })
        },
    )
}

/// An operation with these parameters, in a path that has a segment for each of its own.
fn bench_of(all: &[Given]) -> Bench {
    let mut path = String::from("/fixed");
    let mut tree = Map::new();
    let mut parameters = Vec::new();
    for (at, given) in all.iter().enumerate() {
        let (location, style, explode) = given.place;
        if location == Location::Path {
            path.push_str(&format!("/pre.{{{}}}", given.name));
        }
        let mut described = parameter(&given.name, location, style, explode);
        described.argument = format!("argument{at}");
        described.schema = Some(Place::new(format!("/{at}")));
        described.allow_reserved = given.reserved;
        described.content = given.as_json.then(|| "application/json".to_owned());
        tree.insert(at.to_string(), schema_of(&given.value));
        parameters.push(described);
    }
    let mut bench = Bench::new(&path, Value::Object(tree));
    bench.operation.parameters = parameters;
    bench
}

/// Builds and reads back; whether it could be built.
fn round(all: &[Given]) -> Result<bool, TestCaseError> {
    let bench = bench_of(all);
    let values: Vec<(usize, Value)> =
        all.iter().enumerate().map(|(at, given)| (at, given.value.clone())).collect();
    let request = match bench.build(&values, None) {
        Ok(request) => request,
        Err(fault) => {
            prop_assert_eq!(fault.code, codes::REQUEST_BUILD);
            return Ok(false);
        }
    };
    for (name, value) in &request.headers {
        prop_assert!(!name.contains(['\r', '\n']) && !value.contains(['\r', '\n', '\0']));
    }
    let segments = bench.operation.path.split('/').count();
    prop_assert_eq!(request.path.split('/').count(), segments, "{}", request.path);
    prop_assert!(!request.path.contains(['?', '#']) && !request.query.contains('#'));
    let url = url::Url::parse(&format!("http://h{}?{}", request.path, request.query)).unwrap();
    prop_assert_eq!(url.path(), &request.path);
    let expected: Map<String, Value> =
        all.iter().enumerate().map(|(at, given)| (format!("argument{at}"), given.value.clone())).collect();
    prop_assert_eq!(bench.read(&request), Ok(Value::Object(expected)), "{:?}", request);
    Ok(true)
}

/// Parameters are told apart by name and place; headers by name without case.
fn distinct(all: &mut Vec<Given>) {
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|given| {
        let group = if given.place.0 == Location::Header { "header" } else { given.place.0.as_str() };
        !given.name.contains(['{', '}', '/', '?']) && seen.insert((group, given.name.to_ascii_lowercase()))
    });
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn parameters_of_any_kind_are_read_as_given(mut all in vec(given(text().boxed(), text().boxed()), 1..5)) {
        distinct(&mut all);
        round(&all)?;
    }

    #[test]
    fn plain_values_are_never_refused(mut all in vec(given(word().boxed(), word().boxed()), 1..4)) {
        distinct(&mut all);
        // Objects that are spread over pairs may meet other names; alone they do not.
        for one in all {
            prop_assert!(round(&[one])?);
        }
    }
}

/// A body of one codec over a value with its schema.
fn body_round(
    codec: Codec,
    media_type: &str,
    value: &Value,
    encoding: IndexMap<String, FieldEncoding>,
) -> Result<bool, TestCaseError> {
    let mut bench = Bench::new("/x", json!({"body": schema_of(value)}));
    let schema = Some(Place::new("/body"));
    let media = Media { media_type: media_type.into(), codec, schema, encoding, example: None };
    bench.operation.body = Some(Body { required: true, description: None, media, others: Vec::new() });
    bench.operation.arguments.body = BodyArguments::Whole { argument: "body".into() };
    match bench.build(&[], Some(value.clone())) {
        Ok(request) => {
            prop_assert_eq!(bench.read(&request), Ok(json!({"body": value})), "{:?}", request);
            Ok(true)
        }
        Err(fault) => {
            prop_assert_eq!(fault.code, codes::REQUEST_BUILD);
            Ok(false)
        }
    }
}

fn object(values: BoxedStrategy<Value>, keys: BoxedStrategy<String>) -> impl Strategy<Value = Value> {
    btree_map(keys, values, 1..4).prop_map(|members| json!(members))
}

/// Encodings in the styles a form can be read back in, for the members of an object.
fn encodings(value: &Value, styles: &[usize]) -> IndexMap<String, FieldEncoding> {
    let all = [
        None,
        Some(Style::DeepObject),
        Some(Style::Form),
        Some(Style::PipeDelimited),
        Some(Style::SpaceDelimited),
    ];
    let names = value.as_object().into_iter().flatten();
    names
        .zip(styles)
        .filter_map(|((name, _), style)| {
            let style = Some(all[style % all.len()]?);
            Some((
                name.clone(),
                FieldEncoding {
                    style,
                    explode: Some(style == Some(Style::DeepObject)),
                    ..FieldEncoding::default()
                },
            ))
        })
        .collect()
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn bodies_are_read_as_given(value in object(deep(text().boxed(), text().boxed()), text().boxed()), styles in vec(0_usize..9, 4)) {
        prop_assert!(body_round(Codec::Json, "application/json", &value, IndexMap::new())?);
        body_round(Codec::Form, "application/x-www-form-urlencoded", &value, encodings(&value, &styles))?;
        body_round(Codec::Multipart, "multipart/form-data", &value, IndexMap::new())?;
        body_round(Codec::Multipart, "multipart/related", &value, IndexMap::new())?;
        body_round(Codec::Xml, "application/xml", &value, IndexMap::new())?;
        let list = json!([value.clone(), value]);
        prop_assert!(body_round(Codec::JsonLines, "application/x-ndjson", &list, IndexMap::new())?);
        prop_assert!(body_round(Codec::JsonLines, "application/json-seq", &list, IndexMap::new())?);
        prop_assert!(body_round(Codec::Multipart, "multipart/mixed", &list, IndexMap::new())?);
    }

    #[test]
    fn plain_bodies_are_never_refused(value in object(flat(word().boxed(), word().boxed()), word().boxed())) {
        prop_assert!(body_round(Codec::Form, "application/x-www-form-urlencoded", &value, IndexMap::new())?);
        prop_assert!(body_round(Codec::Form, "application/x-www-form-urlencoded", &value, encodings(&value, &[1, 1, 1]))?);
        prop_assert!(body_round(Codec::Multipart, "multipart/form-data", &value, IndexMap::new())?);
        prop_assert!(body_round(Codec::Xml, "application/xml", &value, IndexMap::new())?);
    }

    #[test]
    fn texts_files_and_events_are_read_as_given(text in text(), bytes in vec(any::<u8>(), 0..40), data in text()) {
        prop_assert!(body_round(Codec::Text, "text/plain", &json!(text), IndexMap::new())?);
        let file = codec::binary::value(&bytes);
        let mut bench = Bench::new("/x", json!({"body": {"properties": {"f": {"type": "string", "format": "binary"}}}}));
        let media = |codec, media_type: &str| Media {
            media_type: media_type.into(), codec, schema: Some(Place::new("/body")), encoding: IndexMap::new(), example: None,
        };
        bench.operation.arguments.body = BodyArguments::Whole { argument: "body".into() };
        let named = codec::binary::named(&bytes, Some("n.bin"), Some("image/png"));
        let both = [(Codec::Binary, "image/png", file.clone()), (Codec::Multipart, "multipart/form-data", json!({"f": file})),
            (Codec::Multipart, "multipart/form-data", json!({"f": named}))];
        for (codec, media_type, value) in both {
            bench.operation.body = Some(Body { required: true, description: None, media: media(codec, media_type), others: Vec::new() });
            let request = bench.build(&[], Some(value.clone())).unwrap();
            prop_assert_eq!(bench.read(&request).unwrap(), json!({"body": value}));
        }
        body_round(Codec::EventStream, "text/event-stream", &json!([{"data": data, "id": text}]), IndexMap::new())?;
    }

    #[test]
    fn no_bytes_make_reading_panic(path in any::<String>(), query in any::<String>(), cookie in any::<String>(), body in vec(any::<u8>(), 0..200), all in vec(given(text().boxed(), text().boxed()), 1..5)) {
        let bench = bench_of(&all);
        let headers = [("cookie".to_owned(), cookie), ("content-type".to_owned(), "multipart/form-data; boundary=a".to_owned())];
        let incoming = Incoming { path: &path, query: &query, headers: &headers, body: &body };
        drop(read(&bench.connector, &bench.operation, &incoming));
    }
}
