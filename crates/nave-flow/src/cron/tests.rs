//! Cron expressions, by example, and against a scan of every minute.

use proptest::prelude::*;

use super::*;

#[test]
fn expressions_are_taken() {
    for text in [
        "* * * * *",
        "0 7 * * 1-5",
        "*/5 0-6/2 1,15 jan-MAR sun",
        "5/10 * * * 7",
        "0 0 29 2 *",
        "0 0 31 2 1",
        "  0   0 1 1 * ",
    ] {
        assert!(Cron::parse(text).is_ok(), "{text}");
    }
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let wrong = Cron::parse(text).unwrap_err();
    assert_eq!(format!("{}; {}", wrong.message, wrong.hint.unwrap_or_default()), expected);
}

#[test]
fn what_is_wrong_is_said() {
    refused("@daily", "a cron expression has five fields; write `0 0 * * *`");
    refused(
        "0 0 7 * * 1",
        "a cron expression has five fields, not 6; seconds are not read; did you mean `0 7 * * 1`?",
    );
    refused(
        "",
        "a cron expression has five fields, not 0; they are minute, hour, day of the month, month, day of the week: `0 7 * * 1-5`",
    );
    refused("60 * * * *", "`60` is no minute; it goes from 0 to 59");
    refused("* * 0 * *", "`0` is no day of the month; it goes from 1 to 31");
    refused("* * * juni *", "`juni` is no month; did you mean `jun`?");
    refused("* * * * 1-", "`` is no day of the week; write `*`, a number from 0 to 7, a range or a list");
    refused(
        "0 17-9 * * *",
        "the range `17-9` of the hour goes backwards; write `9-17`, or two ranges with `,`",
    );
    refused("*/0 * * * *", "the step of `*/0` is 0; a step is 1 or more");
    refused("0 0 30 feb *", "this time never comes: the month has no such day; `28` is in every month");
    refused("0 0 31 4,6,9,11 *", "this time never comes: the month has no such day; `28` is in every month");
}

#[track_caller]
fn check(expression: &str, zone: &str, after: &str, expected: &[&str]) {
    let cron = Cron::parse(expression).unwrap();
    let zone = TimeZone::get(zone).unwrap();
    let mut time: Timestamp = after.parse().unwrap();
    let mut found = Vec::new();
    for _ in expected {
        time = cron.next_after(time, &zone).unwrap();
        found.push(time.to_string());
    }
    assert_eq!(found, expected, "{expression}");
}

#[test]
fn times_follow_each_other() {
    check("0 7 * * 1-5", "UTC", "2026-01-02T07:00:00Z", &["2026-01-05T07:00:00Z", "2026-01-06T07:00:00Z"]);
    check("*/20 * * * *", "UTC", "2026-12-31T23:39:59.9Z", &["2026-12-31T23:40:00Z", "2027-01-01T00:00:00Z"]);
    check("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", &["2104-02-29T00:00:00Z"]);
    // A restricted day and a restricted weekday: either is enough.
    check(
        "0 0 13 * 5",
        "UTC",
        "2026-02-01T00:00:00Z",
        &["2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z"],
    );
    // With a `*` in one of them, both.
    check("0 0 29 2 */7", "UTC", "2004-03-01T00:00:00Z", &["2032-02-29T00:00:00Z"]);
    check("0 0 * * 7", "UTC", "2026-01-01T00:00:00Z", &["2026-01-04T00:00:00Z"]);
    check("0 9 * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", &["2026-01-01T03:30:00Z"]);
}

#[test]
fn what_clocks_leave_out_comes_right_after() {
    // 02:00 to 03:00 is not there on 29 March 2026 in Berlin.
    check(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T12:00:00Z",
        &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
    );
    // Several of them, and the first moment itself, are one.
    check(
        "*/30 * * * *",
        "Europe/Berlin",
        "2026-03-29T00:29:59Z",
        &["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"],
    );
    // Samoa left out the whole 30 December 2011.
    check("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", &["2011-12-30T10:00:00Z"]);
}

#[test]
fn what_clocks_show_twice_comes_once() {
    // 02:00 to 03:00 is there twice on 25 October 2026 in Berlin.
    check(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24T12:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    );
    check("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", &["2026-10-26T01:30:00Z"]);
}

