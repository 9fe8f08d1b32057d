//! Names of tasks, taken apart: which step is meant, and in which rounds of the loops around it.

/// A name on its way inwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// The whole name, without a prefix such as `undo:` and without the attempt.
    pub(super) task: &'a str,
    /// What is left of it below the loops passed so far.
    rest: &'a str,
    /// Which attempt is meant.
    pub(super) attempt: u32,
    /// How often the timer that is meant was set again.
    pub(super) again: u32,
}

impl<'a> Target<'a> {
    pub(super) fn new(name: &'a str) -> Self {
        let (name, again) = suffix(name, '~').unwrap_or((name, 0));
        let (task, attempt) = suffix(name, '#').unwrap_or((name, 1));
        Target { task, rest: task, attempt, again }
    }

    /// Whether it is this step, in the rounds passed so far.
    pub(super) fn is(self, step: &str) -> bool {
        self.rest == step
    }

    /// The round of this loop that it stands in, and the name from there on.
    pub(super) fn round(self, step: &str) -> Option<(u32, Target<'a>)> {
        let (index, rest) = self.rest.strip_prefix(step)?.strip_prefix('[')?.split_once("]/")?;
        Some((index.parse().ok()?, Target { rest, ..self }))
    }
}

/// A name and the number behind a mark.
pub(super) fn suffix(name: &str, mark: char) -> Option<(&str, u32)> {
    let (name, number) = name.rsplit_once(mark)?;
    Some((name, number.parse().ok()?))
}

/// The name of the step alone: `charge` of `lines[3]/charge#2`.
pub(crate) fn step_of(task: &str) -> &str {
    let step = task.rsplit('/').next().unwrap_or(task);
    step.split(['#', '~']).next().unwrap_or(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_lead_inwards() {
        let target = Target::new("orders[2]/lines[31]/charge");
        let (round, target) = target.round("orders").unwrap();
        assert_eq!(round, 2);
        assert!(target.round("line").is_none());
        let (round, target) = target.round("lines").unwrap();
        assert_eq!(round, 31);
        assert!(target.is("charge"));
        assert_eq!(target.task, "orders[2]/lines[31]/charge");
        assert_eq!(target.attempt, 1);
        assert!(Target::new("orders[x]/charge").round("orders").is_none());
    }

    #[test]
    fn a_later_attempt_has_its_number() {
        let target = Target::new("lines[3]/charge#2");
        assert_eq!((target.task, target.attempt, target.again), ("lines[3]/charge", 2, 0));
        let target = Target::new("lines#2~3");
        assert_eq!((target.task, target.attempt, target.again), ("lines", 2, 3));
        assert_eq!(step_of("lines[3]/charge#2"), "charge");
    }
}
