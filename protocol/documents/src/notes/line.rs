//! One line of a note as people write it, in Markdown: running text, or a task with its box, owner and day.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::field;

/// The box of a task, whose it is, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", default)]
pub struct Task {
    /// Whether it is ticked.
    #[n(0)]
    pub done: bool,
    /// Whose it is, by name; empty if nobody's.
    #[n(1)]
    pub owner: String,
    /// The day until which it is to be done, `2026-01-31`; empty if it does not say.
    #[n(2)]
    pub due: String,
}

/// A line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Without the box, the owner and the day: `- bring chairs`.
    pub(crate) text: String,
    pub(crate) task: Option<Task>,
}

impl Parts {
    /// Takes a line apart: `- [x] bring chairs @[Ana Ruiz] due:2026-05-03`. Anything else is running text.
    pub(crate) fn read(line: &str) -> Self {
        let line: String = line.chars().filter(|letter| *letter == '\t' || !letter.is_control()).collect();
        let Some((indent, bullet, done, rest)) = boxed(&line) else {
            return Self { text: line, task: None };
        };
        let mut task = Task { done, ..Task::default() };
        let mut rest = rest;
        loop {
            if task.due.is_empty()
                && let Some((before, day)) = due(rest)
            {
                day.clone_into(&mut task.due);
                rest = before;
            } else if task.owner.is_empty()
                && let Some((before, name)) = owner(rest)
            {
                task.owner = name;
                rest = before;
            } else {
                return Self { text: format!("{indent}{bullet} {rest}"), task: Some(task) };
            }
        }
    }

    /// A line of the document: what stands in its text, and beside it.
    pub(crate) fn stored(text: String, task: Option<Task>) -> Self {
        let Some(task) = task else { return Self::read(&text) };
        // Somebody may have written a box into the text of what another made a task meanwhile.
        let mut read = Self::read(&text);
        let inner = read.task.take().unwrap_or_default();
        let owner = if task.owner.is_empty() { inner.owner } else { task.owner };
        let due = if task.due.is_empty() { inner.due } else { task.due };
        Self { text: read.text, task: Some(Task { done: task.done || inner.done, owner, due }) }
    }

    /// The line as people write it.
    pub(crate) fn write(&self) -> String {
        let Some(task) = &self.task else { return self.text.clone() };
        let (indent, bullet, rest) = bulleted(&self.text);
        let mark = if task.done { 'x' } else { ' ' };
        let mut line = format!("{indent}{bullet} [{mark}] {rest}");
        let owner: String = field::clean_line(&task.owner).replace(['[', ']'], "");
        if !owner.is_empty() {
            let is_word = !owner.contains(' ');
            line.push_str(&if is_word { format!(" @{owner}") } else { format!(" @[{owner}]") });
        }
        if is_day(&task.due) {
            line.push_str(" due:");
            line.push_str(&task.due);
        }
        line
    }

    /// What is to be done, without the bullet.
    pub(crate) fn bare(&self) -> &str {
        if self.task.is_some() { bulleted(&self.text).2.trim() } else { self.text.trim() }
    }
}

/// Indent, bullet, whether it is ticked, and what follows the box.
fn boxed(line: &str) -> Option<(&str, char, bool, &str)> {
    let (indent, rest) = indented(line);
    let (bullet, rest) = match rest.chars().next()? {
        bullet @ ('-' | '*' | '+') => (bullet, rest.get(1..)?.strip_prefix(' ')?.trim_start_matches(' ')),
        '[' => ('-', rest),
        _ => return None,
    };
    let (inside, rest) = rest.strip_prefix('[')?.split_once(']')?;
    let rest = match rest.strip_prefix(' ') {
        Some(rest) => rest,
        None if rest.is_empty() => rest,
        None => return None,
    };
    let is_box = (1..=4).contains(&inside.len()) && inside.chars().all(|l| matches!(l, ' ' | 'x' | 'X'));
    is_box.then(|| (indent, bullet, inside.contains(['x', 'X']), rest))
}

/// Indent, bullet and the rest of a line that is to have a bullet.
fn bulleted(line: &str) -> (&str, char, &str) {
    let (indent, rest) = indented(line);
    let mut letters = rest.chars();
    match (letters.next(), letters.next()) {
        (Some(bullet @ ('-' | '*' | '+')), Some(' ')) => (indent, bullet, rest.get(2..).unwrap_or_default()),
        (Some(bullet @ ('-' | '*' | '+')), None) => (indent, bullet, ""),
        _ => (indent, '-', rest),
    }
}

