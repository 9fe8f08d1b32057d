//! Codes of the world: currencies, countries and calling codes, looked up by what people write.

use nave_model::similar::did_you_mean;

use super::letters::folded;
use super::signature::Objection;

mod calling;
mod countries;
mod currencies;

pub(crate) use calling::{PLANS, Plan};
pub(crate) use countries::{COUNTRIES, Country};
pub(crate) use currencies::{CURRENCIES, Currency};

/// The currency of a code in any case, or of its number.
///
/// # Errors
/// There is none.
pub(crate) fn currency(written: &str) -> Result<&'static Currency, Objection> {
    let code = written.trim();
    let number = number(code);
    let found = CURRENCIES
        .iter()
        .find(|currency| currency.code.eq_ignore_ascii_case(code) || Some(currency.numeric) == number);
    found.ok_or_else(|| {
        let hint = did_you_mean(&code.to_uppercase(), CURRENCIES.iter().map(|currency| currency.code));
        (format!("\"{}\" is no currency of ISO 4217", beginning(code)), hint)
    })
}

/// The country of a code in any case, of its number, or of a name it is often given.
///
/// # Errors
/// There is none.
pub(crate) fn country(written: &str) -> Result<&'static Country, Objection> {
    let text = written.trim();
    let number = number(text);
    let by_code = COUNTRIES.iter().find(|country| {
        let codes = [country.alpha2, country.alpha3];
        codes.into_iter().any(|code| code.eq_ignore_ascii_case(text)) || Some(country.numeric) == number
    });
    let name = if text.len() <= MOST { folded(text) } else { String::new() };
    let name = name.strip_prefix("the").filter(|rest| !rest.is_empty()).unwrap_or(&name);
    let named = |known: &str| {
        let known = folded(known);
        known.strip_prefix("the").unwrap_or(&known) == name
    };
    let by_name = || {
        COUNTRIES.iter().find(|country| named(country.name) || country.also.iter().any(|also| named(also)))
    };
    by_code.or_else(by_name).ok_or_else(|| {
        let hint = if text.chars().count() <= 3 {
            did_you_mean(
                &text.to_uppercase(),
                COUNTRIES.iter().flat_map(|country| [country.alpha2, country.alpha3]),
            )
        } else {
            did_you_mean(text, COUNTRIES.iter().map(|country| country.name))
        };
        (format!("\"{}\" is no country of ISO 3166", beginning(text)), hint)
    })
}

/// No name of a country is longer.
const MOST: usize = 120;

fn number(text: &str) -> Option<u16> {
    let is_number = !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// As much of a text as a message shows.
pub(crate) fn beginning(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_owned();
    }
    let kept: String = text.chars().take(37).collect();
    format!("{kept}...")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_told_once() {
        let mut seen = BTreeSet::new();
        for country in COUNTRIES {
            assert!(
                seen.insert(country.alpha2.to_owned()) && seen.insert(country.alpha3.to_owned()),
                "{country:?}"
            );
            assert!(seen.insert(country.numeric.to_string()), "{country:?}");
        }
        assert_eq!(COUNTRIES.len(), 249);
        let mut names = BTreeSet::new();
        for country in COUNTRIES {
            for name in country.also.iter().chain([&country.name]) {
                assert!(
                    names.insert(folded(name)) || *name == "Österreich" || is_spelt_twice(country, name),
                    "{name}"
                );
            }
        }
        let mut seen = BTreeSet::new();
        for currency in CURRENCIES {
            assert!(
                seen.insert(currency.code.to_owned()) && seen.insert(currency.numeric.to_string()),
                "{currency:?}"
            );
            assert!(currency.places.is_none_or(|places| places <= 4));
        }
    }

    /// Two spellings of one country may fold to one.
    fn is_spelt_twice(country: &Country, name: &str) -> bool {
        let spellings = country.also.iter().chain([&country.name]);
        spellings.filter(|other| folded(other) == folded(name)).count() > 1
    }

    #[test]
    fn calling_codes_begin_no_other() {
        for one in PLANS {
            assert!(one.least <= one.most && one.code.len() + one.most <= 15, "{one:?}");
            for other in PLANS {
                assert!(one.code == other.code || !other.code.starts_with(one.code), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn what_people_write_is_understood() {
        for (written, code) in [
            ("de", "DE"),
            ("DEU", "DE"),
            ("276", "DE"),
            (" germany ", "DE"),
            ("Deutschland", "DE"),
            ("004", "AF"),
            ("USA", "US"),
            ("The Netherlands", "NL"),
            ("cote d'ivoire", "CI"),
            ("CÔTE D’IVOIRE", "CI"),
            ("Uk", "GB"),
            ("Curacao", "CW"),
            ("United States of America", "US"),
            ("Türkiye", "TR"),
        ] {
            assert_eq!(country(written).map(|country| country.alpha2), Ok(code), "{written}");
        }
        assert_eq!(country("Germny").unwrap_err().1.as_deref(), Some("did you mean `Germany`?"));
        assert_eq!(currency("jpy").unwrap().places, Some(0));
        assert_eq!(currency("048").unwrap().code, "BHD");
        assert!(currency("$").is_err() && country("").is_err() && currency("").is_err());
    }
}
