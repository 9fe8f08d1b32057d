//! `nave diff`: what changed between two versions of a description, how bad it is, and which operations
//! it touches.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use nave_connector::Connector;
use nave_connector::compare::{Class, Comparison, Finding, compare};
use nave_connector::manifest::Manifest;
use nave_connector::openapi::{self, Input};
use nave_connector::source;
use nave_model::fault::codes;
use nave_model::{At, Fault};
use nave_project::Project;
use nave_project::connectors;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::exit::Ended;
use crate::folder;
use crate::output::{Output, Style};
use crate::sources::Beside;

/// Options of `nave diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The old version: a file, or a connector of the project
    #[arg(value_name = "OLD")]
    old: String,
    /// The new version: a file, or a connector of the project
    #[arg(value_name = "NEW")]
    new: String,
    /// Write Markdown for a pull request
    #[arg(long)]
    markdown: bool,
    /// Show changes of text for people, too
    #[arg(long)]
    all: bool,
    /// Show only findings at least this bad [default: additive]
    #[arg(long, value_name = "CLASS", conflicts_with = "all", value_parser = classes())]
    level: Option<Class>,
}

fn classes() -> impl TypedValueParser<Value = Class> {
    PossibleValuesParser::new(Class::ALL.map(Class::as_str)).map(|word| {
        let named = Class::ALL.into_iter().find(|class| class.as_str() == word);
        named.unwrap_or(Class::Additive)
    })
}

impl Diff {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if self.markdown && context.output.json() {
            let fault = Fault::new(codes::SETTING_INVALID, "`--markdown` and `--json` exclude each other");
            return Err(fault.with_hint("leave one of them out"));
        }
        let progress = context.output.progress("comparing");
        let (old, new) = self.versions(context)?;
        let mut comparison = compare(&old.connector, &new.connector);
        if let Some(name) = self.used(context)? {
            context.project()?.name_users(&name, &mut comparison);
        }
        let least = self.least();
        locate(&mut comparison, least, &old, &new);
        drop(progress);
        self.tell(&context.output, &comparison, least)?;
        if !comparison.is_breaking() {
            return Ok(Ended::Done);
        }
        let counts =
            comparison.counts().into_iter().filter(|(class, count)| class.is_breaking() && *count > 0);
        let counts: Vec<String> = counts.map(|(class, count)| format!("{count} {class}")).collect();
        let message = format!("`{}` breaks what uses `{}`: {}", self.new, self.old, counts.join(", "));
        let fault = Fault::new(codes::CHANGE_BREAKING, message);
        Err(fault.with_hint(
            "`--level breaking` shows only what breaks; docs/changes.md says what the classes mean",
        ))
    }

    /// The connector of the project that is compared with something else: who uses it is told.
    fn used(&self, context: &Context) -> Result<Option<String>, Fault> {
        if Path::new(&self.old).is_file() {
            return Ok(None);
        }
        let project = context.project()?;
        Ok(project.connectors().known(&self.old).is_ok().then(|| self.old.clone()))
    }

    fn least(&self) -> Class {
        if self.all { Class::Documentation } else { self.level.unwrap_or(Class::Additive) }
    }

    /// Both versions. What is a file is read with the manifest and overlay of the other where that is a
    /// connector, so that only the vendor's changes are seen.
    fn versions(&self, context: &Context) -> Result<(Version, Version), Fault> {
        let (old_file, new_file) = (Path::new(&self.old).is_file(), Path::new(&self.new).is_file());
        if old_file && new_file {
            // Each takes most of the time there is: read them at the same time.
            return std::thread::scope(|scope| {
                let other = scope.spawn(|| file(&self.old, None));
                let new = file(&self.new, None)?;
                let old = other.join();
                old.unwrap_or_else(|_| Err(Fault::new(codes::INTERNAL, "reading a description failed")))
                    .map(|old| (old, new))
            });
        }
        let project = context.project()?;
        let named = |name: &str| connector(&project, name);
        let as_connector = |path: &str, name: &str| {
            let manifest = project.connector(name)?.manifest.clone();
            file(path, Some((&project, name, manifest)))
        };
        match (old_file, new_file) {
            (false, true) => {
                let old = named(&self.old)?;
                Ok((old, as_connector(&self.new, &self.old)?))
            }
            (true, false) => {
                let new = named(&self.new)?;
                Ok((as_connector(&self.old, &self.new)?, new))
            }
            _ => Ok((named(&self.old)?, named(&self.new)?)),
        }
    }

    fn tell(&self, output: &Output, comparison: &Comparison, least: Class) -> Result<(), Fault> {
        let shown = || comparison.findings.iter().filter(|finding| finding.class >= least);
        if output.json() {
            for finding in shown() {
                output.value(finding)?;
            }
            return output.value(&json!({ "summary": summary(comparison) }));
        }
        if self.markdown {
            return output.data(&comparison.markdown(least));
        }
        for finding in shown() {
            output.data(&one(output, finding))?;
        }
        let counts = comparison.counts().into_iter().filter(|(_, count)| *count > 0);
        let counts: Vec<String> = counts.map(|(class, count)| format!("{count} {class}")).collect();
        let counts = if counts.is_empty() { "no changes".to_owned() } else { counts.join(", ") };
        output.line(&format!(
            "{counts}; operations: {} before, {} now",
            comparison.operations_old, comparison.operations_new
        ))?;
        let documentation =
            comparison.findings.iter().filter(|one| one.class == Class::Documentation).count();
        if documentation > 0 && least > Class::Documentation && self.level.is_none() {
            output.say("`--all` shows changes of text for people, too");
        }
        if !comparison.exact {
            output.say("the descriptions are too entangled to say exactly which operations are touched");
        }
        Ok(())
    }
}

