//! The fault profiles that have a name. A row is all there is to one.

/// A profile with a name.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// What it is called on the command line.
    pub name: &'static str,
    /// One sentence for lists.
    pub summary: &'static str,
    /// What happens how often, as [`super::Profile`] is written.
    pub rules: &'static str,
}

/// All of them.
pub const PROFILES: &[Named] = &[
    Named { name: "calm", summary: "Nothing goes wrong.", rules: "" },
    Named {
        name: "flaky",
        summary: "Three of ten requests fail, quickly.",
        rules: "8% 503, 7% 500, 6% 429;retry-after=1, 5% reset, 4% truncated",
    },
    Named {
        name: "stormy",
        summary: "Half of all requests fail in every way there is, and the rest are slow.",
        rules: "10% 429;retry-after=1, 12% 503;retry-after=1, 8% 500, 6% reset, 4% reset;effect=none, \
                4% truncated, 2% shape, 2% timeout, 2% trickle, latency=5..120",
    },
    Named {
        name: "down",
        summary: "Nothing works: unavailable or reset.",
        rules: "70% 503, 30% reset;effect=none",
    },
    Named {
        name: "slow",
        summary: "Every answer takes its time, some come in drops.",
        rules: "10% trickle;pause=100, latency=300..1500",
    },
    Named {
        name: "throttled",
        summary: "Half of all requests are too many.",
        rules: "50% 429;retry-after=1",
    },
    Named {
        name: "lossy",
        summary: "The work is done, and one in five answers is lost.",
        rules: "10% reset, 5% truncated, 5% timeout",
    },
    Named {
        name: "drifting",
        summary: "One in four answers does not have the described shape.",
        rules: "25% shape",
    },
    Named { name: "expired", summary: "Every credential has expired.", rules: "expired" },
];
