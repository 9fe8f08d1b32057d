//! `nave doctor`: looks for what keeps Nave from working here, and says what to do. Asks the hub
//! that runs here, and nobody else.

use clap::Args;
use nave_model::Fault;
use nave_model::connection::{Connection, SecretSource};
use nave_project::Project;
use serde_json::json;

use crate::callers;
use crate::context::Context;
use crate::exit::Ended;
use crate::folder::{Folder, OWN};
use crate::output::Style;

mod hub;

/// Options of `nave doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    /// Works, and could be better.
    Note,
    Bad,
}

struct Finding {
    health: Health,
    about: &'static str,
    what: String,
    hint: Option<String>,
}

impl Finding {
    fn good(about: &'static str, what: impl Into<String>) -> Self {
        Finding { health: Health::Good, about, what: what.into(), hint: None }
    }

    fn other(health: Health, about: &'static str, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Finding { health, about, what: what.into(), hint: Some(hint.into()) }
    }
}

impl Doctor {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let folder = context.folder()?;
        let (project, problems) = context.load()?;
        let mut findings = vec![Finding::good("version", format!("nave {}", env!("CARGO_PKG_VERSION")))];
        findings.push(project_folder(&folder, &project));
        findings.push(cache(&folder, &project));
        findings.push(match problems.len() {
            0 => Finding::good("documents", "all can be read"),
            count => {
                let what = format!("{count} problems");
                Finding::other(Health::Bad, "documents", what, "`nave check` shows them")
            }
        });
        findings.extend(connectors(&project));
        let runtime = context.runtime()?;
        for (name, connection) in project.connections() {
            let connection = callers::from_folder(connection.clone(), folder.root());
            findings.push(runtime.block_on(credential(name, &connection)));
        }
        findings.extend(hub::findings(&folder, &runtime));
        let healthy = findings.iter().all(|finding| finding.health != Health::Bad);
        for finding in &findings {
            show(context, finding)?;
        }
        Ok(if healthy { Ended::Done } else { Ended::Problems })
    }
}

fn project_folder(folder: &Folder, project: &Project) -> Finding {
    let root = folder.root().display();
    if folder.is_project() {
        let name = project.settings().name.as_ref().map_or_else(String::new, |name| format!("{name}, "));
        return Finding::good("project", format!("{name}{root}"));
    }
    let what = format!("there is no nave.yaml in {root} or above; every default is used");
    Finding::other(Health::Note, "project", what, "`nave init` makes a project, which also keeps a cache")
}

fn cache(folder: &Folder, project: &Project) -> Finding {
    if !project.settings().cache {
        return Finding::other(Health::Note, "cache", "switched off", "`cache: true` in nave.yaml");
    }
    if !folder.is_project() {
        return Finding::other(Health::Note, "cache", "only a project has one", "`nave init`");
    }
    let file = format!("{OWN}/cache/doctor");
    match folder.write(&file, b"").and_then(|()| folder.remove(&file)) {
        Ok(()) => Finding::good("cache", format!("{OWN}/cache can be written")),
        Err(fault) => Finding::other(
            Health::Bad,
            "cache",
            fault.message.clone(),
            "give this user the right to write there",
        ),
    }
}

fn connectors(project: &Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    let names = project.connectors().names();
    for name in &names {
        if let Err(fault) = project.connector(name) {
            let what = format!("`{name}` cannot be read: {fault}");
            findings.push(Finding::other(Health::Bad, "connector", what, "`nave check` says where"));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::good("connectors", format!("{} can be used", names.len())));
    }
    findings
}

/// Whether the places a connection's credential comes from hold something. The values are not shown.
async fn credential(name: &str, connection: &Connection) -> Finding {
    let about = "connection";
    let Some(credential) = &connection.credential else {
        return Finding::good(about, format!("`{name}` names no credential"));
    };
    let sources = [&credential.secret, &credential.username, &credential.password];
    for source in sources.into_iter().flatten() {
        if let Err(fault) = nave_call::secret::read(source).await {
            let hint = match source {
                SecretSource::Env(variable) => format!("set it where Nave runs: `export {variable}=…`"),
                SecretSource::File(file) => format!("write the value into `{file}`"),
            };
            return Finding::other(Health::Bad, about, format!("`{name}`: {fault}"), hint);
        }
    }
    Finding::good(about, format!("`{name}` has its credential"))
}

fn show(context: &Context, finding: &Finding) -> Result<(), Fault> {
    let output = &context.output;
    let (style, word) = match finding.health {
        Health::Good => (Style::Good, "ok"),
        Health::Note => (Style::Warning, "note"),
        Health::Bad => (Style::Error, "bad"),
    };
    if output.json() {
        return output.value(&json!({
            "about": finding.about, "health": word, "what": finding.what, "hint": finding.hint,
        }));
    }
    output.line(&format!(
        "{} {:<11} {}",
        output.out(style, &format!("{word:<5}")),
        finding.about,
        finding.what
    ))?;
    match &finding.hint {
        Some(hint) => output.line(&format!("{:<18}{} {hint}", "", output.out(Style::Hint, "hint:"))),
        None => Ok(()),
    }
}
