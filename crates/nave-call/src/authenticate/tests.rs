//! Every kind's examples run, and the choice of a scheme by example.

use nave_connector::connector::{KeyLocation, Parts};
use nave_connector::documents::Place;
use nave_connector::manifest::{Auth, Manifest};
use nave_connector::operation::{Arguments, Requirement};
use nave_model::connection::SecretSource;
use nave_model::{Effect, Idempotency};

use super::*;

fn values(pairs: &[(&str, &str)]) -> Values {
    let find = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| Secret::new(*value));
    Values { secret: find("secret"), username: find("username"), password: find("password") }
}

#[test]
fn every_kind_sends_what_its_examples_say() {
    for kind in ALL {
        assert!(!kind.examples.is_empty(), "{} has no example", kind.name);
        assert!(kind.summary.ends_with('.') && !kind.parameters.is_empty(), "{}", kind.name);
        for example in kind.examples {
            let scheme = (example.scheme)();
            assert_eq!(kind_of(&scheme).map(|found| found.name), Some(kind.name));
            let mut url: Url = "https://api.example/items?page=1".parse().unwrap();
            let mut headers = HeaderMap::new();
            let mut head = Head { url: &mut url, headers: &mut headers };
            (kind.attach)(&scheme, &values(example.values), &mut head).unwrap();
            let sent = match headers.iter().next() {
                Some((name, value)) => {
                    assert!(value.is_sensitive(), "{}", kind.name);
                    format!("{name}: {}", value.to_str().unwrap())
                }
                None => url.to_string(),
            };
            assert_eq!(sent, example.sends, "{}", kind.name);
        }
    }
}

#[test]
fn a_missing_value_is_a_fault_in_every_kind() {
    for kind in ALL {
        let scheme = (kind.examples[0].scheme)();
        let mut url: Url = "https://api.example/".parse().unwrap();
        let mut head = Head { url: &mut url, headers: &mut HeaderMap::new() };
        let fault = (kind.attach)(&scheme, &Values::default(), &mut head).unwrap_err();
        assert_eq!(fault.code, codes::CREDENTIAL_MISSING, "{}", kind.name);
    }
}

fn connector(preferred: Option<&str>) -> Connector {
    let key = Scheme::ApiKey { location: KeyLocation::Header, name: "X-Key".into() };
    let digest = Scheme::Other { name: "digest".into() };
    let schemes = [("key", key), ("basic", Scheme::Basic), ("token", Scheme::Bearer), ("digest", digest)];
    let auth = Auth { scheme: preferred.map(str::to_owned), help: "Ask your admin.".into(), test: None };
    Connector::new(
        Parts {
            name: "crm".into(),
            manifest: Manifest { auth: Some(auth), ..Manifest::default() },
            schemes: schemes.into_iter().map(|(name, scheme)| (name.to_owned(), scheme)).collect(),
            ..Parts::default()
        },
        Vec::new(),
    )
}

/// `security` is written as alternatives separated by `|`, each with schemes separated by `+`.
fn operation(security: &str) -> Operation {
    let requirement = |text: &str| -> Requirement {
        text.split('+').filter(|name| !name.is_empty()).map(|name| (name.to_owned(), Vec::new())).collect()
    };
    let alternatives = security.split('|').filter(|_| security != "nothing");
    Operation {
        name: "get_deal".into(),
        method: "GET".into(),
        path: "/deal".into(),
        summary: None,
        description: None,
        tags: Vec::new(),
        deprecated: false,
        effect: Effect::Read,
        idempotency: Idempotency::Natural,
        parameters: Vec::new(),
        body: None,
        arguments: Arguments::default(),
        responses: Vec::new(),
        security: alternatives.map(requirement).collect(),
        servers: Vec::new(),
        paging: None,
        cache_seconds: None,
        callbacks: Vec::new(),
        place: Place::new(""),
    }
}

fn credential(scheme: Option<&str>, parameters: &str) -> Credential {
    let has = |name: &str| parameters.contains(name).then(|| SecretSource::Env("X".into()));
    Credential {
        scheme: scheme.map(str::to_owned),
        secret: has("secret"),
        username: has("username"),
        password: has("password"),
    }
}

/// Expected: the kind's name, `none`, or the fault's message.
#[track_caller]
fn check(security: &str, preferred: Option<&str>, credential: Option<&Credential>, expected: &str) {
    let connector = connector(preferred);
    let found = match choose(&connector, &operation(security), credential) {
        Ok(chosen) => chosen.map_or_else(|| "none".to_owned(), |chosen| chosen.kind.name.to_owned()),
        Err(fault) => {
            assert_eq!(fault.hint.as_deref(), Some("Ask your admin."));
            fault.message.clone()
        }
    };
    assert_eq!(found, expected);
}

#[test]
fn the_scheme_that_fits_is_chosen() {
    let secret = credential(None, "secret");
    check("key|token", None, Some(&secret), "api-key");
    check("key|token", Some("token"), Some(&secret), "bearer");
    check("key|token", None, Some(&credential(Some("token"), "secret")), "bearer");
    check("basic|token", None, Some(&secret), "bearer");
    check("basic|token", None, Some(&credential(None, "username password")), "basic");
    check("digest|key", None, Some(&secret), "api-key");
    check("key|token", Some("digest"), Some(&secret), "api-key");
}

#[test]
fn what_needs_nothing_goes_without_unless_a_scheme_is_named() {
    check("nothing", None, None, "none");
    check("nothing", None, Some(&credential(None, "secret")), "none");
    check("nothing", Some("token"), Some(&credential(None, "secret")), "bearer");
    check("|key", None, None, "none");
    check("|key", None, Some(&credential(None, "secret")), "api-key");
    check("|key", None, Some(&credential(Some("token"), "secret")), "none");
}

#[test]
fn what_does_not_fit_says_why() {
    check("key", None, None, "`crm.get_deal` needs a credential and the connection has none");
    check(
        "basic",
        None,
        Some(&credential(None, "secret")),
        "the connection's credential does not fit `crm.get_deal`: `basic` (basic) takes `username`",
    );
    check(
        "digest",
        None,
        Some(&credential(None, "secret")),
        "the connection's credential does not fit `crm.get_deal`: \
         `digest` is a scheme Nave does not attach yet",
    );
    check(
        "key",
        None,
        Some(&credential(Some("token"), "secret")),
        "`crm.get_deal` does not accept the security scheme `token` the connection names; it accepts `key`",
    );
    check(
        "key+token",
        None,
        Some(&credential(None, "secret")),
        "the connection's credential does not fit `crm.get_deal`: \
         it needs several schemes at once, which Nave does not attach yet",
    );
}
