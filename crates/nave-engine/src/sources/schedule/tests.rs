//! Schedules by example, and by walks of a clock that stops, jumps and goes back.

use std::collections::BTreeMap;

use nave_flow::flow::TriggerKind;
use nave_model::At;
use proptest::prelude::*;

use super::*;
use crate::sources::rig::{Fail, Gate, SetClock};

fn ms(time: &str) -> u64 {
    milliseconds(time.parse().unwrap()).unwrap()
}

fn hourly() -> Rule {
    Rule::Every(60 * 60 * 1000)
}

fn rule(expression: &str, zone: &str) -> Rule {
    let (expression, zone) = (expression.to_owned(), zone.to_owned());
    let kind = TriggerKind::Cron { expression, zone, missed: Missed::Once };
    let trigger = Trigger { kind, batch: None, at: At::default() };
    Schedule::of("f", &trigger).unwrap().unwrap().rule
}

#[track_caller]
fn check(rule: &Rule, missed: Missed, handled: &str, now: &str, expected: &[&str]) {
    let due = due(rule, missed, ms(handled), ms(now));
    let times = due.map(|due| due.times).unwrap_or_default();
    let times: Vec<String> = times.into_iter().map(|time| timestamp(time).unwrap().to_string()).collect();
    assert_eq!(times, expected, "{missed:?}");
}

#[test]
fn what_is_due_fires_and_what_was_missed_as_its_flow_says() {
    let (handled, now) = ("2026-01-01T00:00:00Z", "2026-01-01T03:00:30Z");
    let all = ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z", "2026-01-01T03:00:00Z"];
    check(&hourly(), Missed::Once, handled, now, &all[2..]);
    check(&hourly(), Missed::Skip, handled, now, &all[2..]);
    check(&hourly(), Missed::All, handled, now, &all);
    let late = "2026-01-01T03:30:00Z";
    check(&hourly(), Missed::Once, handled, late, &all[2..]);
    check(&hourly(), Missed::Skip, handled, late, &[]);
    check(&hourly(), Missed::All, handled, late, &all);
    check(&hourly(), Missed::All, handled, "2026-01-01T00:59:59Z", &[]);
    // A clock that was set back by minutes fires nothing again.
    check(&hourly(), Missed::All, handled, "2025-12-31T23:00:00Z", &[]);
}

#[test]
fn times_of_a_zone_are_missed_like_others() {
    let daily = rule("0 7 * * *", "Europe/Berlin");
    let (handled, now) = ("2026-03-27T06:00:00Z", "2026-03-29T12:00:00Z");
    check(&daily, Missed::Once, handled, now, &["2026-03-29T05:00:00Z"]);
    check(&daily, Missed::All, handled, now, &["2026-03-28T06:00:00Z", "2026-03-29T05:00:00Z"]);
    check(&daily, Missed::Skip, handled, now, &[]);
}

#[test]
fn a_clock_that_was_wrong_by_days_does_not_silence_a_schedule() {
    let due = due(&hourly(), Missed::Once, ms("2036-01-01T00:00:00Z"), ms("2026-01-01T00:10:00Z"));
    assert_eq!(due, Some(Due { times: Vec::new(), handled_ms: ms("2026-01-01T00:10:00Z") }));
}

#[test]
fn many_missed_times_come_in_parts() {
    let every_second = Rule::Every(1_000);
    let (mut handled, now) = (ms("2026-01-01T00:00:00Z"), ms("2026-01-01T01:00:00Z"));
    let mut times = Vec::new();
    while let Some(due) = due(&every_second, Missed::All, handled, now) {
        assert!(due.times.len() <= MOST);
        times.extend(due.times);
        handled = due.handled_ms;
    }
    assert_eq!((times.len(), handled), (3600, now));
    assert!(times.is_sorted());
}

fn schedule(rule: Rule, missed: Missed) -> Schedule {
    Schedule { name: format!("schedule:f:{rule}"), flow: "f".to_owned(), rule, missed }
}

/// Where it stands, told anew when a write failed, as `run` does it.
async fn step(schedule: &Schedule, gate: &Gate, report: &Report, handled: &mut Option<u64>) {
    let at_ms = now_ms(gate.clock().as_ref());
    let done = match *handled {
        None => schedule.take_up(gate, at_ms).await.map(Some),
        Some(handled_ms) => schedule.fire(gate, report, handled_ms, at_ms).await,
    };
    match done {
        Ok(Some(handled_ms)) => *handled = Some(handled_ms),
        Ok(None) => {}
        Err(_) => *handled = None,
    }
}

#[tokio::test]
async fn a_time_fires_once_whatever_the_clock_and_the_store_do() {
    let clock = SetClock::at("2026-10-24T23:59:00Z");
    let gate = Gate::with(Gate::no_connections(), clock.clone());
    let schedule = schedule(rule("*/30 * * * *", "Europe/Berlin"), Missed::All);
    let report = Report::new("s", "schedule", "f", "x");
    let mut handled = None;
    step(&schedule, &gate, &report, &mut handled).await;
    gate.fail([Fail::After, Fail::Not, Fail::Before, Fail::After, Fail::After, Fail::Not, Fail::Before]);
    for time in [
        "2026-10-25T00:00:00Z",
        "2026-10-25T00:10:00Z",
        "2026-10-24T23:00:00Z",
        "2026-10-25T00:30:01Z",
        "2026-10-25T00:10:01Z",
        "2026-10-25T02:00:01Z",
        "2026-10-25T02:40:01Z",
    ] {
        clock.set(time);
        for round in 0..5 {
            if round == 2 {
                // The process dies.
                handled = None;
            }
            step(&schedule, &gate, &report, &mut handled).await;
        }
    }
    let times: Vec<_> = gate.data().await.into_iter().map(|data| data["scheduled_at"].to_string()).collect();
    // 02:00 and 02:30 in Berlin are there twice that night.
    let expected =
        ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"];
    assert_eq!(times, expected.map(|time| format!("\"{time}\"")));
}

proptest! {
    #[test]
    fn every_time_fires_at_most_once_and_with_all_exactly_once(
        steps in proptest::collection::vec(-3_000_000_i64..9_000_000, 1..60),
        minutes in 1_u64..300,
        missed in proptest::sample::select(&[Missed::Once, Missed::Skip, Missed::All]),
    ) {
        let rule = Rule::Every(minutes * 60_000);
        let began = ms("2026-01-01T00:00:00Z");
        let (mut now, mut handled, mut latest) = (began, began, began);
        let mut fired: BTreeMap<u64, u32> = BTreeMap::new();
        for step in steps {
            now = now.checked_add_signed(step).unwrap();
            latest = latest.max(now);
            while let Some(due) = due(&rule, missed, handled, now) {
                for time in due.times {
                    prop_assert!(time <= now && time > began);
                    *fired.entry(time).or_default() += 1;
                }
                prop_assert!(due.handled_ms > handled);
                handled = due.handled_ms;
            }
        }
        prop_assert!(fired.values().all(|count| *count == 1), "{:?}", fired);
        let there_were = latest / (minutes * 60_000) - began / (minutes * 60_000);
        if missed == Missed::All {
            prop_assert_eq!(fired.len() as u64, there_were);
        }
    }
}
