//! `nave dev`: the hub of this folder's project for whoever builds it: sandboxes stand in for the systems,
//! edits are taken in as they are saved, and what happens is told as it happens.

use std::time::Duration;

use clap::Args;
use nave_call::{Clock as _, SystemClock};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_project::Files as _;
use nave_server::client::{Client, Stream};
use nave_server::view::{Connection, Flow, Listed, Problem, Project};
use nave_server::{Hub, HubOptions, Mode, log, problem};
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::folder::Folder;
use crate::live::Live;
use crate::output::{Output, Style};
use crate::settings::{self, Given};
use crate::show::{When, plain};

/// How often it is looked whether the project was taken in anew.
const LOOK: Duration = Duration::from_millis(200);

/// Options of `nave dev`.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    given: Given,
}

impl Dev {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let folder = context.folder()?;
        settings::note_missing(&folder, context);
        let mut more = vec![("log.filter", "warn")];
        more.extend(context.log_setting());
        let config = settings::read(&folder, &self.given, &more)?;
        log::start(&config.log, context.output.colours_errors())?;
        let options = HubOptions { folder: folder.root().to_path_buf(), mode: Mode::Dev, config };
        context.runtime()?.block_on(async {
            let hub = Box::pin(Hub::start(options)).await?;
            let client = hub.client()?;
            let stage = Stage { output: &context.output, folder: &folder, client };
            // Before anybody knows the address, so that nothing happens unseen.
            let stream = stage.client.stream("", None).await?;
            stage.open(&hub).await?;
            let told = stage.tell().await?;
            tokio::select! {
                ended = Box::pin(hub.run()) => ended,
                // Nobody reads any more, or the hub's own stream failed: either way it is over.
                watched = Box::pin(stage.watch(stream, told)) => watched,
            }
        })?;
        Ok(Ended::Done)
    }
}

/// Where the hub is watched from.
struct Stage<'a> {
    output: &'a Output,
    folder: &'a Folder,
    client: Client,
}

impl Stage<'_> {
    /// Says where the hub is; the address first, for programs that started it.
    async fn open(&self, hub: &Hub) -> Result<(), Fault> {
        let url = format!("http://{}", hub.address());
        if self.output.json() {
            return self.output.value(&json!({ "url": url, "hub": hub.info() }));
        }
        self.output.line(&url)?;
        let flows: Listed<Flow> = self.client.get("/flows").await?;
        let connections: Listed<Connection> = self.client.get("/connections").await?;
        for connection in &connections.items {
            let address = connection.address.as_deref().unwrap_or_default();
            let what = if connection.sandbox { "sandbox" } else { "system" };
            self.output.say(&format!("  {what:<9} {:<16} {}", plain(&connection.name), plain(address)));
        }
        for flow in &flows.items {
            let triggers: Vec<String> = flow
                .triggers
                .iter()
                .map(|trigger| match &trigger.on {
                    Some(on) if trigger.kind == "event" => on.clone(),
                    Some(on) => format!("{} {on}", trigger.kind),
                    None => trigger.kind.clone(),
                })
                .collect();
            self.output.say(&format!(
                "  {:<9} {:<32} {}",
                "flow",
                plain(&flow.name),
                plain(&triggers.join(", "))
            ));
        }
        self.output.say("send something: `nave events send NAME --data '{…}'`; stop with Ctrl-C");
        Ok(())
    }

    /// Says what is wrong with the project's files; gives what was told.
    async fn tell(&self) -> Result<Project, Fault> {
        let project: Project = self.client.get("/project").await?;
        self.problems(&project);
        Ok(project)
    }

    fn problems(&self, project: &Project) {
        for (label, problems) in
            [((Style::Error, "error"), &project.errors), ((Style::Warning, "warning"), &project.warnings)]
        {
            let read = |file: &str| self.folder.read(file).ok();
            let problems: Vec<nave_model::Problem> = problems.iter().map(local).collect();
            self.output.complain_of(label, &problems, &read);
        }
        if !project.errors.is_empty() {
            self.output.say("what is without errors runs");
        }
    }

    /// Tells what happens, and what became of edits, for as long as the hub runs.
    async fn watch(&self, mut stream: Stream, mut told: Project) -> Result<(), Fault> {
        let clock = SystemClock::new();
        let now = u64::try_from(clock.wall().as_millisecond()).unwrap_or_default();
        let when = When::new(now);
        let mut live = Live::new(self.output, &when);
        loop {
            tokio::select! {
                next = stream.next() => match next {
                    Ok(Some(message)) => live.message(&message)?,
                    // The hub stops; how that went is told by it.
                    Ok(None) | Err(_) => std::future::pending().await,
                },
                () = clock.sleep(LOOK) => told = self.edited(told).await,
            }
        }
    }

    /// Tells what became of an edit, if there was one.
    async fn edited(&self, told: Project) -> Project {
        // A hub that stops does not answer any more.
        let Ok(now) = self.client.get::<Project>("/project").await else { return told };
        if now.version == told.version && now.errors == told.errors && now.warnings == told.warnings {
            return told;
        }
        if now.current {
            let text = format!("taken in: {} flows, {} connections", now.flows.len(), now.connections.len());
            self.output.say(&self.output.err(Style::Good, &text));
        }
        self.problems(&now);
        now
    }
}

/// A problem as the rest of the command line shows it.
fn local(told: &Problem) -> nave_model::Problem {
    let at = nave_model::At {
        file: told.file.clone(),
        line: told.line,
        column: told.column,
        pointer: told.pointer.clone(),
        ..nave_model::At::default()
    };
    let code = problem::known(&told.code).unwrap_or(codes::PROJECT_INVALID);
    nave_model::Problem { code, at, message: told.message.clone(), hint: told.hint.clone() }
}
