//! Memory that grows from epoch to epoch.

use super::advice::number;
use super::episode::Episode;
use super::epoch_values::{EpochValues, Measured};
use super::epochs::{Met, QUIET};
use super::finding::{Code, Split};
use super::recent::Recent;
use super::thresholds::Thresholds;
use super::watch::Hit;

/// Epochs that the growth is taken over, and the first ones, which fill caches.
const SPAN: usize = 8;
const BEGINNING: usize = 2;
/// The most of the growth that one epoch may have: more is a leap, no leak.
const LEAP: f64 = 0.5;

#[derive(Clone, Debug)]
struct Growth {
    recent: Recent,
    growing: Episode,
}

impl Default for Growth {
    fn default() -> Self {
        Self { recent: Recent::EMPTY, growing: Episode::default() }
    }
}

/// Memory of the host and of the device.
#[derive(Clone, Debug, Default)]
pub(super) struct EpochMemory {
    host: Growth,
    device: Growth,
}

impl EpochMemory {
    pub(super) fn push(&mut self, values: &EpochValues<'_>, limits: &Thresholds, met: &mut Met) {
        let metric = |name| values.metric(Split::Train, name);
        let host = values.field("memory_usage").or_else(|| metric("host_memory_mb"));
        let device = ["cuda_memory_allocated_mb", "cuda_memory_allocated_mb_last"];
        let device = device.into_iter().find_map(metric);
        for (growth, found) in [(&mut self.host, host), (&mut self.device, device)] {
            if let Some(found) = found.filter(|found| found.value.is_finite()) {
                growth.push(found, limits, met);
            }
        }
    }
}

impl Growth {
    fn push(&mut self, found: Measured<'_>, limits: &Thresholds, met: &mut Met) {
        self.recent.push(found.value);
        let last: Vec<f64> = self.recent.last(SPAN).collect();
        let (Some(&now), Some(&then)) = (last.first(), last.last()) else { return };
        let grown = now - then;
        let steps = last.windows(2).map(|pair| pair[0] - pair[1]);
        let is_steady =
            steps.clone().all(|step| step > 0.0) && steps.fold(0.0, f64::max) <= LEAP * grown;
        let limit = then + (limits.memory_growth * then).max(limits.memory_growth_mb);
        let is_early = self.recent.count() < SPAN + BEGINNING;
        if is_early || !is_steady || now <= limit {
            return self.growing.good(QUIET);
        }
        if self.growing.bad() {
            let how = format!(
                "has grown in each of the last {SPAN} epochs, from {} to {} MiB",
                number(then),
                number(now)
            );
            let hit = Hit::new(Code::MemoryGrowth, now, limit, how);
            met.push((found.name.to_owned(), None, hit));
        }
    }
}
