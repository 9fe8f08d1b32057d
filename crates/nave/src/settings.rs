//! The hub's settings as the command line sets them: over `nave.yaml` and the environment. What they mean
//! is the server's.

use std::path::PathBuf;

use clap::Args;
use nave_connector::source;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_project::{Files as _, settings};
use nave_server::Config;
use nave_server::config::Layers;
use serde_json::Value;

use crate::context::Context;
use crate::folder::Folder;

/// Settings of a hub, for this once.
#[derive(Debug, Default, Args)]
pub(crate) struct Given {
    /// Where to listen; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The folder of the store, from the project's folder
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// Any setting, for example retention.runs=7d
    #[arg(long, value_name = "SETTING=VALUE")]
    set: Vec<String>,
}

/// Reads the settings of the hub of a project: the defaults, `nave.yaml`, the environment, and what the
/// command line says. `more` has the least to say of these.
///
/// # Errors
/// `E-SETTING-INVALID`, `E-PROJECT-INVALID`: a name nobody knows, or a value that cannot be.
pub(crate) fn read(folder: &Folder, given: &Given, more: &[(&str, &str)]) -> Result<Config, Fault> {
    let (bytes, document) = document(folder)?;
    // Variables that are no text are none of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("NAVE_HUB_"));
    let mut flags: Vec<(String, String)> =
        more.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    flags.extend(given.flags()?);
    Config::read(&Layers { document, bytes: &bytes, environment: environment.collect(), flags })
}

/// What is wrong with the hub's settings as `nave.yaml` has them, whatever the environment adds. A file that
/// cannot be read at all is told where the project is loaded.
pub(crate) fn wrong(folder: &Folder) -> Option<Fault> {
    let (bytes, document) = document(folder).ok()?;
    Config::read(&Layers { document, bytes: &bytes, environment: Vec::new(), flags: Vec::new() }).err()
}

/// Says where there is no `nave.yaml`: a hub may do without one, and more often the folder is another one.
pub(crate) fn note_missing(folder: &Folder, context: &Context) {
    if !folder.exists(settings::FILE) {
        let root = folder.root().display();
        context.output.say(&format!(
            "there is no nave.yaml in `{root}` or above; `nave init` makes a folder a project"
        ));
    }
}

/// The bytes of `nave.yaml`, and its section about the hub.
fn document(folder: &Folder) -> Result<(Vec<u8>, Value), Fault> {
    let bytes = if folder.exists(settings::FILE) { folder.read(settings::FILE)? } else { Vec::new() };
    let document = match bytes.is_empty() {
        true => Value::Null,
        false => source::read(settings::FILE, &bytes)?.tree.get("hub").cloned().unwrap_or_default(),
    };
    Ok((bytes, document))
}

impl Given {
    fn flags(&self) -> Result<Vec<(String, String)>, Fault> {
        let mut flags = Vec::new();
        for set in &self.set {
            let (path, value) = set.split_once('=').ok_or_else(|| {
                Fault::new(codes::SETTING_INVALID, format!("`{set}` sets nothing"))
                    .with_hint("write `--set SETTING=VALUE`; `nave serve --print-config` shows the settings")
            })?;
            flags.push((path.to_owned(), value.to_owned()));
        }
        flags.extend(self.listen.iter().map(|listen| ("listen".to_owned(), listen.clone())));
        flags.extend(self.store.iter().map(|store| ("store.folder".to_owned(), store.display().to_string())));
        Ok(flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_a_name_and_a_value() {
        let given = Given {
            listen: Some("127.0.0.1:0".to_owned()),
            store: Some(PathBuf::from("elsewhere")),
            set: vec!["retention.runs=7d".to_owned(), "log.filter=warn,a=b".to_owned()],
        };
        let flags = given.flags().unwrap();
        let flags: Vec<(&str, &str)> = flags.iter().map(|(path, value)| (&**path, &**value)).collect();
        assert_eq!(
            flags,
            [
                ("retention.runs", "7d"),
                ("log.filter", "warn,a=b"),
                ("listen", "127.0.0.1:0"),
                ("store.folder", "elsewhere"),
            ]
        );
        let wrong = Given { set: vec!["listen".to_owned()], ..Given::default() };
        assert_eq!(wrong.flags().unwrap_err().code, codes::SETTING_INVALID);
    }
}
