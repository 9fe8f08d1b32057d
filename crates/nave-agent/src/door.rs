//! What the three tools do. Knows nothing of the MCP wire: a tool's name and arguments in, text out.

use std::sync::Arc;

use nave_call::{CallRequest, Caller, Principal, Priority};
use nave_connector::documents::{Dialect, Documents, Place};
use nave_connector::search::Index;
use nave_connector::{Connector, Schema, check, describe};
use nave_model::connection::Agents;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{Effect, Fault};
use serde_json::Value;

use crate::{text, tools};

/// Operations a search answers with, unless the agent says otherwise.
const HITS: u64 = 8;
/// Characters a description may take; search and description together stay under 1,500 tokens.
const DESCRIPTION: usize = 2_800;
/// Characters all descriptions of one answer may take together.
const DESCRIPTIONS: usize = 7_500;

/// A tool's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What the agent reads.
    pub text: String,
    /// The tool did not do what was asked; the text says why and what to do.
    pub is_error: bool,
}

/// The agents' door: the connections that allow agents, and the three tools over them.
pub struct Door {
    caller: Arc<Caller>,
    /// The operations of those connections, and no others.
    index: Index,
}

impl Door {
    /// A door to the caller's connections that allow agents.
    pub fn new(caller: Arc<Caller>) -> Self {
        let open = |name: &str| {
            let (connection, connector) = caller.account(name).ok()?;
            (connection.agents != Agents::None).then(|| (name.to_owned(), Arc::clone(connector)))
        };
        let index = Index::new(caller.connections().filter_map(open).collect());
        Door { caller, index }
    }

    /// Runs one tool. Whatever is wrong becomes a reply the agent can act on.
    pub async fn answer(&self, tool: &str, arguments: Value) -> Reply {
        let done = match check_arguments(tool, &arguments) {
            Err(fault) => Err(fault),
            Ok(()) => match tool {
                "search" => self.search(&arguments),
                "describe" => self.describe(&arguments),
                _ => self.call(&arguments).await,
            },
        };
        match done {
            Ok(text) => Reply { text, is_error: false },
            Err(fault) => Reply { text: text::fault(&fault), is_error: true },
        }
    }

    fn search(&self, arguments: &Value) -> Result<String, Fault> {
        let query = string(arguments, "query").unwrap_or_default();
        let connection = string(arguments, "connection");
        if let Some(name) = connection {
            self.connection(name)?;
        }
        let limit = arguments.get("limit").and_then(Value::as_u64).unwrap_or(HITS);
        let most = usize::try_from(limit).unwrap_or(1);
        // The index ranks over all connections; those not asked for are left out afterwards.
        let looked_at = if connection.is_some() { usize::MAX } else { most };
        let mut hits = self.index.search(query, looked_at);
        if let Some(name) = connection {
            hits.retain(|hit| hit.operation.split_once('.').is_some_and(|(owner, _)| owner == name));
            hits.truncate(most);
        }
        let allowed = |owner: &str, effect: Effect| self.allowed(owner, effect);
        Ok(text::hits(query, &hits, allowed, &self.names()))
    }

    fn describe(&self, arguments: &Value) -> Result<String, Fault> {
        let names: Vec<&str> = match arguments.get("operations") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let budget = DESCRIPTION.min(DESCRIPTIONS / names.len().max(1));
        let mut text = String::new();
        for name in &names {
            let (owner, connector, operation) = self.operation(name)?;
            let operation = connector.operation(operation)?;
            let example = nave_sandbox::generate::arguments(connector, operation, 0).ok();
            let part = string(arguments, "part");
            let request = describe::Request { owner, part, budget, example: example.as_ref() };
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&describe::text(connector, operation, &request)?);
            if !self.allowed(owner, operation.effect) {
                text.push_str("not allowed here: this connection lets agents read only\n");
            }
        }
        Ok(text)
    }

    async fn call(&self, arguments: &Value) -> Result<String, Fault> {
        let name = string(arguments, "operation").unwrap_or_default();
        let (connection, _, operation) = self.operation(name)?;
        let given =
            arguments.get("arguments").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let request = CallRequest {
            principal: Principal::Agent,
            priority: Priority::Person,
            idempotency_key: string(arguments, "idempotency_key").map(str::to_owned),
            ..CallRequest::new(connection, operation, given)
        };
        let answer = self.caller.call(request).await?;
        Ok(text::answer(&answer))
    }

    /// A connection agents may know of, by name.
    fn connection(&self, name: &str) -> Result<&Arc<Connector>, Fault> {
        match self.caller.account(name) {
            Ok((connection, connector)) if connection.agents != Agents::None => Ok(connector),
            _ => Err(unknown_connection(name, &self.names())),
        }
    }

    /// Splits `connection.operation`.
    fn operation<'a>(&'a self, name: &'a str) -> Result<(&'a str, &'a Connector, &'a str), Fault> {
        let Some((connection, operation)) = name.split_once('.') else {
            let fault =
                Fault::new(codes::OPERATION_UNKNOWN, format!("`{name}` is not `connection.operation`"));
            let hits = self.index.search(name, 1);
            return Err(match hits.first() {
                Some(hit) => fault.with_hint(format!("did you mean `{}`?", hit.operation)),
                None => fault.with_hint("find operations with `search`"),
            });
        };
        Ok((connection, self.connection(connection)?, operation))
    }

    /// Names of the connections that allow agents.
    fn names(&self) -> Vec<&str> {
        self.index.owners().collect()
    }

    fn allowed(&self, connection: &str, effect: Effect) -> bool {
        match self.caller.account(connection).map(|(connection, _)| connection.agents) {
            Ok(Agents::Write) => true,
            Ok(Agents::Read) => effect == Effect::Read,
            Ok(Agents::None) | Err(_) => false,
        }
    }
}

/// Checks a tool's own arguments against its schema, by the same check every call passes.
fn check_arguments(tool: &str, arguments: &Value) -> Result<(), Fault> {
    let Some(schema) = tools::schema(tool) else {
        let fault = Fault::new(codes::ARGUMENT_UNKNOWN, format!("there is no tool `{tool}`"));
        let names: Vec<&str> = tools::names().collect();
        let hint = did_you_mean(tool, names.iter().copied());
        return Err(fault.with_hint(hint.unwrap_or_else(|| format!("there are {}", names.join(", ")))));
    };
    let documents = Documents::single(tool, Dialect::Draft2020, schema);
    let schema = Schema::at(&documents, &Place::new(""))?;
    let problems = check::value(schema, arguments, check::Direction::Request);
    if problems.is_empty() { Ok(()) } else { Err(Fault::from_problems(tool, problems)) }
}

fn string<'a>(arguments: &'a Value, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str)
}

fn unknown_connection(name: &str, known: &[&str]) -> Fault {
    let fault = Fault::new(codes::CONNECTION_UNKNOWN, format!("there is no connection `{name}`"));
    if known.is_empty() {
        return fault.with_hint("no connection of this project allows agents");
    }
    let hint = did_you_mean(name, known.iter().copied());
    fault.with_hint(hint.unwrap_or_else(|| format!("there are {}", known.join(", "))))
}
