//! What Linux says about a process (`proc_pid_status(5)`, `proc_pid_stat(5)`): memory, and the processor
//! time of each of its threads.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;

/// Clock ticks a second of the times in `/proc`: fixed in what Linux shows to programs.
const TICKS: u64 = 100;

/// Resident memory in bytes.
///
/// # Errors
/// There is no such process.
pub(crate) fn resident(pid: u32) -> anyhow::Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    kilobytes(&text, "VmRSS:").map(|kilobytes| kilobytes * 1024).context("a process without memory")
}

/// Megabytes, for people.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

/// Processor time of a process's threads by name, in milliseconds.
///
/// # Errors
/// There is no such process.
pub(crate) fn threads(pid: u32) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut sums = BTreeMap::new();
    for entry in std::fs::read_dir(PathBuf::from(format!("/proc/{pid}/task")))? {
        // A thread may end while it is looked at.
        let Ok(text) = std::fs::read_to_string(entry?.path().join("stat")) else { continue };
        if let Some((name, ticks)) = thread(&text) {
            *sums.entry(name).or_insert(0) += ticks * 1000 / TICKS;
        }
    }
    Ok(sums)
}

/// What was spent between two looks: in all, and by thread where it is worth a word.
pub(crate) fn spent(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> (u64, String) {
    let mut each: Vec<(u64, &String)> = after
        .iter()
        .map(|(name, time)| (time.saturating_sub(before.get(name).copied().unwrap_or(0)), name))
        .filter(|(time, _)| *time > 0)
        .collect();
    each.sort_unstable_by(|one, other| other.cmp(one));
    let all: u64 = each.iter().map(|(time, _)| time).sum();
    let shown: Vec<String> =
        each.iter().map(|(time, name)| format!("{name} {} %", time * 100 / all.max(1))).collect();
    (all, shown.join(", "))
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// Name, and user and system time in ticks. The name stands in brackets and may have any character.
fn thread(stat: &str) -> Option<(String, u64)> {
    let (_, rest) = stat.split_once('(')?;
    let (name, rest) = rest.rsplit_once(") ")?;
    // Fields 14 and 15; the state behind the name is field 3.
    let mut fields = rest.split(' ').skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((name.to_owned(), user + system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_stand_behind_whatever_the_name_is() {
        let stat = "12 (odd) name (x) S 1 1 1 0 -1 4194560 10 0 0 0 250 50 0 0 20 0 3 0 100 0 0";
        assert_eq!(thread(stat), Some(("odd) name (x".to_owned(), 300)));
        assert_eq!(thread("nothing"), None);
        assert_eq!(kilobytes("Name:\tx\nVmRSS:\t  1234 kB\n", "VmRSS:"), Some(1234));
    }

    #[test]
    fn this_process_has_memory_and_threads() {
        assert!(resident(std::process::id()).unwrap() > 1_000_000);
        assert!(!threads(std::process::id()).unwrap().is_empty());
    }

    #[test]
    fn what_was_spent_is_shared_out() {
        let before = BTreeMap::from([("a".to_owned(), 10)]);
        let after = BTreeMap::from([("a".to_owned(), 40), ("b".to_owned(), 70), ("c".to_owned(), 0)]);
        assert_eq!(spent(&before, &after), (100, "b 70 %, a 30 %".to_owned()));
    }
}
