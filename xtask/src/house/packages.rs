//! The budget of locked packages.

use crate::house::Breach;
use crate::house::tree::Tree;

/// Packages in `Cargo.lock`, our own included.
const MOST: usize = 350;

/// `Cargo.lock` names at most [`MOST`] packages.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let Some(lock) = tree.files.get("Cargo.lock") else {
        return vec![Breach::new("Cargo.lock", "is not tracked")];
    };
    let count = lock.lines().filter(|line| *line == "[[package]]").count();
    if count <= MOST {
        return Vec::new();
    }
    vec![Breach::new("Cargo.lock", format!("{count} packages, at most {MOST}: do without one"))]
}
