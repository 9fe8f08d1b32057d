//! A flow that was read: every part in its form for running, every expression with its place. What
//! each verb means stands in `docs/flow-semantics.md`.

use std::sync::Arc;

use indexmap::IndexMap;
use nave_connector::signature::Signature;
use nave_expr::compile::Program;
use nave_model::At;
use nave_model::connection::SecretSource;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its name, for example `sales/onboard-won-deal`.
    pub name: String,
    /// What it is for, in a sentence.
    pub purpose: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What starts a run: at least one.
    pub triggers: Vec<Trigger>,
    /// A run starts only where this is true of the trigger's data.
    pub when: Option<Expression>,
    /// Runs with the same key run one after the other, in the order of their events.
    pub key: Option<Expression>,
    /// The most runs at the same time.
    pub concurrency: Option<u32>,
    /// The longest a run may take, in milliseconds; undoing is not counted.
    pub timeout_ms: Option<u64>,
    /// JSON Schema of the input of manual and `run` starts, as written.
    pub input: Option<Value>,
    /// The steps.
    pub steps: Block,
    /// What a run gives. `None`: the result of the last step.
    pub output: Option<Expression>,
    /// Where the flow stands.
    pub at: At,
}

/// What starts a run.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// What it is.
    pub kind: TriggerKind,
    /// How many items one run takes together.
    pub batch: Option<Batch>,
    /// Where it stands.
    pub at: At,
}

/// How a sender to a flow's own webhook proves itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The kind of signature.
    pub signature: Signature,
    /// Where the secret is kept.
    pub secret: SecretSource,
    /// The secret before, which counts too while it is rotated.
    pub previous: Option<SecretSource>,
    /// The public address that was given to the sender, where it is part of what is signed. Absent: the
    /// hub's own, `PUBLIC_ADDRESS/hooks/PATH`.
    pub url: Option<String>,
}

/// The kinds of triggers.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "a flow has few of them, and each is read far more often than moved"
)]
pub enum TriggerKind {
    /// An event of a connection (`crm.deal.stage_changed`), or one that a flow emits.
    Event {
        /// The connection; `None` for an event that flows emit.
        connection: Option<String>,
        /// The event's name.
        event: String,
    },
    /// Again and again, this many milliseconds apart.
    Every {
        /// Milliseconds.
        interval_ms: u64,
        /// What becomes of times that passed while the hub was down.
        missed: Missed,
    },
    /// At the times of a cron expression.
    Cron {
        /// Five fields: minute, hour, day of month, month, day of week.
        expression: String,
        /// IANA name of the zone; `UTC` where none is written.
        zone: String,
        /// What becomes of times that passed while the hub was down.
        missed: Missed,
    },
    /// A request to a path of the hub.
    Webhook {
        /// The path below the hub's webhook address.
        path: String,
        /// JSON Schema of the body, as written.
        schema: Option<Value>,
        /// How a sender proves itself; `None`: with the hub's token.
        signed: Option<Box<Signed>>,
    },
    /// Every item of a list that is new or changed, found by polling.
    Each {
        /// The connection.
        connection: String,
        /// The operation that lists.
        operation: String,
        /// Its arguments.
        with: Option<Expression>,
        /// Where the items stand in an answer. `None`: as the connector's paging says.
        items: Option<Expression>,
        /// What identifies an item.
        id: Option<Expression>,
        /// What is different when an item changed. `None`: anything of it.
        changed: Option<Expression>,
        /// Milliseconds between polls.
        interval_ms: u64,
        /// What becomes of items that are there at the first look.
        first: First,
        /// Whether items that are gone start runs too, with `{deleted, id, last}`.
        deleted: bool,
    },
    /// A person, a program, an agent or another flow starts it.
    Manual,
}

/// What becomes of scheduled times that passed while the hub was down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missed {
    /// They are passed over.
    Skip,
    /// However many they are, one run makes up for them.
    #[default]
    Once,
    /// Each has its run.
    All,
}

/// What becomes of items that are there when a list is looked at for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum First {
    /// They are known from then on; only what is new or changed later starts runs.
    #[default]
    None,
    /// Each of them is new.
    All,
}

/// How items are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// The most items of a batch.
    pub size: u32,
    /// The longest the first item waits for others, in milliseconds.
    pub within_ms: u64,
}

/// Steps, one after the other.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One task.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name, unique in the flow; `$name` is its result.
    pub name: String,
    /// What it does.
    pub verb: Verb,
    /// It runs only where this is true; otherwise its result is null.
    pub condition: Option<Expression>,
    /// What takes it back.
    pub undo: Option<Undo>,
    /// The longest it may take, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// A sentence about it for the documentation.
    pub note: Option<String>,
    /// Where it stands.
    pub at: At,
}

