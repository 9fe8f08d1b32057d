//! The policies of a project against everything it can call.

use nave_model::Problem;
use nave_policy::check::{Known, contradictions};
use nave_policy::{Document, Finding, Policy, examples};

use crate::Project;
use crate::operations::Reach;
use crate::policies::{PolicyFile, place};

/// What is wrong, and what is odd.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Errors.
    pub errors: Vec<Problem>,
    /// Warnings.
    pub warnings: Vec<Problem>,
}

impl Project {
    /// Checks all policies against the operations of all connections.
    pub(crate) fn check_policies(&self, reach: &Reach) -> Found {
        if self.policies().is_empty() {
            return Found::default();
        }
        let known: Vec<Known<'_>> = reach.known();
        let mut found = Found::default();
        let files: Vec<&PolicyFile> = self.policies().values().collect();
        for file in &files {
            let findings = nave_policy::check(&file.document, &file.policy, &known);
            self.place_all(file, findings, &mut found);
        }
        let pairs: Vec<(&Document, &Policy)> =
            files.iter().map(|file| (&file.document, &file.policy)).collect();
        for (position, finding) in contradictions(&pairs, &known) {
            if let Some(file) = files.get(position) {
                self.place_all(file, vec![finding], &mut found);
            }
        }
        found
    }

    /// Runs the examples of all policies: how many there are, and what does not hold.
    pub fn test_policies(&self) -> (usize, Vec<Problem>) {
        let reach = Reach::of(self);
        let policies: Vec<&Policy> = self.policies().values().map(|file| &file.policy).collect();
        let (mut count, mut found) = (0, Found::default());
        for file in self.policies().values() {
            count += file.policy.examples.len();
            self.place_all(file, examples::run(&file.policy, &policies, &reach), &mut found);
        }
        (count, found.errors)
    }

    fn place_all(&self, file: &PolicyFile, findings: Vec<Finding>, found: &mut Found) {
        if findings.is_empty() {
            return;
        }
        let bytes = self.files().read(&file.path).unwrap_or_default();
        for finding in findings {
            let list = if finding.is_warning { &mut found.warnings } else { &mut found.errors };
            list.push(place(&file.path, &bytes, &finding));
        }
    }
}
