//! What an event says in lines for which a shift has no field: what goes to its note, and what is lost.

use super::Block;
use crate::field;
use crate::ics::line::Line;

/// What is to be known of an event: what describes it, and links, contacts and remarks that stand in lines of their own.
pub(super) fn note_of(block: &Block<'_>) -> String {
    let find = |name: &'static str| block.lines.iter().filter(move |line| line.name == name);
    let mut note = find("DESCRIPTION").next().map(|line| line.text()).unwrap_or_default();
    let more = ["URL", "CONTACT", "COMMENT", "ATTACH"].into_iter().flat_map(find);
    for line in more.filter(|line| !is_packed(line)) {
        let text = field::clean_text(&line.text());
        if !note.contains(text.as_str()) {
            note = format!("{note}\n{text}");
        }
    }
    note
}

/// Whether a line holds a file itself, or points into the mail that the calendar came with.
fn is_packed(line: &Line) -> bool {
    let is_binary = line.parameter("VALUE").is_some_and(|kind| kind.eq_ignore_ascii_case("BINARY"));
    let scheme = line.value.trim().split(':').next().unwrap_or_default();
    line.name == "ATTACH"
        && (is_binary || ["cid", "data"].iter().any(|word| scheme.eq_ignore_ascii_case(word)))
}

/// The lines of an event for which there is no place here, and which people may miss.
pub(super) fn lost(block: &Block<'_>) -> Vec<String> {
    let is_lost = |line: &&&Line| match line.name.as_str() {
        "ATTACH" => is_packed(line),
        "ATTENDEE" | "CATEGORIES" | "RESOURCES" => !line.value.trim().is_empty(),
        _ => false,
    };
    let mut lost: Vec<_> = block.lines.iter().filter(is_lost).map(|line| line.name.clone()).collect();
    lost.sort();
    lost.dedup();
    lost
}
