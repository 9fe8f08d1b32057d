//! Examples of what goes wrong, and how often.

use super::*;

#[test]
fn faults_are_read_as_written() {
    let read = |text: &str| text.parse::<Injected>().map(|found| (found.sort, found.effective));
    assert_eq!(read("429;retry-after=2"), Ok((Sort::Status(429, Some(2)), false)));
    assert_eq!(read("503"), Ok((Sort::Status(503, None), false)));
    assert_eq!(read("500;effect=done"), Ok((Sort::Status(500, None), true)));
    assert_eq!(read("reset"), Ok((Sort::Reset, true)));
    assert_eq!(read("timeout; effect=none"), Ok((Sort::Timeout, false)));
    assert_eq!(read("trickle;pause=5"), Ok((Sort::Trickle(Duration::from_millis(5)), true)));
}

#[test]
fn wrong_words_are_refused_with_a_hint() {
    let hint = |text: &str| text.parse::<Profile>().unwrap_err().hint.clone().unwrap_or_default();
    assert_eq!(hint("stromy"), "did you mean `stormy`?");
    assert_eq!(hint("truncate"), "did you mean `truncated`?");
    assert!(hint("banana-split").starts_with("faults are a status"));
    assert!(hint("429;retry=2").starts_with("settings are"));
    for text in ["200", "700", "150% 503", "0.25% 503", "latency=9..3", "latency=x"] {
        assert!(text.parse::<Profile>().is_err(), "{text}");
    }
}

#[test]
fn every_named_profile_is_readable_and_shares_stay_within_the_whole() {
    for named in PROFILES {
        let profile: Profile = named.name.parse().unwrap();
        assert_eq!(profile, named.rules.parse().unwrap());
        assert!(profile.shares.iter().map(|(share, _)| share).sum::<u64>() <= 1000, "{}", named.name);
        assert!(named.summary.ends_with('.'), "{}", named.name);
    }
}

#[test]
fn shares_come_out_as_named_and_the_same_for_a_seed() {
    let failing = |name: &str| {
        let profile: Profile = name.parse().unwrap();
        (0..10_000).filter(|number| profile.fate(7, *number).fault.is_some()).count()
    };
    assert_eq!(failing("calm"), 0);
    assert_eq!(failing("down"), 10_000);
    assert!((2_850..=3_150).contains(&failing("flaky")), "{}", failing("flaky"));
    let slow: Profile = "slow".parse().unwrap();
    assert!((0..100).all(|number| (300..=1500).contains(&slow.fate(1, number).delay.as_millis())));
    assert!((0..100).all(|number| slow.fate(1, number) == slow.fate(1, number)));
}

#[test]
fn the_documentation_lists_every_profile() {
    let page = include_str!("../../../../docs/sandbox.md");
    for profile in PROFILES {
        assert!(
            page.contains(&format!("| `{}` |", profile.name)),
            "docs/sandbox.md leaves out {}",
            profile.name
        );
    }
}
