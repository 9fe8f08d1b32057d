//! The webhook addresses of a hub: of connections and of flows, with their rules and secrets, ready to be
//! used. Secrets are read when the project is loaded.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use nave_call::Caller;
use nave_connector::signature::handshake::{Acknowledgement, Handshake};
use nave_connector::signature::{Signature, check_secret};
use nave_connector::webhook::Reader;
use nave_connector::{Connector, Dialect, Documents};
use nave_flow::flow::{Flow, TriggerKind};
use nave_model::connection::{SecretSource, Webhook};
use nave_model::fault::codes;
use nave_model::{At, Fault, Secret};

use super::MOST_BYTES;
use crate::project::FlowSet;

/// Every webhook address, and how senders to it prove themselves.
#[derive(Debug)]
pub struct Hooks {
    pub(super) connections: BTreeMap<String, ConnectionHook>,
    pub(super) paths: BTreeMap<String, PathHook>,
    /// What senders know the hub by, without a final slash.
    pub(super) public: String,
    /// The largest body that is taken, in bytes; whoever serves HTTP reads no more than this and one.
    pub most_bytes: usize,
}

/// The webhook of a connection.
#[derive(Debug)]
pub(super) struct ConnectionHook {
    pub(super) connector: Arc<Connector>,
    pub(super) reader: Reader,
    pub(super) proof: Proof,
    pub(super) handshake: Option<Handshake>,
    pub(super) answer: Acknowledgement,
    pub(super) token: Option<Secret>,
    /// Where the secret goes that the vendor brings itself.
    pub(super) keeps: Option<PathBuf>,
}

/// The webhook of a flow.
#[derive(Debug)]
pub(super) struct PathHook {
    pub(super) flow: String,
    pub(super) schema: Option<Documents>,
    /// `None`: the hub's token is asked for.
    pub(super) proof: Option<Proof>,
}

/// How a sender proves itself.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) signature: Signature,
    /// The present secret and the one before; or why there is none.
    pub(super) secrets: Result<Vec<Secret>, Fault>,
    /// What the sender brought since then, where there was none.
    pub(super) brought: OnceLock<Secret>,
    /// The address as the sender knows it.
    pub(super) url: String,
}

impl Hooks {
    /// The webhooks of the connections of a caller and of flows. `public`: what senders know the hub by
    /// (`https://hub.example.com`), for signatures that cover an address that is not given otherwise. What
    /// cannot be used is told; its address answers that it cannot serve, so that senders try again.
    pub async fn load(caller: &Caller, flows: &FlowSet, public: &str) -> (Hooks, Vec<Fault>) {
        let mut hooks = Hooks::none(public);
        let mut faults = Vec::new();
        for name in caller.connections() {
            let Ok((document, connector)) = caller.account(name) else { continue };
            let Some(webhook) = &document.webhook else { continue };
            let at = format!("connections/{name}.yaml");
            match ConnectionHook::load(connector, webhook, own_address(public, name)).await {
                Ok(hook) => {
                    faults.extend(hook.proof.secrets.as_ref().err().map(|fault| placed(fault, &at)));
                    hooks.connections.insert(name.to_owned(), hook);
                }
                Err(fault) => faults.push(placed(&fault, &at)),
            }
        }
        for runnable in flows.flows.values() {
            hooks.add_flow(&runnable.flow, &runnable.definition.path, &mut faults).await;
        }
        (hooks, faults)
    }

    /// From now on, what a connection is sent is proven by the secret that was brought.
    pub(super) fn brought(&self, connection: &str, secret: Secret) {
        if let Some(hook) = self.connections.get(connection) {
            // Whoever was first stays.
            hook.proof.brought.set(secret).ok();
        }
    }

    /// No webhooks yet.
    pub(super) fn none(public: &str) -> Hooks {
        Hooks {
            connections: BTreeMap::new(),
            paths: BTreeMap::new(),
            public: public.trim_end_matches('/').to_owned(),
            most_bytes: MOST_BYTES,
        }
    }

