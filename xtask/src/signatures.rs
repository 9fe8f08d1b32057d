//! Records deliveries signed by the vendors' published SDKs, which the tests of the signature kinds replay.
//! The SDKs are installed from npm into `target/signatures`, and nowhere else.

use std::path::Path;

use anyhow::{Context, bail};

use crate::{say, steps};

/// The script that signs.
const SCRIPT: &str = "crates/nave-connector/tests/signatures/make.mjs";
/// What it writes.
const RECORDED: &str = "crates/nave-connector/tests/signatures/deliveries.json";
/// The SDKs, at the versions the recording was made with.
const SDKS: [&str; 10] = [
    "stripe@23",
    "standardwebhooks@1",
    "svix@1",
    "@octokit/webhooks-methods@6",
    "@slack/bolt@5",
    "@shopify/shopify-api@13",
    "@hubspot/api-client@13",
    "twilio@6",
    "square@46",
    "@sendgrid/eventwebhook@8",
];

/// Installs the SDKs where they are missing, runs the script, and says what came out.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let home = root.join("target/signatures");
    std::fs::create_dir_all(&home).context("target/signatures cannot be made")?;
    let home = home.to_str().context("the path of the repository is not UTF-8")?;
    if !Path::new(home).join("node_modules/stripe").exists() {
        say("installing the SDKs");
        let mut install = vec!["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", home];
        install.extend(SDKS);
        if !steps::run(root, &install)?.passed {
            bail!("npm cannot install the SDKs");
        }
    }
    let before = std::fs::read(root.join(RECORDED)).unwrap_or_default();
    if !steps::run(root, &["node", SCRIPT, home, RECORDED])?.passed {
        return Ok(false);
    }
    let after = std::fs::read(root.join(RECORDED)).context("the script wrote nothing")?;
    match before == after {
        true => say("the recording is as it was"),
        false => say(&format!("{RECORDED} changed; run `cargo nextest run -p nave-connector signature`")),
    }
    Ok(true)
}
