//! Time and memory of one piece of work, for the tables tests print.

use std::time::{Duration, Instant};

/// What a piece of work gave and cost.
pub(crate) struct Measured<T> {
    pub(crate) value: T,
    pub(crate) time: Duration,
    /// Largest resident size during the work, in MB, where the system tells it.
    pub(crate) peak_mb: Option<u64>,
}

/// Does the work and measures it. The peak is that of the whole process.
#[expect(clippy::disallowed_methods, reason = "measures real time and decides nothing by it")]
pub(crate) fn measured<T>(work: impl FnOnce() -> T) -> Measured<T> {
    // Linux: "5" resets the peak resident size (proc_pid_clear_refs(5)); elsewhere this does nothing.
    let reset = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let begin = Instant::now();
    let value = work();
    let time = begin.elapsed();
    Measured { value, time, peak_mb: reset.then(peak_mb).flatten() }
}

fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes / 1024)
}
