//! Descriptions made to hurt: each ends in a fault, a refused operation or a finding, in bounded time
//! and memory.

use std::time::Duration;

use nave_connector::openapi::{Import, Input, NoResolver, import};
use nave_connector::source;
use nave_model::fault::codes;
use nave_model::{Code, Fault};
use serde_json::{Value, json};

use crate::measure::measured;

/// Far above what any of these needs, far below what an unbounded walk would take.
const LONGEST: Duration = Duration::from_secs(20);
const MOST_MB: u64 = 500;

fn read(name: &str, bytes: &[u8]) -> Result<Import, Fault> {
    let source = source::read(name, bytes)?;
    import(Input { name: "hostile", source, manifest: None, overlay: None, resolver: &NoResolver })
}

/// Imports, compiles every usable operation again, and checks that neither took too long or too much.
fn bounded(name: &str, bytes: &[u8]) -> Result<Import, Fault> {
    let measured = measured(|| {
        let import = read(name, bytes)?;
        for position in 0..import.connector.entries().len() {
            import.connector.operation_at(position)?;
        }
        Ok(import)
    });
    println!("{} ms, {:?} MB", measured.time.as_millis(), measured.peak_mb);
    assert!(measured.time < LONGEST, "{:?}", measured.time);
    assert!(measured.peak_mb.is_none_or(|mb| mb < MOST_MB), "{:?} MB", measured.peak_mb);
    measured.value
}

#[track_caller]
fn faults(name: &str, bytes: &[u8], code: Code) {
    let fault = bounded(name, bytes).unwrap_err();
    assert_eq!(fault.code, code, "{fault}");
    assert!(fault.at.as_ref().is_some_and(|at| at.file.is_some()), "{fault:?}");
}

/// A description of `POST /x` whose body is this schema.
fn description(body: &Value, schemas: &Value) -> Vec<u8> {
    json!({
        "openapi": "3.0.0",
        "paths": {"/x": {"post": {"requestBody": {"content": {"application/json": {"schema": body}}}}}},
        "components": {"schemas": schemas},
    })
    .to_string()
    .into_bytes()
}

fn to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

#[test]
fn deep_nesting() {
    let deep = |open: &str, close: &str| {
        format!("{{\"openapi\":\"3.0.0\",\"paths\":{}1{}}}", open.repeat(500_000), close.repeat(500_000))
    };
    faults("a.json", deep("[", "]").as_bytes(), codes::DOCUMENT_LIMIT);
    faults("a.json", deep("{\"a\":", "}").as_bytes(), codes::DOCUMENT_LIMIT);
    faults("a.yaml", deep("[", "]").as_bytes(), codes::DOCUMENT_LIMIT);
    let indented: String = (0..3_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    faults("a.yaml", indented.as_bytes(), codes::DOCUMENT_LIMIT);
    faults("a.yaml", "- ".repeat(100_000).as_bytes(), codes::DOCUMENT_LIMIT);
    faults("a.yaml", "? ".repeat(100_000).as_bytes(), codes::DOCUMENT_SYNTAX);
}

#[test]
fn more_values_than_memory_should_hold() {
    faults(
        "a.json",
        format!("{{\"openapi\": [{}1]}}", "1,".repeat(5_000_000)).as_bytes(),
        codes::DOCUMENT_LIMIT,
    );
    faults("a.json", " ".repeat(source::MOST_BYTES + 1).as_bytes(), codes::DOCUMENT_LIMIT);
}

#[test]
fn reference_bombs() {
    // Each schema holds the next one ten times: 10^40 schemas, were they inlined.
    let mut schemas = json!({});
    for level in 0..40 {
        schemas[format!("L{level}")] = json!({"allOf": vec![to(&format!("L{}", level + 1)); 10]});
    }
    schemas["L40"] = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let import = bounded("a.json", &description(&to("L0"), &schemas)).unwrap();
    assert_eq!(import.connector.entries().len(), 1);

    // A chain without branches, longer than any honest one.
    let mut schemas = json!({});
    for level in 0..20_000 {
        schemas[format!("C{level}")] = to(&format!("C{}", level + 1));
    }
    schemas["C20000"] = json!({});
    let import = bounded("a.json", &description(&to("C0"), &schemas)).unwrap();
    assert_eq!(import.report.refused.first().unwrap().problem.code, codes::REFERENCE_CYCLE);

    // Every schema refers to every other.
    let names: Vec<String> = (0..400).map(|index| format!("N{index}")).collect();
    let all: serde_json::Map<String, Value> = names.iter().map(|name| (name.clone(), to(name))).collect();
    let mut schemas = json!({});
    for name in &names {
        schemas[name.as_str()] = json!({"type": "object", "properties": all});
    }
    let import = bounded("a.json", &description(&to("N0"), &schemas)).unwrap();
    assert_eq!(import.connector.entries().len(), 1);
}

#[test]
fn broken_references_everywhere() {
    let mut schemas = json!({"S": {"items": {"$ref": "#/none"}}});
    for index in 0..5_000 {
        schemas[format!("S{index}")] =
            json!({"items": {"$ref": format!("#/none/{index}")}, "allOf": [to("S")]});
    }
    let mut paths = json!({});
    for index in 0..2_000 {
        paths[format!("/p{index}")] = json!({"post": {"requestBody": {"content": {"application/json": {"schema":
            to(&format!("S{index}"))}}}}});
    }
    let tree = json!({"openapi": "3.0.0", "paths": paths, "components": {"schemas": schemas}});
    let import = bounded("a.json", tree.to_string().as_bytes()).unwrap();
    assert_eq!((import.report.operations, import.report.refused.len()), (2_000, 2_000));
    assert!(import.report.refused.iter().all(|refused| refused.problem.at.line.is_some()));
}

#[test]
fn cyclic_composition() {
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let itself = json!({"A": {keyword: [to("A"), {"type": "object"}]}});
        let import = bounded("a.json", &description(&to("A"), &itself)).unwrap();
        let refused = import.report.refused.first().unwrap();
        assert_eq!(
            (refused.problem.code, refused.problem.at.line),
            (codes::REFERENCE_CYCLE, Some(1)),
            "{keyword}"
        );
    }
    let mut round = json!({});
    for index in 0..5_000 {
        round[format!("A{index}")] = json!({"allOf": [to(&format!("A{}", (index + 1) % 5_000))]});
    }
    let import = bounded("a.json", &description(&to("A0"), &round)).unwrap();
    assert_eq!(import.report.refused.len(), 1);
}

