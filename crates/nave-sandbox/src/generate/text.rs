//! Texts within their limits: by pattern where there is one, else by format, else by name.

use serde_json::Value;

use crate::generate::pattern::Pattern;
use crate::generate::plausible;
use crate::generate::rng::Rng;
use crate::generate::shape::Shape;

/// Longer texts than this are not made; a schema that demands one gets no value.
const LONGEST: usize = 100_000;

/// The limits all parts of a shape set together.
pub(super) struct Limits<'a> {
    least: usize,
    most: usize,
    format: Option<&'a str>,
    patterns: Vec<&'a str>,
}

impl<'a> Limits<'a> {
    pub(super) fn of(shape: &Shape<'a>) -> Self {
        let length = |value: &Value| value.as_f64().and_then(|length| format!("{length:.0}").parse().ok());
        let least = shape.keyword("minLength").filter_map(|(_, value)| length(value)).max().unwrap_or(0);
        let most = shape.keyword("maxLength").filter_map(|(_, value)| length(value)).min();
        let format = shape.keyword("format").find_map(|(_, value)| value.as_str());
        let encoded = shape.keyword("contentEncoding").find_map(|(_, value)| value.as_str());
        let patterns = shape.keyword("pattern").filter_map(|(_, value)| value.as_str()).collect();
        Limits { least, most: most.unwrap_or(usize::MAX), format: format.or(encoded), patterns }
    }

    fn fits(&self, text: &str) -> bool {
        (self.least..=self.most).contains(&text.chars().count())
    }
}

/// Suggestions, the most telling first; the caller takes the first that passes the check. `filled`
/// asks for texts of at least one character.
pub(super) fn suggestions(limits: &Limits<'_>, name: &str, filled: bool, rng: &mut Rng) -> Vec<String> {
    let least = limits.least.max(usize::from(filled));
    if least > limits.most || least > LONGEST {
        return if limits.most == 0 { vec![String::new()] } else { Vec::new() };
    }
    let mut found = Vec::new();
    for pattern in &limits.patterns {
        let Some(pattern) = Pattern::new(pattern) else { continue };
        found.extend(pattern.text(rng, least, limits.most));
    }
    if let Some(format) = limits.format {
        let made = (0..4).filter_map(|_| plausible::by_format(format, rng));
        found.extend(made.filter(|text| limits.fits(text)).take(1));
    }
    let named = plausible::by_name(name, rng).unwrap_or_else(|| plausible::anything(rng));
    found.push(fit(&named, least, limits.most, rng));
    if !limits.patterns.is_empty() {
        let digits = rng.between(10_000_000, 99_999_999).to_string();
        found.push(fit(&digits, least, limits.most, rng));
        found.push(fit(&named.to_uppercase(), least, limits.most, rng));
    }
    found
}

/// A text cut or filled up to a length.
fn fit(text: &str, least: usize, most: usize, rng: &mut Rng) -> String {
    let length = text.chars().count();
    if length > most {
        // A cut may leave a space at the end, which some places a text travels in do not keep.
        let cut: String = text.chars().take(most).map(|c| if c == ' ' { '-' } else { c }).collect();
        return cut;
    }
    let mut text = text.to_owned();
    if length < least {
        text.push_str(&plausible::letters(rng, least - length));
    }
    text
}
