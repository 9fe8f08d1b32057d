//! `nave check --against`: which flows, mappings and policies break if a system becomes another version.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_connector::Connector;
use nave_connector::compare::{Class, Comparison};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_project::{Against, Project};
use serde_json::{Value, json};

use crate::commands::diff;
use crate::context::Context;
use crate::exit::Ended;
use crate::output::{Output, Style};

/// Checks the project against other versions, each written `CONNECTOR=FILE`.
pub(super) fn run(context: &Context, written: &[String]) -> Result<Ended, Fault> {
    let project = context.project()?;
    let progress = context.output.progress("checking");
    let mut others: BTreeMap<String, Arc<Connector>> = BTreeMap::new();
    for one in written {
        let Some((name, path)) =
            one.split_once('=').filter(|(name, path)| !name.is_empty() && !path.is_empty())
        else {
            return Err(Fault::new(codes::SETTING_INVALID, format!("`{one}` names no connector and file"))
                .with_hint(
                    "write `--against CONNECTOR=FILE`, for example `--against stripe=new-openapi.json`",
                ));
        };
        others.insert(name.to_owned(), diff::as_connector(&project, name, path)?);
    }
    let against = project.check_against(&others)?;
    drop(progress);
    tell(&context.output, &project, &against)?;
    if against.broken.is_empty() {
        return Ok(Ended::Done);
    }
    let count = against.broken.len();
    let message = match count {
        1 => "1 thing that works now would not any more".to_owned(),
        many => format!("{many} things that work now would not any more"),
    };
    Err(Fault::new(codes::CHANGE_BREAKING, message)
        .with_hint("mend the flows for the new version, or keep the old one; `nave diff` shows all changes"))
}

fn tell(output: &Output, project: &Project, against: &Against) -> Result<(), Fault> {
    if output.json() {
        let changes: serde_json::Map<String, Value> =
            against.changes.iter().map(|(name, comparison)| (name.clone(), counts(comparison))).collect();
        return output.value(&json!({
            "ok": against.broken.is_empty(),
            "broken": against.broken,
            "warnings": against.warnings,
            "changes": changes,
            "flows": against.flows,
        }));
    }
    let read = |file: &str| project.files().read(file).ok();
    output.problems_in((Style::Error, "breaks"), &against.broken, &read)?;
    output.problems_in((Style::Warning, "warning"), &against.warnings, &read)?;
    for (name, comparison) in &against.changes {
        let flows = against.flows.get(name).map_or(0, Vec::len);
        let counts = comparison
            .counts()
            .into_iter()
            .filter(|(class, count)| *count > 0 && *class != Class::Documentation);
        let counts: Vec<String> = counts.map(|(class, count)| format!("{count} {class}")).collect();
        let counts = if counts.is_empty() { "no changes".to_owned() } else { counts.join(", ") };
        output.say(&format!("`{name}`: {counts}; {flows} flows use it"));
    }
    if against.broken.is_empty() {
        output.say(&output.err(Style::Good, "nothing that works now would break"));
    }
    Ok(())
}

fn counts(comparison: &Comparison) -> Value {
    let counts =
        comparison.counts().into_iter().map(|(class, count)| (class.as_str().to_owned(), json!(count)));
    Value::Object(counts.collect())
}
