//! Whether what a manifest names is there: operations, schemes, arguments, scopes, fields of answers.

use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::similar::did_you_mean;
use nave_model::{At, Effect, Problem};
use serde_json::{Map, Value};

use super::paging::answer;
use super::pointer::dead_end;
use super::{OperationNotes, Paging};
use crate::Connector;
use crate::connector::Scheme;
use crate::operation::Operation;

/// What the manifest of a connector names and is not there. The problems stand in
/// `connectors/NAME/connector.yaml`, by pointer.
pub fn check(connector: &Connector) -> Vec<Problem> {
    let mut check = Check { connector, problems: Vec::new() };
    if !connector.manifest.connector.is_empty() {
        check.identity();
        check.auth();
        check.operations();
        check.paging();
        check.events();
        check.webhooks();
        check.problems.extend((connector.manifest.protocol.kind().check)(connector));
    }
    check.problems
}

struct Check<'a> {
    connector: &'a Connector,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn report(&mut self, pointer: String, message: String, hint: Option<String>) {
        let file = format!("connectors/{}/connector.yaml", self.connector.name);
        let at = At { file: Some(file), pointer: Some(pointer), ..At::default() };
        let mut problem = Problem::new(codes::MANIFEST_INVALID, at, message);
        problem.hint = hint;
        self.problems.push(problem);
    }

    fn identity(&mut self) {
        let named = &self.connector.manifest.connector;
        if *named != self.connector.name {
            let message = format!(
                "the manifest is for `{named}`, but stands in the folder of `{}`",
                self.connector.name
            );
            let hint = format!("write `connector: {}`, or rename the folder", self.connector.name);
            self.report("/connector".into(), message, Some(hint));
        }
    }

    /// The operation of this name; reports where there is none.
    fn operation(&mut self, pointer: &str, name: &str) -> Option<&'a Operation> {
        let connector = self.connector;
        if !connector.entries().iter().any(|entry| entry.name == name) {
            let hint = did_you_mean(name, connector.entries().iter().map(|entry| entry.name.as_str()));
            self.report(pointer.to_owned(), format!("there is no operation `{name}`"), hint);
            return None;
        }
        // What is wrong with the description of an operation is reported there.
        connector.operation(name).ok()
    }

    fn auth(&mut self) {
        let connector = self.connector;
        let Some(auth) = &connector.manifest.auth else { return };
        if let Some(scheme) = auth.scheme.as_ref().filter(|scheme| !connector.schemes.contains_key(*scheme)) {
            let hint = did_you_mean(scheme, connector.schemes.keys().map(String::as_str));
            let known = || format!("the description has {}", listed(connector.schemes.keys()));
            let message = format!("there is no security scheme `{scheme}`");
            self.report("/auth/scheme".into(), message, Some(hint.unwrap_or_else(known)));
        }
        let Some(test) = &auth.test else { return };
        let Some(operation) = self.operation("/auth/test", test) else { return };
        if operation.effect != Effect::Read {
            let message = format!("`{test}` would change something just to try the credential");
            let hint = "name an operation that reads, or give it `effect: read`".to_owned();
            self.report("/auth/test".into(), message, Some(hint));
        }
        if let Err(fault) = crate::check::arguments(connector, operation, &Value::Object(Map::new())) {
            let message = format!("`{test}` cannot be called without arguments: {}", fault.message);
            self.report(
                "/auth/test".into(),
                message,
                Some("name an operation without required arguments".into()),
            );
        }
    }

    fn operations(&mut self) {
        let connector = self.connector;
        for (name, notes) in &connector.manifest.operations {
            let at = child("/operations", name);
            let Some(operation) = self.operation(&at, name) else { continue };
            if notes.summary.as_ref().is_some_and(String::is_empty) {
                let hint = "say in one sentence what it does, or leave the key out".to_owned();
                self.report(format!("{at}/summary"), format!("the summary of `{name}` is empty"), Some(hint));
            }
            if let Some(paging) = &notes.paging {
                self.paging_of(&format!("{at}/paging"), paging, operation);
            }
            if notes.paged == Some(true) && notes.paging.is_none() && connector.manifest.paging.is_none() {
                let hint = "add `paging` to the operation".to_owned();
                self.report(format!("{at}/paged"), format!("nothing says how `{name}` is paged"), Some(hint));
            }
            self.scopes(&at, notes, operation);
            self.settle(&at, notes, operation);
        }
    }

    /// What settles an unknown outcome looks and does nothing else; what only reads has none to settle.
    fn settle(&mut self, at: &str, notes: &OperationNotes, operation: &Operation) {
        let Some(settle) = &notes.settle else { return };
        if operation.effect == Effect::Read {
            let message =
                format!("`{}` reads, so nothing is in doubt when its answer is lost", operation.name);
            self.report(format!("{at}/settle"), message, Some("leave `settle` out".to_owned()));
        }
        let Some(reading) = self.operation(&format!("{at}/settle/read"), &settle.read) else { return };
        if reading.effect != Effect::Read {
            let message = format!("`{}` would change something just to find out", settle.read);
            let hint = "name an operation that reads, or give it `effect: read`".to_owned();
            self.report(format!("{at}/settle/read"), message, Some(hint));
        }
    }

    /// Scopes must be known where the description lists them.
    fn scopes(&mut self, at: &str, notes: &OperationNotes, operation: &Operation) {
        let schemes = operation.security.iter().flat_map(|requirement| requirement.keys());
        let known: Vec<&str> = schemes
            .filter_map(|scheme| match self.connector.schemes.get(scheme)? {
                Scheme::OAuth2 { scopes, .. } => Some(scopes.keys().map(String::as_str)),
                _ => None,
            })
            .flatten()
            .collect();
        for (index, scope) in notes.scopes.iter().enumerate() {
            if !known.is_empty() && !known.contains(&scope.as_str()) {
                let hint = did_you_mean(scope, known.iter().copied());
                self.report(format!("{at}/scopes/{index}"), format!("there is no scope `{scope}`"), hint);
            }
        }
    }

    /// The connector's own paging: somebody must use it, and it must fit everybody who does.
    fn paging(&mut self) {
        let connector = self.connector;
        let Some(rule) = &connector.manifest.paging else { return };
        let mut used = false;
        for entry in connector.entries() {
            let notes = connector.manifest.operations.get(&entry.name);
            if notes.is_some_and(|notes| notes.paging.is_some()) {
                continue;
            }
            let Ok(operation) = connector.operation(&entry.name) else { continue };
            if operation.paging.is_some() {
                used = true;
                if entry.curated {
                    self.paging_of("/paging", rule, operation);
                }
            }
        }
        if !used {
            let reason = match rule.argument() {
                Some(argument) => format!("no operation that reads has the argument `{argument}`"),
                None => "no operation answers such a list".to_owned(),
            };
            let hint = "correct it, or give the operations it is for their own `paging`".to_owned();
            self.report("/paging".into(), reason, Some(hint));
        }
    }

    fn paging_of(&mut self, at: &str, paging: &Paging, operation: &Operation) {
        let name = &operation.name;
        if let Some(argument) = paging.argument().filter(|argument| !operation.has_argument(argument)) {
            let hint = did_you_mean(argument, operation.argument_names());
            self.report(format!("{at}/argument"), format!("`{name}` has no argument `{argument}`"), hint);
        }
        let Some(schema) = answer(&self.connector.documents, operation) else { return };
        for (key, pointer) in paging.pointers() {
            if let Some((token, known)) = dead_end(schema, pointer) {
                let message = format!("the answer of `{name}` has nothing at `{pointer}`");
                self.report(format!("{at}/{key}"), message, did_you_mean(&token, known));
            }
        }
    }

    /// Where events stand in a delivery must be readable.
    fn webhooks(&mut self) {
        let Some(webhooks) = &self.connector.manifest.webhooks else { return };
        if let Some((key, why)) = crate::webhook::wrong(webhooks) {
            let hint = "write a JSON pointer, which begins with `/`, or an expression over `.`, `$body` and `$headers`";
            self.report(format!("/webhooks/event/{key}"), why, Some(hint.to_owned()));
        }
        if webhooks.event.name.is_empty() {
            let hint = "point to it, for example `/type`".to_owned();
            let message = "nothing says where an event's name stands".to_owned();
            self.report("/webhooks/event/name".into(), message, Some(hint));
        }
    }

    fn events(&mut self) {
        let connector = self.connector;
        for (name, event) in &connector.manifest.events {
            let Some(reference) = &event.schema else { continue };
            let found = connector.documents.target(0, reference);
            if !found.is_ok_and(|place| connector.documents.get(&place).is_some()) {
                let message = format!("the schema `{reference}` of the event `{name}` is not there");
                let hint = "refer into the description, for example `#/components/schemas/Event`".to_owned();
                self.report(format!("{}/schema", child("/events", name)), message, Some(hint));
            }
        }
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