#[test]
fn the_last_one_is_found_from_any_distance() {
    let zone = TimeZone::UTC;
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    for (expression, after, until, expected) in [
        ("* * * * *", "1990-01-01T00:00:00Z", "2026-01-01T00:00:30Z", Some("2026-01-01T00:00:00Z")),
        ("0 0 29 2 *", "1990-01-01T00:00:00Z", "2026-01-01T00:00:00Z", Some("2024-02-29T00:00:00Z")),
        ("0 7 * * *", "2026-01-01T07:00:00Z", "2026-01-02T06:59:59Z", None),
        ("0 7 * * *", "2026-01-01T06:59:59Z", "2026-01-01T07:00:00Z", Some("2026-01-01T07:00:00Z")),
    ] {
        let found = Cron::parse(expression).unwrap().last_before(at(after), at(until), &zone);
        assert_eq!(found, expected.map(at), "{expression}");
    }
}

#[test]
fn the_end_of_the_calendar_is_an_end() {
    let cron = Cron::parse("0 0 29 2 *").unwrap();
    assert_eq!(cron.next_after("9999-01-01T00:00:00Z".parse().unwrap(), &TimeZone::UTC), None);
}

/// The same by looking at every minute there is, one after the other.
fn scanned(cron: &Cron, after: Timestamp, zone: &TimeZone, minutes: i64) -> Option<Timestamp> {
    let fits = |shown: DateTime| {
        let number = |value: i8| u32::try_from(value).unwrap();
        has(cron.minutes, number(shown.minute()))
            && has(cron.hours, number(shown.hour()))
            && cron.fits(shown.date())
    };
    let first = after.as_second().div_euclid(60) + 1;
    let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
    (first..first + minutes).map(at).find(|time| {
        let shown = zone.to_datetime(*time);
        let before = zone.to_datetime(*time - 1.minute());
        // Shown before already: it fired then. Left out: everything up to here fires here.
        let again = zone.to_ambiguous_timestamp(shown).earlier().unwrap() != *time;
        let mut left_out = before + 1.minute();
        let mut any = false;
        while left_out < shown {
            any |= fits(left_out);
            left_out += 1.minute();
        }
        any || (fits(shown) && !again)
    })
}

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/St_Johns",
];

proptest! {
    #[test]
    fn any_text_has_an_answer(text in "(\\PC{0,6} ?){0,6}|([0-9*/,-]{1,5} ){4}[0-9*/,-]{1,5}") {
        let answer = Cron::parse(&text);
        prop_assert!(answer.is_ok() || answer.is_err_and(|wrong| wrong.hint.is_some()));
    }

    #[test]
    fn the_next_time_is_the_one_that_a_scan_finds(
        minute in prop_oneof!["\\*", "\\*/(7|15|20|30)", "[0-9]", "[1-5][0-9]"],
        hour in prop_oneof!["\\*", "\\*/(2|3|5)", "[0-9]", "1[0-9]", "2[0-3]", "1-3"],
        day in prop_oneof![3 => Just("*".to_owned()), 1 => "[1-9]", 1 => "2[5-9]", 1 => "\\*/2"],
        weekday in prop_oneof![3 => Just("*".to_owned()), 1 => "[0-7]", 1 => "\\*/2"],
        zone in proptest::sample::select(&ZONES),
        // Around a change of the clocks more often than not.
        anchor in proptest::sample::select(&[
            1_774_746_000_i64, 1_792_890_000, 1_772_953_200, 1_793_512_800, 1_325_239_200, 1_790_000_000,
        ]),
        offset in -200_000_i64..200_000,
    ) {
        let cron = Cron::parse(&format!("{minute} {hour} {day} * {weekday}")).unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let after = Timestamp::from_second(anchor + offset).unwrap();
        let minutes = 6 * 24 * 60;
        let found = cron.next_after(after, &zone);
        let within = after + (minutes - 2).minutes();
        match scanned(&cron, after, &zone, minutes) {
            Some(expected) => prop_assert_eq!(found, Some(expected)),
            None => prop_assert!(found.is_none_or(|found| found > within), "{:?}", found),
        }
    }
}
