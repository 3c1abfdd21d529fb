//! Writes what a person changed in the text of a note: line by line and letter by letter, onto what it says by now.

use std::collections::BTreeMap;

use automerge::{AutomergeError, ChangeHash, ObjId};

use super::body::{self, Stored};
use super::line::Parts;
use crate::difference::{self, Hunk};
use crate::editor::Editor;

/// What becomes of one line, in the order of the text.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// It stays.
    Keep(usize),
    /// It says something else.
    Change(usize, usize),
    /// It goes.
    Remove(usize),
    /// It is new.
    Insert(usize),
}

/// Makes the text what `after` says, as far as that differs from what it was at `since`; what others wrote since then
/// stays.
pub(crate) fn update(
    editor: &mut Editor<'_>,
    list: &ObjId,
    since: Option<&[ChangeHash]>,
    after: &str,
) -> Result<(), AutomergeError> {
    let now = body::lines(editor.reader(), None);
    let before = match since {
        Some(heads) => body::lines(editor.reader(), Some(heads)),
        None => now.clone(),
    };
    let before: Vec<Stored> = before.into_iter().filter(|line| !line.is_removed()).collect();
    let before_text: Vec<String> = before.iter().map(|line| line.parts.write()).collect();
    let after: Vec<&str> = split(after);
    if before_text.join("\n") == after.join("\n") {
        return Ok(());
    }
    let places: BTreeMap<&ObjId, usize> =
        now.iter().enumerate().map(|(place, line)| (&line.object, place)).collect();
    let mut next = 0;
    let mut inserted = 0_usize;
    for step in steps(&before_text, &after) {
        if let Step::Insert(line) = step {
            body::insert(editor, list, next, after.get(line).copied().unwrap_or_default())?;
            next = next.saturating_add(1);
            inserted = inserted.saturating_add(1);
            continue;
        }
        let (Step::Keep(line) | Step::Change(line, _) | Step::Remove(line)) = step else { continue };
        let Some(line) = before.get(line) else { continue };
        let Some((place, current)) =
            places.get(&line.object).and_then(|place| Some((*place, now.get(*place)?)))
        else {
            continue;
        };
        next = place.saturating_add(inserted).saturating_add(1);
        match step {
            Step::Change(_, new) => {
                change(editor, line, current, after.get(new).copied().unwrap_or_default())?
            }
            Step::Remove(_) if !current.is_removed() => body::remove(editor, line)?,
            _ => {}
        }
    }
    Ok(())
}

/// The lines of a text; none if there is no text.
pub(crate) fn split(text: &str) -> Vec<&str> {
    if text.is_empty() {
        return Vec::new();
    }
    text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect()
}

/// Writes what differs between a line as it was and as it shall be onto what it is.
fn change(
    editor: &mut Editor<'_>,
    before: &Stored,
    current: &Stored,
    after: &str,
) -> Result<(), AutomergeError> {
    let after = Parts::read(after);
    if before.parts == after {
        return Ok(());
    }
    set(editor, before, current, &after)
}

/// Makes a line say something, as far as that differs from what it was.
pub(crate) fn set(
    editor: &mut Editor<'_>,
    before: &Stored,
    current: &Stored,
    after: &Parts,
) -> Result<(), AutomergeError> {
    body::set_task(editor, &current.object, before.task.as_ref(), after.task.as_ref())?;
    let Some(text) = &current.text_object else { return Ok(()) };
    for (place, taken, put) in splices(&before.text, &current.text, &after.text).into_iter().rev() {
        editor.splice(text, place, taken, &put)?;
    }
    Ok(())
}

