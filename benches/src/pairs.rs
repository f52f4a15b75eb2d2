//! Interleaved pairs: whatever else the machine does meets both sides alike.

use std::time::Instant;

use serde::Serialize;

/// What one question took on each side, in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Pairs {
    /// The question.
    pub name: &'static str,
    /// The median of our times.
    pub ours_ms: f64,
    /// The median of their times.
    pub theirs_ms: f64,
    /// Ours over theirs.
    pub ratio: f64,
    /// The median over pairs of ours over theirs: robust when the machine is busy for a while.
    pub median_of_ratios: f64,
    /// The median of the processor time our side took, on all threads together.
    pub our_processor_ms: f64,
    /// The same of their side.
    pub their_processor_ms: f64,
    /// Every pair, ours first.
    pub pairs_ms: Vec<(f64, f64)>,
}

/// Totals over several questions.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Total {
    /// The sum of our medians.
    pub ours_ms: f64,
    /// The sum of their medians.
    pub theirs_ms: f64,
    /// Ours over theirs.
    pub ratio: f64,
    /// The same of the fastest times instead of medians.
    pub ratio_of_fastest: f64,
    /// The same of processor times, which other processes lengthen less.
    pub ratio_of_processor: f64,
}

/// One run of one side.
#[derive(Clone, Copy, Debug)]
struct Run {
    elapsed_ms: f64,
    processor_ms: f64,
}

/// Runs both sides in turn, the first of each pair changing, after one run of each that does not count.
pub async fn pairs(name: &'static str, count: usize, ours: impl AsyncFn(), theirs: impl AsyncFn()) -> Pairs {
    ours().await;
    theirs().await;
    let mut runs: Vec<(Run, Run)> = Vec::with_capacity(count);
    for pair in 0..count {
        let (our, their);
        if pair % 2 == 0 {
            our = timed(&ours).await;
            their = timed(&theirs).await;
        } else {
            their = timed(&theirs).await;
            our = timed(&ours).await;
        }
        runs.push((our, their));
    }
    let pairs_ms: Vec<(f64, f64)> = runs.iter().map(|(our, their)| (our.elapsed_ms, their.elapsed_ms)).collect();
    let ours_ms = median(pairs_ms.iter().map(|pair| pair.0));
    let theirs_ms = median(pairs_ms.iter().map(|pair| pair.1));
    Pairs {
        name,
        ours_ms,
        theirs_ms,
        ratio: ours_ms / theirs_ms,
        median_of_ratios: median(pairs_ms.iter().map(|pair| pair.0 / pair.1)),
        our_processor_ms: median(runs.iter().map(|(our, _)| our.processor_ms)),
        their_processor_ms: median(runs.iter().map(|(_, their)| their.processor_ms)),
        pairs_ms,
    }
}

/// Adds up several questions.
#[must_use]
pub fn total(all: &[Pairs]) -> Total {
    let (ours_ms, theirs_ms) = sums(all, |pairs| (pairs.ours_ms, pairs.theirs_ms));
    let (fastest, their_fastest) = sums(all, |pairs| {
        pairs.pairs_ms.iter().fold((f64::MAX, f64::MAX), |least, pair| (least.0.min(pair.0), least.1.min(pair.1)))
    });
    let (our_processor, their_processor) = sums(all, |pairs| (pairs.our_processor_ms, pairs.their_processor_ms));
    Total {
        ours_ms,
        theirs_ms,
        ratio: ours_ms / theirs_ms,
        ratio_of_fastest: fastest / their_fastest,
        ratio_of_processor: our_processor / their_processor,
    }
}

fn sums(all: &[Pairs], of: impl Fn(&Pairs) -> (f64, f64)) -> (f64, f64) {
    all.iter().map(of).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

async fn timed(side: &impl AsyncFn()) -> Run {
    let (begun, spent) = (Instant::now(), processor_ms());
    side().await;
    Run { elapsed_ms: begun.elapsed().as_secs_f64() * 1_000.0, processor_ms: processor_ms() - spent }
}

/// What the threads of this process have run so far; 0 where the system does not say.
fn processor_ms() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let nanoseconds = threads.flatten().map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        text.split_whitespace().next().and_then(|first| first.parse::<f64>().ok()).unwrap_or_default()
    });
    nanoseconds.sum::<f64>() / 1_000_000.0
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle.wrapping_sub(1)), values.get(middle)) {
        (Some(below), Some(above)) if values.len().is_multiple_of(2) => f64::midpoint(*below, *above),
        (_, Some(value)) => *value,
        _ => f64::NAN,
    }
}
