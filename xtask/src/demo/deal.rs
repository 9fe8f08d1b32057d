//! The main job: a deal is won in the CRM; the ERP project, the billing contract and the welcome e-mail
//! follow. Then the hub is killed in the middle of the next one, and nothing is lost or done twice.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use super::stage::{Stage, ask, wait_for};
use crate::say;

/// Secrets live outside of the project; these are those of the stand-ins.
const VARIABLES: [(&str, &str); 6] = [
    ("CRM_TOKEN", "demonstration"),
    ("CRM_WEBHOOK_SECRET", "demonstrationkey"),
    ("ERP_KEY", "demonstration"),
    ("BILLING_TOKEN", "demonstration"),
    ("MAIL_USER", "demonstration"),
    ("MAIL_PASSWORD", "demonstration"),
];
/// Exit code of a hub that does not answer (`docs/exit-codes.md`).
const UNREACHABLE: i32 = 9;

/// The addresses of the stand-ins.
struct Systems {
    erp: String,
    billing: String,
    /// Where the mail server shows what it took.
    mail: String,
}

/// Shows the main job.
pub(super) fn run(root: &Path, folder: &Path) -> anyhow::Result<()> {
    copy(&root.join("examples/deal-won"), folder)?;
    let mut stage = Stage::new(root, folder, &VARIABLES);
    say(
        "\n== 1. Four systems, stood in for by sandboxes made from their descriptions; one of them is a mail server.\n",
    );
    let systems = systems(&mut stage, folder)?;
    say("\n== 2. The flow, in plain words; the whole project is checked before anything runs.\n");
    stage.nave(&["explain", "flows/sales/onboard-won-deal.yaml"], 0)?;
    stage.nave(&["check"], 0)?;
    say("\n== 3. The hub starts. A deal is won: the CRM's webhook comes in, signed.\n");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let (hub, said) = stage.start(&serve, 1)?;
    say(&format!("{}\n", said.join("\n")));
    let following = stage.follow(&["runs", "--follow"])?;
    stage.nave(&["events", "deliver", "events/deal-won.http"], 0)?;
    let first = wait_for("the first run", || ended(&stage, 1))?;
    drop(following);
    say("\nEach step with what went in and out:\n");
    stage.nave(&["runs", "show", &first], 0)?;
    say("The e-mail, as the mail server received it:\n");
    letter(&systems, 0)?;

    say("\n== 4. The next deal. The ERP is slow today, and the hub is killed while it waits (SIGKILL).\n");
    ask(&systems.erp, "/_nave/faults", Some("latency=1500..1500"))?;
    second(folder)?;
    stage.nave(&["events", "deliver", "events/second.http"], 0)?;
    wait_for("the call of the ERP", || under_way(&stage))?;
    stage.kill(hub)?;
    say("The hub is gone, in the middle of a call whose answer nobody heard:\n");
    stage.nave(&["runs"], UNREACHABLE)?;
    say(
        "It starts again. The call is not simply made again: the ERP knows no idempotency keys, so the hub looks\nwhether the project is there, as the connector says (`settle`), and goes on from what it finds.\n",
    );
    let (_, said) = stage.start(&serve, 1)?;
    say(&format!("{}\n", said.join("\n")));
    let second = wait_for("the second run", || ended(&stage, 2))?;
    stage.nave(&["runs", "show", &second], 0)?;
    stage.nave(&["ledger"], 0)?;
    letter(&systems, 1)?;
    say("\nTwo deals, two projects, two contracts, two e-mails; as counted by the systems:\n");
    for (system, operation, address) in [
        ("erp", "create_project", &systems.erp),
        ("billing", "create_contract", &systems.billing),
        ("mail", "send", &systems.mail),
    ] {
        count(system, operation, address)?;
    }
    Ok(())
}

