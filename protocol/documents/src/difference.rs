//! Where two sequences differ: the lines of two texts, or the letters of two lines.

use std::ops::Range;

/// A piece of the first sequence, and what stands in its place in the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hunk {
    pub(crate) before: Range<usize>,
    pub(crate) after: Range<usize>,
}

/// More comparisons than this would be felt; what differs is then one piece.
const MOST_COMPARED: usize = 250_000;

/// The pieces that differ, in order. Between them both are equal.
pub(crate) fn hunks<T: PartialEq>(before: &[T], after: &[T]) -> Vec<Hunk> {
    let (before_all, after_all) = (before, after);
    let start = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let (rest_before, rest_after) = (tail(before, start), tail(after, start));
    let end =
        rest_before.iter().rev().zip(rest_after.iter().rev()).take_while(|(one, other)| one == other).count();
    let middle_before = head(rest_before, rest_before.len().saturating_sub(end));
    let middle_after = head(rest_after, rest_after.len().saturating_sub(end));
    let mut hunks = Vec::new();
    for (before, after) in gaps(middle_before, middle_after) {
        let shift = |range: Range<usize>| range.start.saturating_add(start)..range.end.saturating_add(start);
        let mut hunk = Hunk { before: shift(before), after: shift(after) };
        let floor = hunks.last().map_or((0, 0), |last: &Hunk| (last.before.end, last.after.end));
        match (hunk.before.is_empty(), hunk.after.is_empty()) {
            (false, true) => hunk.slide(slack(before_all, &hunk.before, floor.0)),
            (true, false) => hunk.slide(slack(after_all, &hunk.after, floor.1)),
            _ => {}
        }
        hunks.push(hunk);
    }
    hunks
}

impl Hunk {
    fn slide(&mut self, by: usize) {
        for range in [&mut self.before, &mut self.after] {
            *range = range.start.saturating_sub(by)..range.end.saturating_sub(by);
        }
    }
}

/// How far to the front a piece that only went, or only came, can be moved without making a difference: "one [two ]" and
/// not "one t[wo t]", which would cut words of which nobody changed a letter.
fn slack<T: PartialEq>(all: &[T], range: &Range<usize>, floor: usize) -> usize {
    let mut by = 0_usize;
    while let Some(before) = range.start.checked_sub(by.saturating_add(1)).filter(|place| *place >= floor)
        && let Some(last) = range.end.checked_sub(by.saturating_add(1))
        && all.get(before) == all.get(last)
    {
        by = by.saturating_add(1);
    }
    by
}

/// What lies between the elements of a longest common subsequence.
fn gaps<T: PartialEq>(before: &[T], after: &[T]) -> Vec<(Range<usize>, Range<usize>)> {
    if before.is_empty() && after.is_empty() {
        return Vec::new();
    }
    let width = after.len().saturating_add(1);
    if before.is_empty() || after.is_empty() || before.len().saturating_mul(width) > MOST_COMPARED {
        return vec![(0..before.len(), 0..after.len())];
    }
    // `longest[i * width + j]`: how much the rests of both from i and j have in common.
    let mut longest = vec![0_u32; before.len().saturating_add(1).saturating_mul(width)];
    let at = |longest: &[u32], i: usize, j: usize| longest.get(i * width + j).copied().unwrap_or(0);
    for (i, one) in before.iter().enumerate().rev() {
        for (j, other) in after.iter().enumerate().rev() {
            let best = if one == other {
                at(&longest, i + 1, j + 1).saturating_add(1)
            } else {
                at(&longest, i + 1, j).max(at(&longest, i, j + 1))
            };
            if let Some(place) = longest.get_mut(i * width + j) {
                *place = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut from_i, mut from_j) = (0, 0);
    let mut gaps = Vec::new();
    while let (Some(one), Some(other)) = (before.get(i), after.get(j)) {
        if one == other {
            if from_i < i || from_j < j {
                gaps.push((from_i..i, from_j..j));
            }
            (i, j) = (i + 1, j + 1);
            (from_i, from_j) = (i, j);
        } else if at(&longest, i + 1, j) >= at(&longest, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    if from_i < before.len() || from_j < after.len() {
        gaps.push((from_i..before.len(), from_j..after.len()));
    }
    gaps
}

fn head<T>(slice: &[T], end: usize) -> &[T] {
    slice.get(..end).unwrap_or_default()
}

fn tail<T>(slice: &[T], start: usize) -> &[T] {
    slice.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn what_differs_is_found() {
        assert_eq!(hunks(&words("abc"), &words("abc")), []);
        assert_eq!(hunks(&words("abc"), &words("abxc")), [Hunk { before: 2..2, after: 2..3 }]);
        assert_eq!(hunks(&words("a1c2e"), &words("abcde")).len(), 2);
        assert_eq!(hunks(&words(""), &words("ab")), [Hunk { before: 0..0, after: 0..2 }]);
    }

    proptest! {
        #[test]
        fn the_pieces_make_one_of_the_other(before in "[abc]{0,20}", after in "[abc]{0,20}") {
            let (before, after) = (words(&before), words(&after));
            let mut made: Vec<char> = Vec::new();
            let mut from = 0;
            for hunk in hunks(&before, &after) {
                made.extend(&before[from..hunk.before.start]);
                made.extend(&after[hunk.after.clone()]);
                from = hunk.before.end;
            }
            made.extend(&before[from..]);
            prop_assert_eq!(made, after);
        }
    }
}
