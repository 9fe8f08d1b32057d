//! Spans of time as policies write them.

/// The windows a limit can be counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// 30 days.
    Month,
}

impl Window {
    /// The window of this name.
    pub fn parse(word: &str) -> Option<Window> {
        match word {
            "minute" => Some(Window::Minute),
            "hour" => Some(Window::Hour),
            "day" => Some(Window::Day),
            "month" => Some(Window::Month),
            _ => None,
        }
    }

    /// Its length in milliseconds.
    pub fn milliseconds(self) -> u64 {
        match self {
            Window::Minute => 60_000,
            Window::Hour => 3_600_000,
            Window::Day => 86_400_000,
            Window::Month => 30 * 86_400_000,
        }
    }

    /// The word used in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            Window::Minute => "minute",
            Window::Hour => "hour",
            Window::Day => "day",
            Window::Month => "month",
        }
    }
}

/// `90s`, `15m`, `48h`, `7d`, `2w` in milliseconds; nothing of zero length.
pub(super) fn duration_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = text.chars().next_back()?;
    let count: u64 = text.strip_suffix(unit)?.parse().ok().filter(|count| *count > 0)?;
    let each = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        'w' => 7 * 86_400_000,
        _ => return None,
    };
    count.checked_mul(each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_a_number_and_a_unit() {
        for (text, expected) in [
            ("90s", Some(90_000)),
            ("48h", Some(172_800_000)),
            (" 2w ", Some(1_209_600_000)),
            ("0d", None),
            ("5", None),
            ("5min", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(duration_ms(text), expected, "{text}");
        }
    }
}
