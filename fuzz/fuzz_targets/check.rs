//! A schema and a value: the check ends, in both directions, in every dialect.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nave_connector::check::{self, Direction};
use nave_connector::{Dialect, Documents, Place, Schema};
use nave_fuzz::parts;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let Some([schema, value]) = parts::<2>(input) else { return };
    let (Ok(schema), Ok(value)) =
        (serde_json::from_str::<Value>(schema), serde_json::from_str::<Value>(value))
    else {
        return;
    };
    for dialect in [Dialect::Swagger2, Dialect::OpenApi30, Dialect::Draft4, Dialect::Draft2020] {
        let documents = Documents::single("schema", dialect, schema.clone());
        let Ok(schema) = Schema::at(&documents, &Place::new("")) else { continue };
        for direction in [Direction::Request, Direction::Response] {
            for problem in check::value(schema, &value, direction) {
                assert!(!problem.message.is_empty());
            }
        }
    }
});
