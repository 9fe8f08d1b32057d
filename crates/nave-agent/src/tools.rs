//! The three tools as agents see them: names, texts, argument schemas. Short, because every agent
//! pays for them in every conversation.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

/// What the server tells an agent about itself.
pub(crate) const INSTRUCTIONS: &str = "Calls operations of business systems. Find one with `search`, read its exact \
     arguments with `describe`, then `call` it. A wrong call is refused before anything is sent, with the nearest \
     right thing; mend it and call again.";

/// One tool: its name, text, arguments, and whether it only looks.
struct Row {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    schema: fn() -> Value,
    annotations: fn() -> ToolAnnotations,
}

const ROWS: [Row; 3] = [
    Row {
        name: "search",
        title: "Find operations",
        description: "Find operations by words, for example \"refund a charge\". Returns names for `describe` and `call`.",
        schema: search_schema,
        annotations: looks,
    },
    Row {
        name: "describe",
        title: "Describe operations",
        description: "Exact arguments, effect and answer of operations. `part` opens one argument or `answer` \
                      further, as dotted names.",
        schema: describe_schema,
        annotations: looks,
    },
    Row {
        name: "call",
        title: "Call an operation",
        description: "Call one operation. `arguments` is one flat object as `describe` shows it.",
        schema: call_schema,
        annotations: acts,
    },
];

/// The tools in the order they are used.
pub(crate) fn all() -> Vec<Tool> {
    ROWS.iter()
        .map(|row| {
            let schema = match (row.schema)() {
                Value::Object(schema) => schema,
                _ => Map::new(),
            };
            Tool::new(row.name, row.description, Arc::new(schema))
                .with_title(row.title)
                .with_annotations((row.annotations)())
        })
        .collect()
}

fn looks() -> ToolAnnotations {
    ToolAnnotations::from_raw(None, Some(true), Some(false), Some(true), Some(false))
}

fn acts() -> ToolAnnotations {
    ToolAnnotations::from_raw(None, Some(false), Some(true), Some(false), Some(true))
}

fn search_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "What the operation should do"},
            "connection": {"type": "string", "description": "Only operations of this connection"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 20, "default": 8},
        },
        "required": ["query"],
        "additionalProperties": false,
    })
}

fn describe_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "operations": {
                "type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 5,
                "description": "Names as `search` gives them",
            },
            "part": {"type": "string", "description": "For example `line_items.price_data` or `answer.data`"},
        },
        "required": ["operations"],
        "additionalProperties": false,
    })
}

fn call_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "operation": {"type": "string", "description": "Name as `search` gives it"},
            "arguments": {"type": "object"},
            "idempotency_key": {
                "type": "string",
                "description": "Same key, same effect: repeat it when you repeat a write",
            },
        },
        "required": ["operation"],
        "additionalProperties": false,
    })
}

/// The names of the tools.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// The schema of one tool's arguments.
pub(crate) fn schema(name: &str) -> Option<Value> {
    ROWS.iter().find(|row| row.name == name).map(|row| (row.schema)())
}
