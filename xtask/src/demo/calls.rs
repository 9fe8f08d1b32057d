//! How a system is described, searched and called: a vendor's description becomes a connector, right calls
//! are made, wrong ones refused, and a storm is ridden out.

use std::path::Path;

use anyhow::{Context, bail};

use super::stage::Stage;
use crate::say;

/// Calls made in the storm.
const STORMY_CALLS: usize = 4;
/// Exit codes of `docs/exit-codes.md`.
const INVALID: i32 = 2;
const UNKNOWN: i32 = 3;

/// Shows all of it.
pub(super) fn run(root: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::copy(root.join("examples/orders/openapi.yaml"), folder.join("orders-api.yaml"))?;
    let mut demo = Demo { stage: Stage::new(root, folder, &[("ORDERS_TOKEN", "demonstration")]) };
    demo.import()?;
    demo.call()?;
    demo.storm()
}

struct Demo {
    stage: Stage,
}

impl Demo {
    fn import(&self) -> anyhow::Result<()> {
        say(
            "\n== 5. A vendor's description becomes a connector. One of its operations is broken; the rest work.\n",
        );
        self.nave(&["init"], 0)?;
        self.nave(&["import", "orders-api.yaml", "--as", "orders"], 0)?;
        say("\n== 6. Operations are found by words, and described exactly.\n");
        self.nave(&["ops", "orders", "give money back"], 0)?;
        self.nave(&["describe", "orders.refund_order"], 0)?;
        self.nave(&["ops", "send a message to a channel", "-n", "3"], 0)
    }

    fn call(&mut self) -> anyhow::Result<()> {
        say("\n== 7. A stand-in for the system, made from the description alone.\n");
        let address = self.sandbox(&["sandbox", "orders", "--port", "0", "--seed", "7"])?;
        self.connect("orders", &address)?;
        say("\n== 8. A real call, over a real socket.\n");
        let order = r#"{"customer":"Ada","lines":[{"article":"A-1","quantity":2}]}"#;
        self.nave(&["call", "orders.create_order", "--with", order], 0)?;
        self.nave(&["call", "orders.list_orders", "--with", r#"{"limit":"2"}"#], 0)?;
        say("\n== 9. Wrong calls are refused before anything is sent, and told the right one.\n");
        self.nave(&["call", "orders.refund_order", "--with", r#"{"order":"ord_1","amuont":500}"#], INVALID)?;
        self.nave(&["call", "orders.list_orders", "--with", r#"{"status":"payed"}"#], INVALID)?;
        self.nave(&["call", "orders.refund_ordr", "--with", "{}"], UNKNOWN)
    }

    fn storm(&mut self) -> anyhow::Result<()> {
        say(
            "\n== 10. A stormy system: it fails, stalls, refuses and breaks off. What is safe to repeat is tried again.\n",
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
        say("\n== 11. The project is checked as one whole.\n");
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

    fn nave(&self, arguments: &[&str], expected: i32) -> anyhow::Result<()> {
        self.stage.nave(arguments, expected)
    }

    /// Starts a sandbox and gives its address.
    fn sandbox(&mut self, arguments: &[&str]) -> anyhow::Result<String> {
        let (_, said) = self.stage.start(arguments, 1)?;
        let address = said.into_iter().next().context("the sandbox said nothing")?;
        if !address.starts_with("http://127.0.0.1:") {
            bail!("the sandbox did not say its address: {address:?}");
        }
        say(&format!("{address}\n"));
        Ok(address)
    }
}