#[test]
fn huge_enums_and_many_parameters() {
    let values: Vec<String> = (0..500_000).map(|index| format!("value-{index}")).collect();
    let import =
        bounded("a.json", &description(&json!({"properties": {"a": {"enum": values}}}), &json!({}))).unwrap();
    assert_eq!(import.connector.entries().len(), 1);
    let parameters: Vec<Value> =
        (0..2_000).map(|index| json!({"name": format!("p{index}"), "in": "query"})).collect();
    let tree = json!({"openapi": "3.0.0", "paths": {"/x": {"get": {"parameters": parameters}}}});
    let import = bounded("a.json", tree.to_string().as_bytes()).unwrap();
    assert_eq!(import.connector.operation("get_x").unwrap().parameters.len(), 2_000);
}

#[test]
fn absurd_patterns_names_and_texts() {
    let patterns = json!({"properties": {
        "a": {"pattern": "(((a{1,1000}){1,1000}){1,1000})"},
        "b": {"pattern": "(".repeat(100_000)},
        "c": {"pattern": "^(a+)+$"},
        "d": {"pattern": "(?=x)"},
    }});
    let import = bounded("a.json", &description(&patterns, &json!({}))).unwrap();
    assert_eq!(import.connector.entries().len(), 1);
    assert_eq!(import.report.findings.len(), 3);
    let tree = json!({"openapi": "3.0.0", "paths": {format!("/{}", "{a}".repeat(3_000)): {"get": {
        "operationId": "aB".repeat(1_000_000), "description": "<".repeat(1_000_000)}}}});
    let import = bounded("a.json", tree.to_string().as_bytes()).unwrap();
    assert!(import.connector.entries().first().unwrap().name.len() <= 120);
}

#[test]
fn many_operations_of_one_name() {
    let mut paths = json!({});
    for index in 0..5_000 {
        paths[format!("/{}", "-".repeat(1 + index % 50) + &"/".repeat(index / 50))] =
            json!({"get": {"operationId": "same"}});
    }
    let tree = json!({"openapi": "3.0.0", "paths": paths});
    let import = bounded("a.json", tree.to_string().as_bytes()).unwrap();
    let mut names: Vec<&str> = import.connector.entries().iter().map(|entry| entry.name.as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), import.report.operations);
}

#[test]
fn bytes_that_are_no_text() {
    faults("a.json", b"{\"openapi\": \"3.0.0\", \"info\": \"\xff\"}", codes::DOCUMENT_SYNTAX);
    faults("a.yaml", b"openapi: 3.0.0\ninfo: \xc3\x28", codes::DOCUMENT_SYNTAX);
    faults("a.json", b"\xff\xfe{\0}\0", codes::DOCUMENT_SYNTAX);
    faults("a.yaml", b"\0\0\0\0", codes::DOCUMENT_SYNTAX);
    faults("a.json", b"", codes::DOCUMENT_FORMAT);
    faults("a.json", b"{\"openapi\": \"3.0.0\"", codes::DOCUMENT_SYNTAX);
}

#[test]
fn duplicate_keys() {
    let text = format!(
        "{{\"openapi\": \"3.0.0\", \"paths\": {{{}\"/b\": {{}}}}}}",
        "\"/a\": {\"get\": {}},".repeat(50_000)
    );
    let import = bounded("a.json", text.as_bytes()).unwrap();
    assert_eq!((import.report.operations, import.report.findings.len()), (1, 1));
    let finding = import.report.findings.first().unwrap();
    assert_eq!((finding.code, finding.at.line), (codes::DOCUMENT_DUPLICATE, Some(1)));
    let text = format!("openapi: 3.0.0\npaths:\n{}", "  /a: {get: {}}\n".repeat(20_000));
    let import = bounded("a.yaml", text.as_bytes()).unwrap();
    assert_eq!((import.report.operations, import.report.findings.len()), (1, 200));
    assert_eq!(import.report.findings.first().unwrap().at.line, Some(4));
}

#[test]
fn exploding_anchors() {
    let mut laughs = String::from("openapi: 3.0.0\na0: &a0 lol\n");
    for level in 1..20 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    faults("a.yaml", laughs.as_bytes(), codes::DOCUMENT_LIMIT);
    let text =
        format!("openapi: 3.0.0\nbig: &big {}\nall: [{}]\n", "x".repeat(1 << 20), "*big, ".repeat(10_000));
    faults("a.yaml", text.as_bytes(), codes::DOCUMENT_LIMIT);
    let mut merges = String::from("openapi: 3.0.0\nm0: &m0 {k0: v}\n");
    for level in 1..3_000 {
        merges.push_str(&format!("m{level}: &m{level}\n  <<: *m{}\n  k{level}: v\n", level - 1));
    }
    faults("a.yaml", merges.as_bytes(), codes::DOCUMENT_LIMIT);
    faults("a.yaml", b"a: &a [*a]", codes::DOCUMENT_SYNTAX);
}
