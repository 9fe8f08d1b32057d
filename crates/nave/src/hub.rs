//! A hub that runs, asked through its API by commands that do one thing after the other: where it is, who
//! asks, lists part by part. What the answers mean is left to the commands.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use http::Method;
use nave_call::{Clock as _, SystemClock};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::Client;
use nave_server::client::encoded;
use nave_server::view::Listed;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::context::Context;
use crate::show::When;

mod follow;
mod table;

pub(crate) use follow::Following;

/// Where the hub is, and who asks.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which hub")]
pub(crate) struct At {
    /// Its address [default: that of the hub that runs with this project]
    #[arg(long, global = true, value_name = "ADDRESS", env = "NAVE_HUB", hide_env_values = true)]
    hub: Option<SocketAddr>,
    /// The file with its token [default: .nave/token of the project]
    #[arg(long, global = true, value_name = "FILE", env = "NAVE_TOKEN_FILE", hide_env_values = true)]
    token_file: Option<PathBuf>,
    /// Who asks, for the record [default: the user's name]
    #[arg(long, global = true, value_name = "NAME", env = "NAVE_PERSON", hide_env_values = true)]
    person: Option<String>,
    /// The name the operating system knows.
    #[arg(long, global = true, hide = true, env = "USER")]
    user: Option<String>,
}

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(crate) struct Part {
    /// How many at most
    #[arg(long, short = 'n', value_name = "N", default_value_t = USUAL, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Those that follow this one, as the part before said
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
    /// All there are
    #[arg(long, conflicts_with_all = ["limit", "after"])]
    all: bool,
}

impl Default for Part {
    fn default() -> Self {
        Part { limit: USUAL, after: None, all: false }
    }
}

impl Part {
    /// The first part, of this size.
    pub(crate) fn first(limit: u32) -> Self {
        Part { limit, after: None, all: false }
    }

    /// Everything.
    pub(crate) fn whole() -> Self {
        Part { limit: LARGEST, after: None, all: true }
    }
}

/// As much of a list as people look at.
const USUAL: u32 = 50;
/// The largest part the API gives.
const LARGEST: u32 = 1000;

/// A hub that runs.
pub(crate) struct Hub<'a> {
    pub(crate) context: &'a Context,
    pub(crate) when: When,
    client: Client,
    runtime: Runtime,
}

impl At {
    /// The hub, before anything is asked.
    ///
    /// # Errors
    /// `E-HUB-AWAY`: none runs with the project; `E-FILE`: its token cannot be read.
    pub(crate) fn open<'a>(&self, context: &'a Context) -> Result<Hub<'a>, Fault> {
        let client = self.client(context)?;
        let now = SystemClock::new().wall().as_millisecond();
        let when = When::new(u64::try_from(now).unwrap_or_default());
        Ok(Hub { context, when, client, runtime: context.runtime()? })
    }

    /// Whether somebody said which hub is meant.
    pub(crate) fn is_named(&self) -> bool {
        self.hub.is_some()
    }

    fn client(&self, context: &Context) -> Result<Client, Fault> {
        let folder = context.folder()?;
        if let Some(address) = self.hub.filter(|address| !address.ip().is_loopback()) {
            // The token would cross the network as it is, to somebody who cannot be a hub.
            let message = format!("no hub listens at {address}: a hub is reached on its own machine alone");
            return Err(Fault::new(codes::ARGUMENT_VALUE, message).with_hint(
                "make a tunnel, for example `ssh -L 7466:127.0.0.1:7466 HOST`, and name its end here",
            ));
        }
        let client = match (self.hub, &self.token_file) {
            (None, None) => Client::of_project(folder.root())?,
            (address, file) => {
                let own = nave_server::places::Places::of(folder.root(), None).token;
                let token = nave_server::token::read(file.as_deref().unwrap_or(&own))?;
                let address = match address {
                    Some(address) => address,
                    None => Client::of_project(folder.root())?.address(),
                };
                Client::new(address, token)
            }
        };
        Ok(match self.name()? {
            Some(name) => client.in_the_name_of(name),
            None => client,
        })
    }

    /// Who asks. A name the person gave must be one; the operating system's is left out where it is none.
    fn name(&self) -> Result<Option<String>, Fault> {
        let fits = |name: &str| {
            let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+');
            !name.is_empty() && name.len() <= 100 && name.chars().all(fine)
        };
        match &self.person {
            Some(name) if fits(name) => Ok(Some(name.clone())),
            Some(name) => Err(Fault::new(codes::ARGUMENT_VALUE, format!("`{name}` is no name of a person"))
                .with_hint("letters, digits, `.`, `-`, `_`, `+` and `@`, 100 at most")),
            None => Ok(self.user.clone().filter(|name| fits(name))),
        }
    }
}

