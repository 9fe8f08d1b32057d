//! A cold start reads imported connectors from the cache: the same connectors, in little time.

use nave_connector::cache;
use nave_connector::openapi::Import;

use crate::corpus::{corpus, import_file};
use crate::measure::measured;

#[test]
fn connectors_from_the_cache_are_the_imported_ones() {
    let (mut bytes, mut connectors) = (0, 0);
    let mut total = std::time::Duration::ZERO;
    for path in corpus() {
        let Import { connector, report } = import_file(&path);
        let written = cache::write(&connector, &report);
        let read = measured(|| cache::read(&written));
        (bytes, connectors, total) = (bytes + written.len(), connectors + 1, total + read.time);
        let (again, report_again) = read.value.unwrap();
        assert_eq!(report_again, report, "{path:?}");
        assert_eq!(again.entries(), connector.entries(), "{path:?}");
        for entry in connector.entries().iter().step_by(31) {
            let (before, after) = (connector.operation(&entry.name), again.operation(&entry.name));
            assert_eq!(format!("{before:?}"), format!("{after:?}"), "{path:?} {}", entry.name);
        }
    }
    if connectors == 0 {
        println!("skipped: there are no descriptions in ../shared/specs");
    }
    println!("{connectors} connectors, {} MB, from the cache in {} ms", bytes >> 20, total.as_millis());
}
