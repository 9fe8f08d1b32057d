//! Batches by example, and cut off at every point there is.

use std::io::{self, Write};
use std::sync::Arc;

use nave_call::SystemClock;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::sources::rig::{Fail, Gate};

fn gate() -> Gate {
    Gate::with(Gate::no_connections(), Arc::new(SystemClock::new()))
}

fn batch(format: Format) -> Batch {
    Batch::new("b", "default", Target::Flow("f".to_owned()), format)
}

fn csv() -> Format {
    Format::Csv(Dialect::default())
}

fn json_list() -> Format {
    Format::Json { records: String::new() }
}

/// A stream that comes in pieces of these sizes, over and over.
struct Pieces {
    bytes: io::Cursor<Vec<u8>>,
    sizes: Vec<usize>,
    next: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.next % self.sizes.len()].clamp(1, buffer.len().max(1));
        self.next += 1;
        let size = size.min(buffer.len());
        self.bytes.read(&mut buffer[..size])
    }
}

fn stream(bytes: impl Into<Vec<u8>>) -> Input {
    Input::Stream(Box::new(Pieces { bytes: io::Cursor::new(bytes.into()), sizes: vec![7, 1, 64], next: 0 }))
}

async fn run(batch: &Batch, gate: &Gate, input: Input) -> (Result<Progress, Fault>, Vec<BadRecord>) {
    let mut passed_over = Vec::new();
    let ended = batch.run(gate, input, &mut |_, bad| passed_over.extend_from_slice(bad)).await;
    (ended, passed_over)
}

/// What starts, as lines of JSON; then what stopped it.
async fn check(batch: &Batch, input: impl Into<Vec<u8>>, expected: &str) {
    let gate = gate();
    let (ended, bad) = run(batch, &gate, stream(input)).await;
    let mut told: Vec<String> = gate.data().await.iter().map(Value::to_string).collect();
    for bad in bad {
        let column = bad.column.map(|column| format!(":{column}")).unwrap_or_default();
        let field = bad.field.map(|field| format!(" {field}")).unwrap_or_default();
        told.push(format!("#{} {}{column}{field}: {}", bad.number, bad.line, bad.message));
    }
    if let Err(fault) = ended {
        let at = fault.at.as_ref().map(|at| at.to_string()).unwrap_or_default();
        told.push(format!("{} {at} {}", fault.code.name, fault.message));
    }
    assert_eq!(told.join("\n"), expected);
}

#[tokio::test]
async fn tables_are_read() {
    check(
        &batch(csv()),
        "name,note\r\nAda,\"a, \"\"b\"\"\r\nc\"\r\n\r\nBen,\r\n",
        "{\"name\":\"Ada\",\"note\":\"a, \\\"b\\\"\\r\\nc\"}\n{\"name\":\"Ben\",\"note\":\"\"}",
    )
    .await;
    check(&batch(csv()), "", "").await;
    check(&batch(csv()), "name,note\n", "").await;
    let dialect = Dialect {
        delimiter: b';',
        quote: Some(b'\''),
        escape: Some(b'\\'),
        comment: Some(b'#'),
        trim: true,
        columns: Columns::Named(vec!["a".to_owned(), "b".to_owned()]),
    };
    check(&batch(Format::Csv(dialect)), "# x\n'it\\'s' ; 2\n", "{\"a\":\"it's\",\"b\":\"2\"}").await;
    let renamed = Dialect { columns: Columns::Renamed(vec!["a".to_owned()]), ..Dialect::default() };
    check(&batch(Format::Csv(renamed)), "name\nAda\n", "{\"a\":\"Ada\"}").await;
}

