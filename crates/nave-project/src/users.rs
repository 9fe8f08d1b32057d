//! Who in a project uses what changed between two versions of a description: flows by what they read and
//! give, policies by the operations their rules are for, agents by what they may call.

use nave_connector::compare::{Class, Comparison, Direction, Finding, Touch};
use nave_flow::check::{Source, Uses};
use nave_model::connection::Agents;
use nave_model::{At, Effect};
use nave_policy::rules::{Answer, Checked};

use crate::Project;
use crate::operations::Reach;

/// The most users that are named for one finding.
const MOST: usize = 50;

/// Something a flow does with a system.
struct Use<'u> {
    /// The operation or event.
    name: &'u str,
    direction: Direction,
    /// JSON pointers of what is given or read.
    pointer: &'u str,
    step: Option<&'u str>,
    at: &'u At,
}

impl Project {
    /// Writes into each finding about a connector who uses what changed: flows with step and line,
    /// policies with their rule, and agents through a connection.
    pub fn name_users(&self, connector: &str, comparison: &mut Comparison) {
        let reach = Reach::of(self);
        let mut users: Vec<Vec<String>> = vec![Vec::new(); comparison.findings.len()];
        for (flow, uses) in &self.check_flows(&reach).uses {
            for one in self.uses_of(connector, uses) {
                for (position, finding) in
                    comparison.findings.iter().enumerate().filter(|(_, one)| asks_for_care(one))
                {
                    let is_told = users.get(position).is_some_and(|told| told.len() >= MOST);
                    if !is_told && is_touched(comparison, finding, &one) {
                        add(&mut users, position, in_flow(flow, &one));
                    }
                }
            }
        }
        for (position, finding) in
            comparison.findings.iter().enumerate().filter(|(_, one)| asks_for_care(one))
        {
            for user in self.policies_for(connector, finding, &reach) {
                add(&mut users, position, user);
            }
            for user in self.agents_for(connector, finding) {
                add(&mut users, position, user);
            }
        }
        for (finding, users) in comparison.findings.iter_mut().zip(users) {
            finding.used_by = users;
        }
    }

    fn is_of(&self, connection: &str, connector: &str) -> bool {
        self.connections().get(connection).is_some_and(|connection| connection.connector == connector)
    }

    /// What a flow does with a connector.
    fn uses_of<'u>(&self, connector: &str, uses: &'u Uses) -> Vec<Use<'u>> {
        let mut found = Vec::new();
        for one in uses.operations.iter().filter(|one| one.connector.as_deref() == Some(connector)) {
            let step = one.step.as_deref();
            for pointer in one.arguments.iter().map(String::as_str).chain([""]) {
                found.push(Use {
                    name: &one.operation,
                    direction: Direction::Sent,
                    pointer,
                    step,
                    at: &one.at,
                });
            }
        }
        for read in &uses.reads {
            let (connection, name, direction) = match &read.source {
                Source::Answer { connection, operation } => (connection, operation, Direction::Received),
                Source::Event { connection: Some(connection), event } => {
                    (connection, event, Direction::Event)
                }
                _ => continue,
            };
            if self.is_of(connection, connector) {
                let (pointer, step) = (read.pointer.as_str(), read.step.as_deref());
                found.push(Use { name, direction, pointer, step, at: &read.at });
            }
        }
        found
    }

    /// Rules with a condition are about what is sent, masks about what is received.
    fn policies_for(&self, connector: &str, finding: &Finding, reach: &Reach) -> Vec<String> {
        let meets = |rule: &Checked| {
            let direction = match (&rule.answer, &rule.when) {
                (Answer::Mask(_), _) => Direction::Received,
                (_, Some(_)) => Direction::Sent,
                (_, None) => return false,
            };
            finding
                .directions
                .iter()
                .filter(|told| told.direction == direction)
                .any(|told| told.operations.iter().any(|name| reach.is_covered(rule, connector, name)))
        };
        let rules =
            self.policies().values().flat_map(|file| file.policy.rules.iter().map(move |rule| (file, rule)));
        let met = rules.filter(|(_, rule)| meets(rule));
        met.map(|(file, rule)| format!("the policy rule `{}` ({})", rule.id, file.path)).collect()
    }

    /// Connections through which agents may call an operation that the finding touches.
    fn agents_for(&self, connector: &str, finding: &Finding) -> Vec<String> {
        let Ok(known) = self.connector(connector) else { return Vec::new() };
        let entries: Vec<_> = known
            .entries()
            .iter()
            .filter(|entry| {
                finding.operations.binary_search_by(|name| (**name).cmp(entry.name.as_str())).is_ok()
            })
            .collect();
        let connections =
            self.connections().iter().filter(|(_, connection)| connection.connector == connector);
        let open = connections.filter(|(_, connection)| {
            entries.iter().any(|entry| match connection.agents {
                Agents::None => false,
                Agents::Read => entry.effect == Effect::Read,
                Agents::Write => true,
            })
        });
        open.map(|(name, _)| format!("agents through the connection `{name}`")).collect()
    }
}

/// What only adds concerns nobody who is there already.
fn asks_for_care(finding: &Finding) -> bool {
    finding.class > Class::Additive
}

/// Whether a use meets an edit. Of an operation as a whole only what concerns all of it counts.
fn is_touched(comparison: &Comparison, finding: &Finding, one: &Use<'_>) -> bool {
    match comparison.touches(finding, one.name, one.direction, one.pointer) {
        None => false,
        Some(Touch::Below) => !(one.direction == Direction::Sent && one.pointer.is_empty()),
        Some(Touch::Above | Touch::Here) => true,
    }
}

fn in_flow(flow: &str, one: &Use<'_>) -> String {
    let place = match (&one.at.file, one.at.line) {
        (Some(file), Some(line)) => format!(" ({file}:{line})"),
        _ => String::new(),
    };
    match one.step {
        Some(step) => format!("the flow `{flow}` in its step `{step}`{place}"),
        None => format!("the flow `{flow}`{place}"),
    }
}

fn add(users: &mut [Vec<String>], position: usize, user: String) {
    if let Some(told) = users.get_mut(position)
        && told.len() < MOST
        && !told.contains(&user)
    {
        told.push(user);
    }
}

#[cfg(test)]
mod tests;
