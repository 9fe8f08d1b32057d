//! `nave ops`: finds operations by words, lists a connector's operations, or lists the connectors.

use clap::Args;
use nave_connector::search::Index;
use nave_model::{Effect, Fault};
use nave_project::Project;
use nave_project::connectors::Origin;
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::output::{Output, Style};

/// Options of `nave ops`.
#[derive(Debug, Args)]
pub(crate) struct Ops {
    /// A connector or connection, and words to search for; without either, lists the connectors
    #[arg(value_name = "CONNECTOR|WORDS")]
    words: Vec<String>,
    /// Most operations to show [default: 20 when searching, all when listing]
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
}

impl Ops {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let project = context.project()?;
        let Some((first, rest)) = self.words.split_first() else {
            return connectors(&project, &context.output);
        };
        let Ok(connector) = project.connector_of(first) else {
            // One bare word that looks like a name was meant as one, if nothing is found for it.
            let found = search(&project, None, &self.words.join(" "), self.limit.unwrap_or(20), context)?;
            if !found && rest.is_empty() {
                project.connector_of(first)?;
            }
            return Ok(Ended::Done);
        };
        if rest.is_empty() {
            return list(&project, (first, &connector), self.limit, &context.output);
        }
        search(&project, Some((first, &connector)), &rest.join(" "), self.limit.unwrap_or(20), context)?;
        Ok(Ended::Done)
    }
}

/// A line per connector.
fn connectors(project: &Project, output: &Output) -> Result<Ended, Fault> {
    for name in project.connectors().names() {
        let loaded = project.connectors().get(&name);
        let built_in = project.connectors().origin(&name) == Some(Origin::Catalogue);
        let (title, operations) = match &loaded {
            Ok(loaded) => (loaded.connector.title.clone(), loaded.connector.entries().len()),
            Err(fault) => (format!("cannot be read: {fault}; `nave check` says more"), 0),
        };
        let connections: Vec<&String> = project
            .connections()
            .iter()
            .filter(|(_, found)| found.connector == name)
            .map(|(own, _)| own)
            .collect();
        if output.json() {
            output.value(&json!({
                "connector": name, "title": title, "operations": operations, "built_in": built_in,
                "connections": connections,
            }))?;
            continue;
        }
        let origin = if built_in { "built in" } else { "project" };
        let name = output.out(Style::Strong, &format!("{name:<16}"));
        output.line(&format!("{name} {operations:>6} operations  {origin:<8}  {title}"))?;
    }
    output.say("`nave ops CONNECTOR` lists operations, `nave ops CONNECTOR \"words\"` finds them");
    Ok(Ended::Done)
}

/// A line per operation of one connector, curated ones first.
fn list(
    project: &Project,
    (owner, connector): (&str, &str),
    limit: Option<usize>,
    output: &Output,
) -> Result<Ended, Fault> {
    let connector = project.connector(connector)?;
    let mut entries: Vec<_> = connector.entries().iter().collect();
    entries.sort_by_key(|entry| !entry.curated);
    let most = limit.unwrap_or(usize::MAX);
    for entry in entries.iter().take(most) {
        let name = format!("{owner}.{}", entry.name);
        let summary = entry.summary.clone().unwrap_or_else(|| format!("{} {}", entry.method, entry.path));
        show(
            output,
            &Row { name: &name, effect: entry.effect, deprecated: entry.deprecated, summary: &summary },
        )?;
    }
    if let Some(more) = entries.len().checked_sub(most).filter(|more| *more > 0) {
        output.say(&format!("and {more} more"));
    }
    Ok(Ended::Done)
}

/// A line per operation found; whether there was one.
fn search(
    project: &Project,
    owner: Option<(&str, &str)>,
    words: &str,
    most: usize,
    context: &Context,
) -> Result<bool, Fault> {
    let owners = match owner {
        Some((owner, connector)) => vec![(owner.to_owned(), project.connector(connector)?)],
        None => crate::sources::all(project, &context.output),
    };
    let index = Index::new(owners);
    let hits = index.search(words, most);
    for hit in &hits {
        let row = Row {
            name: &hit.operation,
            effect: hit.effect,
            deprecated: hit.deprecated,
            summary: &hit.summary,
        };
        show(&context.output, &row)?;
    }
    match hits.first() {
        Some(hit) => context.output.say(&format!("arguments: `nave describe {}`", hit.operation)),
        None => context.output.say("nothing found; try other words, or `nave ops` for the connectors"),
    }
    Ok(!hits.is_empty())
}

struct Row<'a> {
    name: &'a str,
    effect: Effect,
    deprecated: bool,
    summary: &'a str,
}

fn show(output: &Output, row: &Row<'_>) -> Result<(), Fault> {
    if output.json() {
        return output.value(&json!({
            "operation": row.name, "effect": row.effect, "deprecated": row.deprecated, "summary": row.summary,
        }));
    }
    let style = match row.effect {
        Effect::Read => Style::Dim,
        Effect::Write => Style::Warning,
        Effect::Destructive => Style::Error,
    };
    let name = output.out(Style::Strong, &format!("{:<40}", row.name));
    let effect = output.out(style, &format!("{:<11}", row.effect.as_str()));
    let deprecated = if row.deprecated { output.out(Style::Dim, "deprecated: ") } else { String::new() };
    let summary = row.summary.split_whitespace().collect::<Vec<_>>().join(" ");
    output.line(&format!("{name} {effect} {deprecated}{summary}"))
}
