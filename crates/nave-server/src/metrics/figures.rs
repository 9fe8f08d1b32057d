//! Figures of the hub and the engine as lines of the page (OpenMetrics 1.0, section "Text Format").

use std::collections::BTreeSet;
use std::fmt::{Result, Write as _};
use std::path::Path;

use indexmap::IndexMap;
use nave_engine::deliveries::{EndpointHealth, EndpointState};
use nave_engine::sources::SourceHealth;
use nave_engine::{Figure, FigureKind};

use crate::state::{Stage, State};

/// What the hub says of itself.
#[expect(clippy::cast_precision_loss, reason = "figures are floating-point by nature")]
pub(super) fn hub(state: &State) -> Vec<Figure> {
    let project = state.projects.view();
    let gauge = |name, help, value| Figure { name, help, labels: Vec::new(), value, kind: FigureKind::Gauge };
    let ready = if *state.stage.borrow() == Stage::Ready { 1.0 } else { 0.0 };
    let build = vec![
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("mode", state.projects.mode().word().to_owned()),
    ];
    vec![
        Figure { labels: build, ..gauge("nave_build", "Version and mode; always 1.", 1.0) },
        gauge("nave_ready", "1 while work is taken.", ready),
        gauge("nave_project_version", "How often the project was taken in.", project.version as f64),
        gauge(
            "nave_project_errors",
            "Errors in the project's files as they are now.",
            project.errors.len() as f64,
        ),
        gauge("nave_flows", "Flows that run.", project.flows.len() as f64),
    ]
}

/// Bytes that are free where the store is; nothing where the system does not say.
#[expect(clippy::cast_precision_loss, reason = "figures are floating-point by nature")]
pub(super) fn room(store: &Path) -> Option<Figure> {
    let room = rustix::fs::statvfs(store).ok()?;
    let bytes = room.f_bavail.saturating_mul(room.f_frsize);
    Some(Figure {
        name: "nave_store_free_bytes",
        help: "Bytes that are free where the store is.",
        labels: Vec::new(),
        value: bytes as f64,
        kind: FigureKind::Gauge,
    })
}

/// How deliveries go.
#[expect(clippy::cast_precision_loss, reason = "figures are floating-point by nature")]
pub(super) fn endpoints(endpoints: &[EndpointHealth], now_ms: u64) -> Vec<Figure> {
    let mut figures = Vec::new();
    for health in endpoints {
        let endpoint = ("endpoint", health.endpoint.clone());
        let mut put = |name, help, kind, more: Option<(&'static str, String)>, value| {
            let labels = std::iter::once(endpoint.clone()).chain(more).collect();
            figures.push(Figure { name, help, labels, value, kind });
        };
        let help = "Attempts to deliver by what came of them: delivered, failed, or given up with the last.";
        let retried = health.failed_attempts.saturating_sub(health.given_up);
        let results = [("delivered", health.delivered), ("failed", retried), ("given_up", health.given_up)];
        for (result, count) in results {
            let result = Some(("result", result.to_owned()));
            put("nave_deliveries", help, FigureKind::Counter, result, count as f64);
        }
        let oldest = health.oldest_waiting_ms.map_or(0, |oldest| now_ms.saturating_sub(oldest));
        let help = "For how long the oldest delivery has waited at an endpoint.";
        put("nave_delivery_age_seconds", help, FigureKind::Gauge, None, oldest as f64 / 1e3);
        let is_stopped = matches!(health.state, EndpointState::Gone | EndpointState::Disabled);
        let help = "1 while nothing is sent to an endpoint, because it is gone or disabled.";
        put("nave_endpoint_stopped", help, FigureKind::Gauge, None, if is_stopped { 1.0 } else { 0.0 });
    }
    figures
}

/// How sources do.
pub(super) fn sources(sources: &[SourceHealth]) -> Vec<Figure> {
    let failing = |health: &SourceHealth| Figure {
        name: "nave_source_failures",
        help: "Faults of a source in a row, since it last did well.",
        labels: vec![("source", health.name.clone())],
        value: f64::from(health.failures),
        kind: FigureKind::Gauge,
    };
    sources.iter().map(failing).collect()
}

