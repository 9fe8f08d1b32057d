//! The hub of a trial: the real program on a project of its own, started, killed and started again.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::process::{Child, Command};

use super::options::Options;
use super::wire::{self, Line};
use super::{clock, documents};
use crate::{say, steps};

/// How long a start may take before the trial gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a trial happens: the program, and the project's folder.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    program: PathBuf,
    folder: PathBuf,
}

impl Place {
    /// Finds or builds the program, and makes an empty folder.
    ///
    /// # Errors
    /// The program cannot be built, or the folder not be emptied.
    pub(crate) fn prepare(root: &Path, options: &Options) -> anyhow::Result<Place> {
        let program = match options.text("hub") {
            "" => built(root, options.text("build"))?,
            path => std::fs::canonicalize(path).with_context(|| format!("there is no program `{path}`"))?,
        };
        let folder = match options.text("folder") {
            "" => root.join(format!("target/trials/{}", std::process::id())),
            path => PathBuf::from(path),
        };
        if folder.join(".nave").exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(Place { program, folder: std::fs::canonicalize(folder)? })
    }

    /// The project's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same program on another folder.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub(crate) fn beside(&self, name: &str) -> anyhow::Result<Place> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(Place { program: self.program.clone(), folder })
    }

    /// Removes the folder of a trial that passed.
    pub(crate) fn clear(&self) {
        // What cannot be removed is no finding about the hub.
        let _left = std::fs::remove_dir_all(&self.folder);
    }

    /// Starts the hub.
    ///
    /// # Errors
    /// The program cannot be started.
    pub(crate) fn start(&self) -> anyhow::Result<Hub> {
        let log = File::options().create(true).append(true).open(self.folder.join("hub.log"))?;
        let child = Command::new(&self.program)
            .arg("serve")
            .current_dir(&self.folder)
            .env("NAVE_HUB_LISTEN", "127.0.0.1:0")
            .env("NAVE_HUB_LOG_FILTER", "warn")
            .env(documents::SECRET_VARIABLE, format!("whsec_{}", STANDARD.encode(documents::SECRET)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("`{}` cannot be started", self.program.display()))?;
        Ok(Hub { child, started: clock::now(), place: self.clone() })
    }

    /// Starts the hub and waits until it is ready.
    ///
    /// # Errors
    /// It ends, or is not ready in time.
    pub(crate) async fn ready(&self) -> anyhow::Result<(Hub, Target)> {
        let mut hub = self.start()?;
        let target = hub.ready().await?;
        Ok((hub, target))
    }

    /// The last lines of the hub's log.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read_to_string(self.folder.join("hub.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
    }
}

fn built(root: &Path, profile: &str) -> anyhow::Result<PathBuf> {
    let release = match profile {
        "debug" => None,
        "release" => Some("--release"),
        other => bail!("`--build {other}`: debug or release"),
    };
    say("Building nave.");
    let mut command = std::process::Command::new("cargo");
    command.args(["build", "--locked", "--quiet", "--package", "nave"]).args(release).current_dir(root);
    if !command.status()?.success() {
        bail!("nave could not be built");
    }
    Ok(steps::built(root, profile))
}

/// Where a hub is, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// Its token as a header's value.
    pub(crate) bearer: String,
}

/// A hub that was started.
pub(crate) struct Hub {
    child: Child,
    started: Instant,
    place: Place,
}

