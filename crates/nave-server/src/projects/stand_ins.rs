//! Sandboxes in the places of a project's systems, for `nave dev`: one per connection, on a free port of
//! the loopback interface, with a credential that opens nothing else.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nave_connector::Connector;
use nave_model::Fault;
use nave_model::connection::{Connection, Credential, SecretSource};
use nave_model::fault::codes;
use nave_sandbox::{Options, Sandbox, serve};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::folder::{self, Folder};
use crate::places::OWN;

/// What stands in `.nave/dev/credential`: sandboxes take any, and no system takes this.
const CREDENTIAL: &str = "credential-for-sandboxes-only\n";

/// The sandboxes, by connection.
#[derive(Default)]
pub(super) struct StandIns {
    running: BTreeMap<String, StandIn>,
    credential: PathBuf,
    webhook: PathBuf,
}

/// One sandbox; it stops when this is dropped.
struct StandIn {
    connector: Arc<Connector>,
    /// Where it listens, as a connection names it.
    url: String,
    address: SocketAddr,
    standing: Standing,
    _stop: oneshot::Sender<()>,
}

/// What a sandbox is asked for by those who watch it.
#[derive(Clone)]
pub(crate) struct Standing {
    pub(crate) sandbox: Arc<Sandbox>,
    /// When it began: milliseconds since 1970, UTC.
    pub(crate) began_ms: u64,
}

impl StandIns {
    /// None yet.
    pub(super) fn new(folder: &Folder) -> Self {
        let dev = folder.root().join(OWN).join("dev");
        StandIns {
            running: BTreeMap::new(),
            credential: dev.join("credential"),
            webhook: dev.join("webhook-secret"),
        }
    }

    /// Those there are, by connection.
    pub(super) fn standing(&self) -> BTreeMap<String, Standing> {
        self.running.iter().map(|(name, one)| (name.clone(), one.standing.clone())).collect()
    }

    /// The connections, led to sandboxes. Those whose connector is as before keep what they remember.
    ///
    /// # Errors
    /// No port can be had, or the credential's file cannot be written.
    pub(super) async fn in_place_of(
        &mut self,
        connectors: &[Arc<Connector>],
        connections: &BTreeMap<String, Connection>,
        now_ms: u64,
    ) -> Result<BTreeMap<String, Connection>, Fault> {
        folder::write(&self.credential, CREDENTIAL.as_bytes())?;
        if !self.webhook.exists() {
            folder::write(&self.webhook, webhook_secret()?.as_bytes())?;
        }
        let mut led = BTreeMap::new();
        for (name, connection) in connections {
            let Some(connector) = connectors.iter().find(|found| found.name == connection.connector) else {
                continue;
            };
            let kept = self.running.remove(name).filter(|kept| Arc::ptr_eq(&kept.connector, connector));
            let stand_in = match kept {
                Some(kept) => kept,
                None => StandIn::start(Arc::clone(connector), now_ms).await?,
            };
            led.insert(name.clone(), self.lead(connection.clone(), &stand_in).await);
            self.running.insert(name.clone(), stand_in);
        }
        self.running.retain(|name, _| connections.contains_key(name));
        Ok(led)
    }

    async fn lead(&self, mut connection: Connection, stand_in: &StandIn) -> Connection {
        connection.address = Some(stand_in.url.clone());
        connection.allow_private_hosts = vec![stand_in.address.ip().to_string()];
        connection.proxy = None;
        let source = || Some(SecretSource::File(self.credential.display().to_string()));
        let scheme = connection.credential.and_then(|credential| credential.scheme);
        connection.credential =
            Some(Credential { scheme, secret: source(), username: source(), password: source() });
        if let Some(webhook) = &mut connection.webhook
            && !known(webhook.secret.as_ref()).await
        {
            webhook.secret = Some(SecretSource::File(self.webhook.display().to_string()));
        }
        connection
    }
}

/// Whether a secret can be read: where a person set it, webhooks are signed with it in dev too.
async fn known(source: Option<&SecretSource>) -> bool {
    match source {
        Some(source) => nave_call::secret::read(source).await.is_ok(),
        None => false,
    }
}

/// A secret that webhooks of stand-ins are signed with, in the form that Standard Webhooks has.
fn webhook_secret() -> Result<String, Fault> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Fault::new(codes::INTERNAL, "the operating system gives no random bytes"))?;
    Ok(format!("whsec_{}\n", STANDARD.encode(bytes)))
}

impl StandIn {
    async fn start(connector: Arc<Connector>, began_ms: u64) -> Result<Self, Fault> {
        let taken = |error: std::io::Error| {
            Fault::new(codes::LISTEN, format!("no port is free for the sandbox of `{}`", connector.name))
                .with_detail(error.to_string())
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let options = Options { cases: connector.cases.clone(), ..Options::default() };
        let sandbox = Arc::new(Sandbox::new(Arc::clone(&connector), options));
        let standing = Standing { sandbox: Arc::clone(&sandbox), began_ms };
        let url = sandbox.url(address);
        let (stop, stopped) = oneshot::channel::<()>();
        nave_call::task::spawn("sandbox", async move {
            let stopped = async {
                // Dropping the sender stops the sandbox.
                stopped.await.ok();
            };
            serve::serve(listener, sandbox, stopped).await;
        });
        Ok(StandIn { connector, url, address, standing, _stop: stop })
    }
}
