//! `nave serve`: the hub of this folder's project, for production, until it is asked to stop.

use clap::Args;
use nave_model::Fault;
use nave_server::{Hub, HubOptions, Mode, config, log};
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::settings::{self, Given};

/// Options of `nave serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    given: Given,
    /// Print every setting with its default and what it means, and start nothing
    #[arg(long)]
    print_config: bool,
}

impl Serve {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if self.print_config {
            context.output.data(config::DEFAULTS)?;
            return Ok(Ended::Done);
        }
        let folder = context.folder()?;
        settings::note_missing(&folder, context);
        let config = settings::read(&folder, &self.given, &context.log_setting())?;
        log::start(&config.log, context.output.colours_errors())?;
        let options = HubOptions { folder: folder.root().to_path_buf(), mode: Mode::Serve, config };
        context.runtime()?.block_on(async {
            let hub = Box::pin(Hub::start(options)).await?;
            let url = format!("http://{}", hub.address());
            if context.output.json() {
                context.output.value(&json!({ "url": url, "hub": hub.info() }))?;
            } else {
                context.output.line(&url)?;
            }
            Box::pin(hub.run()).await
        })?;
        Ok(Ended::Done)
    }
}
