//! Which operations and whose calls a rule is for. Names are patterns in which `*` stands for any
//! characters.

use nave_model::Effect;
use serde::{Deserialize, Serialize};

use crate::document::Several;

/// Which operations: every part that is written must fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Operations {
    /// `connection.operation`, for example `stripe.create_*`.
    Pattern(String),
    /// By what they are.
    Traits(Traits),
}

/// What operations are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Traits {
    /// Their names, without the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Several<String>>,
    /// What they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Several<Effect>>,
    /// A tag of their description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<Several<String>>,
    /// The connection they go through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Several<String>>,
    /// The connector they are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<Several<String>>,
}

/// An operation as rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperationFacts {
    /// Its name.
    pub name: String,
    /// The connection it goes through.
    pub connection: String,
    /// The connector it is of.
    pub connector: String,
    /// What it does.
    pub effect: Effect,
    /// Tags of its description.
    pub tags: Vec<String>,
}

impl Operations {
    /// Whether an operation is meant.
    pub fn fits(&self, operation: &OperationFacts) -> bool {
        match self {
            Operations::Pattern(pattern) => {
                matches(pattern, &format!("{}.{}", operation.connection, operation.name))
            }
            Operations::Traits(traits) => {
                let named = |wanted: &Option<Several<String>>, name: &str| {
                    wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| matches(one, name)))
                };
                let effect = |wanted: &Several<Effect>| wanted.iter().any(|one| *one == operation.effect);
                named(&traits.operation, &operation.name)
                    && named(&traits.connection, &operation.connection)
                    && named(&traits.connector, &operation.connector)
                    && traits.effect.as_ref().is_none_or(effect)
                    && traits.tag.as_ref().is_none_or(|wanted| {
                        wanted.iter().any(|one| operation.tags.iter().any(|tag| matches(one, tag)))
                    })
            }
        }
    }
}

/// Whose calls: `everyone`, `agents`, `people`, `flows`, or `agent:NAME`, `person:NAME`, `flow:NAME`,
/// `role:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Who(pub String);

/// What kind of principal somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// A non-human principal with operations and flows it may use.
    Agent,
    /// A human.
    Person,
    /// A run of a flow.
    Flow,
}

impl PrincipalKind {
    /// The word used in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            PrincipalKind::Agent => "agent",
            PrincipalKind::Person => "person",
            PrincipalKind::Flow => "flow",
        }
    }
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Principal {
    /// What kind.
    pub kind: PrincipalKind,
    /// Its name.
    pub name: String,
    /// Its roles.
    pub roles: Vec<String>,
}

/// What a [`Who`] says once it is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant<'a> {
    /// Everybody.
    Everyone,
    /// Principals of a kind whose name fits a pattern.
    Named(PrincipalKind, &'a str),
    /// Principals with a role that fits a pattern.
    Role(&'a str),
}

impl Who {
    /// What is meant; `None` where nothing known is.
    pub fn meant(&self) -> Option<Meant<'_>> {
        Some(match self.0.as_str() {
            "everyone" => Meant::Everyone,
            "agents" => Meant::Named(PrincipalKind::Agent, "*"),
            "people" => Meant::Named(PrincipalKind::Person, "*"),
            "flows" => Meant::Named(PrincipalKind::Flow, "*"),
            other => match other.split_once(':')? {
                (_, "") => return None,
                ("agent", name) => Meant::Named(PrincipalKind::Agent, name),
                ("person", name) => Meant::Named(PrincipalKind::Person, name),
                ("flow", name) => Meant::Named(PrincipalKind::Flow, name),
                ("role", name) => Meant::Role(name),
                _ => return None,
            },
        })
    }

    /// Whether a principal is meant. What is not understood means nobody for `allow` and is refused
    /// when the policy is read.
    pub fn fits(&self, principal: &Principal) -> bool {
        match self.meant() {
            None => false,
            Some(Meant::Everyone) => true,
            Some(Meant::Named(kind, name)) => kind == principal.kind && matches(name, &principal.name),
            Some(Meant::Role(name)) => principal.roles.iter().any(|role| matches(name, role)),
        }
    }
}

/// Whether a pattern fits the whole text; `*` stands for any characters, also none. Linear in the text
/// for each `*`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, text, expected) in [
            ("stripe.create_refund", "stripe.create_refund", true),
            ("stripe.create_refund", "stripe.create_refunds", false),
            ("stripe.*", "stripe.", true),
            ("*.create_*", "stripe.create_refund", true),
            ("*.create_*", "stripe.recreate", false),
            ("a*a", "a", false),
            ("a*b*c", "a1b2b3c", true),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn every_written_trait_must_fit() {
        let operation = OperationFacts {
            name: "create_refund".into(),
            connection: "shop".into(),
            connector: "stripe".into(),
            effect: Effect::Destructive,
            tags: vec!["Refunds".into()],
        };
        for (written, expected) in [
            (r#""shop.*""#, true),
            (r#""stripe.*""#, false),
            (r#"{"connector": "stripe", "effect": ["write", "destructive"]}"#, true),
            (r#"{"connector": "stripe", "effect": "read"}"#, false),
            (r#"{"tag": "Refunds", "operation": "create_*"}"#, true),
            (r#"{"tag": "Charges"}"#, false),
            ("{}", true),
        ] {
            let selector: Operations = serde_json::from_str(written).unwrap();
            assert_eq!(selector.fits(&operation), expected, "{written}");
        }
    }

    #[test]
    fn principals_are_meant_by_kind_name_or_role() {
        let ann =
            Principal { kind: PrincipalKind::Person, name: "ann".into(), roles: vec!["finance-lead".into()] };
        for (who, expected) in [
            ("everyone", true),
            ("people", true),
            ("agents", false),
            ("person:a*", true),
            ("role:finance-*", true),
            ("role:admin", false),
            ("person:", false),
            ("humans", false),
        ] {
            assert_eq!(Who(who.into()).fits(&ann), expected, "{who}");
        }
    }
}
