//! Inversions: pairs that a sort brings into another order.

/// Runs up to this length are sorted by insertion.
const SHORT: usize = 16;

/// Sorts by merging, stably, and counts the pairs whose order changed. `in_order(a, b)` says
/// whether `a` may stand before `b`, equal ones included. `other` is room of the same length.
pub(super) fn sort_counting<T: Copy>(
    values: &mut Vec<T>,
    other: &mut Vec<T>,
    in_order: impl Fn(&T, &T) -> bool,
) -> i128 {
    let mut count = 0;
    for run in values.chunks_mut(SHORT) {
        for i in 1..run.len() {
            let mut at = i;
            while at > 0 && !in_order(&run[at - 1], &run[at]) {
                run.swap(at - 1, at);
                at -= 1;
            }
            count += (i - at) as i128;
        }
    }
    let mut width = SHORT;
    while width < values.len() {
        count += merge_pass(values, other, width, &in_order, |_, _| {});
        std::mem::swap(values, other);
        width *= 2;
    }
    count
}

/// Sorts likewise and tells `found` of each value that passes others: how many pairs were told
/// before, those that it passes, and the value. The order in which pairs are told is fixed by the
/// values alone.
pub(super) fn each_inversion<T: Copy>(
    values: &mut Vec<T>,
    other: &mut Vec<T>,
    in_order: impl Fn(&T, &T) -> bool,
    mut found: impl FnMut(u64, &[T], &T),
) {
    let (mut width, mut count) = (1, 0_u64);
    while width < values.len() {
        merge_pass(values, other, width, &in_order, |passed, one| {
            found(count, passed, one);
            count += passed.len() as u64;
        });
        std::mem::swap(values, other);
        width *= 2;
    }
}

/// Merges neighbouring runs of `width` from `from` into `into`. `jump` is told of each value that
/// passes others, and of those that it passes.
fn merge_pass<T: Copy>(
    from: &[T],
    into: &mut [T],
    width: usize,
    in_order: &impl Fn(&T, &T) -> bool,
    mut jump: impl FnMut(&[T], &T),
) -> i128 {
    let mut count = 0;
    for (run, out) in from.chunks(2 * width).zip(into.chunks_mut(2 * width)) {
        let (left, right) = run.split_at(width.min(run.len()));
        let (mut i, mut j) = (0, 0);
        for place in out {
            if j == right.len() || (i < left.len() && in_order(&left[i], &right[j])) {
                *place = left[i];
                i += 1;
            } else {
                if i < left.len() {
                    jump(&left[i..], &right[j]);
                    count += (left.len() - i) as i128;
                }
                *place = right[j];
                j += 1;
            }
        }
    }
    count
}