fn indented(line: &str) -> (&str, &str) {
    let rest = line.trim_start_matches([' ', '\t']);
    line.split_at(line.len().saturating_sub(rest.len()))
}

/// The day at the end of a line, and what stands before it.
fn due(line: &str) -> Option<(&str, &str)> {
    let (before, last) = line.rsplit_once(' ').unwrap_or(("", line));
    let day = last.strip_prefix("due:")?;
    is_day(day).then_some((before, day))
}

/// The owner at the end of a line, and what stands before it: `@Ana`, or `@[Ana Ruiz]`.
fn owner(line: &str) -> Option<(&str, String)> {
    let (before, name) = match line.strip_suffix(']') {
        Some(line) => line.rsplit_once("@[")?,
        None => line.rsplit_once('@').filter(|(_, name)| !name.contains([' ', '\t', '[', ']']))?,
    };
    let before = match before.strip_suffix(' ') {
        Some(before) => before,
        None if before.is_empty() => before,
        None => return None,
    };
    let name = field::clean_line(name).replace(['[', ']'], "");
    (!name.is_empty() && name.chars().count() <= field::LINE_LIMIT).then_some((before, name))
}

/// Whether it is a day as computers write it, `2026-01-31`.
pub(crate) fn is_day(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut part = |length: usize, least: u32, most: u32| {
        parts.next().is_some_and(|part| {
            part.len() == length
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part.parse::<u32>().is_ok_and(|number| (least..=most).contains(&number))
        })
    };
    let is_day = part(4, 1, 9999) && part(2, 1, 12) && part(2, 1, 31);
    is_day && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn task(done: bool, owner: &str, due: &str) -> Option<Task> {
        Some(Task { done, owner: owner.into(), due: due.into() })
    }

    #[test]
    fn tasks_are_read_and_written() {
        let cases = [
            ("- [ ] bring chairs", "- bring chairs", task(false, "", ""), "bring chairs"),
            ("  * [X] keys @Ben", "  * keys", task(true, "Ben", ""), "keys"),
            (
                "- [ ] call @[Ana Ruiz] due:2026-05-03",
                "- call",
                task(false, "Ana Ruiz", "2026-05-03"),
                "call",
            ),
            ("- [x] call due:2026-05-03 @Ben", "- call", task(true, "Ben", "2026-05-03"), "call"),
            ("[ ] no bullet", "- no bullet", task(false, "", ""), "no bullet"),
            ("- [xx] ticked by two", "- ticked by two", task(true, "", ""), "ticked by two"),
            ("- [ ] mail a@example.org", "- mail a@example.org", task(false, "", ""), "mail a@example.org"),
            ("- [ ] by due:2026-13-01", "- by due:2026-13-01", task(false, "", ""), "by due:2026-13-01"),
            ("- [ ]", "- ", task(false, "", ""), ""),
        ];
        for (line, text, task, bare) in cases {
            let parts = Parts::read(line);
            assert_eq!((parts.text.as_str(), &parts.task, parts.bare()), (text, &task, bare), "{line}");
            assert_eq!(Parts::read(&parts.write()), parts, "{line}");
        }
        for line in
            ["", "## Agenda", "- welcome", "- [link](https://example.org)", "- [y] no", "-[ ] no", "[a]"]
        {
            assert_eq!(Parts::read(line), Parts { text: line.into(), task: None });
        }
    }

    proptest! {
        #[test]
        fn a_line_that_was_written_is_read_as_the_same(line in "[ x\\[\\]@:a-c\\-*due0-9]{0,30}") {
            let parts = Parts::read(&line);
            let written = parts.write();
            prop_assert_eq!(&Parts::read(&written), &parts);
            prop_assert_eq!(Parts::read(&written).write(), written);
        }

        #[test]
        fn a_task_that_was_written_is_read_as_the_same(
            rest in "[a-z \\[\\]x@]{0,12}", done in any::<bool>(), owner in "[A-Z][a-z]{0,3}( [A-Z][a-z]{0,3})?",
            due in prop_oneof![Just(String::new()), Just("2026-05-03".to_owned())],
        ) {
            let parts = Parts { text: format!("- {rest}"), task: Some(Task { done, owner, due }) };
            prop_assert_eq!(Parts::read(&parts.write()), parts);
        }
    }
}
