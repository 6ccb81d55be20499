//! Pieces made on several threads and taken in order by one.

use crate::Result;
use crate::parallel::cores;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

/// How many pieces may be under way for each thread.
const AHEAD: usize = 2;

/// Makes `n` pieces on several threads, and takes them in order on this one, which makes pieces too
/// while the next one is not ready. Pieces lie in `spare` before and after, to be made anew.
///
/// Threads that the system does not give are done without. An error of `take` ends it.
pub(crate) fn in_order<P: Default + Send>(
    n: usize,
    spare: &mut Vec<P>,
    make: impl Fn(usize, &mut P) + Sync,
    mut take: impl FnMut(&P) -> Result<()>,
) -> Result<()> {
    let threads = cores().min(n);
    let queue = Queue {
        n,
        window: threads * AHEAD,
        state: Mutex::new(State {
            begun: 0,
            taken: 0,
            made: VecDeque::new(),
            spare,
            waiting: 0,
            ended: false,
        }),
        changed: Condvar::new(),
    };
    let work = || {
        let _ends = Ends(&queue);
        let mut state = queue.lock();
        while !state.ended && state.begun < n {
            state = match queue.begin(&mut state) {
                Some((at, mut piece)) => {
                    drop(state);
                    make(at, &mut piece);
                    queue.put(at, piece)
                }
                None => queue.wait(state),
            };
        }
    };
    std::thread::scope(|scope| {
        let _ends = Ends(&queue);
        for _ in 1..threads {
            if Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        let mut state = queue.lock();
        while !state.ended && state.taken < n {
            state = if let Some(piece) = queue.next(&mut state) {
                drop(state);
                let done = take(&piece);
                let mut state = queue.lock();
                state.spare.push(piece);
                if done.is_err() {
                    state.ended = true;
                    return done;
                }
                state
            } else if let Some((at, mut piece)) = queue.begin(&mut state) {
                drop(state);
                make(at, &mut piece);
                queue.put(at, piece)
            } else {
                queue.wait(state)
            };
        }
        Ok(())
    })
}

struct Queue<'a, P> {
    n: usize,
    window: usize,
    state: Mutex<State<'a, P>>,
    changed: Condvar,
}

struct State<'a, P> {
    begun: usize,
    taken: usize,
    /// The pieces from `taken` to `begun`, those that are not ready yet as `None`.
    made: VecDeque<Option<P>>,
    spare: &'a mut Vec<P>,
    /// How many wait for a change: to wake nobody is a system call all the same.
    waiting: usize,
    /// Whether nothing more is wanted.
    ended: bool,
}

impl<'a, P: Default> Queue<'a, P> {
    fn lock(&self) -> MutexGuard<'_, State<'a, P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'q>(&'q self, mut state: MutexGuard<'q, State<'a, P>>) -> MutexGuard<'q, State<'a, P>> {
        state.waiting += 1;
        let mut state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        state
    }

    fn wake(&self, state: &State<'a, P>) {
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }

    /// A piece to make, with its place; `None` if there is none, or as many are under way as may be.
    fn begin(&self, state: &mut State<'a, P>) -> Option<(usize, P)> {
        let at = state.begun;
        if at == self.n || at == state.taken + self.window {
            return None;
        }
        state.begun += 1;
        state.made.push_back(None);
        Some((at, state.spare.pop().unwrap_or_default()))
    }

    fn put(&self, at: usize, piece: P) -> MutexGuard<'_, State<'a, P>> {
        let mut state = self.lock();
        let place = at - state.taken;
        state.made[place] = Some(piece);
        self.wake(&state);
        state
    }

    /// The next piece, if it is ready.
    fn next(&self, state: &mut State<'a, P>) -> Option<P> {
        let piece = state.made.front_mut()?.take()?;
        state.made.pop_front();
        state.taken += 1;
        self.wake(state);
        Some(piece)
    }
}

/// Lets nobody wait for a thread that has panicked.
struct Ends<'q, 'a, P: Default>(&'q Queue<'a, P>);

impl<P: Default> Drop for Ends<'_, '_, P> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended |= std::thread::panicking();
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::in_order;
    use crate::Error;

    fn squares(n: usize, spare: &mut Vec<usize>) -> Vec<usize> {
        let mut taken = Vec::new();
        in_order(
            n,
            spare,
            |at, piece| *piece = at * at,
            |&piece| {
                taken.push(piece);
                Ok(())
            },
        )
        .unwrap();
        taken
    }

    #[test]
    fn pieces_come_in_order_and_are_used_again() {
        let mut spare = Vec::new();
        for n in [0, 1, 2, 3, 100, 10_000] {
            assert_eq!(squares(n, &mut spare), (0..n).map(|at| at * at).collect::<Vec<_>>());
        }
        assert!(spare.len() <= 8 * super::AHEAD);
    }

    #[test]
    fn an_error_of_the_taker_ends_it() {
        let mut taken = 0;
        let done = in_order(
            10_000,
            &mut Vec::new(),
            |_, (): &mut ()| {},
            |()| {
                taken += 1;
                if taken < 7 { Ok(()) } else { Err(Error::Closed("full".into())) }
            },
        );
        assert!(matches!(done, Err(Error::Closed(_))));
        assert_eq!(taken, 7);
    }

    #[test]
    fn a_panic_is_passed_on_and_nobody_waits() {
        for panics_at in [0, 1, 50, 99] {
            let made = std::panic::catch_unwind(|| {
                in_order(
                    100,
                    &mut Vec::new(),
                    |at, (): &mut ()| assert_ne!(at, panics_at),
                    |()| Ok(()),
                )
            });
            assert!(made.is_err());
        }
    }
}
