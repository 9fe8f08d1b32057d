//! A sandbox of the built-in Stripe connector, a connection to it, and the door over both.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use nave_agent::Door;
use nave_call::{Caller, SystemClock, Transport, TransportOptions};
use nave_model::connection::{Agents, Connection};
use nave_project::{Memory, Project};
use nave_sandbox::{Options, Sandbox};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A running sandbox and a door to it.
pub(crate) struct Rig {
    pub(crate) door: Arc<Door>,
    pub(crate) sandbox: Arc<Sandbox>,
    /// Ends the sandbox when dropped.
    _stop: oneshot::Sender<()>,
    _secrets: tempfile::TempDir,
}

/// A door with one connection, `billing`, to a Stripe sandbox.
pub(crate) async fn rig(agents: Agents) -> Rig {
    let (project, problems) = Project::load(Arc::new(Memory::default()));
    assert_eq!(problems, []);
    let connector = project.connector("stripe").unwrap();
    let sandbox = Arc::new(Sandbox::new(Arc::clone(&connector), Options::default()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = Arc::clone(&sandbox);
    nave_call::task::spawn("sandbox", async move {
        nave_sandbox::serve::serve(listener, serving, async { drop(stopped.await) }).await;
    });
    let secrets = tempfile::tempdir().unwrap();
    let connection = connection(&secrets.path().join("key"), &format!("http://{address}"), agents);
    let clock = Arc::new(SystemClock::new());
    let transport = Transport::new(TransportOptions::default()).unwrap();
    let connections = BTreeMap::from([("billing".to_owned(), connection)]);
    let caller = Caller::new(&[connector], &connections, transport, clock).unwrap();
    Rig { door: Arc::new(Door::new(Arc::new(caller))), sandbox, _stop: stop, _secrets: secrets }
}

fn connection(key: &Path, address: &str, agents: Agents) -> Connection {
    std::fs::write(key, "sk_test_1").unwrap();
    let mut connection: Connection = serde_json::from_value(serde_json::json!({
        "connector": "stripe",
        "address": address,
        "allow_private_hosts": ["127.0.0.1"],
        "credential": {"secret": {"file": key}},
    }))
    .unwrap();
    connection.agents = agents;
    connection
}
