//! `nave mcp`: serves AI agents the project's connections, over stdio or on a loopback port.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use clap::Args;
use nave_agent::{Door, Http, serve_http, serve_stdio};
use nave_model::Fault;
use nave_model::connection::Agents;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::callers;
use crate::context::Context;
use crate::exit::Ended;

/// Options of `nave mcp`.
#[derive(Debug, Args)]
pub(crate) struct Mcp {
    /// Serve streamable HTTP on this loopback port instead of stdio; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    http: Option<u16>,
}

impl Mcp {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let project = context.project()?;
        let root = context.folder()?.root().to_path_buf();
        let open = project.connections().iter().filter(|(_, found)| found.agents != Agents::None);
        if open.clone().next().is_none() {
            context
                .output
                .say("no connection of this project is open to agents; make one with `nave connect`");
        }
        let caller = callers::of(&project, open, &root)?;
        let door = Arc::new(Door::new(Arc::new(caller)));
        context.runtime()?.block_on(async {
            let Some(port) = self.http else { return serve_stdio(door).await };
            let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            let http = Http::bind(door, address).await?;
            let url = format!("http://{}/mcp", http.address);
            if context.output.json() {
                context.output.value(&json!({ "url": url }))?;
            } else {
                context.output.line(&url)?;
                context.output.say("stop with Ctrl-C");
            }
            let stop = CancellationToken::new();
            let stopping = stop.clone();
            let interrupted = async move {
                context.interrupted().await;
                stopping.cancel();
            };
            let (served, ()) = tokio::join!(serve_http(http, stop), interrupted);
            served
        })?;
        Ok(Ended::Done)
    }
}
