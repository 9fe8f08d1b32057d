//! What the hub itself gives: answers of people, and faults that are handled.

use nave_expr::types::Type;
use nave_model::fault::{Kind, codes};

use super::checker::{Checker, Given};
use super::found::tail;
use super::trigger::from;
use super::uses::{RoleUse, Source};
use crate::flow::{Ask, Handler, Step};

impl<'w> Checker<'w, '_> {
    /// `{verdict: "approved", by, role, at, comment}`
    pub(super) fn ask(&mut self, step: &'w Step, ask: &'w Ask) -> Given<'w> {
        self.value(&ask.title, &Type::text(), "the title");
        if let Some(message) = &ask.message {
            self.value(message, &Type::text(), "the message");
        }
        for role in &ask.roles {
            let at = tail(&step.at, role);
            self.uses.roles.push(RoleUse { role: role.clone(), step: step.name.clone(), at });
        }
        let roles: Vec<&str> = ask.roles.iter().map(String::as_str).collect();
        let role = if roles.is_empty() { Type::text() } else { Type::one_of(&roles) };
        let answer = Type::record([
            ("verdict".into(), Type::one_of(&["approved"])),
            ("by".into(), Type::text()),
            ("role".into(), role),
            ("at".into(), Type::text_of_format("date-time")),
            ("comment".into(), Type::text().or_null()),
        ]);
        from(answer, Source::Hub, None)
    }
}

/// `{code, kind, message, hint, step, retryable}` of the faults a handler is for.
pub(super) fn fault_type<'w>(handler: &Handler) -> Type<'w> {
    let code = match (handler.kinds.is_empty(), raised_too(handler)) {
        (true, false) if !handler.codes.is_empty() => {
            Type::one_of(&handler.codes.iter().map(String::as_str).collect::<Vec<_>>())
        }
        _ => Type::text(),
    };
    let kind = match (handler.codes.is_empty(), handler.kinds.is_empty()) {
        (true, false) => Type::one_of(&handler.kinds.iter().map(String::as_str).collect::<Vec<_>>()),
        _ => Type::one_of(&KINDS),
    };
    Type::record([
        ("code".into(), code),
        ("kind".into(), kind),
        ("message".into(), Type::text()),
        ("hint".into(), Type::text().or_null()),
        ("step".into(), Type::text().or_null()),
        ("retryable".into(), Type::boolean()),
    ])
}

/// `E-FLOW-RAISED` is for every word that a flow raises.
fn raised_too(handler: &Handler) -> bool {
    handler.codes.iter().any(|code| code == codes::FLOW_RAISED.name)
}

/// The kinds of faults, as they are written.
const KINDS: [&str; 12] = [
    word(Kind::Invalid),
    word(Kind::Unknown),
    word(Kind::Refused),
    word(Kind::Unauthenticated),
    word(Kind::Conflict),
    word(Kind::Limited),
    word(Kind::Unavailable),
    word(Kind::Unreachable),
    word(Kind::Timeout),
    word(Kind::Mismatch),
    word(Kind::Unsupported),
    word(Kind::Internal),
];

const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "invalid",
        Kind::Unknown => "unknown",
        Kind::Refused => "refused",
        Kind::Unauthenticated => "unauthenticated",
        Kind::Conflict => "conflict",
        Kind::Limited => "limited",
        Kind::Unavailable => "unavailable",
        Kind::Unreachable => "unreachable",
        Kind::Timeout => "timeout",
        Kind::Mismatch => "mismatch",
        Kind::Unsupported => "unsupported",
        Kind::Internal => "internal",
    }
}
