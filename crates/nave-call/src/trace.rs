//! The trace a call belongs to, as it is sent on: W3C Trace Context, `traceparent` of version 00.

/// Name of the header.
pub(crate) const HEADER: &str = "traceparent";

/// The header for one attempt: the same trace and flags, with a span of its own. `None`: what was given
/// is no `traceparent`, and the specification (section 3.2.2.5) says that such a one is not sent on.
pub(crate) fn sent_on(given: &str) -> Option<String> {
    let (trace, flags) = read(given)?;
    let span = fastrand::u64(1..);
    Some(format!("00-{trace}-{span:016x}-{flags}"))
}

/// Trace id and flags. A later version may have more fields, and begins with these.
fn read(given: &str) -> Option<(&str, &str)> {
    let mut fields = given.split('-');
    let [version, trace, span, flags] = [fields.next()?, fields.next()?, fields.next()?, fields.next()?];
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let there = |text: &str| text.bytes().any(|b| b != b'0');
    let whole = hex(version, 2) && version != "ff" && (version != "00" || fields.next().is_none());
    let good = whole && hex(trace, 32) && there(trace) && hex(span, 16) && there(span) && hex(flags, 2);
    good.then_some((trace, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[track_caller]
    fn check(given: &str, good: bool) {
        let given = given.replace("TRACE", TRACE);
        assert_eq!(sent_on(&given).is_some(), good, "{given}");
    }

    #[test]
    fn what_is_no_traceparent_is_not_sent_on() {
        check("00-TRACE-00f067aa0ba902b7-01", true);
        check("cc-TRACE-00f067aa0ba902b7-01-what-comes-later", true);
        check("00-TRACE-00f067aa0ba902b7-01-more", false);
        check("ff-TRACE-00f067aa0ba902b7-01", false);
        check("00-TRACE-0000000000000000-01", false);
        check("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false);
        check("00-TRACE-00F067AA0BA902B7-01", false);
        check("00-TRACE-00f067aa0ba902b7", false);
        check("", false);
    }

    #[test]
    fn every_attempt_has_a_span_of_its_own() {
        let given = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let (one, two) = (sent_on(&given).unwrap(), sent_on(&given).unwrap());
        assert!(one.starts_with(&format!("00-{TRACE}-")) && one.ends_with("-01") && one.len() == 55, "{one}");
        assert!(one != two && one != given);
    }
}