/// Writes figures; those of one family stand together, as OpenMetrics asks, wherever they come from.
///
/// # Errors
/// Never: writing into a text cannot fail.
pub(super) fn write(page: &mut String, figures: &[Figure]) -> Result {
    let histograms: BTreeSet<&str> =
        figures.iter().filter(|figure| figure.kind == FigureKind::Bucket).map(|figure| figure.name).collect();
    let mut families: IndexMap<&str, Vec<(&Figure, Part)>> = IndexMap::new();
    for figure in figures {
        let of = |end: &str| figure.name.strip_suffix(end).filter(|name| histograms.contains(name));
        let (family, part) = match (of("_count"), of("_sum"), figure.kind) {
            (Some(family), _, _) => (family, Part::Count),
            (_, Some(family), _) => (family, Part::Sum),
            (_, _, FigureKind::Bucket) => (figure.name, Part::Bucket),
            (_, _, FigureKind::Counter) => (figure.name, Part::Counter),
            (_, _, FigureKind::Gauge) => (figure.name, Part::Gauge),
        };
        families.entry(family).or_default().push((figure, part));
    }
    for (family, figures) in families {
        let Some((first, part)) = figures.first() else { continue };
        let kind = match part {
            Part::Counter => "counter",
            Part::Gauge => "gauge",
            Part::Bucket | Part::Count | Part::Sum => "histogram",
        };
        writeln!(page, "# HELP {family} {}\n# TYPE {family} {kind}", first.help)?;
        for (figure, part) in figures {
            line(page, family, figure, part)?;
        }
    }
    Ok(())
}

/// What a figure is in its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Counter,
    Gauge,
    Bucket,
    Count,
    Sum,
}

fn line(page: &mut String, family: &str, figure: &Figure, part: Part) -> Result {
    if part == Part::Count {
        // Everything is at most infinite: the last bucket, which a histogram must have.
        let mut last = figure.labels.clone();
        last.push(("le", "+Inf".to_owned()));
        write!(page, "{family}_bucket")?;
        labels(page, &last)?;
        writeln!(page, " {}", figure.value)?;
    }
    let end = match part {
        Part::Counter => "_total",
        Part::Gauge => "",
        Part::Bucket => "_bucket",
        Part::Count => "_count",
        Part::Sum => "_sum",
    };
    write!(page, "{family}{end}")?;
    labels(page, &figure.labels)?;
    writeln!(page, " {}", figure.value)
}

fn labels(page: &mut String, labels: &[(&'static str, String)]) -> Result {
    for (index, (name, value)) in labels.iter().enumerate() {
        page.write_char(if index == 0 { '{' } else { ',' })?;
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        write!(page, "{name}=\"{value}\"")?;
    }
    if labels.is_empty() { Ok(()) } else { page.write_char('}') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_prometheus_reads_them() {
        let figure = |name, labels: &[(&'static str, &str)], value, kind| Figure {
            name,
            help: "Help.",
            labels: labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            value,
            kind,
        };
        let figures = [
            figure("a", &[], 3.0, FigureKind::Counter),
            figure("b", &[("x", "1"), ("y", "q\"\\\n")], 0.5, FigureKind::Gauge),
            figure("c", &[("x", "1"), ("le", "0.1")], 4.0, FigureKind::Bucket),
            figure("c_count", &[("x", "1")], 5.0, FigureKind::Counter),
            figure("c_sum", &[("x", "1")], 0.7, FigureKind::Counter),
            figure("b", &[("x", "2")], 1.0, FigureKind::Gauge),
            figure("c", &[("le", "0.1")], 0.0, FigureKind::Bucket),
            figure("c_count", &[], 1.0, FigureKind::Counter),
            figure("c_sum", &[], 0.2, FigureKind::Counter),
            figure("a_count", &[], 2.0, FigureKind::Gauge),
        ];
        let mut page = String::new();
        write(&mut page, &figures).unwrap();
        let expected = "\
# HELP a Help.
# TYPE a counter
a_total 3
# HELP b Help.
# TYPE b gauge
b{x=\"1\",y=\"q\\\"\\\\\\n\"} 0.5
b{x=\"2\"} 1
# HELP c Help.
# TYPE c histogram
c_bucket{x=\"1\",le=\"0.1\"} 4
c_bucket{x=\"1\",le=\"+Inf\"} 5
c_count{x=\"1\"} 5
c_sum{x=\"1\"} 0.7
c_bucket{le=\"0.1\"} 0
c_bucket{le=\"+Inf\"} 1
c_count 1
c_sum 0.2
# HELP a_count Help.
# TYPE a_count gauge
a_count 2
";
        assert_eq!(page, expected);
    }
}
