//! `nave call`: one operation through the whole pipeline, or a whole list page by page.

use clap::Args;
use nave_call::{Answer, CallRequest, Caller};
use nave_connector::check::{self, Repair};
use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use nave_project::Project;

use crate::callers;
use crate::context::Context;
use crate::exit::Ended;
use crate::given;
use crate::output::{Output, Style};
use crate::problems;

mod dry_run;

/// Options of `nave call`.
#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The operation, for example stripe.post_refunds
    #[arg(value_name = "CONNECTION.OPERATION")]
    operation: String,
    /// Arguments: a JSON object, @FILE, or - for stdin
    #[arg(long, value_name = "JSON|@FILE|-", default_value = "{}")]
    with: String,
    /// All pages of a list, one item per line
    #[arg(long, conflicts_with = "dry_run")]
    all: bool,
    /// Show the request instead of sending it; credentials are not shown
    #[arg(long)]
    dry_run: bool,
    /// Print the answer with its status, headers and notes, not only its content
    #[arg(long, conflicts_with_all = ["all", "dry_run"])]
    full: bool,
    /// The same key for the same intended effect: repeating the command with it does not do it twice
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl Call {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let project = context.project()?;
        let target = match project.target(&self.operation) {
            Ok(target) => target,
            Err(fault) => return Err(self.unconnected(&project, fault)),
        };
        let caller = callers::one(&project, &target.connection, context.folder()?.root())?;
        let mut request =
            CallRequest::new(&target.connection, &target.operation, given::json("--with", &self.with)?);
        request.idempotency_key.clone_from(&self.idempotency_key);
        if self.dry_run {
            return dry_run::show(context, &caller, &request);
        }
        context.runtime()?.block_on(self.call(&context.output, &caller, request))
    }

    /// The fault of a call that has no connection: what is wrong with its arguments, where the
    /// connector can tell, else that the connection is missing.
    fn unconnected(&self, project: &Project, missing: Fault) -> Fault {
        let wrong = || {
            let (connector, operation) = self.operation.split_once('.')?;
            let connector = project.connector(connector).ok()?;
            let arguments = given::json("--with", &self.with).ok()?;
            check::arguments(&connector, connector.operation(operation).ok()?, &arguments).err()
        };
        if missing.code != codes::CONNECTION_UNKNOWN {
            return missing;
        }
        wrong().unwrap_or(missing)
    }

    async fn call(self, output: &Output, caller: &Caller, request: CallRequest) -> Result<Ended, Fault> {
        if !self.all {
            let answer = caller.call(request).await?;
            notes(output, &answer);
            if self.full {
                output.value(&answer)?;
            } else {
                output.value(&answer.value)?;
            }
            return Ok(Ended::Done);
        }
        let mut pages = caller.pages(request)?;
        while let Some(page) = pages.next().await {
            let page = page?;
            notes(output, &page.answer);
            for item in &page.items {
                output.line(&item.to_string())?;
            }
        }
        Ok(Ended::Done)
    }
}

/// What a person should know about an answer beside its content.
fn notes(output: &Output, answer: &Answer) {
    mended(output, &answer.repairs);
    if answer.from_cache {
        output.say(&output.err(Style::Dim, "from memory, not sent"));
    }
    if answer.attempts > 1 {
        let seconds = answer.elapsed.as_secs_f32();
        let text = format!("answered at attempt {} after {seconds:.1} s", answer.attempts);
        output.say(&output.err(Style::Warning, &text));
    }
    let paint = |style: Style, text: &str| output.err(style, text);
    for finding in answer.findings.iter().take(MOST_FINDINGS) {
        output.say(problems::one(&paint, (Style::Warning, "finding"), &in_answer(finding)).trim_end());
    }
    if let Some(more) = answer.findings.len().checked_sub(MOST_FINDINGS).filter(|more| *more > 0) {
        output.say(&format!("and {more} more findings; --full shows all"));
    }
}

/// What was changed in the arguments before they were sent.
fn mended(output: &Output, repairs: &[Repair]) {
    for repair in repairs {
        let text = format!("mended {}: {}", repair.at, repair.message);
        output.say(&output.err(Style::Dim, &text));
    }
}

/// Findings shown of one answer.
const MOST_FINDINGS: usize = 5;

/// A finding's place, which is in the answer and not in the arguments.
fn in_answer(finding: &Problem) -> Problem {
    let mut finding = finding.clone();
    if finding.at.file.is_none() && finding.at.pointer.is_some() {
        finding.at.file = Some("answer".to_owned());
    }
    finding
}
