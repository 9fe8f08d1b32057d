//! What a trial is told on the command line: `--name value`, each with a default.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

/// An option of a trial.
pub(crate) struct Known {
    /// Its name, without the dashes.
    pub(crate) name: &'static str,
    /// Its value where it is not given.
    pub(crate) default: &'static str,
    /// What it says.
    pub(crate) help: &'static str,
}

/// An option of a trial.
pub(crate) const fn known(name: &'static str, default: &'static str, help: &'static str) -> Known {
    Known { name, default, help }
}

/// Options that every trial has.
const COMMON: [Known; 4] = [
    known("hub", "", "the program to run as `PROGRAM serve`; left out: `nave`, built from this folder"),
    known("build", "debug", "which `nave` is built: debug or release"),
    known("folder", "", "where the hub's project is made; left out: below target/trials"),
    known("seed", "0", "makes the trial's choices the same again; 0: others each time"),
];

/// The options as they were given.
pub(crate) struct Options {
    values: BTreeMap<&'static str, String>,
}

impl Options {
    /// Reads `--name value` pairs.
    ///
    /// # Errors
    /// A name is not known, or has no value.
    pub(crate) fn read(own: &'static [Known], given: &[String]) -> anyhow::Result<Self> {
        let all = || own.iter().chain(&COMMON);
        let mut values: BTreeMap<&'static str, String> =
            all().map(|known| (known.name, known.default.to_owned())).collect();
        let mut words = given.iter();
        while let Some(word) = words.next() {
            let Some(known) = all().find(|known| word.strip_prefix("--") == Some(known.name)) else {
                bail!("`{word}` is no option\n{}", help(own));
            };
            let value = words.next().with_context(|| format!("`{word}` has no value"))?;
            values.insert(known.name, value.clone());
        }
        Ok(Options { values })
    }

    /// A text; empty where it is not given and has no default.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// A whole number.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn number(&self, name: &str) -> anyhow::Result<u64> {
        let text = self.text(name);
        text.replace('_', "").parse().with_context(|| format!("`--{name} {text}` is no whole number"))
    }

    /// A number of things in memory.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn count(&self, name: &str) -> anyhow::Result<usize> {
        Ok(usize::try_from(self.number(name)?)?)
    }

    /// A number that may have a fraction.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn ratio(&self, name: &str) -> anyhow::Result<f64> {
        let text = self.text(name);
        text.parse().with_context(|| format!("`--{name} {text}` is no number"))
    }

    /// Random choices, the same again for the same `--seed`.
    ///
    /// # Errors
    /// The seed is no number.
    pub(crate) fn choices(&self) -> anyhow::Result<(u64, fastrand::Rng)> {
        let seed = match self.number("seed")? {
            0 => fastrand::u64(1..1_000_000),
            seed => seed,
        };
        Ok((seed, fastrand::Rng::with_seed(seed)))
    }
}

/// The options with their defaults, one a line.
pub(crate) fn help(own: &'static [Known]) -> String {
    let line = |known: &Known| format!("  --{} {}\n      {}\n", known.name, known.default, known.help);
    own.iter().chain(&COMMON).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [Known; 2] = [known("times", "1_000", "how often"), known("share", "1.2", "how much")];

    fn read(words: &[&str]) -> anyhow::Result<Options> {
        Options::read(&OWN, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_given_stands_before_defaults() {
        let options = read(&["--times", "3", "--hub", "/bin/nave"]).unwrap();
        assert_eq!(options.number("times").unwrap(), 3);
        assert_eq!(options.text("hub"), "/bin/nave");
        let options = read(&[]).unwrap();
        assert_eq!(options.number("times").unwrap(), 1000);
        assert!((options.ratio("share").unwrap() - 1.2).abs() < 1e-9);
    }

    #[test]
    fn what_is_not_known_or_cannot_be_meant_is_refused() {
        for words in [&["--tmies", "3"][..], &["--times"], &["3"]] {
            assert!(read(words).is_err(), "{words:?}");
        }
        assert!(read(&["--times", "many"]).unwrap().number("times").is_err());
    }

    #[test]
    fn a_seed_gives_the_same_choices_again() {
        let draw = || read(&["--seed", "7"]).unwrap().choices().unwrap().1.u64(..);
        assert_eq!(draw(), draw());
    }
}