impl Hub<'_> {
    /// What it is asked with, by commands that do several things at once.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Where they wait.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Asks for something below the API's prefix.
    ///
    /// # Errors
    /// `E-HUB-AWAY`, or what the hub answers.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        self.runtime.block_on(self.client.get(path))
    }

    /// Sends JSON and reads the answer.
    ///
    /// # Errors
    /// As for [`Hub::get`].
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Fault> {
        self.runtime.block_on(self.client.post(path, body))
    }

    /// Has something done that needs nothing, and reads the answer.
    ///
    /// # Errors
    /// As for [`Hub::get`].
    pub(crate) fn ask<T: DeserializeOwned>(&self, method: Method, path: &str) -> Result<T, Fault> {
        self.runtime.block_on(self.client.ask(method, path, None::<&Value>))
    }

    /// Has something done that has no answer.
    ///
    /// # Errors
    /// As for [`Hub::get`].
    pub(crate) fn act(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<(), Fault> {
        self.runtime.block_on(self.client.act(method, path, body))
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.client.address()
    }

    /// Waits for something that is not asked of the hub.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Sends bytes with headers to a path of the hub, which may be beside its API.
    ///
    /// # Errors
    /// As for [`Hub::get`].
    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        headers: http::HeaderMap,
        body: bytes::Bytes,
    ) -> Result<nave_server::client::Raw, Fault> {
        let answer = self.runtime.block_on(self.client.send(method, path, headers, body))?;
        nave_server::client::refused(&answer).map_or(Ok(answer), Err)
    }

    /// A list, handed over part by part; gives where the rest begins.
    ///
    /// # Errors
    /// As for [`Hub::get`], or what `each` fails with.
    pub(crate) fn parts<T: DeserializeOwned>(
        &self,
        path: &str,
        wanted: &impl Serialize,
        part: &Part,
        mut each: impl FnMut(Vec<T>) -> Result<(), Fault>,
    ) -> Result<Option<String>, Fault> {
        let mut query = members(wanted)?;
        let limit = if part.all { LARGEST } else { part.limit };
        query.insert("limit".to_owned(), Value::from(limit));
        let mut after = part.after.clone();
        loop {
            if let Some(after) = after.take() {
                query.insert("after".to_owned(), Value::from(after));
            }
            let listed: Listed<T> = self.get(&format!("{path}?{}", written(&query)))?;
            each(listed.items)?;
            match listed.next {
                Some(next) if part.all => after = Some(next),
                next => return Ok(next),
            }
        }
    }

    /// A time a person wrote, as the API takes it.
    ///
    /// # Errors
    /// `E-ARG-VALUE`: it is none.
    pub(crate) fn moment(&self, option: &str, text: Option<&str>) -> Result<Option<String>, Fault> {
        text.map(|text| self.when.read(option, text).map(|at| at.to_string())).transpose()
    }

    /// A list at once.
    ///
    /// # Errors
    /// As for [`Hub::get`].
    pub(crate) fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        wanted: &impl Serialize,
        part: &Part,
    ) -> Result<Vec<T>, Fault> {
        let mut all = Vec::new();
        self.parts(path, wanted, part, |items| {
            all.extend(items);
            Ok(())
        })?;
        Ok(all)
    }
}

/// Options of a list stand with the list. (The argument parser's own rule for that would also refuse options
/// of all commands before a subcommand.)
///
/// # Errors
/// `E-ARG-UNKNOWN`: some stand before a subcommand.
pub(crate) fn without<T: Default + PartialEq>(list: &T) -> Result<(), Fault> {
    if *list == T::default() {
        return Ok(());
    }
    Err(Fault::new(codes::ARGUMENT_UNKNOWN, "options of the list do not go with a command behind them")
        .with_hint("write the command's own options behind it"))
}

/// The path of one thing: a prefix, its id, and what is below it.
pub(crate) fn path(of: &str, id: &str, below: &str) -> String {
    format!("{of}/{}{below}", encoded(id))
}

/// A query as it stands behind `?`.
///
/// # Errors
/// It has no JSON.
pub(crate) fn query(wanted: &impl Serialize) -> Result<String, Fault> {
    Ok(written(&members(wanted)?))
}

fn members(wanted: &impl Serialize) -> Result<serde_json::Map<String, Value>, Fault> {
    match serde_json::to_value(wanted) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(Value::Null) => Ok(serde_json::Map::new()),
        Ok(other) => Err(Fault::new(codes::INTERNAL, format!("`{other}` is no query"))),
        Err(error) => Err(Fault::new(codes::INTERNAL, format!("a query has no JSON: {error}"))),
    }
}

fn written(members: &serde_json::Map<String, Value>) -> String {
    let pairs: Vec<String> = members
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{name}={}", encoded(&text))
        })
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_and_queries_are_encoded() {
        assert_eq!(
            path("/ledger", "01A/lines[3]/charge", "/settle"),
            "/ledger/01A%2Flines%5B3%5D%2Fcharge/settle"
        );
        let wanted = json!({ "flow": "sales/onboard", "key": null, "limit": 5, "id": "a b&c=é" });
        assert_eq!(query(&wanted).unwrap(), "flow=sales%2Fonboard&limit=5&id=a%20b%26c%3D%C3%A9");
        assert_eq!(query(&()).unwrap(), "");
    }

    #[test]
    fn a_name_that_was_given_must_be_one_and_the_systems_may_be_missing() {
        let of = |person: Option<&str>, user: Option<&str>| {
            let (person, user) = (person.map(str::to_owned), user.map(str::to_owned));
            At { person, user, ..At::default() }.name()
        };
        assert_eq!(of(Some("ann@example.org"), Some("root")).unwrap().as_deref(), Some("ann@example.org"));
        assert_eq!(of(None, Some("ann")).unwrap().as_deref(), Some("ann"));
        assert_eq!(of(None, Some("Ann Example")).unwrap(), None);
        assert_eq!(of(None, None).unwrap(), None);
        assert_eq!(of(Some("Ann Example"), None).unwrap_err().code, codes::ARGUMENT_VALUE);
    }
}
