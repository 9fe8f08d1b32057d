//! Examples of what survives the cache, and of bytes that are no cache.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::documents::Place;
use crate::openapi::{Import, Input, NoResolver, import};

fn imported() -> Import {
    let tree = json!({
        "openapi": "3.1.0",
        "info": {"title": "Acme", "version": "7"},
        "paths": {
            "/a/{id}": {"get": {"parameters": [{"$ref": "#/components/parameters/P"}]}},
            "/b": {"post": {"parameters": [{"$ref": "#/nowhere"}]}},
        },
        "components": {
            "parameters": {"P": {"name": "q", "in": "query", "schema": {"$ref": "#thing"}}},
            "schemas": {"Thing": {"$anchor": "thing", "type": "string"}},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        },
    });
    let source = crate::source::read("api.json", tree.to_string().as_bytes()).unwrap();
    import(Input { name: "acme", source, manifest: None, overlay: None, resolver: &NoResolver }).unwrap()
}

#[test]
fn a_connector_comes_back_as_it_was() {
    let Import { connector, report } = imported();
    let bytes = write(&connector, &report);
    let (again, report_again) = read(&bytes).unwrap();
    assert_eq!(report_again, report);
    assert_eq!(again.entries(), connector.entries());
    assert_eq!(again.schemes, connector.schemes);
    assert_eq!(again.title, "Acme");
    for entry in connector.entries() {
        let (before, after) =
            (connector.operation(&entry.name).unwrap(), again.operation(&entry.name).unwrap());
        assert_eq!(format!("{before:?}"), format!("{after:?}"));
    }
    let (third, _) = read(&write(&again, &report_again)).expect("a cached connector can be cached");
    assert_eq!(third.documents.get(&Place::new("/info")), connector.documents.get(&Place::new("/info")));
}

#[test]
fn other_bytes_are_refused() {
    let Import { connector, report } = imported();
    let bytes = write(&connector, &report);
    assert!(read(b"").is_err());
    assert!(read(bytes.get(..bytes.len() - 1).unwrap()).is_err());
    let mut other_format = bytes;
    other_format[8] ^= 0xff;
    let fault = read(&other_format).unwrap_err();
    assert!(fault.message.contains("another format"), "{fault}");
}

proptest! {
    #[test]
    fn any_changed_byte_is_noticed(position in any::<prop::sample::Index>(), change in 1_u8..) {
        let Import { connector, report } = imported();
        let mut bytes = write(&connector, &report);
        let position = position.index(bytes.len());
        bytes[position] ^= change;
        prop_assert!(read(&bytes).is_err());
    }
}