/// One version, ready to be compared.
struct Version {
    connector: Arc<Connector>,
    /// The name and bytes of its file, to find lines in.
    file: Option<(String, Vec<u8>)>,
}

/// A connector of the project.
fn connector(project: &Project, name: &str) -> Result<Version, Fault> {
    if project.connectors().known(name).is_err() && name.contains(['/', '.', '\\']) {
        // It was meant as a file: say why that cannot be read.
        folder::read(Path::new(name), name)?;
    }
    Ok(Version { connector: project.connector(name)?, file: None })
}

/// A description as a connector of the project would read it: with its manifest and overlay.
pub(crate) fn as_connector(project: &Project, name: &str, path: &str) -> Result<Arc<Connector>, Fault> {
    let manifest = project.connector(name)?.manifest.clone();
    file(path, Some((project, name, manifest))).map(|version| version.connector)
}

/// A file, as the connector `like` would read it.
fn file(path: &str, like: Option<(&Project, &str, Manifest)>) -> Result<Version, Fault> {
    let bytes = folder::read(Path::new(path), path)?;
    let source = source::read(path, &bytes)?;
    let called = match path.rfind('/') {
        Some(end) => path.get(..=end).unwrap_or_default(),
        None => "",
    };
    let beside = Beside::new(Path::new(path), called);
    let (name, manifest, overlay) = match like {
        Some((project, name, manifest)) => {
            let overlay = overlay(project, name, &manifest)?;
            (name, Some(manifest), overlay)
        }
        None => ("description", None, None),
    };
    let imported = openapi::import(Input { name, source, manifest, overlay, resolver: &beside })?;
    Ok(Version { connector: Arc::new(imported.connector), file: Some((path.to_owned(), bytes)) })
}

fn overlay(project: &Project, name: &str, manifest: &Manifest) -> Result<Option<source::Source>, Fault> {
    let Some(overlay) = &manifest.overlay else { return Ok(None) };
    let path = format!("{}/{name}/{overlay}", connectors::FOLDER);
    let text = project.connectors().text(name, &path)?;
    source::read(&path, text.as_bytes()).map(Some)
}

/// Adds line and column to the findings that are shown, with one walk over each file.
fn locate(comparison: &mut Comparison, least: Class, old: &Version, new: &Version) {
    type Side = fn(&mut Finding) -> Option<&mut At>;
    let sides: [(&Version, Side); 2] =
        [(old, |finding| finding.place_old.as_mut()), (new, |finding| finding.place_new.as_mut())];
    for (version, place) in sides {
        let Some((file, bytes)) = &version.file else { continue };
        let shown = comparison.findings.iter_mut().filter(|finding| finding.class >= least);
        let wanting: Vec<&mut At> =
            shown.filter_map(place).filter(|at| at.file.as_deref() == Some(file)).collect();
        let pointers: Vec<String> = wanting.iter().map(|at| at.pointer.clone().unwrap_or_default()).collect();
        let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
        for (at, found) in wanting.into_iter().zip(source::locate_all(bytes, &pointers)) {
            at.line = found.map(|(line, _)| line);
            at.column = found.map(|(_, column)| column);
        }
    }
}

/// One finding as people read it.
fn one(output: &Output, finding: &Finding) -> String {
    let style = match finding.class {
        Class::Removed | Class::Breaking => Style::Error,
        Class::Narrowing | Class::Deprecated => Style::Warning,
        Class::Additive => Style::Good,
        Class::Documentation => Style::Dim,
    };
    let label = output.out(style, &format!("{}[{}]", finding.class, finding.rule));
    let mut text = format!("{label}: {}\n", output.out(Style::Strong, &finding.line()));
    if let Some(at) = finding.at() {
        text.push_str(&format!("  {} {at}\n", output.out(Style::Dim, "-->")));
    }
    text.push_str(&format!("  {}\n", finding.touched()));
    for user in &finding.used_by {
        text.push_str(&format!("  {} {user}\n", output.out(Style::Hint, "used by:")));
    }
    if let Some(hint) = &finding.hint {
        text.push_str(&format!("  {} {hint}\n", output.out(Style::Hint, "hint:")));
    }
    text.push('\n');
    text
}

fn summary(comparison: &Comparison) -> Value {
    let counts: Map<String, Value> = comparison
        .counts()
        .into_iter()
        .map(|(class, count)| (class.as_str().to_owned(), json!(count)))
        .collect();
    json!({
        "operations": {
            "old": comparison.operations_old,
            "new": comparison.operations_new,
            "matched": comparison.matched,
        },
        "findings": counts,
        "breaking": comparison.is_breaking(),
        "complete": comparison.complete,
        "exact": comparison.exact,
    })
}