/// Starts the stand-ins and leads the connections to them.
fn systems(stage: &mut Stage, folder: &Path) -> anyhow::Result<Systems> {
    let mut sandbox = |name: &str| -> anyhow::Result<Value> {
        let (_, said) = stage.start(&["sandbox", name, "--port", "0", "--empty", "--json"], 1)?;
        say(&format!("{}\n", said.join("\n")));
        let said: Value = serde_json::from_str(said.first().context("the sandbox said nothing")?)?;
        let address = said["url"].as_str().context("the sandbox did not say its address")?;
        let path = folder.join(format!("connections/{name}.yaml"));
        let mut text = std::fs::read_to_string(&path)?;
        text.push_str(&format!("\naddress: {address}\nallow_private_hosts: [127.0.0.1]\n"));
        std::fs::write(&path, text)?;
        Ok(said)
    };
    let address = |said: &Value, member: &str| said[member].as_str().map(str::to_owned).context("no address");
    sandbox("crm")?;
    let erp = address(&sandbox("erp")?, "url")?;
    let billing = address(&sandbox("billing")?, "url")?;
    let messages = address(&sandbox("mail")?, "messages")?;
    let mail = messages.split_once("/_nave").map_or(messages.as_str(), |(address, _)| address).to_owned();
    Ok(Systems { erp, billing, mail })
}

/// The id of the newest run, once this many have completed.
fn ended(stage: &Stage, count: usize) -> anyhow::Result<Option<String>> {
    let runs = stage.values(&["runs"])?;
    let completed = runs.iter().filter(|run| run["state"] == "completed").count();
    if let Some(failed) = runs.iter().find(|run| run["state"] == "failed") {
        bail!("a run failed: {failed}");
    }
    let newest = runs.first().and_then(|run| run["id"].as_str());
    Ok(newest.filter(|_| completed == count).map(str::to_owned))
}

/// Whether a call of the ledger was sent and not answered yet.
fn under_way(stage: &Stage) -> anyhow::Result<Option<()>> {
    let calls = stage.values(&["ledger"])?;
    Ok(calls.iter().any(|call| call["state"] == "intended").then_some(()))
}

/// Another deal, recorded the same way.
fn second(folder: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(folder.join("events/deal-won.http"))?;
    let (head, body) = text.split_once("\n\n").context("the recorded delivery has no body")?;
    let body = body
        .trim()
        .replace("3181526809", "3181526810")
        .replace("41270093518", "41270093777")
        .replace("Harbour lights, phase two", "Lighthouse, new lamp")
        .replace("Ada Lindqvist", "Grace Bauer")
        .replace("ada@harbour.example", "grace@lighthouse.example")
        .replace("C-1042", "C-2077");
    let head: Vec<&str> = head.lines().filter(|line| !line.starts_with("Content-Length")).collect();
    std::fs::write(folder.join("events/second.http"), format!("{}\n\n{body}\n", head.join("\n")))?;
    Ok(())
}

/// Shows one of the messages the mail server took.
fn letter(systems: &Systems, place: usize) -> anyhow::Result<()> {
    let messages = ask(&systems.mail, "/_nave/messages", None)?;
    let message = messages.get(place).context("the message is not there")?;
    let part = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    let to = message["to"]
        .as_array()
        .map_or_else(String::new, |to| to.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
    let text = format!(
        "From: {}\nTo: {to}\nSubject: {}\nMessage-ID: {}\n\n{}",
        part("from"),
        part("subject"),
        part("id"),
        part("text").replace('\r', "")
    );
    for line in text.lines() {
        say(&format!("    {line}"));
    }
    Ok(())
}

/// What a system counted; exactly two.
fn count(system: &str, operation: &str, address: &str) -> anyhow::Result<()> {
    let counts: Value = ask(address, "/_nave/counts", None)?;
    let effects = counts[operation]["effects"].as_u64().unwrap_or_default();
    say(&format!("    {system}.{operation}: {effects} done"));
    if effects != 2 {
        bail!("{system} did {operation} {effects} times, expected 2: {counts}");
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == ".nave" {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
