//! The demonstration: what the README promises, shown by the real binary against sandboxes on this
//! machine. Every line of output is what `nave` prints; every exit code is checked.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

use crate::say;

/// Shows everything, in a fresh folder below `target/`.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    say("Building nave; the first time takes a few minutes.");
    let built =
        Command::new("cargo").args(["build", "--locked", "--package", "nave"]).current_dir(root).status()?;
    if !built.success() {
        bail!("nave could not be built");
    }
    let started = started();
    let mut demo = Demo::new(root)?;
    demo.import()?;
    demo.call()?;
    demo.storm()?;
    let seconds = started.elapsed().as_secs_f32();
    say(&format!(
        "\nThat was all of it, in {seconds:.0} seconds. Its files are in {}.",
        demo.folder.display()
    ));
    Ok(true)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the demonstration says how long it took; no test depends on it"
)]
fn started() -> Instant {
    Instant::now()
}

struct Demo {
    binary: PathBuf,
    folder: PathBuf,
    servers: Vec<Child>,
}

impl Demo {
    fn new(root: &Path) -> anyhow::Result<Self> {
        let folder = root.join("target/demo");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        std::fs::copy(root.join("examples/orders/openapi.yaml"), folder.join("orders-api.yaml"))?;
        Ok(Demo { binary: root.join("target/debug/nave"), folder, servers: Vec::new() })
    }

    fn import(&mut self) -> anyhow::Result<()> {
        say(
            "\n== 1. A vendor's description becomes a connector. One of its operations is broken; the rest work.\n",
        );
        self.nave(&["init"], 0)?;
        self.nave(&["import", "orders-api.yaml", "--as", "orders"], 0)?;
        say("\n== 2. Operations are found by words, and described exactly.\n");
        self.nave(&["ops", "orders", "give money back"], 0)?;
        self.nave(&["describe", "orders.refund_order"], 0)?;
        self.nave(&["ops", "send a message to a channel", "-n", "3"], 0)
    }

    fn call(&mut self) -> anyhow::Result<()> {
        say("\n== 3. A stand-in for the system, made from the description alone.\n");
        let address = self.sandbox(&["sandbox", "orders", "--port", "0", "--seed", "7"])?;
        self.connect("orders", &address)?;
        say("\n== 4. A real call, over a real socket.\n");
        let order = r#"{"customer":"Ada","lines":[{"article":"A-1","quantity":2}]}"#;
        self.nave(&["call", "orders.create_order", "--with", order], 0)?;
        self.nave(&["call", "orders.list_orders", "--with", r#"{"limit":"2"}"#], 0)?;
        say("\n== 5. Wrong calls are refused before anything is sent, and told the right one.\n");
        self.nave(&["call", "orders.refund_order", "--with", r#"{"order":"ord_1","amuont":500}"#], INVALID)?;
        self.nave(&["call", "orders.list_orders", "--with", r#"{"status":"payed"}"#], INVALID)?;
        self.nave(&["call", "orders.refund_ordr", "--with", "{}"], UNKNOWN)
    }

    fn storm(&mut self) -> anyhow::Result<()> {
        say(
            "\n== 6. A stormy system: it fails, stalls, refuses and breaks off. What is safe to repeat is tried again.\n",
        );
        let address =
            self.sandbox(&["sandbox", "orders", "--port", "0", "--seed", "6", "--faults", "stormy"])?;
        self.connect("storm", &address)?;
        for _ in 0..STORMY_CALLS {
            self.nave(&["call", "storm.get_order", "--with", r#"{"order":"ord_1"}"#], 0)?;
        }
        say(
            "A write is repeated too, because this system takes an idempotency key: it is done once all the same.\n",
        );
        let order = r#"{"customer":"Grace","lines":[{"article":"B-2","quantity":1}]}"#;
        self.nave(&["call", "storm.create_order", "--with", order], 0)?;
        say("\n== 7. The project is checked as one whole.\n");
        self.nave(&["check"], 0)
    }

    fn connect(&self, name: &str, address: &str) -> anyhow::Result<()> {
        let arguments = [
            "connect",
            name,
            "--connector",
            "orders",
            "--address",
            address,
            "--allow-private",
            "127.0.0.1",
            "--secret-env",
            "ORDERS_TOKEN",
        ];
        self.nave(&arguments, 0)
    }

    /// Runs `nave` as a user would, and checks how it ended.
    fn nave(&self, arguments: &[&str], expected: i32) -> anyhow::Result<()> {
        say(&format!("$ nave {}", shown(arguments)));
        let status =
            self.command(arguments).stdin(Stdio::null()).status().context("nave cannot be started")?;
        say("");
        if status.code() != Some(expected) {
            bail!("`nave {}` ended with {status}, expected {expected}", shown(arguments));
        }
        Ok(())
    }

    /// Starts a sandbox and waits for the address it prints.
    fn sandbox(&mut self, arguments: &[&str]) -> anyhow::Result<String> {
        say(&format!("$ nave {} &", shown(arguments)));
        let mut child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut first = String::new();
        let out = child.stdout.take().context("the sandbox has no output")?;
        self.servers.push(child);
        BufReader::new(out).read_line(&mut first)?;
        let address = first.trim().to_owned();
        if !address.starts_with("http://127.0.0.1:") {
            bail!("the sandbox did not say its address: {address:?}");
        }
        say(&format!("{address}\n"));
        Ok(address)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.folder).env("ORDERS_TOKEN", "demonstration");
        command
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _gone = server.kill();
            let _gone = server.wait();
        }
    }
}

/// Calls made in the storm.
const STORMY_CALLS: usize = 4;
/// Exit codes of `docs/exit-codes.md`.
const INVALID: i32 = 2;
const UNKNOWN: i32 = 3;

/// Arguments as one would type them.
fn shown(arguments: &[&str]) -> String {
    let quote = |word: &&str| {
        let plain = !word.is_empty() && !word.contains([' ', '"', '{', '*', '$']);
        if plain { (*word).to_owned() } else { format!("'{word}'") }
    };
    arguments.iter().map(quote).collect::<Vec<_>>().join(" ")
}
