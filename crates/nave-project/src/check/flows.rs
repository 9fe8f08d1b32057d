//! The flows of a project against everything they use.

use std::collections::BTreeMap;

use nave_expr::types::Type;
use nave_flow::Flow;
use nave_flow::check::{self, Connected, Uses, World};
use nave_model::Problem;

use super::policies::Found;
use crate::Project;
use crate::operations::Reach;

/// A project as its flows see it.
pub(crate) struct Whole<'p> {
    project: &'p Project,
    reach: &'p Reach,
}

impl<'p> Whole<'p> {
    /// A project, reached through these connections.
    pub(crate) fn new(project: &'p Project, reach: &'p Reach) -> Self {
        Whole { project, reach }
    }
}

impl World for Whole<'_> {
    fn connection(&self, name: &str) -> Option<Connected<'_>> {
        let connection = self.project.connections().get(name)?;
        Some(Connected { connector: self.reach.connector(name)?, connection, scopes: None })
    }

    fn connections(&self) -> Vec<&str> {
        self.project.connections().keys().map(String::as_str).collect()
    }

    fn flow(&self, name: &str) -> Option<&Flow> {
        self.project.flows().get(name).map(|file| &file.flow)
    }

    fn flows(&self) -> Vec<&Flow> {
        self.project.flows().values().map(|file| &file.flow).collect()
    }
}

/// What came of checking the flows.
#[derive(Debug, Default)]
pub(crate) struct FlowsChecked {
    /// What is wrong and odd, flow by flow.
    pub(crate) each: BTreeMap<String, Found>,
    /// What is wrong and odd between them.
    pub(crate) together: Found,
    /// What each of them uses.
    pub(crate) uses: BTreeMap<String, Uses>,
}

impl FlowsChecked {
    /// Everything, flow by flow.
    pub(crate) fn into_found(self) -> Found {
        let mut all = Found::default();
        for found in self.each.into_values().chain([self.together]) {
            all.errors.extend(found.errors);
            all.warnings.extend(found.warnings);
        }
        all
    }
}

impl Project {
    /// Checks all flows.
    pub(crate) fn check_flows(&self, reach: &Reach) -> FlowsChecked {
        let mut checked =
            FlowsChecked { together: self.check_flows_together(reach), ..FlowsChecked::default() };
        for name in self.flows().keys() {
            if let Some((found, uses)) = self.check_flow(name, reach) {
                checked.each.insert(name.clone(), found);
                checked.uses.insert(name.clone(), uses);
            }
        }
        checked
    }

    /// Checks one flow.
    pub(crate) fn check_flow(&self, name: &str, reach: &Reach) -> Option<(Found, Uses)> {
        let file = self.flows().get(name)?;
        let whole = Whole::new(self, reach);
        let checked = check::check(&file.flow, &whole);
        let mut warnings: Vec<Problem> = file.warnings.clone();
        warnings.extend(checked.warnings);
        Some((Found { errors: checked.errors, warnings }, checked.uses))
    }

    /// What concerns several flows.
    pub(crate) fn check_flows_together(&self, reach: &Reach) -> Found {
        let flows: Vec<&Flow> = self.flows().values().map(|file| &file.flow).collect();
        let together = check::check_together(&flows, &Whole::new(self, reach));
        Found { errors: together.errors, warnings: together.warnings }
    }

    /// Calls `visit` with every flow that may run, as it runs, and the type of the data it is given.
    pub fn runnable(&self, visit: &mut dyn FnMut(&Flow, &Type<'_>)) {
        let reach = Reach::of(self);
        let whole = Whole::new(self, &reach);
        for file in self.flows().values().filter(|file| file.is_whole) {
            let checked = check::check(&file.flow, &whole);
            if checked.errors.is_empty() {
                let mut flow = file.flow.clone();
                checked.resolve(&mut flow);
                visit(&flow, &check::input_type(&file.flow, &whole));
            }
        }
    }

    /// What each flow uses of the project: operations, fields, events, flows and roles.
    pub fn uses(&self) -> BTreeMap<String, Uses> {
        self.check_flows(&Reach::of(self)).uses
    }
}
