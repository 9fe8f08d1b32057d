//! Traces (W3C Trace Context, Level 1, Recommendation of 23 November 2021): read from what came in, kept, and
//! carried on. Pure: the random numbers of new ones are given, headers are left to whoever speaks HTTP.
//!
//! A trace is *kept* as one text wherever something belongs to one: a `traceparent` of version 00 and, where
//! one came with it, a space and its `tracestate`.

use std::collections::BTreeSet;

/// The header, and the CloudEvents extension (CloudEvents Distributed Tracing Extension), of a trace.
pub const PARENT: &str = "traceparent";
/// The header, and the extension, of what the systems on the way know of it.
pub const STATE: &str = "tracestate";

/// Length of a `traceparent` of version 00.
const LENGTH: usize = 55;
/// Members of a `tracestate`, at most (section 3.3.1.1).
const MOST_MEMBERS: usize = 32;
/// Letters of a `tracestate` that are carried on: as many as must be (section 3.3.1.5).
const MOST_STATE: usize = 512;
/// Members longer than this are the first to go where there are more (section 3.3.1.5).
const LONG_MEMBER: usize = 128;

/// A trace as it came in, to be kept; `None`: the `traceparent` is none, and the trace begins anew. A
/// `tracestate` that cannot be read is left out.
pub fn kept(traceparent: &str, tracestate: Option<&str>) -> Option<String> {
    let (trace, span, is_sampled) = read(traceparent)?;
    let mut kept = written(trace, span, is_sampled);
    if let Some(state) = tracestate.and_then(shortened) {
        kept.push(' ');
        kept.push_str(&state);
    }
    Some(kept)
}

/// A trace that begins here, and is recorded. The numbers are random; 0 is taken for 1, because an id of
/// zeros is none.
pub fn begin(trace: u128, span: u64) -> String {
    written(&format!("{:032x}", trace.max(1)), &format!("{:016x}", span.max(1)), true)
}

/// The same trace one step further: another span, what else is kept of it stays. `None`: it is none.
pub fn next(kept: &str, span: u64) -> Option<String> {
    let (trace, _, is_sampled) = read(parent(kept))?;
    let mut next = written(trace, &format!("{:016x}", span.max(1)), is_sampled);
    if let Some(state) = state(kept) {
        next.push(' ');
        next.push_str(state);
    }
    Some(next)
}

/// The `traceparent` of a kept trace.
pub fn parent(kept: &str) -> &str {
    kept.split_once(' ').map_or(kept, |(parent, _)| parent)
}

/// The `tracestate` of a kept trace.
pub fn state(kept: &str) -> Option<&str> {
    kept.split_once(' ').map(|(_, state)| state)
}

/// The id of a kept trace: what logs are searched for.
pub fn id(kept: &str) -> Option<&str> {
    read(parent(kept)).map(|(trace, _, _)| trace)
}

/// Trace, span, and whether it is recorded (section 3.2.2). Of a version to come what is known today is read
/// (section 3.2.4); flags that mean nothing today are not carried on (section 3.2.2.5.2).
fn read(traceparent: &str) -> Option<(&str, &str, bool)> {
    let version = traceparent.get(..2).filter(|version| is_hex(version) && *version != "ff")?;
    let rest = traceparent.get(LENGTH..)?;
    if !rest.is_empty() && (version == "00" || !rest.starts_with('-')) {
        return None;
    }
    let dashes = [2, 35, 52].iter().all(|at| traceparent.as_bytes().get(*at) == Some(&b'-'));
    let is_id = |id: &&str| is_hex(id) && id.bytes().any(|byte| byte != b'0');
    let trace = traceparent.get(3..35).filter(is_id)?;
    let span = traceparent.get(36..52).filter(is_id)?;
    let flags = traceparent.get(53..LENGTH).filter(|flags| dashes && is_hex(flags))?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some((trace, span, flags & 1 == 1))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn written(trace: &str, span: &str, is_sampled: bool) -> String {
    format!("00-{trace}-{span}-0{}", u8::from(is_sampled))
}

/// A `tracestate` as it is carried on (section 3.3.1); `None`: it is none, or empty.
fn shortened(state: &str) -> Option<String> {
    let mut members = Vec::new();
    let mut keys = BTreeSet::new();
    for member in state.split(',').map(|member| member.trim_matches([' ', '\t'])) {
        if member.is_empty() {
            continue;
        }
        let (key, value) = member.split_once('=')?;
        if !is_key(key) || !is_value(value) || !keys.insert(key) || members.len() == MOST_MEMBERS {
            return None;
        }
        members.push(member);
    }
    let length = |members: &[&str]| members.iter().map(|member| member.len() + 1).sum::<usize>();
    while length(&members) > MOST_STATE + 1 {
        match members.iter().rposition(|member| member.len() > LONG_MEMBER) {
            Some(long) => drop(members.remove(long)),
            None => drop(members.pop()),
        }
    }
    (!members.is_empty()).then(|| members.join(","))
}

/// `vendor`, or `tenant@vendor` (section 3.3.1.3.1).
fn is_key(key: &str) -> bool {
    let fits = |part: &str, most: usize, digit_first: bool| {
        let first = part.bytes().next();
        first.is_some_and(|byte| byte.is_ascii_lowercase() || digit_first && byte.is_ascii_digit())
            && part.len() <= most
            && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/'))
    };
    match key.split_once('@') {
        Some((tenant, vendor)) => fits(tenant, 241, true) && fits(vendor, 14, false),
        None => fits(key, 256, false),
    }
}

/// Visible letters of ASCII and spaces, without the two that part members (section 3.3.1.3.2).
fn is_value(value: &str) -> bool {
    (1..=256).contains(&value.len())
        && value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=')
}

#[cfg(test)]
mod tests;
