//! What an endpoint says, against what the project has.

use std::collections::BTreeSet;

use nave_model::endpoint::Endpoint;
use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::{At, Problem};
use url::Url;

use crate::Project;
use crate::names::unknown;

/// The most deliveries to one endpoint at the same time.
const MOST: u32 = 100;

/// Headers that a delivery has of its own, or that would carry a secret.
const OWN: [&str; 13] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "authorization",
    "proxy-authorization",
    "cookie",
    "traceparent",
    "expect",
];

/// Every problem of one endpoint.
pub(super) fn check(project: &Project, endpoint: &Endpoint, file: &str) -> Vec<Problem> {
    let mut check = Check { file, problems: Vec::new() };
    check.address(endpoint);
    check.events(project, endpoint);
    check.headers(endpoint);
    if endpoint.concurrency.is_some_and(|count| !(1..=MOST).contains(&count)) {
        check.report(
            "/concurrency",
            format!("there can be 1 to {MOST} at the same time"),
            "leave it out for 4",
        );
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
        Problem::new(codes::PROJECT_INVALID, at, message)
    }

    fn report(&mut self, pointer: &str, message: impl Into<String>, hint: &str) {
        let problem = self.problem(pointer, message).hint(hint);
        self.problems.push(problem);
    }

    fn address(&mut self, endpoint: &Endpoint) {
        let text = &endpoint.url;
        let url =
            Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(url) = url else {
            let message = format!("`{text}` is not an address that can be delivered to");
            self.report("/url", message, "write it as `https://host/path`");
            return;
        };
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            let message = "the address has a user name, a password or a fragment";
            self.report("/url", message, "deliveries prove themselves by their signature; take it away");
        }
        // What is sent in the clear can be read and changed by everybody on the way.
        if url.scheme() == "http" && endpoint.allow_private_hosts.is_empty() {
            let hint = "write `https://…`, or name the host under `allow_private_hosts` where it is your own";
            self.report("/url", "deliveries would be sent in the clear", hint);
        }
        for (index, host) in endpoint.allow_private_hosts.iter().enumerate() {
            if host.is_empty() || host.contains(['/', '*', ' ']) {
                let message = format!("`{host}` is not the name or address of one host");
                let pointer = format!("/allow_private_hosts/{index}");
                self.report(&pointer, message, "name each host on its own, without scheme or path");
            }
        }
        if let Some(proxy) = &endpoint.proxy
            && !Url::parse(proxy).is_ok_and(|url| url.scheme() == "http" && url.has_host())
        {
            let message = format!("`{proxy}` is not the address of a proxy");
            self.report("/proxy", message, "write it as `http://host:port`");
        }
    }

    fn events(&mut self, project: &Project, endpoint: &Endpoint) {
        if endpoint.events.is_empty() {
            self.report("/events", "it is told of nothing", "name events, or write `[\"*\"]` for all");
        }
        for (index, pattern) in endpoint.events.iter().enumerate() {
            let pointer = format!("/events/{index}");
            let plain = pattern.strip_suffix('*').unwrap_or(pattern);
            let ends_well = plain.len() == pattern.len() || plain.is_empty() || plain.ends_with('.');
            if pattern.is_empty() || plain.contains(['*', ' ']) || !ends_well {
                let message = format!("`{pattern}` does not name events");
                self.report(&pointer, message, "write `crm.deal.won`, `crm.*` or `*`");
                continue;
            }
            self.known(project, pattern, &pointer);
        }
    }

    /// An event of a connection is one that its connector has.
    fn known(&mut self, project: &Project, pattern: &str, pointer: &str) {
        let Some((connection, event)) = pattern.split_once('.') else { return };
        let Some(document) = project.connections().get(connection) else { return };
        let Ok(connector) = project.connector(&document.connector) else { return };
        let own = connector.manifest.events.keys().map(String::as_str);
        let names: BTreeSet<&str> =
            own.chain(connector.webhooks.iter().map(|one| one.name.as_str())).collect();
        if event.ends_with('*') || names.is_empty() || names.contains(event) {
            return;
        }
        let problem = self.problem(pointer, format!("`{connection}` has no event `{event}`"));
        self.problems.push(unknown(problem, event, names));
    }

    fn headers(&mut self, endpoint: &Endpoint) {
        for (name, value) in &endpoint.headers {
            let small = name.to_ascii_lowercase();
            let pointer = child("/headers", name);
            if OWN.contains(&small.as_str()) || small.starts_with("webhook-") {
                let message = format!("`{name}` cannot be set");
                self.report(&pointer, message, "deliveries prove themselves by their signature alone");
                continue;
            }
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if name.is_empty() || !name.chars().all(fits) {
                self.report(
                    &pointer,
                    format!("`{name}` cannot be the name of a header"),
                    "use letters, digits and `-`",
                );
            }
            if !value.chars().all(|c| matches!(c, ' '..='~')) {
                let message = format!("the value of `{name}` cannot be sent");
                self.report(&pointer, message, "use characters of ASCII on one line");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Memory;

    /// Checks what is said of an endpoint, one problem a line.
    fn check(text: &str, expected: &[&str]) {
        let files = Memory::new([
            ("nave.yaml", ""),
            ("connections/stripe.yaml", "connector: stripe\ncredential: { secret: { env: KEY } }\n"),
            ("endpoints/shop.yaml", text),
        ]);
        let (project, problems) = Project::load(Arc::new(files));
        let errors = project.check(problems).errors;
        let told: Vec<String> = errors
            .iter()
            .map(|one| {
                let place = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
                let hint = one.hint.as_deref().unwrap_or_default();
                format!("{}:{} {}; {hint}", place(one.at.line), place(one.at.column), one.message)
            })
            .collect();
        assert_eq!(told, expected);
    }

    const SECRET: &str = "secret: { env: SHOP }\n";

    #[test]
    fn an_endpoint_is_checked() {
        check(
            &format!(
                "{SECRET}url: https://shop.example/hooks\nevents: [stripe.invoice.paid, \"stripe.*\", \"*\", own.event]\nheaders: {{ X-Team: blue }}\n"
            ),
            &[],
        );
        check(
            &format!("{SECRET}url: https://shop.example\nevents: [stripe.invoice.payed, \"a*\", \"\"]\n"),
            &[
                "3:10 `stripe` has no event `invoice.payed`; did you mean `invoice.paid`, `invoice.created` or `invoice.voided`?",
                "3:32 `a*` does not name events; write `crm.deal.won`, `crm.*` or `*`",
                "3:38 `` does not name events; write `crm.deal.won`, `crm.*` or `*`",
            ],
        );
        check(
            &format!(
                "{SECRET}url: http://shop.example\nevents: [\"*\"]\nconcurrency: 0\nheaders: {{ Webhook-Id: x, Authorization: Bearer }}\n"
            ),
            &[
                "2:1 deliveries would be sent in the clear; write `https://…`, or name the host under `allow_private_hosts` where it is your own",
                "5:27 `Authorization` cannot be set; deliveries prove themselves by their signature alone",
                "5:12 `Webhook-Id` cannot be set; deliveries prove themselves by their signature alone",
                "4:1 there can be 1 to 100 at the same time; leave it out for 4",
            ],
        );
    }

    #[test]
    fn a_secret_is_never_in_it() {
        check(
            "secret: whsec_abc\nurl: https://shop.example\nevents: [\"*\"]\n",
            &[
                "1:1 `secret` must name where the value is kept, not be the value; write `secret: { env: NAME }` or `secret: { file: PATH }`; if this was a real secret, revoke it",
            ],
        );
    }
}