/// What to take out of and put into the current text, in order, so that what `after` changed in `before` is changed in
/// it: place, letters taken, letters put.
fn splices(before: &str, current: &str, after: &str) -> Vec<(usize, usize, String)> {
    let [before, current, after] = [before, current, after].map(|text| text.chars().collect::<Vec<_>>());
    let moved = Moved::of(&before, &current);
    let mut splices: Vec<(usize, usize, String)> = Vec::new();
    for Hunk { before: gone, after: come } in difference::hunks(&before, &after) {
        let mut put: Option<String> = after.get(come).map(|letters| letters.iter().collect());
        // Beside the letter before it, whatever others put behind that one.
        let start = match gone.start.checked_sub(1).filter(|letter| moved.is_here(*letter)) {
            Some(letter) => moved.place(letter).saturating_add(1),
            None => moved.place(gone.start),
        };
        let mut run: (usize, usize) = (start, 0);
        for place in gone.clone().filter(|place| moved.is_here(*place)) {
            let place = moved.place(place);
            if place == run.0.saturating_add(run.1) {
                run.1 = run.1.saturating_add(1);
            } else {
                splices.push((run.0, run.1, put.take().unwrap_or_default()));
                run = (place, 1);
            }
        }
        splices.push((run.0, run.1, put.take().unwrap_or_default()));
    }
    splices.retain(|(_, taken, put)| *taken > 0 || !put.is_empty());
    splices
}

/// Where the letters of a text are in another state of it.
struct Moved {
    /// For each letter, and for the end, its place.
    places: Vec<usize>,
    here: Vec<bool>,
}

impl Moved {
    fn of(before: &[char], current: &[char]) -> Self {
        let mut places = Vec::with_capacity(before.len().saturating_add(1));
        let mut here = vec![true; before.len()];
        let mut place = 0_usize;
        let mut from = 0_usize;
        for Hunk { before: gone, after: come } in difference::hunks(before, current) {
            for _ in from..gone.start {
                places.push(place);
                place = place.saturating_add(1);
            }
            for letter in gone.clone() {
                places.push(place);
                if let Some(here) = here.get_mut(letter) {
                    *here = false;
                }
            }
            place = come.end;
            from = gone.end;
        }
        for _ in from..before.len() {
            places.push(place);
            place = place.saturating_add(1);
        }
        places.push(place);
        Self { places, here }
    }

    fn place(&self, letter: usize) -> usize {
        self.places.get(letter).copied().unwrap_or_default()
    }

    fn is_here(&self, letter: usize) -> bool {
        self.here.get(letter).copied().unwrap_or(false)
    }
}

/// What becomes of the lines. A line that only changed stays the same line.
fn steps(before: &[String], after: &[&str]) -> Vec<Step> {
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let mut steps = Vec::new();
    let (mut from, mut to) = (0, 0);
    for hunk in difference::hunks(&before, after) {
        steps.extend((from..hunk.before.start).map(Step::Keep));
        let gone = before.get(hunk.before.clone()).unwrap_or_default();
        let come = after.get(hunk.after.clone()).unwrap_or_default();
        let pairs = pairs(gone, come);
        let (mut i, mut j) = (0, 0);
        for (one, other) in pairs.into_iter().chain([(gone.len(), come.len())]) {
            steps.extend((i..one).map(|line| Step::Remove(line.saturating_add(hunk.before.start))));
            steps.extend((j..other).map(|line| Step::Insert(line.saturating_add(hunk.after.start))));
            if one < gone.len() {
                let shifted = (one.saturating_add(hunk.before.start), other.saturating_add(hunk.after.start));
                steps.push(Step::Change(shifted.0, shifted.1));
            }
            (i, j) = (one.saturating_add(1), other.saturating_add(1));
        }
        (from, to) = (hunk.before.end, hunk.after.end);
    }
    debug_assert_eq!(
        before.len().saturating_sub(from),
        after.len().saturating_sub(to),
        "the rests are equal"
    );
    steps.extend((from..before.len()).map(Step::Keep));
    steps
}

