//! `nave store`: how the store of the hub is, and dropping what is old.

use clap::{Args, Subcommand};
use http::Method;
use nave_model::Fault;
use nave_server::view::{Store as Health, Swept};

use crate::context::Context;
use crate::exit::Ended;
use crate::hub;
use crate::output::Style;
use crate::show::{plain, size};

/// Options of `nave store`.
#[derive(Debug, Args)]
pub(crate) struct Store {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    at: hub::At,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Drop now what is older or more than the settings keep
    Sweep,
}

impl Store {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let hub = self.at.open(context)?;
        let output = &context.output;
        match self.what {
            Some(What::Sweep) => {
                let swept: Swept = hub.ask(Method::POST, "/store/sweep")?;
                if output.json() {
                    output.value(&swept)?;
                } else {
                    output.line(&format!(
                        "dropped {} segments, {} records, {} large bodies",
                        swept.segments, swept.records, swept.blobs
                    ))?;
                }
            }
            None => {
                let health: Health = hub.get("/store")?;
                if output.json() {
                    output.value(&health)?;
                } else {
                    output.data(&text(&health, &|style, text| output.out(style, text)))?;
                }
                if health.failing.is_some() {
                    return Ok(Ended::Problems);
                }
            }
        }
        Ok(Ended::Done)
    }
}

fn text(health: &Health, paint: &dyn Fn(Style, &str) -> String) -> String {
    let state = match &health.failing {
        None => paint(Style::Good, "it works"),
        Some(why) => format!("{}: {}", paint(Style::Error, &plain(&why.code)), plain(&why.message)),
    };
    let batches = match health.syncs {
        0 => "nothing written since the start".to_owned(),
        syncs => format!("{} in {syncs} synced transactions since the start", health.batches),
    };
    format!(
        "  {:<10} {state}\n  {:<10} {}\n  {:<10} {}\n  {:<10} {batches}\n  {:<10} {}\n",
        "writing",
        "folder",
        plain(&health.folder),
        "size",
        size(health.bytes),
        "batches",
        "waiting",
        health.waiting,
    )
}

#[cfg(test)]
mod tests {
    use nave_server::view::Why;

    use super::*;

    #[test]
    fn a_failing_store_says_why() {
        let why = Why { code: "E-STORE-FULL".to_owned(), message: "there is no room".to_owned() };
        let health = Health {
            failing: Some(why),
            bytes: 1_500_000,
            syncs: 7,
            batches: 90,
            waiting: 3,
            folder: ".nave/store".to_owned(),
        };
        assert_eq!(
            text(&health, &|_, text| text.to_owned()),
            "  writing    E-STORE-FULL: there is no room\n  folder     .nave/store\n  size       1.5 MB\n  \
             batches    90 in 7 synced transactions since the start\n  waiting    3\n"
        );
    }
}
