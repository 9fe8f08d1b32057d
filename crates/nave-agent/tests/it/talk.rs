//! The three tools through the official client, in both protocol versions.

use std::sync::Arc;

use nave_agent::serve_streams;
use nave_model::connection::Agents;
use rmcp::model::{CallToolRequestParams, ProtocolVersion};
use rmcp::service::{RoleClient, RunningService};
use rmcp::{ClientLifecycleMode, ClientServiceExt};
use serde_json::{Value, json};

use crate::rig::{Rig, rig};

struct Agent {
    client: RunningService<RoleClient, ()>,
    rig: Rig,
}

impl Agent {
    async fn new(agents: Agents, lifecycle: ClientLifecycleMode) -> Agent {
        let rig = rig(agents).await;
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let (read, write) = tokio::io::split(ours);
        let door = Arc::clone(&rig.door);
        nave_call::task::spawn("mcp", async move { serve_streams(door, read, write).await.unwrap() });
        let client = ().serve_with_lifecycle(tokio::io::split(theirs), lifecycle).await.unwrap();
        Agent { client, rig }
    }

    /// Calls a tool; gives its text and whether it is an error.
    async fn use_tool(&self, tool: &'static str, arguments: Value) -> (String, bool) {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        let request = CallToolRequestParams::new(tool).with_arguments(arguments);
        let result = self.client.call_tool(request).await.unwrap();
        let text = result.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.as_str());
        (text.collect(), result.is_error == Some(true))
    }
}

fn stateless() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
}

async fn an_agent_finds_its_way(lifecycle: ClientLifecycleMode) {
    let agent = Agent::new(Agents::Write, lifecycle).await;
    let tools = agent.client.list_all_tools().await.unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, ["search", "describe", "call"]);

    let (found, failed) = agent.use_tool("search", json!({"query": "refund a charge"})).await;
    assert!(!failed && found.contains("billing.create_refund ["), "{found}");

    let (told, failed) = agent.use_tool("describe", json!({"operations": ["billing.create_refund"]})).await;
    assert!(!failed && told.contains("POST /v1/refunds") && told.contains("amount?: integer"), "{told}");

    let wrong = json!({"operation": "billing.create_refund", "arguments": {"charge": "ch_1", "amuont": 5}});
    let (refused, failed) = agent.use_tool("call", wrong).await;
    assert!(failed && refused.contains("did you mean `amount`?"), "{refused}");
    assert_eq!(agent.rig.sandbox.received().len(), 0, "a wrong call left");

    let right = json!({"operation": "billing.create_refund", "arguments": {"charge": "ch_1", "amount": 5}});
    let (answer, failed) = agent.use_tool("call", right).await;
    assert!(!failed, "{answer}");
    let answer: Value = serde_json::from_str(answer.lines().next().unwrap()).unwrap();
    assert_eq!(answer["object"], "refund");
    assert_eq!(agent.rig.sandbox.received().len(), 1);
}

#[tokio::test]
async fn an_agent_finds_its_way_in_2025_11_25() {
    an_agent_finds_its_way(ClientLifecycleMode::Initialize).await;
}

#[tokio::test]
async fn an_agent_finds_its_way_in_2026_07_28() {
    an_agent_finds_its_way(stateless()).await;
}

#[tokio::test]
async fn agents_only_read_unless_the_connection_says_more() {
    let agent = Agent::new(Agents::Read, stateless()).await;
    let (found, _) = agent.use_tool("search", json!({"query": "create refund"})).await;
    assert!(found.contains(", not allowed]"), "{found}");
    let write = json!({"operation": "billing.create_refund", "arguments": {"charge": "ch_1"}});
    let (refused, failed) = agent.use_tool("call", write).await;
    assert!(failed && refused.contains("E-NOT-ALLOWED"), "{refused}");
    let (_, failed) = agent.use_tool("call", json!({"operation": "billing.get_balance"})).await;
    assert!(!failed);
    assert_eq!(agent.rig.sandbox.received().len(), 1);
}

#[tokio::test]
async fn a_closed_connection_does_not_exist_for_agents() {
    let agent = Agent::new(Agents::None, stateless()).await;
    let (found, _) = agent.use_tool("search", json!({"query": "balance"})).await;
    assert_eq!(found, "nothing fits `balance`; use other words. Connections: none\n");
    for tool in ["describe", "call"] {
        let arguments = json!({"operation": "billing.get_balance"});
        let arguments =
            if tool == "call" { arguments } else { json!({"operations": ["billing.get_balance"]}) };
        let (refused, failed) = agent.use_tool(tool, arguments).await;
        assert!(failed && refused.contains("there is no connection `billing`"), "{refused}");
    }
    assert_eq!(agent.rig.sandbox.received().len(), 0);
}

#[tokio::test]
async fn mistakes_are_answered_with_the_nearest_right_thing() {
    let agent = Agent::new(Agents::Write, stateless()).await;
    for (tool, arguments, hint) in [
        ("describe", json!({"operations": ["billing.creat_refund"]}), "did you mean `create_refund`"),
        ("describe", json!({"operations": ["biling.create_refund"]}), "did you mean `billing`?"),
        ("describe", json!({"operations": ["create_refund"]}), "did you mean `billing.create_refund`?"),
        (
            "describe",
            json!({"operations": ["billing.create_refund"], "part": "amuont"}),
            "did you mean `amount`?",
        ),
        ("describe", json!({"operation": "billing.create_refund"}), "did you mean `operations`"),
        ("search", json!({}), "query"),
        ("search", json!({"query": "x", "limit": 100}), "20"),
        ("serch", json!({"query": "x"}), "did you mean `search`?"),
    ] {
        let (text, failed) = agent.use_tool(tool, arguments).await;
        assert!(failed && text.contains(hint), "{tool}: {text}");
    }
}

#[tokio::test]
async fn the_same_key_has_one_effect() {
    let agent = Agent::new(Agents::Write, stateless()).await;
    let create = json!({
        "operation": "billing.create_customer", "arguments": {"name": "Ada"}, "idempotency_key": "deal-7",
    });
    let (first, failed) = agent.use_tool("call", create.clone()).await;
    assert!(!failed, "{first}");
    let (second, _) = agent.use_tool("call", create).await;
    assert_eq!(first.lines().next(), second.lines().next());
    assert_eq!(agent.rig.sandbox.count("create_customer").effects, 1);
}