impl Hub {
    /// Its process.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("the hub has ended")
    }

    /// How long ago it was started, in microseconds.
    pub(crate) fn age(&self) -> u64 {
        clock::micros(self.started)
    }

    /// Waits until it takes work.
    ///
    /// # Errors
    /// It ends, or is not ready in time.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<Target> {
        loop {
            if let Some(target) = self.target()
                && answers(target.address).await
            {
                return Ok(target);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the hub ended with {status}; its last words:\n{}", self.place.last_words());
            }
            if clock::now().duration_since(self.started) > PATIENCE {
                bail!(
                    "the hub is not ready after {PATIENCE:?}; its last words:\n{}",
                    self.place.last_words()
                );
            }
            clock::pause(2).await;
        }
    }

    /// What it wrote down of itself; that of an earlier process does not count.
    fn target(&self) -> Option<Target> {
        let own = self.place.folder.join(".nave");
        let said: Value = serde_json::from_slice(&std::fs::read(own.join("hub.json")).ok()?).ok()?;
        if said.get("pid")?.as_u64()? != u64::from(self.child.id()?) {
            return None;
        }
        let token = std::fs::read_to_string(own.join("token")).ok()?;
        let address = said.get("address")?.as_str()?.parse().ok()?;
        Some(Target { address, bearer: format!("Bearer {}", token.trim()) })
    }

    /// Kills it with `SIGKILL`.
    ///
    /// # Errors
    /// It ended by itself before.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the hub ended by itself with {status}; its last words:\n{}", self.place.last_words());
        }
        self.child.kill().await?;
        Ok(())
    }

    /// Asks it to stop with `SIGTERM` and waits for its end.
    ///
    /// # Errors
    /// It does not end well.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.pid()?.to_string();
        Command::new("kill").args(["-TERM", &pid]).status().await?;
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = ended.context("the hub does not stop when it is asked to")??;
        if !status.success() {
            bail!("asked to stop, the hub ended with {status}; its last words:\n{}", self.place.last_words());
        }
        Ok(())
    }
}

async fn answers(address: SocketAddr) -> bool {
    let Ok(mut line) = Line::open(address).await else { return false };
    let asked = wire::request("GET", "/readyz", &[], b"");
    line.exchange(&asked).await.is_ok_and(|answer| answer.status == 200)
}

/// Questions and orders of a person, by the hub's API.
pub(crate) struct Desk {
    line: Line,
    target: Target,
}

impl Desk {
    /// Opens a connection to a hub.
    ///
    /// # Errors
    /// Nobody answers.
    pub(crate) async fn open(target: &Target) -> anyhow::Result<Desk> {
        Ok(Desk { line: Line::open(target.address).await?, target: target.clone() })
    }

    /// Asks and gives the answer whatever it is: status and JSON.
    ///
    /// # Errors
    /// The hub does not answer, or no JSON.
    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<(u16, Value)> {
        let bytes = if body.is_null() { Vec::new() } else { serde_json::to_vec(body)? };
        let headers = [("authorization", self.target.bearer.as_str()), ("content-type", "application/json")];
        let asked = wire::request(method, &format!("/api/v1{path}"), &headers, &bytes);
        let answer = match self.line.exchange(&asked).await {
            // A hub closes connections on which nothing was asked for a while; looking again is harmless.
            Err(_) if method == "GET" => {
                self.line = Line::open(self.target.address).await?;
                self.line.exchange(&asked).await?
            }
            answered => answered?,
        };
        let value = match answer.body.as_slice() {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into()),
        };
        Ok((answer.status, value))
    }

    /// Gives an answer that must be a success.
    ///
    /// # Errors
    /// It is none.
    pub(crate) async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        let (status, answer) = self.ask("GET", path, &Value::Null).await?;
        if status != 200 {
            bail!("GET {path}: {status} {answer}");
        }
        Ok(answer)
    }

    /// Orders something that must be a success.
    ///
    /// # Errors
    /// It is none.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, answer) = self.ask("POST", path, body).await?;
        if !(200..300).contains(&status) {
            bail!("POST {path}: {status} {answer}");
        }
        Ok(answer)
    }

    /// All parts of a list, handed over one by one.
    ///
    /// # Errors
    /// The hub refuses.
    pub(crate) async fn each(&mut self, path: &str, mut take: impl FnMut(&Value)) -> anyhow::Result<usize> {
        let mut after = String::new();
        let mut count = 0;
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let part = self.get(&format!("{path}{joint}limit=1000{after}")).await?;
            for item in part.get("items").and_then(Value::as_array).into_iter().flatten() {
                take(item);
                count += 1;
            }
            match part.get("next").and_then(Value::as_str) {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(count),
            }
        }
    }

    /// How many there are of a list, up to the thousand of its first part.
    ///
    /// # Errors
    /// The hub refuses.
    pub(crate) async fn some(&mut self, path: &str) -> anyhow::Result<Vec<Value>> {
        let part = self.get(path).await?;
        Ok(part.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
    }
}

/// A text of an item of a list; empty where there is none.
pub(crate) fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}
