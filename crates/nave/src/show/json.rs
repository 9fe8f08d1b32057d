//! Values as people look at them: on one line as far as there is room, or over several.

use serde_json::Value;

use super::{cut, lines, plain};

/// A value on one line, cut to a number of characters.
pub(crate) fn line(value: &Value, most: usize) -> String {
    cut(&plain(&value.to_string()), most)
}

/// A value over several lines, each moved to the right.
pub(crate) fn pretty(value: &Value, indent: usize) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
    let mut shown = String::new();
    for line in lines(&text).lines() {
        shown.push_str(&format!("{:indent$}{line}\n", ""));
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_shown_on_one_line_or_several() {
        let value = json!({ "name": "Roof", "amount": 80000 });
        assert_eq!(line(&value, 100), r#"{"name":"Roof","amount":80000}"#);
        assert_eq!(line(&value, 10), r#"{"name":"…"#);
        assert_eq!(pretty(&value, 2), "  {\n    \"name\": \"Roof\",\n    \"amount\": 80000\n  }\n");
    }
}
