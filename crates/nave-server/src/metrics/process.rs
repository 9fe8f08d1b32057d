//! What the operating system says of the process (Linux: `/proc/self`). Elsewhere these figures are missing.

use nave_engine::{Figure, FigureKind};

/// Clock ticks a second: what Linux tells programs on every architecture (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Memory, processor time and open files.
#[expect(clippy::cast_precision_loss, reason = "figures are floating-point by nature")]
pub(super) fn figures() -> Vec<Figure> {
    let figure = |name, help, value, kind| Figure { name, help, labels: Vec::new(), value, kind };
    let mut figures = Vec::new();
    if let Some(bytes) = resident() {
        let name = "nave_process_resident_memory_bytes";
        figures.push(figure(name, "Memory in use.", bytes as f64, FigureKind::Gauge));
    }
    if let Some(seconds) = cpu_seconds() {
        let help = "Processor time used, by the process and the kernel for it.";
        figures.push(figure("nave_process_cpu_seconds", help, seconds, FigureKind::Counter));
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // The list itself is one of them.
        let count = files.count().saturating_sub(1) as f64;
        let help = "Files and sockets that are open.";
        figures.push(figure("nave_process_open_fds", help, count, FigureKind::Gauge));
    }
    figures
}

/// Resident memory in bytes: `VmRSS` of `/proc/self/status` is in KiB.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// User and system time: fields 14 and 15 of `/proc/self/stat`, counted behind the name in parentheses.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_process_is_measured() {
        assert!(resident().unwrap() > 1_000_000);
        let before = cpu_seconds().unwrap();
        let mut work = 0u64;
        while cpu_seconds().unwrap() == before {
            work = work.wrapping_add(1);
        }
        assert!(cpu_seconds().unwrap() > before);
    }
}
