//! `nave mcp` as an agent's client starts it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::rig::{Place, command};

#[test]
fn an_agent_speaks_to_the_same_connections() {
    let place = Place::project();
    place.nave(&["connect", "mine", "--connector", "notes"]).done();
    let hello = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;
    let ready = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let list = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    let mut child = command(&place.path("."))
        .arg("mcp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |request: &str| {
        std::io::Write::write_all(&mut stdin, format!("{request}\n").as_bytes()).unwrap();
    };
    ask(hello);
    assert!(lines.next().unwrap().unwrap().contains("serverInfo"));
    ask(ready);
    ask(list);
    let tools: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let names: Vec<&str> = tools["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["search", "describe", "call"]);
    let call = r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"call","arguments":{"operation":"mine.list_notes","arguments":{"limt":3}}}}"#;
    ask(call);
    let refused: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(refused["result"]["isError"], true);
    assert!(refused.to_string().contains("did you mean `limit`?"), "{refused}");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_project_that_is_open_to_no_agent_says_so() {
    let place = Place::project();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = place.nave(&["mcp", "--http", &port]).code(6);
    ran.err(&["no connection of this project is open to agents", "error[E-LISTEN]"]);
}
