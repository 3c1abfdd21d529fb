//! Reads a note from Markdown: what [`super::note`] wrote comes back as it was, and the text of anybody else becomes a
//! note whose check boxes are tasks.

use super::{DECISIONS, TEXT_FOLLOWS};
use crate::field;
use crate::notes::line::is_day;
use crate::notes::{Attendee, Heading};

/// What a Markdown file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its first heading, and the day and place below it.
    pub heading: Heading,
    /// Who was there.
    pub attendance: Vec<Attendee>,
    /// The rest, without blank lines around it.
    pub text: String,
    /// The decisions at its end: each title, then its outcome.
    pub decisions: Vec<String>,
}

/// Reads a file.
pub fn read(file: &str) -> Page {
    let file = file.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let file = without_front_matter(&file);
    let mut page = Page::default();
    let (body, decisions) = match file.rsplit_once(&format!("{DECISIONS}\n")) {
        Some((body, decisions)) => (body, decisions),
        None => (file, ""),
    };
    page.decisions =
        decisions.lines().filter_map(|line| line.strip_prefix("- ").map(str::to_owned)).collect();
    let mut rest = body.trim_start_matches('\n');
    if let Some(title) = paragraph(rest).and_then(|(line, _)| line.strip_prefix("# ")) {
        page.heading.title = field::clean_line(title);
        rest = after_line(rest);
    }
    if let Some((line, after)) = paragraph(rest)
        && let Some((day, place)) = above(line)
    {
        (page.heading.date, page.heading.place) = (day.to_owned(), field::clean_line(place));
        rest = after;
    }
    if let Some((line, after)) = paragraph(rest)
        && let Some(people) = line.strip_prefix(PRESENT)
    {
        page.attendance = people.split(", ").filter_map(attendee).collect();
        rest = after;
    }
    rest = rest.strip_prefix(&format!("{TEXT_FOLLOWS}\n")).unwrap_or(rest);
    page.text = rest.trim_matches('\n').to_owned();
    page
}

/// Other programs write settings above a text, between two lines of `---`.
fn without_front_matter(file: &str) -> &str {
    let settings = file.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    match settings {
        Some((settings, rest))
            if settings.lines().all(|line| line.contains(':') || line.starts_with([' ', '-'])) =>
        {
            rest
        }
        _ => file,
    }
}

/// A line that stands alone, and what follows it.
fn paragraph(text: &str) -> Option<(&str, &str)> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    if line.trim().is_empty() {
        return None;
    }
    match rest.strip_prefix('\n') {
        Some(rest) => Some((line, rest.trim_start_matches('\n'))),
        None if rest.is_empty() || line.starts_with("# ") => Some((line, rest)),
        None => None,
    }
}

fn after_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest.trim_start_matches('\n'))
}

/// A day, and a place beside it or alone.
fn above(line: &str) -> Option<(&str, &str)> {
    if let Some(place) = line.strip_prefix(PLACE) {
        return Some(("", place));
    }
    let (day, place) = line.split_once(", ").unwrap_or((line, ""));
    is_day(day).then_some((day, place))
}

/// `Ana Ruiz` or `Ana Ruiz (late)`.
fn attendee(text: &str) -> Option<Attendee> {
    let (name, state) = match text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) {
        Some((name, state)) => (name, state),
        None => (text, "here"),
    };
    let name = field::clean_line(name);
    (!name.is_empty()).then(|| Attendee { key: String::new(), name, state: field::clean_line(state) })
}

pub(super) const PRESENT: &str = "Present: ";
pub(super) const PLACE: &str = "Place: ";