    pub(super) async fn add_flow(&mut self, flow: &Flow, file: &str, faults: &mut Vec<Fault>) {
        for trigger in &flow.triggers {
            let TriggerKind::Webhook { path, schema, signed } = &trigger.kind else { continue };
            if let Some(other) = self.paths.get(path) {
                let message = format!("the webhook `{path}` is that of the flow `{}`", other.flow);
                let fault = Fault::new(codes::FLOW_INVALID, message).with_hint("give each flow its own path");
                faults.push(placed(&fault, file));
                continue;
            }
            let proof = match signed {
                Some(signed) => {
                    let secrets =
                        secrets(&signed.signature, Some(&signed.secret), signed.previous.as_ref()).await;
                    faults.extend(secrets.as_ref().err().map(|fault| placed(fault, file)));
                    let own = || format!("{}/hooks/{path}", self.public);
                    let url = signed.url.clone().unwrap_or_else(own);
                    Some(Proof {
                        signature: signed.signature.clone(),
                        secrets,
                        brought: OnceLock::new(),
                        url,
                    })
                }
                None => None,
            };
            let schema = schema.clone().map(|schema| Documents::single("schema", Dialect::Draft2020, schema));
            self.paths.insert(path.clone(), PathHook { flow: flow.name.clone(), schema, proof });
        }
    }
}

impl ConnectionHook {
    /// `own`: the address where the connection names none.
    pub(super) async fn load(
        connector: &Arc<Connector>,
        webhook: &Webhook,
        own: String,
    ) -> Result<Self, Fault> {
        let Some(rule) = &connector.manifest.webhooks else {
            let message = format!("`{}` does not say how its webhooks are signed", connector.name);
            return Err(Fault::new(codes::CONNECTION_INVALID, message)
                .with_hint("add `webhooks:` to the connector's manifest"));
        };
        if rule.signature.is_none() && !webhook.unsigned {
            let message = format!("`{}` does not sign its webhooks", connector.name);
            return Err(Fault::new(codes::CONNECTION_INVALID, message)
                .with_hint("write `unsigned: true` if whoever knows the address may send"));
        }
        let reader = Reader::new(&rule.event).map_err(|(key, why)| {
            let message = format!("`webhooks.event.{key}` of `{}`: {why}", connector.name);
            Fault::new(codes::MANIFEST_INVALID, message)
        })?;
        let secrets = secrets(&rule.signature, webhook.secret.as_ref(), webhook.previous.as_ref()).await;
        let token = match &webhook.token {
            Some(source) => Some(nave_call::secret::read(source).await?),
            None => None,
        };
        let keeps = match &webhook.secret {
            Some(SecretSource::File(path)) if rule.handshake.is_some_and(Handshake::brings_secret) => {
                Some(PathBuf::from(path))
            }
            _ => None,
        };
        Ok(ConnectionHook {
            connector: Arc::clone(connector),
            reader,
            proof: Proof {
                signature: rule.signature.clone(),
                secrets,
                brought: OnceLock::new(),
                url: webhook.url.clone().unwrap_or(own),
            },
            handshake: rule.handshake,
            answer: rule.answer.unwrap_or_default(),
            token,
            keeps,
        })
    }
}

/// The address of a connection's webhook, as senders know it where nothing else is said.
pub fn own_address(public: &str, connection: &str) -> String {
    format!("{}/webhooks/{connection}", public.trim_end_matches('/'))
}

/// The secrets by which a signature counts.
async fn secrets(
    signature: &Signature,
    present: Option<&SecretSource>,
    previous: Option<&SecretSource>,
) -> Result<Vec<Secret>, Fault> {
    if signature.is_none() {
        return Ok(Vec::new());
    }
    let Some(present) = present else {
        let fault = Fault::new(codes::CREDENTIAL_MISSING, "the webhook has no secret");
        return Err(fault.with_hint("add `secret: { env: NAME }`"));
    };
    let mut secrets = Vec::new();
    for source in std::iter::once(present).chain(previous) {
        let secret = nave_call::secret::read(source).await?;
        check_secret(signature, secret.reveal()).map_err(|refusal| refusal.fault())?;
        secrets.push(secret);
    }
    Ok(secrets)
}

fn placed(fault: &Fault, file: &str) -> Fault {
    fault.clone().with_at(At::file(file))
}
