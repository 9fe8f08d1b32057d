//! What a batch's options mean: the batch as the engine runs it, or what is wrong with them.

use std::path::{Path, PathBuf};

use nave_engine::batch::{Bad, Batch, Columns, Dialect, Format, Target};
use nave_model::fault::codes;
use nave_model::{At, Fault};

use crate::folder;
use crate::state::TENANT;
use crate::view::{BatchBad, BatchFormat, BatchOptions};

/// The longest record that can be asked for: bytes.
const LONGEST: u32 = 64 << 20;

/// The batch that options describe. `named` is the format that the file's name or the upload's media type
/// says.
///
/// # Errors
/// `E-ARG-REQUIRED`, `E-ARG-VALUE`: the options make no sense, or not together.
pub(crate) fn batch(id: &str, options: &BatchOptions, named: Option<BatchFormat>) -> Result<Batch, Fault> {
    check_id(id)?;
    let target = match (&options.flow, &options.event) {
        (Some(flow), None) => Target::Flow(flow.clone()),
        (None, Some(event)) => Target::Event(event_name(event)?),
        _ => {
            return Err(Fault::new(codes::ARGUMENT_REQUIRED, "what becomes of the records is not said")
                .with_hint("set either `flow` or `event`"));
        }
    };
    let format = options.format.or(named).ok_or_else(|| {
        Fault::new(codes::ARGUMENT_REQUIRED, "nothing says how the records are written")
            .with_hint("set `format` to `csv`, `tsv`, `ndjson` or `json`")
    })?;
    let mut batch = Batch::new(id, TENANT, target, read_as(options, format)?);
    batch.encoding.clone_from(&options.encoding);
    batch.group = options.group;
    if options.group.is_some_and(|group| !(1..=10_000).contains(&group)) {
        return Err(wrong("group", "a group has 1 to 10000 records"));
    }
    if options.bad == Some(BatchBad::Skip) {
        batch.bad = Bad::Skip;
    }
    if let Some(longest) = options.longest {
        if !(1..=LONGEST).contains(&longest) {
            return Err(wrong("longest", "a record may have 1 byte to 64 MiB"));
        }
        batch.longest = usize::try_from(longest).unwrap_or(usize::MAX);
    }
    Ok(batch)
}

/// The format that a media type says.
pub(crate) fn of_media(media: Option<&str>) -> Option<BatchFormat> {
    Some(match media?.split(';').next()?.trim().to_ascii_lowercase().as_str() {
        "text/csv" => BatchFormat::Csv,
        "text/tab-separated-values" => BatchFormat::Tsv,
        "application/x-ndjson" | "application/jsonl" => BatchFormat::Ndjson,
        "application/json" => BatchFormat::Json,
        _ => return None,
    })
}

/// The format that the name of a file says.
pub(crate) fn of_file(file: &str) -> Option<BatchFormat> {
    let tabs = file.to_ascii_lowercase();
    let tabs = tabs.strip_suffix(".gz").unwrap_or(&tabs).ends_with(".tsv");
    Some(match Format::of_name(file)? {
        Format::Csv(_) if tabs => BatchFormat::Tsv,
        Format::Csv(_) => BatchFormat::Csv,
        Format::Lines => BatchFormat::Ndjson,
        Format::Json { .. } => BatchFormat::Json,
    })
}

/// A file below the folder of batches, as it is found there now; what is the hub's own is none.
///
/// # Errors
/// `E-FILE`: it cannot be found, is no file, or is elsewhere.
pub(crate) fn file(root: &Path, below: &Path, own: &Path, file: &str) -> Result<PathBuf, Fault> {
    let unreadable = |error: &std::io::Error| {
        Fault::new(codes::FILE, format!("`{file}` cannot be read: {}", folder::reason(error)))
    };
    let found = std::fs::canonicalize(root.join(file)).map_err(|error| unreadable(&error))?;
    let inside = |folder: &Path| std::fs::canonicalize(folder).is_ok_and(|folder| found.starts_with(folder));
    if !inside(below) || inside(own) {
        let message = format!("`{file}` is not below the folder whose files the hub reads");
        return Err(Fault::new(codes::FILE, message)
            .with_hint("`hub.batches` in nave.yaml names that folder; or upload the records"));
    }
    if !found.is_file() {
        return Err(Fault::new(codes::FILE, format!("`{file}` is no file")));
    }
    Ok(found)
}

fn check_id(id: &str) -> Result<(), Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if id.is_empty() || id.len() > 100 || !id.chars().all(fits) {
        let fault = Fault::new(codes::ARGUMENT_VALUE, format!("`{id}` is no id of a batch"));
        return Err(fault.with_hint("letters, digits, `.`, `-` and `_`, 100 at most"));
    }
    Ok(())
}

fn event_name(name: &str) -> Result<String, Fault> {
    if name.is_empty() || name.len() > 255 || name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(wrong("event", "it is no name of an event"));
    }
    Ok(name.to_owned())
}

fn read_as(options: &BatchOptions, format: BatchFormat) -> Result<Format, Fault> {
    let separated = matches!(format, BatchFormat::Csv | BatchFormat::Tsv);
    let of_tables = [
        ("delimiter", options.delimiter.is_some()),
        ("quote", options.quote.is_some()),
        ("escape", options.escape.is_some()),
        ("comment", options.comment.is_some()),
        ("trim", options.trim.is_some()),
        ("header", options.header.is_some()),
        ("columns", options.columns.is_some()),
    ];
    if let Some((name, _)) = of_tables.iter().find(|(_, set)| *set && !separated) {
        return Err(wrong(name, "it goes with CSV, and the records are JSON"));
    }
    if options.records.is_some() && format != BatchFormat::Json {
        return Err(wrong("records", "it goes with the format `json`"));
    }
    Ok(match format {
        BatchFormat::Csv => Format::Csv(dialect(options, b',')?),
        BatchFormat::Tsv => Format::Csv(dialect(options, b'\t')?),
        BatchFormat::Ndjson => Format::Lines,
        BatchFormat::Json => Format::Json { records: options.records.clone().unwrap_or_default() },
    })
}

