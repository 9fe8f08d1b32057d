//! The one way to start a background task: it has a name, and its panic is logged instead of lost.

use std::any::Any;
use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;
use tokio::task::JoinHandle;

/// Runs a future on the current runtime under a name. A panic is logged with that name and still
/// reaches whoever awaits the handle.
#[expect(clippy::disallowed_methods, reason = "this is the named and supervised spawn itself")]
pub fn spawn<T: Send + 'static>(
    name: &'static str,
    future: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(async move {
        match AssertUnwindSafe(future).catch_unwind().await {
            Ok(value) => value,
            Err(panic) => {
                tracing::error!(task = name, reason = reason(panic.as_ref()), "a task panicked");
                resume_unwind(panic)
            }
        }
    })
}

/// The message a panic was raised with, where it was text.
fn reason(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("not a text")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    /// Remembers every event as `field=value` pairs.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>);

    impl Subscriber for Log {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            self.0.push_str(&format!(" {field}={value:?}"));
        }
    }

    #[tokio::test]
    async fn a_panic_is_logged_with_the_name_and_reaches_the_handle() {
        let log = Log::default();
        let _guard = tracing::subscriber::set_default(log.clone());
        let joined = spawn("counter", async { panic!("lost count") }).await;
        assert!(joined.unwrap_err().is_panic());
        let lines = log.0.lock().unwrap();
        assert_eq!(
            *lines,
            [r#"ERROR message=a task panicked task="counter" reason="lost count""#],
            "what the operator sees"
        );
    }

    #[tokio::test]
    async fn a_value_comes_back() {
        assert_eq!(spawn("sum", async { 1 + 1 }).await.unwrap(), 2);
    }
}
