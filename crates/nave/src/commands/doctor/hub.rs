//! What the doctor looks at for a hub: its settings, token and store, room on the disk, the clock, and
//! whether one runs. Nothing is changed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use nave_call::{Clock as _, SystemClock};
use nave_model::fault::codes;
use nave_server::client::Client;
use nave_server::places::{Places, Running};
use nave_server::view::{Info, Store};
use nave_server::{Config, token};
use tokio::runtime::Runtime;

use super::{Finding, Health};
use crate::folder::Folder;
use crate::settings::{self, Given};
use crate::show::size;

/// Less room than this is odd, and less than this is bad.
const SCARCE: u64 = 2_000_000_000;
const SHORT: u64 = 200_000_000;

/// A clock before this runs wrong: 2026-01-01, UTC.
const EARLIEST_MS: i64 = 1_767_225_600_000;

/// Everything about the hub.
pub(super) fn findings(folder: &Folder, runtime: &Runtime) -> Vec<Finding> {
    let config = match settings::read(folder, &Given::default(), &[]) {
        Ok(config) => config,
        Err(fault) => {
            let hint = fault.hint.clone().unwrap_or_else(|| "`nave serve --print-config`".to_owned());
            return vec![Finding::other(Health::Bad, "settings", fault.message.clone(), hint), clock()];
        }
    };
    let places = Places::of(folder.root(), Some(&config.store.folder));
    let mut findings = vec![hub(folder, &places, &config, runtime), secret(&places)];
    findings.push(store(folder, &places, runtime));
    findings.extend(disk(&places.store));
    findings.push(clock());
    findings
}

fn hub(folder: &Folder, places: &Places, config: &Config, runtime: &Runtime) -> Finding {
    let about = "hub";
    let Some(running) = running(places) else {
        return Finding::good(about, format!("none runs here; one would listen at {}", config.listen));
    };
    let answer =
        Client::of_project(folder.root()).and_then(|client| runtime.block_on(client.get::<Info>("/info")));
    match answer {
        Ok(info) => {
            let what = format!("{} at {}, {}, process {}", info.mode, running.address, info.state, info.pid);
            if info.version == env!("CARGO_PKG_VERSION") {
                return Finding::good(about, what);
            }
            let what = format!("{what}, of version {}", info.version);
            Finding::other(Health::Note, about, what, "restart it, so that both are of one version")
        }
        Err(fault) if fault.code == codes::HUB_AWAY => {
            let what = format!("process {} stopped without saying so", running.pid);
            Finding::other(Health::Note, about, what, "the next start recovers what it was doing")
        }
        Err(fault) => {
            let hint = fault.hint.clone().unwrap_or_else(|| "its log says more".to_owned());
            Finding::other(Health::Bad, about, fault.message.clone(), hint)
        }
    }
}

fn running(places: &Places) -> Option<Running> {
    serde_json::from_slice(&fs::read(&places.hub).ok()?).ok()
}

fn secret(places: &Places) -> Finding {
    let about = "token";
    let path = places.token.display();
    let Ok(metadata) = fs::metadata(&places.token) else {
        return Finding::good(about, "made at the first start");
    };
    if metadata.permissions().mode() & 0o077 != 0 {
        let hint = format!("`chmod 600 {path}`, or remove it to have a new one made");
        return Finding::other(Health::Bad, about, format!("others may read {path}"), hint);
    }
    match token::read(&places.token) {
        Ok(_) => Finding::good(about, format!("in {path}, readable by its owner alone")),
        Err(fault) => {
            let hint = fault.hint.clone().unwrap_or_default();
            Finding::other(Health::Bad, about, fault.message.clone(), hint)
        }
    }
}

fn store(folder: &Folder, places: &Places, runtime: &Runtime) -> Finding {
    let about = "store";
    let path = places.store.display();
    let asked =
        Client::of_project(folder.root()).and_then(|client| runtime.block_on(client.get::<Store>("/store")));
    if let Ok(health) = asked {
        return match health.failing {
            None => Finding::good(about, format!("{} in {path}, writing works", size(health.bytes))),
            Some(why) => {
                let hint = format!("`nave store` says more; see docs/faults/{}.md", why.code);
                Finding::other(Health::Bad, about, format!("{}: {}", why.code, why.message), hint)
            }
        };
    }
    let Ok(found) = fs::metadata(places.store.join("store.db")) else {
        return Finding::good(about, "made at the first start");
    };
    // Opened for writing as a hub would, and left as it is.
    match fs::File::options().append(true).open(places.store.join("store.db")) {
        Ok(_) => Finding::good(about, format!("{} in {path}", size(found.len()))),
        Err(error) => {
            let what = format!("{path} cannot be written: {}", crate::folder::reason(&error));
            Finding::other(Health::Bad, about, what, "run as the user who owns it")
        }
    }
}

/// Room on the store's disk, and whether the disk is one that keeps what it was given.
fn disk(store: &Path) -> Vec<Finding> {
    let about = "disk";
    let Some(there) = store.ancestors().find(|path| path.exists()) else { return Vec::new() };
    let mut findings = Vec::new();
    if let Ok(room) = rustix::fs::statvfs(there) {
        let free = room.f_bavail.saturating_mul(room.f_frsize);
        let what = format!("{} free for the store", size(free));
        // File systems without a fixed number of files say 0 of 0.
        let no_files = room.f_files > 0 && room.f_favail == 0;
        findings.push(match free {
            _ if no_files => {
                let hint = "remove files nobody needs, or make a file system with more inodes";
                Finding::other(Health::Bad, about, "no more files can be made there", hint)
            }
            0..SHORT => Finding::other(Health::Bad, about, what, "make room, or `nave store sweep`"),
            SHORT..SCARCE => Finding::other(
                Health::Note,
                about,
                what,
                "`hub.retention.size` in nave.yaml bounds the store",
            ),
            _ => Finding::good(about, what),
        });
    }
    if let Some(kind) = rustix::fs::statfs(there).ok().and_then(|found| remote(found.f_type)) {
        let what = format!("the store is on {kind}");
        findings.push(Finding::other(
            Health::Note,
            about,
            what,
            "keep it on a local disk that honours fsync",
        ));
    }
    findings
}

/// File systems of other machines, by what Linux calls them (statfs(2)).
fn remote(kind: rustix::fs::FsWord) -> Option<&'static str> {
    match kind {
        0x6969 => Some("NFS"),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => Some("SMB"),
        0x0102_1997 => Some("9P"),
        _ => None,
    }
}

fn clock() -> Finding {
    let about = "clock";
    let wall = SystemClock::new().wall();
    if wall.as_millisecond() < EARLIEST_MS {
        let what = format!("it says {}", wall.strftime("%Y-%m-%d"));
        return Finding::other(Health::Bad, about, what, "set it; webhooks and timers depend on it");
    }
    let zone = jiff::tz::TimeZone::system();
    let shown = wall.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    Finding::good(about, shown)
}
