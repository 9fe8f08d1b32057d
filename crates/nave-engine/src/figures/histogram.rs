//! How long things took, counted by how long. Kept without a lock, read at any time.

use std::time::Duration;

use super::{Count, Figure, FigureKind, float};

/// Counts by upper bounds, in microseconds.
#[derive(Debug)]
pub(crate) struct Histogram<const BUCKETS: usize> {
    bounds_us: [u64; BUCKETS],
    buckets: [Count; BUCKETS],
    count: Count,
    sum_us: Count,
}

/// The names of a histogram's figures: of its buckets, its count and its sum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str);

impl<const BUCKETS: usize> Histogram<BUCKETS> {
    pub(super) fn new(bounds_us: [u64; BUCKETS]) -> Self {
        let buckets = std::array::from_fn(|_| Count::default());
        Histogram { bounds_us, buckets, count: Count::default(), sum_us: Count::default() }
    }

    /// Something took so long.
    pub(crate) fn took(&self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.count.add(1);
        self.sum_us.add(us);
        for (bound, bucket) in self.bounds_us.iter().zip(&self.buckets) {
            if us <= *bound {
                bucket.add(1);
            }
        }
    }

    /// What was counted. A bucket may be read before and the count after something was added: never the other
    /// way round, so that no bucket holds more than there are.
    pub(super) fn figures(&self, names: Names, help: &'static str) -> Vec<Figure> {
        let bounds = self.bounds_us.iter().map(|bound| float(*bound) / 1e6);
        let counts = self.buckets.iter().map(|bucket| bucket.get());
        let buckets = bounds.zip(counts).collect();
        let (count, sum) = (self.count.get(), float(self.sum_us.get()) / 1e6);
        figures(names, help, &[], Read { buckets, count, sum })
    }
}

/// A histogram as it was read: counts by upper bounds in seconds, of all, and the sum of seconds.
pub(super) struct Read {
    pub(super) buckets: Vec<(f64, u64)>,
    pub(super) count: u64,
    pub(super) sum: f64,
}

/// A histogram's figures, each with some labels.
pub(super) fn figures(
    Names(name, count_name, sum_name): Names,
    help: &'static str,
    labels: &[(&'static str, String)],
    read: Read,
) -> Vec<Figure> {
    let bucket = |(bound, count): (f64, u64)| {
        let mut labels = labels.to_vec();
        // `30.0` rather than `30`: what readers of OpenMetrics ask for.
        labels.push(("le", format!("{bound:?}")));
        Figure { name, help, labels, value: float(count), kind: FigureKind::Bucket }
    };
    let mut figures: Vec<Figure> = read.buckets.into_iter().map(bucket).collect();
    let part = |name, value| Figure { name, help, labels: labels.to_vec(), value, kind: FigureKind::Counter };
    figures.push(part(count_name, float(read.count)));
    figures.push(part(sum_name, read.sum));
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_counts_what_is_below_it() {
        let histogram = Histogram::new([1_000, 10_000]);
        for us in [1, 1_000, 1_001, 20_000] {
            histogram.took(Duration::from_micros(us));
        }
        let figures = histogram.figures(Names("a", "a_count", "a_sum"), "Help.");
        let values: Vec<(&str, f64)> = figures.iter().map(|figure| (figure.name, figure.value)).collect();
        assert_eq!(values, [("a", 2.0), ("a", 3.0), ("a_count", 4.0), ("a_sum", 0.022_002)]);
        assert_eq!(figures[1].labels, [("le", "0.01".to_owned())]);
    }
}
