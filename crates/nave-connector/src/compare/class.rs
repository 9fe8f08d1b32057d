//! How bad a change is, and which way the data goes that it concerns.

use std::fmt;

use serde::Serialize;

/// How bad a change is, the least first. Defined in `docs/changes.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Only text for people changed.
    Documentation,
    /// Whatever worked before works as before; there is something more to use.
    Additive,
    /// The vendor says not to use it any more.
    Deprecated,
    /// Some of what worked before may not: it depends on the values, or on how the call is made.
    Narrowing,
    /// What worked before does not work any more.
    Breaking,
    /// Something that could be named is gone. Breaks whoever used it.
    Removed,
}

impl Class {
    /// Every class, the worst first.
    pub const ALL: [Class; 6] = [
        Class::Removed,
        Class::Breaking,
        Class::Narrowing,
        Class::Deprecated,
        Class::Additive,
        Class::Documentation,
    ];

    /// Whether whoever uses the changed thing is broken by the change.
    pub fn is_breaking(self) -> bool {
        self >= Class::Breaking
    }

    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Documentation => "documentation",
            Class::Additive => "additive",
            Class::Deprecated => "deprecated",
            Class::Narrowing => "narrowing",
            Class::Breaking => "breaking",
            Class::Removed => "removed",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which way the data goes, seen from whoever uses the connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Arguments of operations: we send them.
    Sent,
    /// Answers of operations: we receive them.
    Received,
    /// Webhooks and callbacks: the system sends them to us on its own.
    Event,
}

impl Direction {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Sent => "sent",
            Direction::Received => "received",
            Direction::Event => "event",
        }
    }
}

/// What an edit means to whoever sends, and to whoever receives; `None`: it does not concern them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Meaning {
    pub(super) sent: Option<Class>,
    pub(super) received: Option<Class>,
}

impl Meaning {
    /// Different for the two.
    pub(super) fn of(sent: Class, received: Class) -> Self {
        Meaning { sent: Some(sent), received: Some(received) }
    }

    /// The same for both.
    pub(super) fn both(class: Class) -> Self {
        Meaning::of(class, class)
    }

    /// Concerns only who sends.
    pub(super) fn sent(class: Class) -> Self {
        Meaning { sent: Some(class), received: None }
    }

    /// Concerns only who receives.
    pub(super) fn received(class: Class) -> Self {
        Meaning { sent: None, received: Some(class) }
    }

    /// More is accepted, or more may come.
    pub(super) fn wider() -> Self {
        Meaning::of(Class::Additive, Class::Narrowing)
    }

    /// Less is accepted, or less may come.
    pub(super) fn narrower() -> Self {
        Meaning::of(Class::Narrowing, Class::Additive)
    }

    /// Nobody can say whether more or less.
    pub(super) fn unclear() -> Self {
        Meaning::both(Class::Narrowing)
    }
}
