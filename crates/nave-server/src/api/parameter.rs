//! A query string as a type: every value is text until the type says what it must be. Unknown names and
//! names that stand twice are refused, because a filter that is overlooked shows too much.

use std::fmt;

use nave_model::Fault;
use nave_model::fault::codes;
use serde::de::value::{Error, MapDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::api::request::misfit;

/// Reads a query string.
///
/// # Errors
/// An unknown name, a name that stands twice, or a value that does not fit.
pub(crate) fn read<T: DeserializeOwned>(query: &str) -> Result<T, Fault> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    for (index, (name, _)) in pairs.iter().enumerate() {
        if pairs.iter().take(index).any(|(before, _)| before == name) {
            return Err(Fault::new(codes::ARGUMENT_VALUE, format!("`{name}` stands twice in the query")));
        }
    }
    let values = pairs.iter().map(|(name, value)| (name.as_str(), Text { name, value }));
    T::deserialize(MapDeserializer::<_, Error>::new(values)).map_err(|error| misfit(&error.to_string()))
}

/// A value of a query.
#[derive(Debug, Clone, Copy)]
struct Text<'a> {
    name: &'a str,
    value: &'a str,
}

impl Text<'_> {
    fn wrong(self, expected: &dyn fmt::Display) -> Error {
        serde::de::Error::custom(format!("`{}` is `{}`, and must be {expected}", self.name, self.value))
    }
}

impl<'de> IntoDeserializer<'de, Error> for Text<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.value)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(self.wrong(&"`true` or `false`")),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.parse() {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => Err(self.wrong(&"a whole number")),
        }
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.parse() {
            Ok(number) => visitor.visit_u32(number),
            Err(_) => Err(self.wrong(&"a whole number")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        StrDeserializer::new(self.value).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Phase, RunQuery};

    #[track_caller]
    fn check(query: &str, expected: Result<RunQuery, &str>) {
        let found = read::<RunQuery>(query).map_err(|fault| match &fault.hint {
            Some(hint) => format!("{}: {}; {hint}", fault.code, fault.message),
            None => format!("{}: {}", fault.code, fault.message),
        });
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn a_query_is_read_as_its_type() {
        check("", Ok(RunQuery::default()));
        let wanted = RunQuery {
            flow: Some("sales/onboard won".to_owned()),
            phase: Some(Phase::Waiting),
            limit: Some(5),
            ..RunQuery::default()
        };
        check("flow=sales%2Fonboard+won&phase=waiting&limit=5", Ok(wanted));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_nearest_right_thing() {
        check("flwo=x", Err("E-ARG-UNKNOWN: unknown name `flwo`; did you mean `flow`?"));
        check("limit=ten", Err("E-ARG-VALUE: `limit` is `ten`, and must be a whole number"));
        check("limit=-1", Err("E-ARG-VALUE: `limit` is `-1`, and must be a whole number"));
        check("phase=waitin", Err("E-ARG-VALUE: unknown value `waitin`; did you mean `waiting`?"));
        check("flow=a&flow=b", Err("E-ARG-VALUE: `flow` stands twice in the query"));
    }
}
