//! Values as texts, byte for byte as jq 1.8 writes them without spaces (`jv_print.c`): members in their
//! order, control characters and DEL escaped, numbers as [`Number::write`](super::Number::write) says.

use super::{Items, Members, Value};
use crate::budget::Meter;
use crate::error::Error;

/// Bytes of a value that a message shows: as many as jq 1.8 shows, whose buffers for this hold 30 with the
/// byte that ends them.
const SHOWN: usize = 29;

impl Value<'_> {
    /// The text `tojson` gives, within a budget.
    ///
    /// # Errors
    /// The text is longer than the budget allows.
    pub fn write_text<'e>(&self, meter: &Meter, out: &mut String) -> Result<(), Error<'e>> {
        let mut writer = Writer { out, most: usize::MAX, meter: Some(meter) };
        match writer.value(self) {
            Ok(()) | Err(Stop::Full) => Ok(()),
            Err(Stop::Limit(error)) => Err(error),
        }
    }

    /// The text `tostring` gives, within a budget: a text itself, all else as `tojson`.
    ///
    /// # Errors
    /// The text is longer than the budget allows.
    pub fn to_text<'e>(&self, meter: &Meter) -> Result<String, Error<'e>> {
        if let Value::Text(text) = self {
            meter.bytes(text.as_str().len())?;
            return Ok(text.as_str().to_owned());
        }
        let mut out = String::new();
        self.write_text(meter, &mut out)?;
        Ok(out)
    }
}

/// A value as messages show it: at most 29 bytes, cut at a character, with `...` and what closes it.
pub(crate) fn shortened(value: &Value<'_>) -> String {
    let mut out = String::new();
    let mut writer = Writer { out: &mut out, most: SHOWN, meter: None };
    let cut = match value {
        // jq looks at the first 30 characters of a longer text only.
        Value::Text(text) if text.as_str().len() > SHOWN + 1 => {
            let start: String = text.as_str().chars().take(SHOWN + 1).collect();
            writer.text(&start)
        }
        other => writer.value(other),
    };
    if cut.is_ok() && out.len() <= SHOWN {
        return out;
    }
    let closing = match out.chars().next() {
        Some('"') => "\"",
        Some('[') => "]",
        Some('{') => "}",
        _ => "",
    };
    let kept = out.floor_char_boundary(SHOWN - 3 - closing.len());
    out.truncate(kept);
    out.push_str("...");
    out.push_str(closing);
    out
}

enum Stop<'e> {
    /// More than is wanted has been written.
    Full,
    Limit(Error<'e>),
}

struct Writer<'w> {
    out: &'w mut String,
    /// Writing ends once the text is longer.
    most: usize,
    meter: Option<&'w Meter>,
}

impl Writer<'_> {
    fn value<'e>(&mut self, value: &Value<'_>) -> Result<(), Stop<'e>> {
        if let Some(meter) = self.meter {
            meter.steps(1).map_err(Stop::Limit)?;
        }
        match value {
            Value::Null => self.put("null"),
            Value::Bool(true) => self.put("true"),
            Value::Bool(false) => self.put("false"),
            Value::Number(number) => {
                let mut text = String::new();
                number.write(&mut text);
                self.put(&text)
            }
            Value::Text(text) => self.text(text.as_str()),
            Value::Array(items) => self.array(items),
            Value::Object(members) => self.object(members),
        }
    }

    fn array<'e>(&mut self, items: &Items<'_>) -> Result<(), Stop<'e>> {
        let mut opening = "[";
        for item in items.iter() {
            self.put(opening)?;
            self.value(&item)?;
            opening = ",";
        }
        self.put(if items.is_empty() { "[]" } else { "]" })
    }

    fn object<'e>(&mut self, members: &Members<'_>) -> Result<(), Stop<'e>> {
        let mut opening = "{";
        for (name, value) in members.iter() {
            self.put(opening)?;
            self.text(name.as_str())?;
            self.put(":")?;
            self.value(&value)?;
            opening = ",";
        }
        self.put(if members.is_empty() { "{}" } else { "}" })
    }

    fn text<'e>(&mut self, text: &str) -> Result<(), Stop<'e>> {
        self.put("\"")?;
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_ascii_control() || matches!(c, '"' | '\\')) {
            let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.put(plain)?;
            let mut characters = special.chars();
            match characters.next() {
                Some('"') => self.put("\\\"")?,
                Some('\\') => self.put("\\\\")?,
                Some('\n') => self.put("\\n")?,
                Some('\r') => self.put("\\r")?,
                Some('\t') => self.put("\\t")?,
                Some('\u{8}') => self.put("\\b")?,
                Some('\u{c}') => self.put("\\f")?,
                Some(other) => self.put(&format!("\\u{:04x}", u32::from(other)))?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.put(rest)?;
        self.put("\"")
    }

    fn put<'e>(&mut self, text: &str) -> Result<(), Stop<'e>> {
        if let Some(meter) = self.meter {
            meter.bytes(text.len()).map_err(Stop::Limit)?;
        }
        self.out.push_str(text);
        if self.out.len() > self.most { Err(Stop::Full) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;
    use serde_json::json;

    #[test]
    fn texts_are_jqs() {
        let meter = Meter::new(Budget::default());
        for (value, expected) in [
            (json!({"b": [1, null], "a": {}}), r#"{"b":[1,null],"a":{}}"#),
            (json!("\u{7f}\u{1}é\n\"\\/"), "\"\\u007f\\u0001é\\n\\\"\\\\/\""),
        ] {
            let mut text = String::new();
            Value::from(&value).write_text(&meter, &mut text).unwrap();
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn messages_show_the_beginning() {
        for (value, expected) in [
            (json!("very-long-long-long-long-string"), "\"very-long-long-long-long...\""),
            (json!("☆☆☆☆☆☆☆☆"), "\"☆☆☆☆☆☆☆☆\""),
            (json!("xxxx☆☆☆☆☆☆☆☆"), "\"xxxx☆☆☆☆☆☆...\""),
            (json!({"file": "<top-level>", "line": 1}), "{\"file\":\"<top-level>\",\"li...}"),
            (json!([1, 2]), "[1,2]"),
        ] {
            assert_eq!(shortened(&Value::from(&value)), expected);
        }
        let long: serde_json::Value = serde_json::from_str("123456789012345678901234567890").unwrap();
        assert_eq!(shortened(&Value::from(&long)), "12345678901234567890123456...");
    }
}
