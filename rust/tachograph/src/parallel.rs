//! Work on several threads that end with the call.
//!
//! A pool would be gone in a forked child, which would wait for it.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread::Builder;

/// How many threads may work at once. The system is asked only once: it reads files to answer.
pub(crate) fn cores() -> usize {
    static CORES: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from).min(8));
    *CORES
}

/// Does `work` at each place, on one thread more for every `each` places. Threads that the system
/// does not give are done without.
pub(crate) fn side_by_side<T: Send>(places: &mut [T], each: usize, work: impl Fn(&mut T) + Sync) {
    let threads = (places.len() / each).clamp(1, cores());
    if threads == 1 {
        return places.iter_mut().for_each(work);
    }
    let groups = Mutex::new(places.chunks_mut(places.len().div_ceil(threads)));
    let run = || {
        let next = || groups.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(group) = next() {
            group.iter_mut().for_each(&work);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            if Builder::new().spawn_scoped(scope, run).is_err() {
                break;
            }
        }
        run();
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_place_is_worked_at_once() {
        for n in [0, 1, 2, 3, 7, 8, 9, 100] {
            for each in [1, 4] {
                let mut places = vec![0; n];
                super::side_by_side(&mut places, each, |place| *place += 1);
                assert_eq!(places, vec![1; n]);
            }
        }
    }
}
