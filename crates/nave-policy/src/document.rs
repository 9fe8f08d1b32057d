//! A policy as its owner writes it in `policies/<name>.yaml`. What its rules mean together is decided in
//! `decide.rs`; whether they fit the operations they name is checked in `check.rs`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::selector::{Operations, Who};

/// A policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its name: the file's without `.yaml`.
    pub policy: String,
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// IANA name of the zone in which `$time` tells hours and days. Default: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The rules. Their order means nothing.
    pub rules: Vec<Rule>,
    /// Calls with the answer they must get: what `nave policy test` runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

/// One rule: exactly one of `allow`, `refuse`, `ask`, `cap` and `mask`, with the calls it is for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, for records and examples. Default: its place, for example `refunds#2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The calls are allowed; the value says what for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<String>,
    /// The calls are refused; the value is the reason the caller is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refuse: Option<String>,
    /// The calls need an approval by somebody of this role, or of one of these; never by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Several<String>>,
    /// The calls are limited: `10 per minute`, or an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Cap>,
    /// Fields of the answers that the caller does not get to see, as paths: `.email`, `.cards[].number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<Several<String>>,
    /// Which operations. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Several<Operations>>,
    /// Whose calls. Default: everybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Several<Who>>,
    /// Only calls of which this holds: an expression over the arguments (`.`), `$operation`,
    /// `$principal`, `$connection`, `$time` and `$usage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// How many different people must approve. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<u32>,
    /// How long an approval may take, for example `48h`. Default: 24h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Why, for whoever is asked or capped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// One value, or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Several<T> {
    /// One.
    One(T),
    /// All of a list.
    Many(Vec<T>),
}

impl<T> Several<T> {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        match self {
            Several::One(one) => std::slice::from_ref(one).iter(),
            Several::Many(many) => many.iter(),
        }
    }
}

/// A limit on calls or amounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cap {
    /// `10 per minute`: calls per `minute`, `hour`, `day` or `month` of 30 days.
    Calls(String),
    /// The sum of an amount in the arguments.
    Amount(AmountCap),
}

/// A limit on the sum of an amount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountCap {
    /// The most.
    pub most: serde_json::Number,
    /// The amount of one call: an expression over its arguments that gives a number.
    pub of: String,
    /// `minute`, `hour`, `day` or `month`.
    pub per: String,
    /// Whether all callers share it. Default: everybody has their own.
    #[serde(default)]
    pub together: bool,
}

/// A call with the answer it must get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// `connection.operation`.
    pub call: String,
    /// Who calls: `agent:support-bot`, `person:ann`, `flow:sales/onboard`.
    pub by: String,
    /// The caller's roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The arguments. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Value>,
    /// When: an RFC 3339 time. Default: 2026-01-01T12:00:00Z.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Calls of the same principal and operation before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsedBefore>,
    /// `allow`, `refuse`, or `ask ROLE`.
    pub expect: String,
    /// The rule that must decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// How often a principal called an operation lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UsedBefore {
    /// In the last minute.
    pub minute: u64,
    /// In the last hour.
    pub hour: u64,
    /// In the last day.
    pub day: u64,
}
