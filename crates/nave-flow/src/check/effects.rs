//! What the effect of an operation asks for: a way to settle an outcome that nobody knows, and scopes.

use nave_model::fault::codes;
use nave_model::{At, Effect, Idempotency, Problem};

use super::checker::Checker;
use super::facts::Facts;

impl Checker<'_, '_> {
    /// Warns of a write whose lost answer nobody but a person can settle.
    pub(super) fn settled(&mut self, facts: &Facts<'_>, place: &str, at: &At) {
        let operation = facts.operation;
        let is_safe = operation.effect == Effect::Read || operation.idempotency != Idempotency::None;
        let notes = facts.connected.connector.manifest.operations.get(&operation.name);
        if is_safe || notes.is_some_and(|notes| notes.settle.is_some()) {
            return;
        }
        let name = &facts.name;
        let message = format!(
            "if the answer of `{name}` is lost {place}, only a person can find out whether it was done"
        );
        let hint = format!(
            "in the connector `{}`, say how to look with `settle`, or name the header of an `idempotency` key, or say `idempotent: true` where doing it twice does no harm",
            facts.connected.connector.name
        );
        self.warning(Problem::new(codes::FLOW_UNSETTLED, at.clone(), message).hint(hint));
    }

    /// Says which scopes a connection lacks, where it says which it has.
    pub(super) fn scopes(&mut self, facts: &Facts<'_>, at: &At) {
        let Some(has) = facts.connected.scopes else { return };
        let notes = facts.connected.connector.manifest.operations.get(&facts.operation.name);
        let needed = notes.map(|notes| notes.scopes.as_slice()).unwrap_or_default();
        let missing: Vec<String> =
            needed.iter().filter(|scope| !has.contains(scope)).map(|scope| format!("`{scope}`")).collect();
        if missing.is_empty() {
            return;
        }
        let connection = facts.name.split('.').next().unwrap_or_default();
        let scopes = if missing.len() == 1 { "the scope" } else { "the scopes" };
        let missing = missing.join(", ");
        let message = format!(
            "`{}` needs {scopes} {missing}, which the connection `{connection}` does not have",
            facts.name
        );
        let hint = format!("connect `{connection}` again with {scopes} {missing}");
        self.error(Problem::new(codes::FORBIDDEN, at.clone(), message).hint(hint));
    }
}
