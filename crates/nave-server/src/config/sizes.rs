//! Amounts of bytes as people write them: `512KB`, `5MB`, `50GB`; thousands, as disks are sold.

const UNITS: [(&str, u64); 5] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("B", 1)];

/// The bytes; `None` for anything else.
pub(super) fn parse(text: &str) -> Option<u64> {
    let upper = text.trim().to_ascii_uppercase();
    let (number, unit) = UNITS
        .iter()
        .find_map(|(unit, bytes)| upper.strip_suffix(unit).map(|number| (number.trim_end(), *bytes)))
        .unwrap_or((upper.as_str(), 1));
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if plain { number.parse::<u64>().ok()?.checked_mul(unit) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(parse(text), expected, "{text}");
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        check("0", Some(0));
        check("512", Some(512));
        check("512B", Some(512));
        check("5MB", Some(5_000_000));
        check("5 mb", Some(5_000_000));
        check("50GB", Some(50_000_000_000));
        for wrong in ["", "MB", "-1MB", "1.5GB", "5 MiB", "99999999999TB", "five"] {
            check(wrong, None);
        }
    }
}
