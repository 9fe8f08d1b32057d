//! Any bytes as a description: import, compile every operation, describe it, and keep it in the cache.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::{cache, source};
use nave_fuzz::operations;

fuzz_target!(|input: &[u8]| {
    let Ok(source) = source::read("description", input) else { return };
    let input = Input { name: "fuzzed", source, manifest: None, overlay: None, resolver: &NoResolver };
    let Ok(import) = import(input) else { return };
    let names: Vec<&str> = operations(&import.connector).map(|operation| operation.name.as_str()).collect();
    let cached = cache::write(&import.connector, &import.report);
    let (again, _) = cache::read(&cached).expect("what was written can be read");
    let again: Vec<&str> = operations(&again).map(|operation| operation.name.as_str()).collect();
    assert_eq!(names, again, "a cached connector has the same usable operations");
});
