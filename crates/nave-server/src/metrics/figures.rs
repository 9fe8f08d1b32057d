//! Figures of the hub and the engine as lines of the page (OpenMetrics 1.0, section "Text Format").

use std::fmt::{Result, Write as _};

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

/// Writes figures; those of one name stand together.
///
/// # Errors
/// Never: writing into a text cannot fail.
pub(super) fn write(page: &mut String, figures: &[Figure]) -> Result {
    let mut before = "";
    for figure in figures {
        let part = part(figure, before);
        if part.is_none() && figure.name != before {
            let kind = match figure.kind {
                FigureKind::Counter => "counter",
                FigureKind::Gauge => "gauge",
                FigureKind::Bucket => "histogram",
            };
            writeln!(page, "# HELP {} {}\n# TYPE {} {kind}", figure.name, figure.help, figure.name)?;
            before = figure.name;
        }
        if part == Some("_count") {
            // Everything is at most infinite: the last bucket, which a histogram must have.
            writeln!(page, "{before}_bucket{{le=\"+Inf\"}} {}", figure.value)?;
        }
        page.write_str(figure.name)?;
        page.write_str(match (part, figure.kind) {
            (None, FigureKind::Counter) => "_total",
            (_, FigureKind::Bucket) => "_bucket",
            _ => "",
        })?;
        labels(page, &figure.labels)?;
        writeln!(page, " {}", figure.value)?;
    }
    Ok(())
}

/// Which part of the histogram `before` a figure is, if it is one.
fn part(figure: &Figure, before: &str) -> Option<&'static str> {
    let rest = figure.name.strip_prefix(before).filter(|_| !before.is_empty())?;
    ["_count", "_sum"].into_iter().find(|part| *part == rest)
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
            figure("b", &[("x", "2")], 1.0, FigureKind::Gauge),
            figure("c", &[("le", "0.1")], 4.0, FigureKind::Bucket),
            figure("c_count", &[], 5.0, FigureKind::Counter),
            figure("c_sum", &[], 0.7, FigureKind::Counter),
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
c_bucket{le=\"0.1\"} 4
c_bucket{le=\"+Inf\"} 5
c_count 5
c_sum 0.7
";
        assert_eq!(page, expected);
    }
}
