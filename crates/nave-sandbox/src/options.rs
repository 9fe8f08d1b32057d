//! How a sandbox behaves. Every setting has a default that makes a calm, forgiving stand-in.

use nave_connector::case::Case;
use nave_model::Secret;

use crate::faults::Profile;

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Everything invented follows from it.
    pub seed: u64,
    /// What goes wrong how often.
    pub faults: Profile,
    /// Which credentials are accepted.
    pub credentials: Credentials,
    /// What is enforced of rates.
    pub rate: Rate,
    /// Whether idempotency keys are honoured.
    pub idempotency: bool,
    /// What is said of things nobody created.
    pub strangers: Strangers,
    /// How many things a collection holds before anybody creates one.
    pub population: usize,
    /// Cases whose calls are answered as they say.
    pub cases: Vec<Case>,
    /// Requests remembered one by one; counts are kept for all.
    pub remembered: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            seed: 0,
            faults: Profile::default(),
            credentials: Credentials::Any,
            rate: Rate::Unlimited,
            idempotency: true,
            strangers: Strangers::Invented,
            population: 3,
            cases: Vec::new(),
            remembered: 100_000,
        }
    }
}

/// Which credentials are accepted where an operation demands one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Any that is not empty, in the place the description names.
    Any,
    /// Exactly this key, token or `user:password`.
    Exactly(Secret),
    /// None is demanded.
    Off,
}

/// What is enforced of rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// Nothing.
    Unlimited,
    /// The limits the connector's manifest declares.
    Declared,
    /// These: requests per second on average, and how many at once after a pause.
    Limited {
        /// Requests per second on average.
        per_second: f64,
        /// Requests that may be made at once after a pause.
        burst: u32,
    },
}

/// What is said of things nobody created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strangers {
    /// They exist, and are made up when first asked for.
    Invented,
    /// They do not exist.
    NotFound,
}
