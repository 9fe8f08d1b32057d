//! What an operation does to its system, and whether repeating it is harmless: from the method, and
//! from words that say more than the method does. Hints only ever raise the danger; a manifest may
//! lower it.

use nave_model::{Effect, Idempotency};

use crate::manifest::Manifest;
use crate::names::words;
use crate::operation::{Location, Parameter};

/// Verbs that take something away for good.
const DESTRUCTIVE: [&str; 14] = [
    "cancel",
    "cancels",
    "clear",
    "delete",
    "destroy",
    "erase",
    "purge",
    "remove",
    "reset",
    "revoke",
    "terminate",
    "uninstall",
    "void",
    "wipe",
];

/// Words for paying out. As the last word of an identifier they may only name the thing that is
/// changed (`PostRefundsRefund`), so they count as its first word and as the end of a path.
const PAYING: [&str; 4] = ["payout", "payouts", "refund", "refunds"];

/// The same, sure enough to contradict a method that promises to change nothing.
const SURELY_DESTRUCTIVE: [&str; 9] =
    ["delete", "destroy", "erase", "purge", "remove", "revoke", "terminate", "uninstall", "wipe"];

/// Verbs that change something, sure enough to contradict a method that promises to change nothing.
const SURELY_WRITE: [&str; 12] = [
    "add", "approve", "create", "disable", "enable", "insert", "invite", "publish", "rename", "send",
    "update", "upsert",
];

/// Verbs at the beginning of a name after which other words are nouns.
const LOOKING: [&str; 21] = [
    "check", "count", "describe", "download", "export", "fetch", "find", "get", "has", "head", "is", "list",
    "lookup", "options", "query", "read", "retrieve", "search", "show", "validate", "view",
];

/// The effect of an operation, from its method, its `operationId` and its path.
pub fn effect(method: &str, operation_id: Option<&str>, path: &str) -> Effect {
    let by_method = method_effect(method);
    let tokens = operation_id.map(words).unwrap_or_default();
    let segment = last_word_of_path(path);
    let mut verbs: Vec<&str> = tokens.first().map(String::as_str).into_iter().collect();
    if !tokens.first().is_some_and(|first| LOOKING.contains(&first.as_str())) {
        verbs.extend(tokens.last().map(String::as_str));
    }
    verbs.extend(segment.as_deref());
    let says = |list: &[&str]| verbs.iter().any(|verb| list.contains(verb));
    let pays =
        [tokens.first(), segment.as_ref()].into_iter().flatten().any(|word| PAYING.contains(&word.as_str()));
    let by_words = match by_method {
        Effect::Read if says(&SURELY_DESTRUCTIVE) => Effect::Destructive,
        Effect::Read if verbs.first().is_some_and(|verb| SURELY_WRITE.contains(verb)) => Effect::Write,
        Effect::Read => Effect::Read,
        Effect::Write | Effect::Destructive if says(&DESTRUCTIVE) || pays => Effect::Destructive,
        Effect::Write | Effect::Destructive => Effect::Write,
    };
    by_method.max(by_words)
}

/// RFC 9110 section 9.2, and the registered methods of WebDAV and OpenAPI 3.2 that only look.
fn method_effect(method: &str) -> Effect {
    match method {
        "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY" | "SEARCH" | "PROPFIND" | "REPORT" => Effect::Read,
        "DELETE" | "PURGE" | "UNBIND" | "UNLINK" => Effect::Destructive,
        _ => Effect::Write,
    }
}

/// The last word of a path that does not end in a parameter: `cancel` of `/v1/orders/{id}/cancel`.
fn last_word_of_path(path: &str) -> Option<String> {
    let segment = path.rsplit('/').find(|segment| !segment.is_empty())?;
    let literal = segment.rsplit('}').next()?;
    words(literal).pop()
}

