//! Drives `nave mcp` with clients that are not ours: the Python SDK and the MCP Inspector's command
//! line. They are installed from PyPI and npm into `target/clients`, and nowhere else.

use std::path::Path;

use anyhow::{Context, bail};

use crate::{say, steps};

/// The script that does the driving.
const SCRIPT: &str = "crates/nave-agent/tests/peers/clients.py";
/// The Inspector needs a newer Node than Debian's; npm has one.
const NODE_PACKAGES: [&str; 2] = ["node@22", "@modelcontextprotocol/inspector@2"];

/// Installs the clients where they are missing, builds `nave`, and runs the script.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let home = root.join("target/clients");
    std::fs::create_dir_all(&home).context("target/clients cannot be made")?;
    let python = home.join("venv/bin/python");
    if !python.exists() {
        say("installing the Python client");
        required(root, &["python3", "-m", "venv", text(&home.join("venv"))?])?;
        required(root, &[text(&python)?, "-m", "pip", "install", "--quiet", "mcp>=2"])?;
    }
    let node = home.join("node_modules/node/bin");
    let bin = home.join("node_modules/.bin");
    if !bin.join("mcp-inspector").exists() {
        say("installing the Inspector");
        let mut install = vec!["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix"];
        install.push(text(&home)?);
        install.extend(NODE_PACKAGES);
        required(root, &install)?;
    }
    required(root, &["cargo", "build", "--locked", "--package", "nave"])?;
    let nave = root.join("target/debug/nave");
    let program = [text(&python)?, SCRIPT, text(&nave)?, text(&bin)?, text(&node)?];
    Ok(steps::run(root, &program)?.passed)
}

fn required(root: &Path, program: &[&str]) -> anyhow::Result<()> {
    if !steps::run(root, program)?.passed {
        bail!("`{}` failed", program.join(" "));
    }
    Ok(())
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the path of the repository is not UTF-8")
}
