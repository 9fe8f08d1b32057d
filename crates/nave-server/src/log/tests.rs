//! A line of the log as programs read it.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use super::*;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Sink;
    fn make_writer(&'a self) -> Sink {
        self.clone()
    }
}

#[track_caller]
fn check(say: impl FnOnce(), expected: &Value) {
    let sink = Sink::default();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(sink.clone())
        .event_format(Json { clock: SystemClock::new() });
    let subscriber = tracing_subscriber::registry().with(Kept).with(layer);
    tracing::subscriber::with_default(subscriber, say);
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    let mut line: Value = serde_json::from_str(text.trim()).unwrap();
    let time = line.as_object_mut().unwrap().remove("time").unwrap();
    assert!(time.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{time}");
    assert_eq!(&line, expected);
}

#[tokio::test]
async fn an_entry_is_one_object_with_the_fields_of_its_spans() {
    check(
        || {
            let run =
                tracing::info_span!("run", run = "r1", flow = "sales/onboard", step = tracing::field::Empty);
            let _entered = run.enter();
            run.record("step", "project");
            let call = tracing::info_span!("call", connection = "erp");
            let _called = call.enter();
            let (long, left) = (5_u128, -7_i128);
            tracing::warn!(attempt = 2, long, left, share = 0.5, safe = true, reason = ?"a\nb", "tried again");
        },
        &serde_json::json!({
            "level": "WARN", "target": "nave_server::log::tests", "run": "r1", "flow": "sales/onboard",
            "step": "project", "connection": "erp", "attempt": 2, "long": 5, "left": -7, "share": 0.5, "safe": true, "reason": "\"a\\nb\"",
            "message": "tried again",
        }),
    );
}