/// Which lines that went are like which that came, in order.
fn pairs(gone: &[&str], come: &[&str]) -> Vec<(usize, usize)> {
    const MOST_PAIRS: usize = 4_096;
    let width = come.len().saturating_add(1);
    if gone.len().saturating_mul(come.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let mut best = vec![0_usize; gone.len().saturating_add(1).saturating_mul(width)];
    let at = |best: &[usize], i: usize, j: usize| best.get(i * width + j).copied().unwrap_or(0);
    let together = |best: &[usize], i: usize, j: usize, likeness: usize| {
        (likeness > 0).then(|| at(best, i + 1, j + 1).saturating_add(likeness))
    };
    let mut alike = vec![0_usize; best.len()];
    for (i, one) in gone.iter().enumerate().rev() {
        for (j, other) in come.iter().enumerate().rev() {
            let likeness = likeness(one, other);
            let apart = at(&best, i + 1, j).max(at(&best, i, j + 1));
            let score = together(&best, i, j, likeness).unwrap_or(0).max(apart);
            if let (Some(best), Some(alike)) = (best.get_mut(i * width + j), alike.get_mut(i * width + j)) {
                (*best, *alike) = (score, likeness);
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < gone.len() && j < come.len() {
        let likeness = alike.get(i * width + j).copied().unwrap_or(0);
        if together(&best, i, j, likeness) == Some(at(&best, i, j)) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if at(&best, i + 1, j) >= at(&best, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// How much two lines have in common at their ends, from 0 (other lines) to 1,000.
fn likeness(one: &str, other: &str) -> usize {
    const LEAST: usize = 400;
    const TYPED_INTO_AN_EMPTY_LINE: usize = 350;
    const WITH_MORE: usize = 900;
    match (one.trim().is_empty(), other.trim().is_empty()) {
        (true, _) => return TYPED_INTO_AN_EMPTY_LINE,
        // A paragraph whose text goes is removed, even if its empty line stays.
        (false, true) => return 0,
        (false, false) => {}
    }
    let (one, other) = (one.chars().collect::<Vec<_>>(), other.chars().collect::<Vec<_>>());
    let most = one.len().min(other.len());
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let common = start.saturating_add(end).min(most);
    if common == most {
        // One is the other with something added.
        return WITH_MORE;
    }
    let likeness = common.saturating_mul(2_000) / one.len().saturating_add(other.len()).max(1);
    if likeness < LEAST { 0 } else { likeness }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        split(text).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn lines_that_only_changed_stay_the_same_lines() {
        let before = lines("## Agenda\n- welcome\n- shifts\n");
        let after = split("## Agenda\n- [x] welcome\n- shifts\n- winter coats (Ben)\n");
        let expected = [Step::Keep(0), Step::Change(1, 1), Step::Keep(2), Step::Insert(3), Step::Keep(3)];
        assert_eq!(steps(&before, &after), expected);
        let one = lines("The long first sentence. The second.");
        let two = split("The long first sentence.\nThe second.");
        assert_eq!(steps(&one, &two), [Step::Change(0, 0), Step::Insert(1)]);
        let two = lines("one thing\nanother matter\nlast");
        assert_eq!(steps(&two, &["one thing", "last"]), [Step::Keep(0), Step::Remove(1), Step::Keep(2)]);
        assert_eq!(steps(&[], &["a"]), [Step::Insert(0)]);
    }

    #[test]
    fn letters_change_where_they_are_now() {
        let apply = |before: &str, current: &str, after: &str| {
            let mut letters: Vec<char> = current.chars().collect();
            for (place, taken, put) in splices(before, current, after).into_iter().rev() {
                letters.splice(place..place + taken, put.chars());
            }
            letters.into_iter().collect::<String>()
        };
        assert_eq!(apply("call 0190", "call 0190", "call 0191"), "call 0191");
        assert_eq!(apply("call 0190", "please call 0190 soon", "call 0191"), "please call 0191 soon");
        assert_eq!(apply("abc", "ac", "abcd"), "acd");
        assert_eq!(apply("one two three", "one three", "one two 2 three"), "one 2 three");
        assert_eq!(apply("abcdef", "abXdef", "a"), "aX");
        assert_eq!(apply("", "new", "other"), "newother");
    }
}
