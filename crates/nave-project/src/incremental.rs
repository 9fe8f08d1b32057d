//! A project that is kept checked while its files change: one changed file is read and checked again with
//! what depends on it, and nothing else. Watching the files is left to others.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_flow::check::Uses;
use nave_model::Problem;

use crate::check::{Checked, Found};
use crate::operations::Reach;
use crate::{Files, Project, flows, policies};

/// A project with everything that was found out about it.
pub struct Incremental {
    files: Arc<dyn Files>,
    project: Project,
    reach: Reach,
    /// What was wrong while loading, by file.
    loading: BTreeMap<String, Vec<Problem>>,
    /// Connectors, connections and cases.
    ground: Checked,
    flows: BTreeMap<String, (Found, Uses)>,
    together: Found,
    policies: Found,
}

impl Incremental {
    /// Loads and checks a project as a whole.
    pub fn load(files: Arc<dyn Files>) -> Self {
        Incremental::load_again(files, None)
    }

    fn load_again(files: Arc<dyn Files>, before: Option<&Project>) -> Self {
        let (project, problems) = Project::load_again(Arc::clone(&files), before);
        let reach = Reach::of(&project);
        let mut loading: BTreeMap<String, Vec<Problem>> = BTreeMap::new();
        for problem in problems {
            loading.entry(problem.at.file.clone().unwrap_or_default()).or_default().push(problem);
        }
        let ground = project.check_ground(Vec::new());
        let checked = project.check_flows(&reach);
        let policies = project.check_policies(&reach);
        let mut uses = checked.uses;
        let flows = checked.each.into_iter().map(|(name, found)| {
            let uses = uses.remove(&name).unwrap_or_default();
            (name, (found, uses))
        });
        let flows = flows.collect();
        Incremental { files, project, reach, loading, ground, flows, together: checked.together, policies }
    }

    /// The project as it is now.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Everything that is wrong and odd now.
    pub fn checked(&self) -> Checked {
        let mut checked = self.ground.clone();
        checked.flows = self.project.flows().len();
        checked.policies = self.project.policies().len();
        checked.errors.extend(self.loading.values().flatten().cloned());
        checked.uses = self.flows.iter().map(|(name, (_, uses))| (name.clone(), uses.clone())).collect();
        let flows = self.flows.values().map(|(found, _)| found);
        for found in flows.chain([&self.together, &self.policies]) {
            checked.errors.extend(found.errors.iter().cloned());
            checked.warnings.extend(found.warnings.iter().cloned());
        }
        checked
    }

    /// Reads a file that changed, came or went, and checks what depends on it. A flow: itself and those
    /// that run it or wait for what it sends. A policy: all policies. Everything else: the whole, where
    /// connectors whose files are as they were stay the same ones.
    pub fn changed(&mut self, path: &str) {
        if path.starts_with(&format!("{}/", flows::FOLDER)) {
            self.flow_changed(path);
        } else if path.starts_with(&format!("{}/", policies::FOLDER)) {
            let problems = self.project.reload_policy(path);
            self.loading.insert(path.to_owned(), problems);
            self.policies = self.project.check_policies(&self.reach);
        } else {
            *self = Incremental::load_again(Arc::clone(&self.files), Some(&self.project));
        }
    }

    fn flow_changed(&mut self, path: &str) {
        let (names, problems) = self.project.reload_flow(path);
        self.loading.insert(path.to_owned(), problems);
        let depends = |uses: &Uses| {
            uses.flows.iter().any(|one| names.contains(&one.flow))
                || uses.reads.iter().any(|read| match &read.source {
                    nave_flow::check::Source::Flow { flow } => names.contains(flow),
                    nave_flow::check::Source::Event { connection: None, .. } => true,
                    _ => false,
                })
        };
        let mut again: Vec<String> = names.clone();
        again.extend(self.flows.iter().filter(|(_, (_, uses))| depends(uses)).map(|(name, _)| name.clone()));
        for name in again {
            match self.project.check_flow(&name, &self.reach) {
                Some(checked) => self.flows.insert(name, checked),
                None => self.flows.remove(&name),
            };
        }
        self.together = self.project.check_flows_together(&self.reach);
    }
}

#[cfg(test)]
mod tests;
