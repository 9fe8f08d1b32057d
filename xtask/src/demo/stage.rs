//! Where the demonstration plays: `nave` run as a user would, and servers that are stopped at the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{say, steps};

/// A folder, the binary, and what runs.
pub(super) struct Stage {
    binary: PathBuf,
    folder: PathBuf,
    variables: Vec<(&'static str, &'static str)>,
    servers: Vec<Child>,
}

impl Stage {
    /// In a folder, with these environment variables.
    pub(super) fn new(root: &Path, folder: &Path, variables: &[(&'static str, &'static str)]) -> Self {
        Stage {
            binary: steps::built(root, "debug"),
            folder: folder.to_path_buf(),
            variables: variables.to_vec(),
            servers: Vec::new(),
        }
    }

    /// Runs `nave` as a user would, and checks how it ended.
    pub(super) fn nave(&self, arguments: &[&str], expected: i32) -> anyhow::Result<()> {
        say(&format!("$ nave {}", shown(arguments)));
        let status =
            self.command(arguments).stdin(Stdio::null()).status().context("nave cannot be started")?;
        say("");
        if status.code() != Some(expected) {
            bail!("`nave {}` ended with {status}, expected {expected}", shown(arguments));
        }
        Ok(())
    }

    /// What `nave … --json` prints, a value a line.
    pub(super) fn values(&self, arguments: &[&str]) -> anyhow::Result<Vec<Value>> {
        let output = self.command(arguments).arg("--json").stdin(Stdio::null()).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!("`nave {}` ended with {}: {said}", shown(arguments), output.status);
        }
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).context("no JSON"))
            .collect()
    }

    /// Starts a server and gives the first `lines` lines it prints.
    pub(super) fn start(&mut self, arguments: &[&str], lines: usize) -> anyhow::Result<(u32, Vec<String>)> {
        say(&format!("$ nave {} &", shown(arguments)));
        let mut child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = child.stdout.take().context("the server has no output")?;
        let id = child.id();
        self.servers.push(child);
        let mut reader = BufReader::new(out);
        let mut said = Vec::new();
        for _ in 0..lines {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.is_empty() {
                bail!("`nave {}` ended before it was ready", shown(arguments));
            }
            said.push(line.trim().to_owned());
        }
        // It goes on printing; a closed pipe would stop it.
        std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
        Ok((id, said))
    }

    /// Shows something on the screen while it goes on.
    pub(super) fn follow(&self, arguments: &[&str]) -> anyhow::Result<Following> {
        say(&format!("$ nave {} &", shown(arguments)));
        Ok(Following(self.command(arguments).stdin(Stdio::null()).spawn()?))
    }

    /// Kills a server without asking it: SIGKILL.
    pub(super) fn kill(&mut self, id: u32) -> anyhow::Result<()> {
        let place = self.servers.iter().position(|child| child.id() == id).context("it does not run")?;
        let mut child = self.servers.swap_remove(place);
        // Waited for whatever the kill said, so that nothing is left behind.
        let killed = child.kill();
        child.wait()?;
        Ok(killed?)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.folder).envs(self.variables.iter().copied());
        command
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _gone = server.kill();
            let _gone = server.wait();
        }
    }
}

/// Something that prints until this is dropped.
pub(super) struct Following(Child);

impl Drop for Following {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// Looks again and again until something is there, for half a minute.
pub(super) fn wait_for<T>(
    what: &str,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    for _ in 0..300 {
        if let Some(found) = look()? {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("{what} did not happen within half a minute")
}

/// Asks a stand-in's own address for JSON; `body`: sends it with PUT.
pub(super) fn ask(address: &str, path: &str, body: Option<&str>) -> anyhow::Result<Value> {
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    let mut stream = TcpStream::connect(host)?;
    let method = if body.is_some() { "PUT" } else { "GET" };
    let body = body.unwrap_or_default();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    if !head.starts_with("HTTP/1.1 2") {
        bail!("{path}: {head}");
    }
    Ok(if body.trim().is_empty() { Value::Null } else { serde_json::from_str(body)? })
}

/// Arguments as one would type them.
fn shown(arguments: &[&str]) -> String {
    let quote = |word: &&str| {
        let plain = !word.is_empty() && !word.contains([' ', '"', '{', '*', '$']);
        if plain { (*word).to_owned() } else { format!("'{word}'") }
    };
    arguments.iter().map(quote).collect::<Vec<_>>().join(" ")
}
