//! `nave approvals`: what runs ask people, and the answers.

use clap::{Args, Subcommand};
use http::Method;
use nave_model::Fault;
use nave_server::view::{Answer, Approval, ApprovalQuery, Verdict};
use serde_json::json;

use crate::commands::several::Several;
use crate::context::Context;
use crate::exit::Ended;
use crate::hub::{self, Hub, Part};
use crate::output::Style;
use crate::show::{Column, Table, lines, plain};

/// Options of `nave approvals`.
#[derive(Debug, Args)]
pub(crate) struct Approvals {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    at: hub::At,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show a question
    Show {
        /// Its id: RUN/APPROVAL
        id: String,
    },
    /// Say yes
    Approve(Say),
    /// Say no
    Refuse(Say),
}

/// An answer.
#[derive(Debug, Args)]
struct Say {
    /// The questions: RUN/APPROVAL
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// The role you answer in
    #[arg(long = "as", value_name = "ROLE", required = true)]
    role: String,
    /// What you say to it
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

impl Approvals {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if self.what.is_some() {
            hub::without(&self.part)?;
        }
        let hub = self.at.open(context)?;
        match self.what {
            None => hub.print(
                "/approvals",
                &ApprovalQuery::default(),
                &self.part,
                "nobody is asked anything",
                |approvals| table(&hub, approvals),
            ),
            Some(What::Show { id }) => {
                hub.print_one(&hub::path("/approvals", &id, ""), |approval| text(&hub, approval))
            }
            Some(What::Approve(say)) => say.run(&hub, Verdict::Approved),
            Some(What::Refuse(say)) => say.run(&hub, Verdict::Refused),
        }
    }
}

fn table(hub: &Hub<'_>, approvals: &[Approval]) -> Table {
    let mut table = Table::new(&[
        Column::whole("id"),
        Column::text("question"),
        Column::whole("asked of"),
        Column::text("flow"),
        Column::whole("asked"),
        Column::whole("expires"),
    ]);
    for approval in approvals {
        table.row([
            (&approval.id).into(),
            (&approval.title).into(),
            roles(approval).into(),
            (&approval.flow).into(),
            hub.when.short(approval.asked_ms).into(),
            approval.expires_ms.map(|at| hub.when.short(at)).into(),
        ]);
    }
    table
}

/// Who may answer, and how many must.
fn roles(approval: &Approval) -> String {
    let roles = approval.roles.join(", ");
    if approval.approvals > 1 { format!("{} of {roles}", approval.approvals) } else { roles }
}

fn text(hub: &Hub<'_>, approval: &Approval) -> String {
    let mut text = format!("{}\n", hub.context.output.out(Style::Strong, &plain(&approval.title)));
    if let Some(message) = &approval.message {
        text.push_str(&format!("\n{}\n\n", lines(message).trim_end()));
    }
    let mut field = |name: &str, value: &str| text.push_str(&format!("  {name:<10} {}\n", plain(value)));
    field("id", &approval.id);
    field("asked of", &roles(approval));
    field("flow", &approval.flow);
    field("run", &approval.run);
    field("asked", &hub.when.both(approval.asked_ms));
    if let Some(expires) = approval.expires_ms {
        field("expires", &hub.when.both(expires));
    }
    text
}

impl Say {
    fn run(self, hub: &Hub<'_>, verdict: Verdict) -> Result<Ended, Fault> {
        let mut several = Several::new(&hub.context.output);
        let answer = Answer { verdict, role: Some(self.role), comment: self.comment };
        let word = if verdict == Verdict::Approved { "approved" } else { "refused" };
        for id in &self.ids {
            let done = hub.act(Method::POST, &hub::path("/approvals", id, "/answer"), Some(&answer));
            several.one(id, done.map(|()| json!({ "id": id, "done": word })))?;
        }
        several.end()
    }
}
