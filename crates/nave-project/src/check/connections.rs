//! What a connection says, against what its connector and the project have.

use std::collections::BTreeSet;

use nave_connector::Connector;
use nave_connector::operation::BodyArguments;
use nave_connector::protocol::Protocol;
use nave_connector::signature::handshake::Handshake;
use nave_model::connection::{Connection, SecretSource};
use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::{At, Problem};
use url::Url;

use crate::Project;
use crate::names::unknown;

/// Every problem of one connection.
pub(super) fn check(project: &Project, name: &str, connection: &Connection, file: &str) -> Vec<Problem> {
    let mut check = Check { file, problems: Vec::new() };
    check.addresses(connection);
    check.numbers(connection);
    check.fallback(project, name, connection);
    check.webhook_address(connection);
    if project.connectors().known(&connection.connector).is_err() {
        let message = format!("there is no connector `{}`", connection.connector);
        let names = project.connectors().names();
        let problem = check.problem("/connector", message);
        check.problems.push(unknown(problem, &connection.connector, names.iter().map(String::as_str)));
    } else if let Ok(connector) = project.connector(&connection.connector) {
        check.against(&connector, connection);
    }
    check.problems
}

struct Check<'a> {
    file: &'a str,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn problem(&self, pointer: &str, message: impl Into<String>) -> Problem {
        let at = At { file: Some(self.file.to_owned()), pointer: Some(pointer.to_owned()), ..At::default() };
        Problem::new(codes::CONNECTION_INVALID, at, message)
    }

    fn report(&mut self, pointer: &str, message: impl Into<String>, hint: &str) {
        let problem = self.problem(pointer, message).hint(hint);
        self.problems.push(problem);
    }

    fn addresses(&mut self, connection: &Connection) {
        if let Some(proxy) = &connection.proxy {
            let fits = Url::parse(proxy).is_ok_and(|url| url.scheme() == "http" && url.has_host());
            if !fits {
                let message = format!("`{proxy}` is not the address of a proxy");
                self.report("/proxy", message, "write it as `http://host:port`");
            }
        }
        for (index, host) in connection.allow_private_hosts.iter().enumerate() {
            if host.is_empty() || host.contains(['/', '*', ' ']) {
                let message = format!("`{host}` is not the name or address of one host");
                let pointer = format!("/allow_private_hosts/{index}");
                self.report(&pointer, message, "name each host on its own, without scheme, port or path");
            }
        }
    }

    /// The address is one of the connector's protocol.
    fn address(&mut self, protocol: Protocol, connection: &Connection) {
        let Some(address) = &connection.address else { return };
        match protocol.address(address) {
            Err(why) => {
                let hint = format!("write it as `{}`", protocol.kind().example);
                self.report("/address", format!("the address `{address}` {why}"), &hint);
            }
            Ok(_) if address.contains(['?', '#']) => {
                let hint = "end the address with its path; values for every call go under `defaults:`";
                self.report("/address", "the address has a query or fragment", hint);
            }
            Ok(_) => {}
        }
    }

    /// Mail needs a sender, and flows seldom say who it is.
    fn sender(&mut self, connector: &Connector, connection: &Connection) {
        if connector.manifest.protocol == Protocol::Smtp && !connection.defaults.contains_key("from") {
            let hint = "add `defaults: {from: Name <address>}`";
            self.report("/defaults", "messages of this connection have no sender", hint);
        }
    }

    fn numbers(&mut self, connection: &Connection) {
        let limits = &connection.limits;
        let rate = limits.per_second.is_some_and(|rate| !rate.is_finite() || rate <= 0.0);
        let small = [
            ("/limits/per_second", rate),
            ("/limits/burst", limits.burst == Some(0)),
            ("/limits/concurrency", limits.concurrency == Some(0)),
            ("/limits/response_bytes", limits.response_bytes == Some(0)),
            ("/timeouts/connect_ms", connection.timeouts.connect_ms == Some(0)),
            ("/timeouts/first_byte_ms", connection.timeouts.first_byte_ms == Some(0)),
            ("/timeouts/attempt_ms", connection.timeouts.attempt_ms == Some(0)),
            ("/timeouts/total_ms", connection.timeouts.total_ms == Some(0)),
        ];
        for (pointer, _) in small.into_iter().filter(|(_, wrong)| *wrong) {
            self.report(pointer, "must be greater than zero", "leave it out for the default");
        }
    }

    fn fallback(&mut self, project: &Project, name: &str, connection: &Connection) {
        let Some(fallback) = &connection.fallback else { return };
        match project.connections().get(fallback) {
            None => {
                let problem = self.problem("/fallback", format!("there is no connection `{fallback}`"));
                let others = project.connections().keys().map(String::as_str).filter(|other| *other != name);
                self.problems.push(unknown(problem, fallback, others));
            }
            Some(_) if fallback == name => {
                self.report("/fallback", "a connection cannot be its own fallback", "name another one");
            }
            Some(other) if other.connector != connection.connector => {
                let message = format!("`{fallback}` is a connection of `{}`", other.connector);
                let hint = format!("a fallback must be a connection of `{}` too", connection.connector);
                self.report("/fallback", message, &hint);
            }
            Some(_) => {}
        }
    }

    fn against(&mut self, connector: &Connector, connection: &Connection) {
        self.address(connector.manifest.protocol, connection);
        self.sender(connector, connection);
        if let Some(scheme) = connection.credential.as_ref().and_then(|credential| credential.scheme.as_ref())
            && !connector.schemes.contains_key(scheme)
        {
            let problem = self.problem(
                "/credential/scheme",
                format!("`{}` has no security scheme `{scheme}`", connector.name),
            );
            let known = connector.schemes.keys().map(String::as_str);
            self.problems.push(unknown(problem, scheme, known));
        }
        let variables: Vec<&str> =
            connector.servers.iter().flat_map(|server| server.variables.keys().map(String::as_str)).collect();
        for variable in connection.variables.keys().filter(|name| !variables.contains(&name.as_str())) {
            let message = format!("the address of `{}` has no variable `{variable}`", connector.name);
            let problem = self.problem(&child("/variables", variable), message);
            self.problems.push(unknown(problem, variable, variables.iter().copied()));
        }
        if connection.address.is_none() && connector.servers.is_empty() {
            let message = format!("the description of `{}` names no server", connector.name);
            let hint = format!("add `address: {}`", connector.manifest.protocol.kind().example);
            self.report("/connector", message, &hint);
        }
        if !connection.defaults.is_empty() {
            self.defaults(connector, connection);
        }
        self.webhook(connector, connection);
    }

    fn webhook_address(&mut self, connection: &Connection) {
        let Some(url) = connection.webhook.as_ref().and_then(|webhook| webhook.url.as_ref()) else { return };
        let fits =
            Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !fits {
            let message = format!("`{url}` is not the public address of a webhook");
            self.report(
                "/webhook/url",
                message,
                "write it as it was given to the vendor: `https://host/path`",
            );
        }
    }

    /// What the connector's signature needs, and nothing that it does not use.
    fn webhook(&mut self, connector: &Connector, connection: &Connection) {
        let Some(webhook) = &connection.webhook else { return };
        let Some(rule) = &connector.manifest.webhooks else {
            let message = format!("`{}` does not say how its webhooks are signed", connector.name);
            self.report("/webhook", message, "add `webhooks:` to the connector's manifest");
            return;
        };
        let kind = rule.signature.kind();
        match (rule.signature.is_none(), webhook.unsigned, webhook.secret.is_some()) {
            (true, false, _) => {
                let message = format!("`{}` does not sign its webhooks", connector.name);
                let hint = "write `unsigned: true` if whoever knows the address may send";
                self.report("/webhook", message, hint);
            }
            (false, true, _) => {
                let message = format!("`{}` signs its webhooks", connector.name);
                self.report("/webhook/unsigned", message, "take `unsigned` away and name the `secret`");
            }
            (false, false, false) => {
                let message = format!("webhooks of the kind `{}` are proven with a secret", kind.name);
                self.report("/webhook", message, "add `secret: { env: NAME }`");
            }
            (true, true, _) | (false, false, true) => {}
        }
        if rule.handshake.is_some_and(Handshake::brings_secret)
            && matches!(webhook.secret, Some(SecretSource::Env(_)))
        {
            let message = format!("`{}` brings the secret of its webhooks itself", connector.name);
            self.report("/webhook/secret", message, "name the file it is kept in: `secret: { file: PATH }`");
        }
        if rule.handshake.is_some_and(Handshake::wants_token) && webhook.token.is_none() {
            let message = format!("`{}` asks for a word before it sends events", connector.name);
            self.report("/webhook", message, "add `token: { env: NAME }`");
        }
    }

    /// Defaults are for arguments that at least one operation has.
    fn defaults(&mut self, connector: &Connector, connection: &Connection) {
        let mut arguments = BTreeSet::new();
        for position in 0..connector.entries().len() {
            let Ok(operation) = connector.operation_at(position) else { continue };
            arguments.extend(operation.parameters.iter().map(|parameter| parameter.argument.as_str()));
            match &operation.arguments.body {
                BodyArguments::None => {}
                BodyArguments::Whole { argument } => {
                    arguments.insert(argument.as_str());
                }
                BodyArguments::Fields { fields } => arguments.extend(fields.keys().map(String::as_str)),
            }
        }
        for name in connection.defaults.keys().filter(|name| !arguments.contains(name.as_str())) {
            let message = format!("no operation of `{}` has an argument `{name}`", connector.name);
            let problem = self.problem(&child("/defaults", name), message);
            self.problems.push(unknown(problem, name, arguments.iter().copied()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{Memory, Project};

    const DESCRIPTION: &str = r#"{"openapi": "3.0.3", "info": {"title": "Acme", "version": "1"},
        "servers": [{"url": "https://acme.example"}],
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok"}}}}}}"#;

    /// What is said of a connection's `webhook` where its connector has these `webhooks`, one problem a line.
    #[track_caller]
    fn check(rule: &str, webhook: &str, expected: &[&str]) {
        let manifest = format!("connector: acme\ndescription: openapi.json\n{rule}");
        let connection = format!("connector: acme\nwebhook: {webhook}\n");
        let files = Memory::new([
            ("nave.yaml", ""),
            ("connectors/acme/connector.yaml", manifest.as_str()),
            ("connectors/acme/openapi.json", DESCRIPTION),
            ("connections/a.yaml", connection.as_str()),
        ]);
        let (project, problems) = Project::load(Arc::new(files));
        let errors = project.check(problems).errors;
        let told: Vec<String> = errors
            .iter()
            .map(|one| format!("{}; {}", one.message, one.hint.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(told, expected, "{rule} {webhook}");
    }

    fn rule(kind: &str, handshake: &str) -> String {
        let handshake =
            if handshake.is_empty() { String::new() } else { format!("handshake: {handshake}, ") };
        format!("webhooks: {{ signature: {{ kind: {kind} }}, {handshake}event: {{ name: /type }} }}\n")
    }

    #[test]
    fn a_webhook_is_proven_as_its_connector_says() {
        let (signed, unsigned) = (rule("stripe", ""), rule("none", ""));
        check(&signed, "{ secret: { env: KEY } }", &[]);
        check(&signed, "{ secret: { env: KEY }, previous: { env: OLD } }", &[]);
        check(&unsigned, "{ unsigned: true }", &[]);
        check(
            &signed,
            "{}",
            &["webhooks of the kind `stripe` are proven with a secret; add `secret: { env: NAME }`"],
        );
        check(
            &signed,
            "{ unsigned: true, secret: { env: KEY } }",
            &["`acme` signs its webhooks; take `unsigned` away and name the `secret`"],
        );
        check(
            &unsigned,
            "{}",
            &[
                "`acme` does not sign its webhooks; write `unsigned: true` if whoever knows the address may send",
            ],
        );
        check(
            "",
            "{ secret: { env: KEY } }",
            &["`acme` does not say how its webhooks are signed; add `webhooks:` to the connector's manifest"],
        );
    }

    #[test]
    fn a_handshake_has_what_it_needs() {
        let meta = rule("github", "hub_challenge");
        check(&meta, "{ secret: { env: KEY }, token: { env: WORD } }", &[]);
        check(
            &meta,
            "{ secret: { env: KEY } }",
            &["`acme` asks for a word before it sends events; add `token: { env: NAME }`"],
        );
        let asana = "webhooks: { signature: { kind: hmac, header: X-Hook-Signature }, handshake: hook_secret, event: { name: /type } }\n";
        check(asana, "{ secret: { file: brought } }", &[]);
        check(
            asana,
            "{ secret: { env: KEY } }",
            &[
                "`acme` brings the secret of its webhooks itself; name the file it is kept in: `secret: { file: PATH }`",
            ],
        );
    }
}