fn dialect(options: &BatchOptions, delimiter: u8) -> Result<Dialect, Fault> {
    let set = |name: &str, text: &Option<String>| text.as_ref().map(|text| byte(name, text)).transpose();
    let names = options.columns.as_ref().map(|names| names.split(',').map(|name| name.trim().to_owned()));
    let columns = match (names, options.header.unwrap_or(true)) {
        (None, true) => Columns::First,
        (Some(names), true) => Columns::Renamed(names.collect()),
        (Some(names), false) => Columns::Named(names.collect()),
        (None, false) => {
            return Err(Fault::new(codes::ARGUMENT_REQUIRED, "nothing names the columns")
                .with_hint("without a header, name them in `columns`"));
        }
    };
    let default = Dialect::default();
    Ok(Dialect {
        delimiter: set("delimiter", &options.delimiter)?.unwrap_or(delimiter),
        quote: match options.quote.as_deref() {
            Some("none") => None,
            _ => set("quote", &options.quote)?.or(default.quote),
        },
        escape: set("escape", &options.escape)?,
        comment: set("comment", &options.comment)?,
        trim: options.trim.unwrap_or(false),
        columns,
    })
}

fn byte(name: &str, text: &str) -> Result<u8, Fault> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'\r' | b'\n' | 0) => Ok(*byte),
        _ => Err(wrong(name, "it must be one ASCII character, or `tab`")),
    }
}

fn wrong(name: &str, why: &str) -> Fault {
    let at = At::pointer(format!("/{name}"));
    Fault::new(codes::ARGUMENT_VALUE, format!("`{name}`: {why}")).with_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(options: serde_json::Value, expected: Result<Format, &str>) {
        let options: BatchOptions = serde_json::from_value(options).unwrap();
        let found = batch("b1", &options, None).map(|batch| batch.format);
        assert_eq!(found.map_err(|fault| fault.message.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn options_say_how_records_are_read() {
        let named = |names: &[&str]| Columns::Named(names.iter().map(|name| (*name).to_owned()).collect());
        check(
            serde_json::json!({ "flow": "f", "format": "csv", "delimiter": ";", "quote": "none", "trim": true,
                "header": false, "columns": "a, b" }),
            Ok(Format::Csv(Dialect {
                delimiter: b';',
                quote: None,
                trim: true,
                columns: named(&["a", "b"]),
                ..Dialect::default()
            })),
        );
        check(
            serde_json::json!({ "event": "a.b", "format": "json", "records": "/items" }),
            Ok(Format::Json { records: "/items".to_owned() }),
        );
        check(
            serde_json::json!({ "event": "a.b", "format": "tsv" }),
            Ok(Format::Csv(Dialect { delimiter: b'\t', ..Dialect::default() })),
        );
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        check(serde_json::json!({ "format": "csv" }), Err("what becomes of the records is not said"));
        check(
            serde_json::json!({ "flow": "f", "event": "a.b", "format": "csv" }),
            Err("what becomes of the records is not said"),
        );
        check(serde_json::json!({ "flow": "f" }), Err("nothing says how the records are written"));
        check(
            serde_json::json!({ "flow": "f", "format": "ndjson", "trim": true }),
            Err("`trim`: it goes with CSV, and the records are JSON"),
        );
        check(
            serde_json::json!({ "flow": "f", "format": "csv", "delimiter": "::" }),
            Err("`delimiter`: it must be one ASCII character, or `tab`"),
        );
        check(
            serde_json::json!({ "flow": "f", "format": "csv", "header": false }),
            Err("nothing names the columns"),
        );
        check(
            serde_json::json!({ "flow": "f", "format": "csv", "group": 0 }),
            Err("`group`: a group has 1 to 10000 records"),
        );
    }

    #[test]
    fn names_and_media_types_say_the_format() {
        assert_eq!(of_file("a/b.TSV.gz"), Some(BatchFormat::Tsv));
        assert_eq!(of_file("a/b.jsonl"), Some(BatchFormat::Ndjson));
        assert_eq!(of_file("a/b.xlsx"), None);
        assert_eq!(of_media(Some("text/csv; charset=utf-8")), Some(BatchFormat::Csv));
        assert_eq!(of_media(Some("application/octet-stream")), None);
    }

    #[test]
    fn files_elsewhere_and_the_hubs_own_are_not_read() {
        let place = tempfile::tempdir().unwrap();
        let (root, own) = (place.path().join("project"), place.path().join("project/.nave"));
        std::fs::create_dir_all(&own).unwrap();
        for file in ["project/data.csv", "project/.nave/token", "outside.csv"] {
            std::fs::write(place.path().join(file), "a\n1\n").unwrap();
        }
        std::os::unix::fs::symlink(place.path().join("outside.csv"), root.join("link.csv")).unwrap();
        let found = |file: &str| super::file(&root, &root, &own, file).is_ok();
        assert!(found("data.csv"));
        for other in ["../outside.csv", "link.csv", ".nave/token", ".", "none.csv"] {
            assert!(!found(other), "{other}");
        }
    }
}
