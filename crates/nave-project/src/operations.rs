//! Every operation a project can call, connection by connection, as policies see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_connector::Connector;
use nave_connector::connector::Entry;
use nave_connector::schema::typed;
use nave_expr::types::Type;
use nave_model::Effect;
use nave_model::connection::Agents;
use nave_model::similar::did_you_mean;
use nave_policy::OperationFacts;
use nave_policy::check::Known;
use nave_policy::examples::Operations;
use nave_policy::rules::Checked;

use crate::Project;

/// A connection with its connector.
pub struct Connected {
    /// The connection's name.
    pub name: String,
    /// What agents may do without a rule.
    pub agents: Agents,
    /// Its connector.
    pub connector: Arc<Connector>,
}

/// Every connection of a project whose connector can be used.
pub struct Reach(Vec<Connected>);

impl Reach {
    /// The connections of a project. What is wrong with a connector is reported where it is checked.
    pub fn of(project: &Project) -> Reach {
        Reach::with(project, &BTreeMap::new())
    }

    /// The same, as if some connectors were others.
    pub fn with(project: &Project, others: &BTreeMap<String, Arc<Connector>>) -> Reach {
        let usable = project.connections().iter().filter_map(|(name, connection)| {
            let connector = match others.get(&connection.connector) {
                Some(other) => Arc::clone(other),
                None => project.connector(&connection.connector).ok()?,
            };
            Some(Connected { name: name.clone(), agents: connection.agents, connector })
        });
        Reach(usable.collect())
    }

    /// The connector of a connection.
    pub(crate) fn connector(&self, connection: &str) -> Option<&Connector> {
        self.0.iter().find(|one| one.name == connection).map(|one| one.connector.as_ref())
    }

    /// Whether a rule is for an operation of a connector, through any of its connections.
    pub(crate) fn is_covered(&self, rule: &Checked, connector: &str, operation: &str) -> bool {
        self.0.iter().filter(|one| one.connector.name == connector).any(|one| {
            let mut entries = one.connector.entries().iter();
            entries.any(|entry| entry.name == operation && rule.covers(&facts(one, entry)))
        })
    }

    /// All operations with their types, which are read when they are asked for.
    pub fn known(&self) -> Vec<Known<'_>> {
        let all = self.0.iter().flat_map(|connected| {
            connected.connector.entries().iter().map(move |entry| known(connected, entry))
        });
        all.collect()
    }
}

fn known<'a>(connected: &'a Connected, entry: &'a Entry) -> Known<'a> {
    let connector = connected.connector.as_ref();
    let unusable = || Type::anything(format!("the description of `{}` cannot be used", entry.name));
    let with = move |read: fn(&'a Connector, &'a nave_connector::Operation) -> Type<'a>| {
        connector.operation(&entry.name).map_or_else(|_| unusable(), |operation| read(connector, operation))
    };
    Known {
        facts: facts(connected, entry),
        arguments: Box::new(move || with(|connector, operation| typed::argument_type(connector, operation))),
        answer: Box::new(move || with(|connector, operation| typed::result_type(connector, operation))),
    }
}

fn facts(connected: &Connected, entry: &Entry) -> OperationFacts {
    OperationFacts {
        name: entry.name.clone(),
        connection: connected.name.clone(),
        connector: connected.connector.name.clone(),
        effect: entry.effect,
        tags: entry.tags.clone(),
    }
}

impl Operations for Reach {
    fn operation(&self, call: &str) -> Result<OperationFacts, Option<String>> {
        let all =
            || self.0.iter().flat_map(|one| one.connector.entries().iter().map(move |entry| (one, entry)));
        let found = all().find(|(connected, entry)| {
            call.strip_prefix(connected.name.as_str()).and_then(|rest| rest.strip_prefix('.'))
                == Some(&entry.name)
        });
        if let Some((connected, entry)) = found {
            return Ok(facts(connected, entry));
        }
        let names: Vec<String> = all().map(|(one, entry)| format!("{}.{}", one.name, entry.name)).collect();
        Err(did_you_mean(call, names.iter().map(String::as_str)))
    }

    fn grants(&self, operation: &OperationFacts) -> bool {
        let agents = self.0.iter().find(|one| one.name == operation.connection).map(|one| one.agents);
        match agents {
            Some(Agents::Write) => true,
            Some(Agents::Read) => operation.effect == Effect::Read,
            Some(Agents::None) | None => false,
        }
    }
}