/// How an operation may be repeated.
///
/// `effect` is the operation's own; where it is worse than the method promises, the method's promise
/// that repeating is harmless (RFC 9110 section 9.2.2) does not count.
pub fn idempotency(
    manifest: &Manifest,
    name: &str,
    method: &str,
    effect: Effect,
    parameters: &[Parameter],
) -> Idempotency {
    match manifest.operations.get(name).and_then(|notes| notes.idempotent) {
        Some(true) => return Idempotency::Natural,
        Some(false) => return Idempotency::None,
        None => {}
    }
    let promised = match method {
        "PUT" | "DELETE" => true,
        other => method_effect(other) == Effect::Read && effect == Effect::Read,
    };
    if promised {
        return Idempotency::Natural;
    }
    if let Some(rule) = &manifest.idempotency
        && rule.methods.iter().any(|listed| listed.eq_ignore_ascii_case(method))
    {
        return Idempotency::Key { header: rule.header.clone() };
    }
    match parameters.iter().find(|parameter| is_idempotency_key(parameter)) {
        Some(parameter) => Idempotency::Key { header: parameter.name.clone() },
        None => Idempotency::None,
    }
}

/// A header that makes repeating harmless: by its name, or because its text says so.
fn is_idempotency_key(parameter: &Parameter) -> bool {
    if parameter.location != Location::Header {
        return false;
    }
    let name = parameter.name.to_ascii_lowercase();
    let says = |text: &str| text.to_ascii_lowercase().contains("idempoten");
    says(&name)
        || name == "paypal-request-id"
        || (name.ends_with("request-id") && parameter.description.as_deref().is_some_and(says))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_follow_the_method_and_hints_only_raise_them() {
        for (method, id, path, expected) in [
            ("GET", None, "/refunds/{id}", Effect::Read),
            ("GET", Some("auth_revoke"), "/auth.revoke", Effect::Destructive),
            ("GET", None, "/users/{id}/delete", Effect::Destructive),
            ("GET", Some("listDeletedFiles"), "/files/deleted", Effect::Read),
            ("GET", Some("getSoftwareUpdate"), "/updates", Effect::Read),
            ("GET", Some("getUserRemove"), "/users", Effect::Read),
            ("GET", Some("createReport"), "/report", Effect::Write),
            ("HEAD", None, "/a", Effect::Read),
            ("QUERY", None, "/a", Effect::Read),
            ("POST", Some("PostRefunds"), "/v1/refunds", Effect::Destructive),
            ("POST", Some("PostRefundsRefund"), "/v1/refunds/{refund}", Effect::Write),
            ("POST", Some("refundCharge"), "/v1/charges/{id}/back", Effect::Destructive),
            ("POST", Some("PostCustomers"), "/v1/customers", Effect::Write),
            ("POST", None, "/v1/orders/{id}:cancel", Effect::Destructive),
            ("POST", Some("searchThings"), "/search", Effect::Write),
            ("PUT", Some("replace"), "/a/{id}", Effect::Write),
            ("PATCH", None, "/a/{id}", Effect::Write),
            ("DELETE", Some("getIt"), "/a/{id}", Effect::Destructive),
            ("COPY", None, "/a/{id}", Effect::Write),
        ] {
            assert_eq!(effect(method, id, path), expected, "{method} {id:?} {path}");
        }
    }

    #[test]
    fn repeating_is_judged_by_method_manifest_and_header() {
        let manifest = Manifest::default();
        let judge = |method, effect, parameters: &[Parameter]| {
            idempotency(&manifest, "o", method, effect, parameters)
        };
        assert_eq!(judge("GET", Effect::Read, &[]), Idempotency::Natural);
        assert_eq!(judge("GET", Effect::Destructive, &[]), Idempotency::None);
        assert_eq!(judge("DELETE", Effect::Destructive, &[]), Idempotency::Natural);
        assert_eq!(judge("POST", Effect::Write, &[]), Idempotency::None);
        let header = Parameter {
            name: "PayPal-Request-Id".into(),
            argument: "PayPal-Request-Id".into(),
            location: Location::Header,
            style: crate::operation::Style::Simple,
            explode: false,
            allow_reserved: false,
            required: false,
            deprecated: false,
            description: None,
            schema: None,
            content: None,
            example: None,
        };
        let expected = Idempotency::Key { header: "PayPal-Request-Id".into() };
        assert_eq!(judge("POST", Effect::Write, &[header]), expected);
    }
}
