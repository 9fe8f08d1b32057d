//! `nave init`: makes a folder a project. What is there already stays as it is.

use clap::Args;
use nave_connector::manifest;
use nave_model::Fault;
use nave_project::{Files, documents, endpoints, settings};
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::folder::{Folder, OWN};

/// Options of `nave init`.
#[derive(Debug, Args)]
pub(crate) struct Init {}

/// The settings of a new project: every default, told where to find the keys.
const SETTINGS: &str = "\
# yaml-language-server: $schema=.nave/schema/nave.schema.json
# Settings of this project. Everything has a good default; this file marks the project's folder.
#
#   connectors/NAME/     own connectors; `nave import FILE --as NAME` makes one
#   connections/*.yaml   accounts on systems; `nave connect NAME` makes one. Never a secret.
#   flows/*.yaml         what shall happen, and when
#   policies/*.yaml      what may be called by whom
#   endpoints/*.yaml     who is told of which events
";

impl Init {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let folder = Folder::at(&context.start()?);
        let mut made = Vec::new();
        if !folder.exists(settings::FILE) {
            folder.write(settings::FILE, SETTINGS.as_bytes())?;
            made.push(settings::FILE.to_owned());
        }
        folder.ignore_own()?;
        for (name, schema) in [
            ("nave", settings::SCHEMA),
            ("connection", documents::CONNECTION_SCHEMA),
            ("connector", manifest::SCHEMA),
            ("flow", nave_flow::read::SCHEMA),
            ("policy", nave_policy::SCHEMA),
            ("endpoint", endpoints::SCHEMA),
        ] {
            let path = format!("{OWN}/schema/{name}.schema.json");
            if folder.read(&path).ok().as_deref() != Some(schema.as_bytes()) {
                folder.write(&path, schema.as_bytes())?;
                made.push(path);
            }
        }
        if context.output.json() {
            context.output.value(&json!({ "project": folder.root(), "made": made }))?;
        } else if made.is_empty() {
            context.output.say("this folder is a project already; nothing was changed");
        } else {
            context.output.say(&format!("made {}", made.join(", ")));
            context.output.say(
                "next: `nave import FILE --as NAME`, or `nave ops` for the connectors that ship with Nave",
            );
        }
        Ok(Ended::Done)
    }
}
