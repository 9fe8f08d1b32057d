//! `nave connect`: writes a connection. The secret itself stays where it is; only its place is written.

use clap::Args;
use nave_model::Fault;
use nave_model::connection::{Agents, Connection, Credential, Limits, SecretSource, Timeouts};
use nave_model::fault::codes;
use nave_project::names::check_name;
use nave_project::{Files, documents};
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;

/// Options of `nave connect`.
#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// Name of the connection, as in NAME.operation
    name: String,
    /// The connector [default: the one called NAME]
    #[arg(long)]
    connector: Option<String>,
    /// Base address, replacing the server of the description
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Value of a variable of the description's server address; may be repeated
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = pair)]
    variables: Vec<(String, String)>,
    /// Environment variable that holds the API key or token
    #[arg(long, value_name = "VARIABLE", conflicts_with = "secret_file")]
    secret_env: Option<String>,
    /// File that holds the API key or token
    #[arg(long, value_name = "FILE")]
    secret_file: Option<String>,
    /// Environment variable that holds the user name, for basic authentication
    #[arg(long, value_name = "VARIABLE")]
    username_env: Option<String>,
    /// Environment variable that holds the password, for basic authentication
    #[arg(long, value_name = "VARIABLE")]
    password_env: Option<String>,
    /// Security scheme of the description [default: the first one an operation accepts]
    #[arg(long)]
    scheme: Option<String>,
    /// What agents may do here
    #[arg(long, value_name = "none|read|write", default_value = "read", value_parser = agents)]
    agents: Agents,
    /// A private or local host this connection may reach; may be repeated
    #[arg(long = "allow-private", value_name = "HOST")]
    allow_private: Vec<String>,
    /// Value for every operation that has an argument of this name; may be repeated
    #[arg(long = "default", value_name = "NAME=VALUE", value_parser = pair)]
    defaults: Vec<(String, String)>,
    /// Calls per second at most
    #[arg(long, value_name = "N")]
    per_second: Option<f64>,
    /// Replace a connection that is there already
    #[arg(long)]
    replace: bool,
}

impl Connect {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        check_name("connection", &self.name)?;
        let project = context.project()?;
        let folder = context.folder()?;
        let path = format!("{}/{}.yaml", documents::CONNECTIONS, self.name);
        if folder.exists(&path) && !self.replace {
            let message = format!("there is a connection `{}` already", self.name);
            return Err(Fault::new(codes::SETTING_INVALID, message)
                .with_hint(format!("edit `{path}`, or pass `--replace`")));
        }
        let (name, connection) = self.connection();
        project.connectors().known(&connection.connector)?;
        let problems = project.check_connection(&name, &connection);
        if !problems.is_empty() {
            return Err(Fault::from_problems("the connection", problems));
        }
        folder.write(&path, document(&connection).as_bytes())?;
        if context.output.json() {
            context.output.value(&json!({ "connection": name, "written": path }))?;
        } else {
            context.output.say(&format!("made {path}"));
            context
                .output
                .say(&format!("next: `nave ops {name} \"words\"`, then `nave call {name}.OPERATION`"));
        }
        Ok(Ended::Done)
    }

    fn connection(self) -> (String, Connection) {
        let secret = match (self.secret_env, self.secret_file) {
            (Some(name), _) => Some(SecretSource::Env(name)),
            (None, file) => file.map(SecretSource::File),
        };
        let username = self.username_env.map(SecretSource::Env);
        let password = self.password_env.map(SecretSource::Env);
        let credential = Credential { scheme: self.scheme, secret, username, password };
        let empty = Credential { scheme: None, secret: None, username: None, password: None };
        let connection = Connection {
            connector: self.connector.unwrap_or_else(|| self.name.clone()),
            address: self.address,
            variables: self.variables.into_iter().collect(),
            credential: (credential != empty).then_some(credential),
            webhook: None,
            agents: self.agents,
            strict: false,
            allow_private_hosts: self.allow_private,
            proxy: None,
            limits: Limits { per_second: self.per_second, ..Limits::default() },
            timeouts: Timeouts::default(),
            fallback: None,
            cache_seconds: None,
            defaults: self.defaults.into_iter().map(|(name, text)| (name, read(text))).collect(),
        };
        (self.name, connection)
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// A value as JSON where it is that, else as text.
fn read(text: String) -> serde_json::Value {
    serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))
}

fn agents(text: &str) -> Result<Agents, String> {
    match text {
        "none" => Ok(Agents::None),
        "read" => Ok(Agents::Read),
        "write" => Ok(Agents::Write),
        _ => Err("it is `none`, `read` or `write`".to_owned()),
    }
}

/// The document of a new connection: what was given, and nothing that is a default.
fn document(connection: &Connection) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = String::from("# yaml-language-server: $schema=../.nave/schema/connection.schema.json\n");
    let mut line = |line: String| text.push_str(&format!("{line}\n"));
    line(format!("connector: {}", connection.connector));
    if let Some(address) = &connection.address {
        line(format!("address: {}", quoted(address)));
    }
    if !connection.variables.is_empty() {
        line("variables:".to_owned());
        for (name, value) in &connection.variables {
            line(format!("  {}: {}", quoted(name), quoted(value)));
        }
    }
    if let Some(credential) = &connection.credential {
        line("credential:".to_owned());
        if let Some(scheme) = &credential.scheme {
            line(format!("  scheme: {}", quoted(scheme)));
        }
        let sources = [
            ("secret", &credential.secret),
            ("username", &credential.username),
            ("password", &credential.password),
        ];
        for (name, source) in sources {
            match source {
                Some(SecretSource::Env(variable)) => {
                    line(format!("  {name}: {{ env: {} }}", quoted(variable)));
                }
                Some(SecretSource::File(file)) => line(format!("  {name}: {{ file: {} }}", quoted(file))),
                None => {}
            }
        }
    }
    match connection.agents {
        Agents::None => line("agents: none".to_owned()),
        Agents::Read => {}
        Agents::Write => line("agents: write".to_owned()),
    }
    if !connection.allow_private_hosts.is_empty() {
        let hosts: Vec<String> = connection.allow_private_hosts.iter().map(|host| quoted(host)).collect();
        line(format!("allow_private_hosts: [{}]", hosts.join(", ")));
    }
    if !connection.defaults.is_empty() {
        line("defaults:".to_owned());
        for (name, value) in &connection.defaults {
            line(format!("  {}: {value}", quoted(name)));
        }
    }
    if let Some(rate) = connection.limits.per_second {
        line(format!("limits: {{ per_second: {rate} }}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        connect: Connect,
    }

    #[track_caller]
    fn check(line: &str) {
        let line = Line::try_parse_from(format!("connect {line}").split(' ')).unwrap();
        let (_, connection) = line.connect.connection();
        let text = document(&connection);
        let read = documents::read_connection("connections/a.yaml", text.as_bytes()).unwrap();
        assert_eq!(read, connection, "{text}");
    }

    #[test]
    fn what_is_written_reads_back_as_what_was_meant() {
        check("stripe");
        check("a --connector stripe --secret-env KEY --agents write --per-second 2.5");
        check(
            "a --secret-file key:file#1 --scheme bearerAuth --allow-private 127.0.0.1 --address http://127.0.0.1:1/x",
        );
        check("a --username-env U --password-env P --agents none --variable shop=yes --variable port=8080");
        check("mail --address smtp://127.0.0.1:1 --default from=a@b.example --default x=7");
    }
}