#[tokio::test]
async fn what_is_wrong_with_a_table_is_said() {
    let skip = Batch { bad: Bad::Skip, ..batch(csv()) };
    check(
        &skip,
        b"name,note\nAda\nBen,\xff\nCy,1\nrefuse me,2\n".to_vec(),
        "{\"name\":\"Cy\",\"note\":\"1\"}\n\
         #1 2: it has 1 fields, and there are 2 columns\n\
         #2 3 note: it cannot be read in the encoding of the input\n\
         #4 5: the flow refuses it: it does not fit",
    )
    .await;
    check(
        &batch(csv()),
        "name\nAda\nBen,2\nCy\n",
        "{\"name\":\"Ada\"}\nE-BATCH-INVALID :3 record 2 (line 3): it has 2 fields, and there are 1 columns",
    )
    .await;
    check(&batch(csv()), "a,b,a\n", "E-BATCH-INVALID :1 two columns are called `a`").await;
    check(&batch(csv()), "a,,b\n", "E-BATCH-INVALID :1 column 2 has no name").await;
    // UTF-16 that nobody named, and that no mark names, is valid UTF-8 where it is ASCII.
    let unmarked = "n,t\na,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    check(
        &batch(csv()),
        unmarked.clone(),
        "E-BATCH-INVALID :1 the name of column 1 holds a zero byte, as UTF-16 does",
    )
    .await;
    let named = Batch { encoding: Some("utf-16le".to_owned()), ..batch(csv()) };
    check(&named, unmarked, "{\"n\":\"a\",\"t\":\"b\"}").await;
    check(
        &skip,
        "name,note\nAda,a\0b\n",
        "#1 2 note: it holds a zero byte, which no text has: the encoding may be another one",
    )
    .await;
    let short = Batch { longest: 100, bad: Bad::Skip, ..batch(csv()) };
    let unclosed = format!("a\n1\n\"{}", "x\n".repeat(100_000));
    check(&short, unclosed, "{\"a\":\"1\"}\nE-BATCH-INVALID :3 from here on no record ends within 100 bytes")
        .await;
    let same = Format::Csv(Dialect { delimiter: b'"', ..Dialect::default() });
    check(&batch(same), "a\n", "E-BATCH-INVALID  `\"` cannot be two things of a dialect").await;
}

#[tokio::test]
async fn lines_are_read() {
    let lines = Batch { bad: Bad::Skip, longest: 20, ..batch(Format::Lines) };
    check(
        &lines,
        b"{\"a\": 1}\r\n\n  \n[2, }\n\"\xff\"\n\"this is much too long\"\n3".to_vec(),
        "{\"a\":1}\n3\n\
         #2 4:5: it is no JSON: expected value\n\
         #3 5:2: it cannot be read in the encoding of the input\n\
         #4 6: the line is longer than 20 bytes",
    )
    .await;
}

