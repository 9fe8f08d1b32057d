//! The arrows between the crates: who may use whom, as the design says.

use crate::house::Breach;
use crate::house::tree::Tree;

/// Every crate in the order of the design, and what it may use. A crate that is not here may not exist.
const ARROWS: [(&str, &[&str]); 15] = [
    ("nave-model", &[]),
    ("nave-expr", &["nave-model"]),
    ("nave-connector", &["nave-model", "nave-expr"]),
    ("nave-flow", &["nave-model", "nave-expr", "nave-connector"]),
    ("nave-policy", &["nave-model", "nave-expr"]),
    ("nave-project", &["nave-model", "nave-expr", "nave-connector", "nave-flow", "nave-policy"]),
    ("nave-store", &["nave-model"]),
    ("nave-vault", &["nave-model", "nave-store"]),
    ("nave-call", &["nave-model", "nave-expr", "nave-connector", "nave-policy", "nave-store", "nave-vault"]),
    ("nave-engine", &[ALL_ABOVE]),
    ("nave-sandbox", &["nave-model", "nave-expr", "nave-connector"]),
    ("nave-agent", &[ALL_ABOVE]),
    ("nave-server", &[ALL_ABOVE]),
    ("nave", &[ALL_ABOVE]),
    ("xtask", &[ALL_ABOVE]),
];

const ALL_ABOVE: &str = "*";

/// Product and test rig: every crate's tests may use it, as they use what is shipped.
const TEST_RIG: &str = "nave-sandbox";

/// A crate uses only what it may, stands where its name says, and is known.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for found in &tree.crates {
        let at = format!("{}/Cargo.toml", found.folder);
        let Some(position) = ARROWS.iter().position(|(name, _)| *name == found.name) else {
            breaches
                .push(Breach::new(at, format!("`{}` has no place in the house; give it one", found.name)));
            continue;
        };
        if found.folder.rsplit('/').next() != Some(found.name.as_str()) {
            breaches.push(Breach::new(&at, format!("the folder of `{}` is not named after it", found.name)));
        }
        let ours = |name: &&String| ARROWS.iter().any(|(known, _)| known == name);
        for used in found.uses.iter().filter(ours).filter(|used| !may_use(position, used)) {
            breaches.push(Breach::new(&at, format!("`{}` may not use `{used}`", found.name)));
        }
        for used in found.tests_use.iter().filter(ours) {
            if used != TEST_RIG && *used != found.name && !may_use(position, used) {
                breaches
                    .push(Breach::new(&at, format!("the tests of `{}` may not use `{used}`", found.name)));
            }
        }
    }
    breaches
}

fn may_use(position: usize, used: &str) -> bool {
    let Some((_, allowed)) = ARROWS.get(position) else { return false };
    if allowed.contains(&ALL_ABOVE) {
        return ARROWS.iter().take(position).any(|(name, _)| *name == used);
    }
    allowed.contains(&used)
}