/// What a step does: one file each in `decide/`.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "a flow has few of them, and each is read far more often than moved"
)]
pub enum Verb {
    /// Calls an operation.
    Call(Call),
    /// Names a value.
    Set {
        /// The value.
        value: Expression,
    },
    /// Runs the first case whose condition holds.
    Switch {
        /// The cases, in order.
        cases: Vec<Case>,
        /// Where none holds.
        otherwise: Option<Block>,
    },
    /// Runs a block for every item of a list.
    For(For),
    /// Runs blocks at the same time.
    Fork {
        /// The branches by name.
        branches: IndexMap<String, Block>,
        /// The first branch that ends wins; the others are cancelled and undone.
        compete: bool,
    },
    /// Runs a block and handles its faults.
    Try {
        /// The block.
        body: Block,
        /// The handlers; the first that fits is taken.
        handlers: Vec<Handler>,
    },
    /// Lets time pass.
    Wait(Wait),
    /// Waits for an event.
    Listen(Listen),
    /// Sends an event to whoever listens.
    Emit {
        /// The event's type.
        event: String,
        /// Its data. `None`: the trigger's data.
        with: Option<Expression>,
    },
    /// Ends the block with a fault.
    Raise {
        /// The word handlers can tell it by.
        code: String,
        /// What happened, for people.
        message: Option<Expression>,
    },
    /// Runs another flow.
    Run {
        /// Its name.
        flow: String,
        /// Its input. `None`: the trigger's data.
        with: Option<Expression>,
        /// Whether the step waits for its end; otherwise its result is null.
        wait: bool,
    },
    /// Asks people.
    Ask(Ask),
}

/// A call of an operation.
#[derive(Debug, Clone)]
pub struct Call {
    /// The connection.
    pub connection: String,
    /// The operation.
    pub operation: String,
    /// The arguments. `None`: `{}`.
    pub with: Option<Expression>,
    /// What the step tightens.
    pub tighten: Tighten,
}

/// What a step may tighten of its connection's and operation's settings; never loosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tighten {
    /// The most attempts.
    pub attempts: Option<u32>,
    /// Priority in the connection's queue.
    pub priority: Option<Priority>,
}

/// Priorities a step may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// As flows have.
    Flow,
    /// Behind everything else.
    Backfill,
}

/// A case of a `switch`.
#[derive(Debug, Clone)]
pub struct Case {
    /// When it is taken.
    pub when: Expression,
    /// What it does.
    pub block: Block,
}

/// A loop.
#[derive(Debug, Clone)]
pub struct For {
    /// The list.
    pub items: Expression,
    /// The variable of one item, or of one batch, without `$`.
    pub variable: String,
    /// How many rounds run at the same time; 1: one after the other.
    pub parallel: u32,
    /// How many items one round takes; `None`: one item, not in a list.
    pub batch: Option<u32>,
    /// What one round does.
    pub body: Block,
}

/// What handles a fault.
#[derive(Debug, Clone)]
pub struct Handler {
    /// Codes it is for; with `kinds` empty too: every fault.
    pub codes: Vec<String>,
    /// Kinds it is for.
    pub kinds: Vec<String>,
    /// The variable that holds the fault, without `$`.
    pub variable: Option<String>,
    /// What it does.
    pub block: Block,
}

/// How long a `wait` lasts.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "a flow has few of them, and each is read far more often than moved"
)]
pub enum Wait {
    /// Milliseconds.
    For(u64),
    /// Until a time: an RFC 3339 text.
    Until(Expression),
}

/// What a `listen` waits for.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The connection; `None` for an event that flows emit.
    pub connection: Option<String>,
    /// The event's name.
    pub event: String,
    /// Which events are meant: `.` is the event's data, variables are the run's.
    pub when: Option<Expression>,
}

/// A question to people.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The roles that may answer.
    pub roles: Vec<String>,
    /// How many must approve.
    pub approvals: u32,
    /// One line.
    pub title: Expression,
    /// More.
    pub message: Option<Expression>,
    /// Milliseconds after which nobody may answer any more.
    pub expires_ms: Option<u64>,
}

/// What takes a step back.
#[derive(Debug, Clone)]
pub struct Undo {
    /// The connection.
    pub connection: String,
    /// The operation.
    pub operation: String,
    /// The arguments: `.` is the trigger's data, `$name` results, the step's own included.
    pub with: UndoWith,
    /// Where it stands.
    pub at: At,
}

/// Where the arguments of an undo come from.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "a flow has few of them, and each is read far more often than moved"
)]
pub enum UndoWith {
    /// Written.
    Written(Expression),
    /// By name: every argument the operation requires is taken from the step's result, else from the
    /// step's own arguments. The check resolves which, and puts `Picked` in its place.
    ByName,
    /// By name, resolved.
    Picked(Vec<Pick>),
}

/// An argument of an undo that is taken by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// The argument, and the member it is taken from; left out where there is no such member.
    pub argument: String,
    /// Where that member stands.
    pub from: PickFrom,
}

/// Where an argument of an undo is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickFrom {
    /// The step's result.
    Result,
    /// The arguments of the step's call, or the input of the run it waited for.
    Arguments,
}

/// An expression of a flow.
#[derive(Debug, Clone)]
pub struct Expression {
    /// Its text, without the indentation of its block; for keys and values written in YAML, the part of
    /// the file that they stand in. Spans of `tree` are bytes of it.
    pub source: String,
    /// The tree.
    pub tree: nave_expr::Expr,
    /// The program, compiled for the variables below.
    pub program: Arc<Program>,
    /// The variables it uses, without `$`, in the order the program takes their values.
    pub variables: Vec<String>,
    /// Whether it is a text with `${…}` in it, or keys and values with such texts, rather than a bare
    /// expression.
    pub is_template: bool,
    /// Where the value stands in the file.
    pub at: At,
    /// Where the parts of `source` stand in the file, by their first bytes; see
    /// [`expression::place`](crate::expression::place).
    pub segments: Vec<Segment>,
}

/// From here on, up to the next segment or the end of the line, an expression's text stands in the file
/// character by character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// First byte of the text.
    pub start: u32,
    /// Line in the file, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}
