//! `nave sandbox`: serves a stand-in for a system on this machine until it is stopped.

use std::net::Ipv4Addr;
use std::sync::Arc;

use clap::Args;
use nave_connector::case::Case;
use nave_connector::protocol::Protocol;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_project::Project;
use nave_sandbox::faults::PROFILES;
use nave_sandbox::{Credentials, Options, Profile, Rate, Strangers, serve};
use serde_json::json;
use tokio::net::TcpListener;

use crate::context::Context;
use crate::exit::Ended;
use crate::output::Output;

/// Options of `nave sandbox`.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// The connector, or a connection of it
    connector: String,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8081)]
    port: u16,
    #[arg(long, value_name = "PROFILE", default_value = "calm", help = faults_help())]
    faults: String,
    /// Everything invented follows from it: the same seed gives the same answers
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Ask for no credential
    #[arg(long)]
    no_auth: bool,
    /// Enforce the limits the connector declares
    #[arg(long)]
    limits: bool,
    /// Know only what was created; otherwise things are made up when first asked for
    #[arg(long)]
    empty: bool,
}

fn faults_help() -> String {
    let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
    format!(
        "What goes wrong: {}; or written out, as \"20% 503, 5% reset, latency=50..200\"",
        names.join(", ")
    )
}

impl Sandbox {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let project = context.project()?;
        let name = project.connector_of(&self.connector)?;
        let connector = project.connector(&name)?;
        let options = self.options(&project, &name)?;
        let sandbox = Arc::new(nave_sandbox::Sandbox::new(connector, options));
        context.runtime()?.block_on(self.serve(context, &name, &sandbox))?;
        for (operation, count) in sandbox.counts() {
            let operation = if operation.is_empty() { "(no operation)" } else { &operation };
            context.output.say(&format!(
                "{operation:<40} {} received, {} done, {} refused, {} faults",
                count.received, count.effects, count.refused, count.faults
            ));
        }
        Ok(Ended::Done)
    }

    async fn serve(
        &self,
        context: &Context,
        name: &str,
        sandbox: &Arc<nave_sandbox::Sandbox>,
    ) -> Result<(), Fault> {
        let listener = self.listen(self.port).await?;
        let address = listener.local_addr().map_err(|error| self.taken(&error))?;
        let url = sandbox.url(address);
        if sandbox.connector().manifest.protocol == Protocol::Http {
            tell(&context.output, name, &url, None)?;
            serve::serve(listener, Arc::clone(sandbox), context.interrupted()).await;
            return Ok(());
        }
        // What a mail server took is looked at by HTTP, at another port.
        let beside = self.listen(0).await?;
        let address = beside.local_addr().map_err(|error| self.taken(&error))?;
        tell(&context.output, name, &url, Some(&format!("http://{address}/_nave/messages")))?;
        let mail = serve::serve(listener, Arc::clone(sandbox), context.interrupted());
        let admin = serve::serve_admin(beside, Arc::clone(sandbox), context.interrupted());
        tokio::join!(mail, admin);
        for message in sandbox.messages() {
            let (to, subject) = (message.to.join(", "), &message.subject);
            context.output.say(&format!("kept: {} to {to}: {subject}", message.from));
        }
        Ok(())
    }

    fn options(&self, project: &Project, name: &str) -> Result<Options, Fault> {
        let mut cases = Vec::new();
        for path in project.connectors().cases(name)? {
            cases.extend(Case::parse(&path, &project.connectors().text(name, &path)?)?);
        }
        Ok(Options {
            seed: self.seed,
            faults: self.faults.parse::<Profile>()?,
            credentials: if self.no_auth { Credentials::Off } else { Credentials::Any },
            rate: if self.limits { Rate::Declared } else { Rate::Unlimited },
            strangers: if self.empty { Strangers::NotFound } else { Strangers::Invented },
            population: if self.empty { 0 } else { Options::default().population },
            cases,
            ..Options::default()
        })
    }

    async fn listen(&self, port: u16) -> Result<TcpListener, Fault> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| self.taken(&error))
    }

    fn taken(&self, error: &std::io::Error) -> Fault {
        let why = crate::folder::reason(error);
        Fault::new(codes::LISTEN, format!("port {} cannot be listened on: {why}", self.port))
            .with_hint("choose another with `--port`; 0 takes any free one")
    }
}

/// Where it is served, and where to look at what it took.
fn tell(output: &Output, name: &str, url: &str, look: Option<&str>) -> Result<(), Fault> {
    if output.json() {
        return output.value(&match look {
            None => json!({ "connector": name, "url": url }),
            Some(look) => json!({ "connector": name, "url": url, "messages": look }),
        });
    }
    output.line(url)?;
    let sender = match look {
        None => "",
        Some(look) => {
            output.say(&format!("messages it took: {look}"));
            " --default from=ADDRESS"
        }
    };
    output.say(&format!(
        "connect to it: `nave connect {name}-sandbox --connector {name} --address {url} --allow-private 127.0.0.1{sender}`"
    ));
    output.say("stop with Ctrl-C");
    Ok(())
}
