//! Limits on calls and amounts.

use nave_expr::compile::Program;
use nave_model::Decimal;

use super::{Reading, Window};
use crate::document::{AmountCap, Cap};
use crate::finding::at;

/// The most calls, or the most of an amount, in a window of time.
#[derive(Debug)]
pub struct Limit {
    /// The most.
    pub most: Decimal,
    /// The amount of one call; `None`: every call counts one.
    pub of: Option<Program>,
    /// The window.
    pub window: Window,
    /// Whether all callers share it.
    pub together: bool,
}

/// Understands a cap; reports what is wrong with it.
pub(super) fn read(reading: &mut Reading<'_>, rule: usize, cap: &Cap) -> Option<Limit> {
    match cap {
        Cap::Calls(text) => calls(reading, rule, text),
        Cap::Amount(amount) => self::amount(reading, rule, amount),
    }
}

/// `10 per minute`, or `10 per minute together`.
fn calls(reading: &mut Reading<'_>, rule: usize, text: &str) -> Option<Limit> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let understood = match words.as_slice() {
        [most, "per", window] => Some((*most, *window, false)),
        [most, "per", window, "together"] => Some((*most, *window, true)),
        _ => None,
    };
    let limit = understood.and_then(|(most, window, together)| {
        let most = Decimal::scaled(most.parse::<u32>().ok().map(i128::from)?, 0);
        Some(Limit { most, of: None, window: Window::parse(window)?, together })
    });
    if limit.is_none() {
        let hint = "write a number, `per` and `minute`, `hour`, `day` or `month`: `10 per minute`, or \
                    `100 per day together` where all callers share it";
        reading.report(at(rule, "cap"), format!("`{text}` is not a limit"), hint);
    }
    limit
}

fn amount(reading: &mut Reading<'_>, rule: usize, cap: &AmountCap) -> Option<Limit> {
    let pointer = at(rule, "cap");
    let window = Window::parse(&cap.per);
    if window.is_none() {
        let hint = "write `minute`, `hour`, `day` or `month`";
        reading.report(format!("{pointer}/per"), format!("`{}` is not a window of time", cap.per), hint);
    }
    let most = Decimal::parse(cap.most.as_str());
    let of = reading.program(&format!("{pointer}/of"), &cap.of);
    Some(Limit { most: most?, of: Some(of?), window: window?, together: cap.together })
}
