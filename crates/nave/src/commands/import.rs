//! `nave import`: copies a vendor's description byte for byte into the project, with its origin and
//! hash, and says what of it can be used.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use nave_connector::Connector;
use nave_connector::manifest::{self, Manifest};
use nave_connector::openapi::{self, Input, Report};
use nave_connector::source::{self, Format};
use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use nave_project::connectors::{self, Origin};
use nave_project::names::check_name;
use nave_project::{Files, Project};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::exit::Ended;
use crate::folder::{self, Folder};
use crate::output::Style;
use crate::sources::Beside;

/// Options of `nave import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The vendor's description: OpenAPI 3.x or Swagger 2.0, JSON or YAML
    file: PathBuf,
    /// Name of the connector, as in NAME.operation
    #[arg(long = "as", value_name = "NAME")]
    name: String,
    /// Replace the description of a connector that is there already; its manifest and overlay stay
    #[arg(long)]
    update: bool,
    /// Only say what would be imported
    #[arg(long)]
    dry_run: bool,
    /// Show everything that is odd, not only what cannot be used
    #[arg(long)]
    findings: bool,
}

/// What will be written: the description's place and bytes, and the manifest's text.
struct Plan {
    description: String,
    bytes: Vec<u8>,
    manifest: String,
}

impl Import {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        check_name("connector", &self.name)?;
        let folder = context.folder()?;
        let project = context.project()?;
        self.refuse_other(&project)?;
        let plan = self.plan(&folder)?;
        let progress = context.output.progress(&format!("importing {}", self.file.display()));
        let prefix = format!("{}/{}/", connectors::FOLDER, self.name);
        let beside = Beside::new(&self.file, &prefix);
        let (connector, report) = import(&self.name, &plan, &folder, &beside)?;
        let problems = Problems::of(&connector, &report, &plan);
        if !self.dry_run {
            self.write(context, &folder, &plan, beside.fetched())?;
            context.project()?.connectors().keep(&self.name, &connector, &report);
        }
        drop(progress);
        self.tell(context, &connector, &plan, &problems)?;
        Ok(Ended::Done)
    }

    fn refuse_other(&self, project: &Project) -> Result<(), Fault> {
        let there = project.connectors().origin(&self.name) == Some(Origin::Project);
        match (there, self.update) {
            (true, false) if !self.dry_run => {
                let message = format!("there is a connector `{}` already", self.name);
                Err(Fault::new(codes::SETTING_INVALID, message)
                    .with_hint("`--update` replaces its description and keeps its manifest and overlay"))
            }
            (false, true) => {
                let message = format!("there is no connector `{}` in this project to update", self.name);
                Err(Fault::new(codes::CONNECTOR_UNKNOWN, message).with_hint("leave `--update` out"))
            }
            _ => Ok(()),
        }
    }

    /// Reads the file and settles what would be written, without writing.
    fn plan(&self, folder: &Folder) -> Result<Plan, Fault> {
        let name = self.file.display().to_string();
        if name.starts_with("http://") || name.starts_with("https://") {
            return Err(Fault::new(codes::SETTING_INVALID, "a description is imported from a file")
                .with_hint(format!("download it first: `curl -LO {name}`")));
        }
        let bytes = folder::read(&self.file, &name)?;
        let hash = folder::hex(&Sha256::digest(&bytes));
        let path = |file: &str| format!("{}/{}/{file}", connectors::FOLDER, self.name);
        let at = path(connectors::MANIFEST);
        if self.update {
            let old = folder.read(&at)?;
            let manifest = Manifest::read(&at, &old)?;
            let text = String::from_utf8_lossy(&old).into_owned();
            let text = match &manifest.origin {
                Some(origin) => text.replacen(&origin.sha256, &hash, 1),
                None => text,
            };
            return Ok(Plan { description: path(&manifest.description), bytes, manifest: text });
        }
        let source = source::read(&name, &bytes)?;
        let title =
            source.tree.pointer("/info/title").and_then(serde_json::Value::as_str).unwrap_or_default();
        let file = self.description_file(source.format, &source.tree);
        let manifest = new_manifest(&self.name, title, &file, &self.origin(), &hash);
        Ok(Plan { description: path(&file), bytes, manifest })
    }

    /// A description that stands alone gets a plain name; one that others may refer to keeps its own.
    fn description_file(&self, format: Format, tree: &serde_json::Value) -> String {
        let own = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let usable = own.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if usable && own != connectors::MANIFEST && refers_outside(tree, 0) {
            return own;
        }
        match format {
            Format::Json => "openapi.json".to_owned(),
            Format::Yaml => "openapi.yaml".to_owned(),
        }
    }

    fn origin(&self) -> String {
        self.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn write(
        &self,
        context: &Context,
        folder: &Folder,
        plan: &Plan,
        fetched: Vec<(String, Vec<u8>)>,
    ) -> Result<(), Fault> {
        if !folder.is_project() {
            context.output.say("there is no nave.yaml here; `nave init` makes this folder a project");
        }
        for (path, bytes) in fetched {
            folder.write(&format!("{}/{}/{path}", connectors::FOLDER, self.name), &bytes)?;
        }
        folder.write(&plan.description, &plan.bytes)?;
        let manifest = format!("{}/{}/{}", connectors::FOLDER, self.name, connectors::MANIFEST);
        folder.write(&manifest, plan.manifest.as_bytes())
    }

    fn tell(
        &self,
        context: &Context,
        connector: &Connector,
        plan: &Plan,
        problems: &Problems,
    ) -> Result<(), Fault> {
        let output = &context.output;
        let usable = connector.entries().len() - problems.unusable;
        let total = connector.entries().len() + problems.refused.len() - problems.unusable;
        if output.json() {
            return output.value(&json!({
                "connector": self.name, "title": connector.title, "version": connector.version,
                "operations": total, "usable": usable, "refused": problems.refused,
                "findings": problems.findings, "overlay": problems.overlay,
                "description": plan.description, "written": !self.dry_run,
            }));
        }
        output.problems((Style::Warning, "refused"), &problems.refused)?;
        output.problems((Style::Error, "error"), &problems.overlay)?;
        if self.findings {
            output.problems((Style::Dim, "finding"), &problems.findings)?;
        }
        let title = output.out(Style::Strong, &connector.title);
        output.line(&format!("{title} {}", connector.version))?;
        output.line(&format!("  {total} operations, {usable} usable, {} refused", problems.refused.len()))?;
        if !problems.findings.is_empty() && !self.findings {
            output.line(&format!("  {} findings; --findings shows them", problems.findings.len()))?;
        }
        if self.dry_run {
            output.say("nothing was written (--dry-run)");
        } else {
            output.line(&format!("  {}", plan.description))?;
            output.say(&format!("next: `nave ops {0} \"words\"`, `nave sandbox {0}`", self.name));
        }
        Ok(())
    }
}

