//! Amounts of bytes as people read them, in thousands, as disks are sold.

const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// The amount with three digits at most.
pub(crate) fn size(bytes: u64) -> String {
    let (mut whole, mut tenths, mut unit) = (bytes, 0, 0);
    while whole >= 1000 {
        tenths = whole % 1000 / 100;
        whole /= 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit > 0 && whole < 10 { format!("{whole}.{tenths} {name}") } else { format!("{whole} {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits_at_most() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1_550, "1.5 kB"),
            (12_345, "12 kB"),
            (999_999, "999 kB"),
            (5_000_000, "5.0 MB"),
            (50_000_000_000, "50 GB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(size(bytes), expected, "{bytes}");
        }
    }
}
