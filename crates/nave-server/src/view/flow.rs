//! Flows as the API shows them.

use nave_engine::project::Runnable;
use nave_engine::sources::SourceHealth;
use nave_flow::flow::TriggerKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Why;

/// A flow, as new runs begin with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Hash of its version.
    pub definition: String,
    /// Its file in the project.
    pub file: String,
    /// What starts it.
    pub triggers: Vec<Trigger>,
    /// The most runs at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Whether runs with the same key run one after the other.
    pub ordered: bool,
}

/// What starts a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    /// `event`, `every`, `cron`, `webhook`, `each`, `manual`.
    pub kind: String,
    /// On what: an event's name, a time, a path, an operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// How many items one run takes together at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
}

/// A flow with its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlowDetail {
    /// The flow.
    #[serde(flatten)]
    pub flow: Flow,
    /// Its runs that have begun and not ended.
    pub under_way: u64,
    /// The document, as it stands in the project.
    pub text: String,
}

/// What starts flows by itself: a schedule or a poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// `schedule` or `poll`.
    pub kind: String,
    /// The flow it starts.
    pub flow: String,
    /// What it looks at: `every 1h`, `cron 0 7 * * * Europe/Berlin`, `crm.list_deals`.
    pub what: String,
    /// When it last looked, or fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ms: Option<u64>,
    /// When it does next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_ms: Option<u64>,
    /// How long ago it last did so without a fault: milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_ms: Option<u64>,
    /// Starts since the hub began.
    pub starts: u64,
    /// Items that are known, of a poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<u64>,
    /// Faults since it last did well.
    pub failures: u32,
    /// The last fault since it last did well, or of an item it had to pass over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Why>,
}

impl From<SourceHealth> for Source {
    fn from(health: SourceHealth) -> Self {
        Source {
            name: health.name,
            kind: health.kind.to_owned(),
            flow: health.flow,
            what: health.what,
            last_ms: health.last_ms,
            next_ms: health.next_ms,
            age_ms: health.age_ms,
            starts: health.starts,
            known: health.known,
            failures: health.failures,
            fault: health.fault.map(Why::from),
        }
    }
}

impl From<&Runnable> for Flow {
    fn from(runnable: &Runnable) -> Self {
        let flow = &runnable.flow;
        Flow {
            name: flow.name.clone(),
            purpose: flow.purpose.clone(),
            owner: flow.owner.clone(),
            tags: flow.tags.clone(),
            definition: runnable.hash.clone(),
            file: runnable.definition.path.clone(),
            triggers: flow.triggers.iter().map(Trigger::from).collect(),
            concurrency: flow.concurrency,
            ordered: flow.key.is_some(),
        }
    }
}

impl From<&nave_flow::flow::Trigger> for Trigger {
    fn from(trigger: &nave_flow::flow::Trigger) -> Self {
        let (kind, on) = match &trigger.kind {
            TriggerKind::Event { connection: Some(connection), event } => {
                ("event", Some(format!("{connection}.{event}")))
            }
            TriggerKind::Event { connection: None, event } => ("event", Some(event.clone())),
            TriggerKind::Every { interval_ms, .. } => ("every", Some(format!("{interval_ms} ms"))),
            TriggerKind::Cron { expression, zone, .. } => ("cron", Some(format!("{expression} {zone}"))),
            TriggerKind::Webhook { path, .. } => ("webhook", Some(format!("/hooks/{path}"))),
            TriggerKind::Each { connection, operation, .. } => {
                ("each", Some(format!("{connection}.{operation}")))
            }
            TriggerKind::Manual => ("manual", None),
        };
        Trigger { kind: kind.to_owned(), on, batch: trigger.batch.map(|batch| batch.size) }
    }
}