/// What is wrong with an imported description, with lines.
struct Problems {
    refused: Vec<Problem>,
    findings: Vec<Problem>,
    overlay: Vec<Problem>,
    /// Operations that are listed and cannot be compiled; they are among the refused.
    unusable: usize,
}

impl Problems {
    fn of(connector: &Connector, report: &Report, plan: &Plan) -> Self {
        let mut refused: Vec<Problem> = report.refused.iter().map(nave_project::check::refused).collect();
        let mut unusable = 0;
        for position in 0..connector.entries().len() {
            if let Err(fault) = connector.operation_at(position) {
                unusable += 1;
                refused.push(nave_project::names::problem(&fault, &plan.description));
            }
        }
        let mut overlay = report.overlay_unmatched.clone();
        overlay.extend(manifest::check(connector));
        let mut found = Problems { refused, findings: report.findings.clone(), overlay, unusable };
        let files = BTreeMap::from([(plan.description.clone(), plan.bytes.clone())]);
        for list in [&mut found.refused, &mut found.findings, &mut found.overlay] {
            nave_project::check::place(list, &|file| files.get(file).cloned());
        }
        found
    }
}

fn import(name: &str, plan: &Plan, folder: &Folder, beside: &Beside) -> Result<(Connector, Report), Fault> {
    let at = format!("{}/{name}/{}", connectors::FOLDER, connectors::MANIFEST);
    let manifest = Manifest::read(&at, plan.manifest.as_bytes())?;
    let overlay = match &manifest.overlay {
        Some(file) => {
            let path = format!("{}/{name}/{file}", connectors::FOLDER);
            Some(source::read(&path, &folder.read(&path)?)?)
        }
        None => None,
    };
    let source = source::read(&plan.description, &plan.bytes)?;
    let imported =
        openapi::import(Input { name, source, manifest: Some(manifest), overlay, resolver: beside })?;
    Ok((imported.connector, imported.report))
}

/// The manifest of a new import: what is known, and where to write the rest.
fn new_manifest(name: &str, title: &str, file: &str, origin: &str, hash: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "# yaml-language-server: $schema=../../.nave/schema/connector.schema.json\n\
         # What the vendor's description does not say: limits, paging, curated operations.\n\
         # Corrections to the description go into an overlay: add `overlay: overlay.yaml`.\n\
         connector: {name}\n\
         title: {}\n\
         description: {file}\n\
         origin:\n  source: {}\n  sha256: {hash}\n",
        quoted(title),
        quoted(origin)
    )
}

/// Whether a reference leads to another file.
fn refers_outside(value: &serde_json::Value, depth: usize) -> bool {
    if depth > source::MOST_DEPTH {
        return false;
    }
    match value {
        serde_json::Value::Object(map) => map.iter().any(|(key, value)| match value {
            serde_json::Value::String(text) => key == "$ref" && !text.starts_with('#'),
            other => refers_outside(other, depth + 1),
        }),
        serde_json::Value::Array(items) => items.iter().any(|item| refers_outside(item, depth + 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_new_manifest_can_be_read() {
        let text = new_manifest("erp", "The \"ERP\": all of it", "openapi.json", "erp v2.json", "ab12");
        let manifest = Manifest::read("connector.yaml", text.as_bytes()).unwrap();
        assert_eq!(manifest.title, "The \"ERP\": all of it");
        assert_eq!(manifest.origin.unwrap().source, "erp v2.json");
    }

    #[test]
    fn references_to_other_files_are_seen() {
        assert!(refers_outside(&json!({"a": [{"$ref": "other.yaml#/A"}]}), 0));
        assert!(!refers_outside(&json!({"a": [{"$ref": "#/A"}], "$ref": {"type": "string"}}), 0));
    }
}
