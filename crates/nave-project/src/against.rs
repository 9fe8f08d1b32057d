//! What breaks if a system changes: the whole project checked against other versions of its connectors,
//! beside the project as it is. What was wrong before is not spoken of again.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_connector::Connector;
use nave_connector::compare::{Comparison, compare};
use nave_model::{Fault, Problem};

use crate::Project;
use crate::check::Found;
use crate::operations::Reach;

/// What other versions of connectors do to a project.
#[derive(Debug, Default)]
pub struct Against {
    /// What works now and would not any more.
    pub broken: Vec<Problem>,
    /// What would be odd and is not now.
    pub warnings: Vec<Problem>,
    /// What changed, connector by connector.
    pub changes: BTreeMap<String, Comparison>,
    /// The flows that use each connector.
    pub flows: BTreeMap<String, Vec<String>>,
}

impl Project {
    /// Checks the flows and policies as if connectors were these other versions.
    ///
    /// # Errors
    /// A connector that is replaced is not one of the project's.
    pub fn check_against(&self, others: &BTreeMap<String, Arc<Connector>>) -> Result<Against, Fault> {
        let mut against = Against::default();
        for (name, other) in others {
            let now = self.connector(name)?;
            let mut comparison = compare(&now, other);
            self.name_users(name, &mut comparison);
            against.changes.insert(name.clone(), comparison);
        }
        let now = self.check_with(&Reach::of(self));
        let checked = self.check_flows(&Reach::of(self));
        for (flow, uses) in &checked.uses {
            for connector in uses.operations.iter().filter_map(|one| one.connector.as_ref()) {
                let flows = against.flows.entry(connector.clone()).or_default();
                if others.contains_key(connector) && !flows.contains(flow) {
                    flows.push(flow.clone());
                }
            }
        }
        against.flows.retain(|_, flows| !flows.is_empty());
        let then = self.check_with(&Reach::with(self, others));
        against.broken = new(&now.errors, then.errors);
        against.warnings = new(&now.warnings, then.warnings);
        Ok(against)
    }

    fn check_with(&self, reach: &Reach) -> Found {
        let mut found = self.check_flows(reach).into_found();
        let policies = self.check_policies(reach);
        found.errors.extend(policies.errors);
        found.warnings.extend(policies.warnings);
        found
    }
}

/// The problems that are not among those before: the same code at the same place with the same words.
fn new(before: &[Problem], after: Vec<Problem>) -> Vec<Problem> {
    after.into_iter().filter(|problem| !before.contains(problem)).collect()
}

#[cfg(test)]
pub(crate) mod tests;
