//! The trace a request belongs to, from its headers (W3C Trace Context). What a trace is stands in
//! `nave_model::trace`.

use http::HeaderMap;
use nave_model::trace;

/// The trace a request came with, as it is kept; a new one where it came with none, or with several (section
/// 3.2.2). A `tracestate` in several headers is one (section 3.3.1).
pub(crate) fn of(headers: &HeaderMap) -> String {
    given(headers).unwrap_or_else(|| trace::begin(fastrand::u128(..), fastrand::u64(..)))
}

fn given(headers: &HeaderMap) -> Option<String> {
    let mut parents = headers.get_all(trace::PARENT).iter();
    let parent = parents.next().filter(|_| parents.next().is_none())?.to_str().ok()?;
    let states = headers.get_all(trace::STATE).iter().map(|state| state.to_str().ok());
    let state = states.collect::<Option<Vec<&str>>>().map(|states| states.join(","));
    trace::kept(parent, state.as_deref())
}

/// The id of a trace that is kept.
pub(crate) fn id(kept: &str) -> &str {
    trace::id(kept).unwrap_or_default()
}

/// The headers of a request without those of a trace, and those of the trace it is answered under.
pub(crate) fn headers(given: &HeaderMap, kept: &str) -> Vec<(String, String)> {
    let mut headers = Vec::with_capacity(given.len() + 2);
    for (name, value) in given {
        if name == trace::PARENT || name == trace::STATE {
            continue;
        }
        // What is no text is left out.
        if let Ok(value) = value.to_str() {
            headers.push((name.as_str().to_owned(), value.to_owned()));
        }
    }
    headers.push((trace::PARENT.to_owned(), trace::parent(kept).to_owned()));
    headers.extend(trace::state(kept).map(|state| (trace::STATE.to_owned(), state.to_owned())));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[track_caller]
    fn check(given: &[(&'static str, &str)], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(*name, value.parse().unwrap());
        }
        let found = of(&headers);
        assert_eq!(trace::parent(&found).len(), GIVEN.len(), "{found}");
        match expected {
            Some(expected) => assert_eq!(found, expected, "{given:?}"),
            None => assert!(!found.contains("4bf92f3577b34da6a3ce929d0e0e4736"), "{given:?} gave {found}"),
        }
    }

    #[test]
    fn a_trace_is_taken_over_or_made() {
        check(&[("traceparent", GIVEN)], Some(GIVEN));
        check(&[("traceparent", GIVEN), ("tracestate", "a=1")], Some(&format!("{GIVEN} a=1")));
        check(
            &[("traceparent", GIVEN), ("tracestate", "a=1"), ("tracestate", "b=2")],
            Some(&format!("{GIVEN} a=1,b=2")),
        );
        check(&[("traceparent", GIVEN), ("tracestate", "no state")], Some(GIVEN));
        check(&[("traceparent", GIVEN), ("traceparent", GIVEN)], None);
        check(&[("traceparent", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01")], None);
        check(&[("tracestate", "a=1")], None);
        check(&[], None);
    }

    #[test]
    fn the_trace_goes_on_in_the_place_of_what_came() {
        let mut given = HeaderMap::new();
        given.append("traceparent", "nonsense".parse().unwrap());
        given.append("x-own", "1".parse().unwrap());
        let expected = [("x-own", "1"), ("traceparent", GIVEN), ("tracestate", "a=1")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers(&given, &format!("{GIVEN} a=1")), expected);
    }
}
