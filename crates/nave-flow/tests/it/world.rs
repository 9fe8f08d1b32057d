//! A project in memory: the connectors of the example project and the built-in ones, a connection of each,
//! and flows.

use std::path::PathBuf;
use std::sync::OnceLock;

use nave_connector::Connector;
use nave_connector::manifest::Manifest;
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::source;
use nave_flow::Flow;
use nave_flow::check::{Connected, World};
use nave_model::connection::Connection;

/// A connection with its connector.
pub(crate) struct Account {
    name: &'static str,
    connector: Connector,
    connection: Connection,
    scopes: Option<Vec<String>>,
}

/// See above.
pub(crate) struct Memory {
    pub(crate) flows: Vec<Flow>,
}

impl World for Memory {
    fn connection(&self, name: &str) -> Option<Connected<'_>> {
        let account = accounts().iter().find(|account| account.name == name)?;
        Some(Connected {
            connector: &account.connector,
            connection: &account.connection,
            scopes: account.scopes.as_deref(),
        })
    }

    fn connections(&self) -> Vec<&str> {
        accounts().iter().map(|account| account.name).collect()
    }

    fn flow(&self, name: &str) -> Option<&Flow> {
        self.flows.iter().find(|flow| flow.name == name)
    }

    fn flows(&self) -> Vec<&Flow> {
        self.flows.iter().collect()
    }
}

/// The folder of the whole project.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn accounts() -> &'static [Account] {
    static ACCOUNTS: OnceLock<Vec<Account>> = OnceLock::new();
    ACCOUNTS.get_or_init(|| {
        let own = ["billing", "crm", "erp", "mail"].map(|name| (name, "examples/deal-won/connectors"));
        let built_in = ["hubspot", "slack", "stripe"].map(|name| (name, "connectors"));
        let test = [("people", "crates/nave-flow/tests/connectors")];
        own.into_iter().chain(built_in).chain(test).map(|(name, folder)| account(name, folder)).collect()
    })
}

fn account(name: &'static str, folder: &str) -> Account {
    let folder = root().join(folder).join(name);
    let read = |file: &str| std::fs::read(folder.join(file)).unwrap();
    let manifest = Manifest::read("connector.yaml", &read("connector.yaml")).unwrap();
    let source = source::read("openapi.yaml", &read("openapi.yaml")).unwrap();
    let input = Input { name, source, manifest: Some(manifest), overlay: None, resolver: &NoResolver };
    let connector = import(input).unwrap().connector;
    let connection = serde_json::from_value(serde_json::json!({ "connector": name })).unwrap();
    let scopes = (name == "people").then(|| vec!["people.read".to_owned()]);
    Account { name, connector, connection, scopes }
}