#[tokio::test]
async fn lists_are_read_item_by_item() {
    check(&batch(json_list()), " [ ] ", "").await;
    check(
        &batch(json_list()),
        "[1,\"a]\\\"\",[{}], {\"x\":[2]}, null]\n",
        "1\n\"a]\\\"\"\n[{}]\n{\"x\":[2]}\nnull",
    )
    .await;
    let inside = |records: &str| batch(Format::Json { records: records.to_owned() });
    let document =
        "{\"total\": 2, \"skip\": {\"records\": [9]}, \"a/b\": [0, {\"records\": [1, 2]}], \"more\": 1}";
    check(&inside("/a~1b/1/records"), document, "1\n2").await;
    check(&inside("/skip/records"), document, "9").await;
    check(&inside("/none"), document, "E-BATCH-INVALID :1:82 there is nothing called `none` here").await;
    check(&inside("none"), document, "E-BATCH-INVALID  `none` is no JSON pointer").await;
    check(&batch(json_list()), document, "E-BATCH-INVALID :1:1 an object is here and not a list of records")
        .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_list_is_said() {
    let skip = Batch { bad: Bad::Skip, longest: 20, ..batch(json_list()) };
    check(
        &skip,
        "[1,\n tru,\n {\"a\":\n  01}, \"this is much too long\", 5]",
        "1\n5\n\
         #2 2:4: it is no JSON: EOF while parsing a value\n\
         #3 4:4: it is no JSON: invalid number\n\
         #4 4:8: the record is longer than 20 bytes",
    )
    .await;
    check(&skip, "[1, 2", "1\n2\nE-BATCH-INVALID :1:5 the input ends inside the list, or before it").await;
    check(&skip, "[1, {", "1\nE-BATCH-INVALID :1:5 the input ends inside a value").await;
    check(&skip, "[1, ]", "1\nE-BATCH-INVALID :1:5 `]` cannot stand here").await;
    check(&skip, "[1 2]", "1\nE-BATCH-INVALID :1:4 `2` cannot stand here").await;
    check(&skip, "[1] 2", "1\nE-BATCH-INVALID :1:5 `2` cannot stand here").await;
    check(&skip, "", "E-BATCH-INVALID :1:1 the input is empty").await;
}

#[tokio::test]
async fn a_batch_that_stopped_goes_on_when_its_record_is_mended() {
    let gate = gate();
    let batch = batch(csv());
    let (ended, _) = run(&batch, &gate, stream("a\n1\n2,3\n4\n")).await;
    assert!(ended.is_err());
    let (ended, _) = run(&batch, &gate, stream("a\n1\n23\n4\n")).await;
    let progress = ended.unwrap();
    assert_eq!((progress.records, progress.rejected, progress.done), (3, 0, true));
    assert_eq!(gate.data().await, [json!({"a": "1"}), json!({"a": "23"}), json!({"a": "4"})]);
    // Once more, and nothing happens.
    let (ended, _) = run(&batch, &gate, stream("a\n1\n23\n4\n")).await;
    assert!(ended.unwrap().done);
    assert_eq!(gate.data().await.len(), 3);
}

#[tokio::test]
async fn a_record_that_the_flow_refuses_stops_and_goes_on_like_others() {
    let gate = gate();
    let batch = batch(Format::Lines);
    let (ended, _) = run(&batch, &gate, stream("1\n\"refuse me\"\n3\n")).await;
    assert_eq!(ended.unwrap_err().message, "record 2 (line 2): the flow refuses it: it does not fit");
    let (ended, _) = run(&batch, &gate, stream("1\n2\n3\n")).await;
    assert_eq!(ended.unwrap().records, 3);
    let mut data: Vec<String> = gate.data().await.iter().map(Value::to_string).collect();
    data.sort();
    assert_eq!(data, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_record_that_does_not_fit_the_flows_input_is_told_by_its_own_line() {
    let flow =
        "flow: f\ntrigger: manual\ninput: {type: array, items: {type: integer}}\nsteps: [{a: wait 1s}]\n";
    let wrong = "1\n2\n3\n\"x\"\n5\n";
    let gate = gate();
    gate.load(&[flow]);
    let stop = Batch { group: Some(2), ..batch(Format::Lines) };
    let (ended, _) = run(&stop, &gate, stream(wrong)).await;
    let message = ended.unwrap_err().message.clone();
    assert!(message.starts_with("record 4 (line 4): the flow refuses it: "), "{message}");
    let (ended, _) = run(&stop, &gate, stream("1\n2\n3\n4\n5\n")).await;
    assert_eq!(ended.unwrap().records, 5);
    let mut data: Vec<String> = gate.data().await.iter().map(Value::to_string).collect();
    data.sort();
    assert_eq!(data, ["[1,2]", "[3,4]", "[5]"]);

    let gate = self::gate();
    gate.load(&[flow]);
    let skip = Batch { bad: Bad::Skip, ..stop };
    let (ended, bad) = run(&skip, &gate, stream(wrong)).await;
    let progress = ended.unwrap();
    assert_eq!((progress.records, progress.rejected), (3, 2), "a group is taken or left as a whole");
    assert_eq!(bad.iter().map(|bad| (bad.number, bad.line)).collect::<Vec<_>>(), [(4, 4)]);
}

#[tokio::test]
async fn another_input_under_the_same_id_is_refused() {
    for (first, other) in [("1\n2\nx\n", "3\n4\n5\n6\n"), ("1\n2\nx\n", "1\n")] {
        let gate = gate();
        let batch = batch(Format::Lines);
        run(&batch, &gate, stream(first)).await.0.unwrap_err();
        let fault = run(&batch, &gate, stream(other)).await.0.unwrap_err();
        assert!(fault.message.starts_with("this is not the input"), "{}", fault.message);
    }
}

#[tokio::test]
async fn records_are_grouped_and_events_are_events() {
    let grouped = Batch { group: Some(2), ..batch(Format::Lines) };
    check(&grouped, "1\n2\n3\n4\n5\n", "[1,2]\n[3,4]\n[5]").await;
    let gate = gate();
    let events = Batch { target: Target::Event("row.came".to_owned()), ..batch(Format::Lines) };
    run(&events, &gate, stream("1\n2\n")).await.0.unwrap();
    let expected =
        |number: u64| json!({ "event": "row.came", "data": number, "dedup": format!("/batches/b:{number}") });
    assert_eq!(gate.started().await, [expected(1), expected(2)]);
}

/// A file in a folder of its own.
fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    (folder, path)
}

#[tokio::test]
async fn a_large_file_goes_on_from_where_it_stopped() {
    let rows = 30_000;
    let text: String = (0..rows).map(|row| format!("{row},\"x{}\"\n", "y".repeat(row % 20))).collect();
    let (_folder, path) = file(format!("\u{feff}n,text\n{text}").as_bytes());
    let gate = gate();
    let batch = Batch { most_waiting: u64::MAX, ..batch(csv()) };
    gate.fail((0..25).map(|_| Fail::Not).chain([Fail::After]));
    run(&batch, &gate, Input::File(path.clone())).await.0.unwrap_err();
    let before = gate.started().await.len();
    assert!(before > 1000 && before < rows, "{before}");
    let progress = run(&batch, &gate, Input::File(path.clone())).await.0.unwrap();
    assert_eq!(progress.records, rows as u64);
    assert_eq!(progress.bytes + 3, progress.total_bytes.unwrap());
    let data = gate.data().await;
    assert_eq!(data.len(), rows);
    assert!(data.iter().enumerate().all(|(row, data)| data["n"] == json!(row.to_string())));
}

#[tokio::test]
async fn a_batch_waits_while_too_much_waits() {
    let gate = Arc::new(gate());
    let batch = Batch { most_waiting: 700, ..batch(Format::Lines) };
    let text: String = (0..5_000).map(|row| format!("{row}\n")).collect();
    let (told, mut telling) = tokio::sync::mpsc::unbounded_channel();
    let at_work = Arc::clone(&gate);
    let task = nave_call::task::spawn("batch", async move {
        batch
            .run(at_work.as_ref(), stream(text), &mut |progress, _| told.send(progress.records).unwrap())
            .await
    });
    let epoch = gate.store().take(0, "test".to_owned()).await.unwrap();
    let mut most = 0;
    while let Some(records) = telling.recv().await {
        let backlog = gate.store().backlog(0).await.unwrap();
        most = most.max(backlog.iter().map(|one| one.last - one.consumed).max().unwrap_or(0));
        if records >= 700 {
            let position = backlog.first().map_or(0, |one| one.last);
            let fence = Some(nave_store::Fence { lane: 0, epoch });
            let ops = vec![nave_store::Op::Consumed { tenant: "default".to_owned(), position }];
            gate.store().commit(nave_store::Batch { fence, ops, now_ms: 0 }).await.unwrap();
        }
    }
    assert!(task.await.unwrap().unwrap().done);
    assert!(most <= 700 + 500, "{most}");
    assert_eq!(gate.started().await.len(), 5_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Cut off by any failures, in any pieces, in groups or not: each record once, in order.
    #[test]
    fn nothing_is_lost_or_doubled(
        rows in proptest::collection::vec("[a-z\"\n,é]{0,12}", 0..60),
        sizes in proptest::collection::vec(1_usize..200, 1..6),
        fails in proptest::collection::vec(proptest::sample::select(&[Fail::Not, Fail::Before, Fail::After]), 0..8),
        group in proptest::option::of(1_u32..7),
        form in 0_usize..3,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let written = match form {
            0 => {
                let mut writer = ::csv::Writer::from_writer(Vec::new());
                writer.write_record(["n", "text"]).unwrap();
                for (row, text) in rows.iter().enumerate() {
                    writer.write_record([&row.to_string(), text]).unwrap();
                }
                writer.into_inner().unwrap()
            }
            1 => rows.iter().map(|text| format!("{}\n", json!({ "text": text }))).collect::<String>().into_bytes(),
            _ => json!({ "records": rows.iter().map(|text| json!({ "text": text })).collect::<Vec<_>>() })
                .to_string()
                .into_bytes(),
        };
        let format = [csv(), Format::Lines, Format::Json { records: "/records".to_owned() }][form].clone();
        let found = runtime.block_on(async {
            let gate = gate();
            let batch = Batch { group, ..batch(format) };
            let count = fails.len();
            gate.fail(fails);
            for _ in 0..=count {
                let bytes = io::Cursor::new(written.clone());
                let input = Input::Stream(Box::new(Pieces { bytes, sizes: sizes.clone(), next: 0 }));
                drop(run(&batch, &gate, input).await);
            }
            gate.data().await
        });
        let found: Vec<Value> = match group {
            Some(_) => found.into_iter().flat_map(|group| group.as_array().unwrap().clone()).collect(),
            None => found,
        };
        let found: Vec<&str> = found.iter().map(|data| data["text"].as_str().unwrap()).collect();
        prop_assert_eq!(found, rows);
    }

    /// Whatever stands in an input, it is told or refused, and never more than is allowed is held.
    #[test]
    fn any_bytes_have_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..400), form in 0_usize..3) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let format = [csv(), Format::Lines, json_list()][form].clone();
        runtime.block_on(async {
            let batch = Batch { bad: Bad::Skip, longest: 50, ..batch(format) };
            drop(run(&batch, &gate(), stream(bytes)).await);
        });
    }

    /// What a dialect writes, it reads.
    #[test]
    fn dialects_are_read_as_they_are_written(
        rows in proptest::collection::vec(proptest::collection::vec("[a-c\"';|\\\\\t \r\n,é]{1,8}", 3), 1..8),
        delimiter in proptest::sample::select(&b",;|\t"[..]),
        quote in proptest::sample::select(&b"\"'"[..]),
        is_escaped: bool,
    ) {
        let mut writer = ::csv::WriterBuilder::new();
        writer.delimiter(delimiter).quote(quote).quote_style(::csv::QuoteStyle::Always);
        writer.double_quote(!is_escaped).escape(b'\\');
        let mut writer = writer.from_writer(Vec::new());
        // The writer of the crate leaves an escape character in a field as it is.
        let clean = |text: &String| if is_escaped { text.replace('\\', "") } else { text.clone() };
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(clean).collect()).collect();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let written = writer.into_inner().unwrap();
        let names: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        let dialect = Dialect {
            delimiter,
            quote: Some(quote),
            escape: is_escaped.then_some(b'\\'),
            columns: Columns::Named(names.clone()),
            ..Dialect::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(async {
            let gate = gate();
            run(&batch(Format::Csv(dialect)), &gate, stream(written)).await.0.unwrap();
            gate.data().await
        });
        let expected: Vec<Value> = rows
            .iter()
            .map(|row| names.iter().cloned().zip(row.iter().cloned().map(Value::String)).collect::<Value>())
            .collect();
        prop_assert_eq!(found, expected);
    }
}
