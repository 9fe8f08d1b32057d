//! How answers leave: whole, late, in drops, cut off, reset, or never.

use std::sync::Arc;
use std::time::Duration;

use nave_connector::openapi::{self, Input, NoResolver};
use nave_connector::source;
use nave_sandbox::serve::Running;
use nave_sandbox::{Options, Sandbox};
use serde_json::json;

use crate::client::{Client, run};

fn running() -> (Arc<Sandbox>, Running) {
    let document = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/things": {"get": {
        "operationId": "list_things",
        "responses": {"200": {"description": "Things.", "content": {"application/json": {"schema": {
            "type": "array", "minItems": 3, "items": {"type": "object", "required": ["id"],
                "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}}}}}},
    }}}});
    let source =
        source::read("things.json", document.to_string().as_bytes()).expect("the description is right");
    let input = Input { name: "things", source, manifest: None, overlay: None, resolver: &NoResolver };
    let connector = Arc::new(openapi::import(input).expect("the description is right").connector);
    let sandbox = Arc::new(Sandbox::new(connector, Options::default()));
    let running = Running::start(Arc::clone(&sandbox)).expect("the sandbox is served");
    (sandbox, running)
}

/// The answer under a fault: its status and whether the whole body came, or how the connection ended.
fn under(fault: &str) -> Result<(u16, usize), String> {
    let (_, running) = running();
    run(async {
        let mut client = Client::connect(running.address()).await;
        match client.get("/things", &[("x-nave-fault", fault)]).await {
            Ok(answer) => Ok((answer.status, answer.body.len())),
            Err(error) => {
                Err(std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string))
            }
        }
    })
}

#[test]
fn answers_leave_whole_and_the_connection_stays() {
    let (sandbox, running) = running();
    run(async {
        let mut client = Client::connect(running.address()).await;
        for _ in 0..3 {
            assert_eq!(client.get("/things", &[]).await.unwrap().status, 200);
        }
        let counts = client.get("/_nave/counts", &[]).await.unwrap();
        assert!(String::from_utf8_lossy(&counts.body).contains("\"received\":3"));
    });
    assert_eq!(sandbox.count("list_things").effects, 3);
}

#[test]
fn an_answer_in_drops_is_still_whole() {
    let whole = under("latency=0").unwrap();
    assert_eq!(under("trickle;pause=1").unwrap(), whole);
    assert_eq!(under("latency=5..9").unwrap(), whole);
}

#[test]
fn a_cut_off_answer_is_noticed() {
    let error = under("truncated").unwrap_err();
    assert!(error.contains("end of file") || error.contains("closed"), "{error}");
}

#[test]
fn a_reset_is_a_reset() {
    let error = under("reset").unwrap_err();
    assert!(error.contains("reset"), "{error}");
}

#[test]
fn silence_lasts_until_the_caller_gives_up() {
    let (sandbox, running) = running();
    run(async {
        let mut client = Client::connect(running.address()).await;
        let answer = client.get("/things", &[("x-nave-fault", "timeout")]);
        assert!(tokio::time::timeout(Duration::from_millis(150), answer).await.is_err());
    });
    assert_eq!(sandbox.count("list_things").effects, 1);
}

#[test]
fn a_stopped_server_lets_go_of_silent_callers() {
    let (_, running) = running();
    let address = running.address();
    run(async move {
        let mut client = Client::connect(address).await;
        let asking = client.get("/things", &[("x-nave-fault", "timeout")]);
        let (answer, ()) = tokio::join!(asking, async {
            tokio::task::spawn_blocking(move || drop(running)).await.unwrap();
        });
        assert!(answer.is_err());
    });
}
