//! The HTTP door: where it listens, who may knock, and that it answers.

use std::net::SocketAddr;
use std::sync::Arc;

use nave_agent::{Http, serve_http};
use nave_model::connection::Agents;
use nave_model::fault::codes;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::rig::rig;

/// Posts one JSON-RPC message; gives the status and the body.
async fn post(address: SocketAddr, headers: &str, message: &Value) -> (u16, String) {
    let body = message.to_string();
    let request = format!(
        "POST /mcp HTTP/1.1\r\n{headers}Accept: application/json, text/event-stream\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

fn call(tool: &str, arguments: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
}

#[tokio::test]
async fn it_answers_local_clients_and_no_web_page() {
    let rig = rig(Agents::Read).await;
    let http = Http::bind(Arc::clone(&rig.door), SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let (address, stop) = (http.address, CancellationToken::new());
    let serving = nave_call::task::spawn("mcp", serve_http(http, stop.clone()));
    let search = call("search", &json!({"query": "balance"}));

    let host = format!("Host: {address}\r\n");
    let (status, answer) =
        post(address, &format!("{host}MCP-Protocol-Version: 2025-11-25\r\n"), &search).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("billing.get_balance [read]"), "{answer}");

    let (status, _) = post(address, "Host: evil.example\r\n", &search).await;
    assert_eq!(status, 403, "a rebound name was answered");
    let (status, _) = post(address, &format!("{host}Origin: https://evil.example\r\n"), &search).await;
    assert_eq!(status, 403, "a web page was answered");

    stop.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let rig = rig(Agents::Read).await;
    let fault = Http::bind(rig.door, SocketAddr::from(([0, 0, 0, 0], 0))).await.err().unwrap();
    assert_eq!(fault.code, codes::LISTEN);
    assert_eq!(fault.hint.as_deref(), Some("the MCP server listens on 127.0.0.1 or ::1 only"));
}
