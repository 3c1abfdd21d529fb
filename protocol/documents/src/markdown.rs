//! Notes and decisions as Markdown, the same bytes on all devices; and notes read from it.

mod read;

use self::read::{PLACE, PRESENT};
pub use self::read::{Page, read};
use crate::decisions::{Decision, Standing, Vote};
use crate::notes::Note;

/// A note: its heading, who was there, its text, and in one sentence each what was decided.
pub fn note(note: &Note, decisions: &[Decision]) -> String {
    let above = above(note);
    let body = note.text.trim_matches('\n');
    let mut end = String::new();
    if !decisions.is_empty() || body.contains(DECISIONS) {
        end.push_str(&format!("\n{DECISIONS}\n"));
    }
    if !decisions.is_empty() {
        end.push_str("## Decisions\n\n");
        for decision in decisions {
            end.push_str(&format!("- {}: {}\n", decision.title, decision.sentence));
        }
    }
    // A text that would be taken for what stands above it is set apart by a line that nobody sees.
    let is_clear = read(&format!("{above}{body}\n{end}")).text == body;
    let mark = if is_clear { String::new() } else { format!("{TEXT_FOLLOWS}\n") };
    format!("{above}{mark}{body}\n{end}")
}

fn above(note: &Note) -> String {
    let mut text = String::new();
    let heading = &note.heading;
    if !heading.title.is_empty() {
        text.push_str(&format!("# {}\n\n", heading.title));
    }
    match (heading.date.as_str(), heading.place.as_str()) {
        ("", "") => {}
        ("", place) => text.push_str(&format!("{PLACE}{place}\n\n")),
        (date, "") => text.push_str(&format!("{date}\n\n")),
        (date, place) => text.push_str(&format!("{date}, {place}\n\n")),
    }
    if !note.attendance.is_empty() {
        let people = note.attendance.iter().map(|attendee| match attendee.state.as_str() {
            "" | "here" => attendee.name.clone(),
            state => format!("{} ({state})", attendee.name),
        });
        text.push_str(&format!("{PRESENT}{}\n\n", people.collect::<Vec<_>>().join(", ")));
    }
    text
}

/// A decision: what was proposed, what it came to, and every vote, whoever wrote it down.
pub fn decision(decision: &Decision, who: impl Fn(&Vote) -> String) -> String {
    let mut text = format!("# {}\n\n", decision.title);
    if !decision.details.is_empty() {
        text.push_str(&format!("{}\n\n", decision.details));
    }
    text.push_str(&format!("**{}**\n", decision.sentence));
    for choice in decision.choices.iter().filter(|choice| !choice.key.is_empty()) {
        let zone = if choice.zone.is_empty() { String::new() } else { format!(" ({})", choice.zone) };
        text.push_str(&format!("\n- {}{zone}: {} agree", choice.text, choice.tally.agree));
    }
    for option in &decision.taken_off {
        let answers: Vec<String> =
            option.answers.iter().map(|(name, answer)| format!("{name}: {}", answer.word())).collect();
        text.push_str(&format!("\n- ~~{}~~ (taken off) {}", option.text, answers.join(", ")));
    }
    text.push('\n');
    for vote in &decision.votes {
        text.push_str(&format!("- {}\n", line(decision, vote, &who)));
    }
    text
}

/// As in "Olga: agree, told to Max by phone, 2026-05-02".
fn line(decision: &Decision, vote: &Vote, who: &impl Fn(&Vote) -> String) -> String {
    let answers: Vec<String> = vote
        .answers
        .iter()
        .map(|(key, given)| {
            let choice = decision.choices.iter().find(|choice| choice.key == *key && !key.is_empty());
            let option = choice.map(|choice| format!("{}: ", choice.text)).unwrap_or_default();
            let asked = if given.asked { " (to other words; asked again)" } else { "" };
            format!("{option}{}{asked}", given.answer.word())
        })
        .collect();
    let mut line = format!("{}: {}", vote.name, answers.join(", "));
    if !vote.reason.is_empty() {
        line.push_str(&format!(" ({})", vote.reason));
    }
    if let Some(behalf) = &vote.on_behalf {
        let told = [format!("told to {}", who(vote)), behalf.how.clone()].join(" ");
        let told: Vec<&str> =
            [told.trim(), behalf.day.as_str()].into_iter().filter(|t| !t.is_empty()).collect();
        line.push_str(&format!(", {}", told.join(", ")));
    }
    line.push_str(match vote.standing {
        Standing::Counted => "",
        Standing::Replaced => " - replaced by a later answer",
        Standing::Late => " - late, not counted",
        Standing::Waiting => " - waiting to be sent",
        Standing::NotAllowed => " - not counted",
    });
    line
}

/// Stands above the decisions, so that they are told from a heading of the text. Markdown shows no comments.
const DECISIONS: &str = "<!-- decisions -->";
const TEXT_FOLLOWS: &str = "<!-- text -->";
