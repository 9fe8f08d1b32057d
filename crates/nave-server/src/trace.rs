//! One trace from the event through every call it causes: W3C Trace Context, in and out.

use std::fmt::Write as _;

/// The header.
pub(crate) const HEADER: &str = "traceparent";

/// The `traceparent` a request came with, if it is one (W3C Trace Context section 3.2); else a new one.
pub(crate) fn of(given: Option<&[u8]>) -> String {
    given.and_then(valid).map_or_else(made, str::to_owned)
}

/// The trace's id within a `traceparent`.
pub(crate) fn id(trace: &str) -> &str {
    trace.get(3..35).unwrap_or_default()
}

/// Version 00, or a later one that begins like it.
fn valid(given: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(given).ok()?;
    let hex = |part: &str, length: usize| {
        part.len() == length
            && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let known = hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
    let zeros = |part: &str| part.bytes().all(|byte| byte == b'0');
    let right = hex(trace, 32) && !zeros(trace) && hex(span, 16) && !zeros(span) && hex(flags, 2);
    (known && right && text.len() <= 256).then_some(text)
}

fn made() -> String {
    let mut text = String::with_capacity(55);
    let (trace, span) = (fastrand::u128(1..), fastrand::u64(1..));
    // Writing into a text cannot fail.
    let _written = write!(text, "00-{trace:032x}-{span:016x}-01");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[track_caller]
    fn check(given: &str, taken: bool) {
        let found = of(Some(given.as_bytes()));
        assert_eq!(found == given, taken, "{given} gave {found}");
        assert!(valid(found.as_bytes()).is_some(), "{found}");
    }

    #[test]
    fn a_trace_is_taken_over_or_made() {
        check(GIVEN, true);
        check("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false);
        check("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false);
        check("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false);
        check("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false);
        check("00-4bf92f3577b34da6-00f067aa0ba902b7-01", false);
        check("", false);
        assert_eq!(of(None).len(), GIVEN.len());
        assert_eq!(id(GIVEN), "4bf92f3577b34da6a3ce929d0e0e4736");
    }
}
