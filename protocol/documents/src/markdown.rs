//! Notes and decisions as Markdown, the same bytes on all devices.

use crate::decisions::{Decision, Standing, Vote};
use crate::notes::Note;

/// A note: its heading, who was there, its text, and in one sentence each what was decided.
pub fn note(note: &Note, decisions: &[Decision]) -> String {
    let mut text = String::new();
    if !note.heading.title.is_empty() {
        text.push_str(&format!("# {}\n\n", note.heading.title));
    }
    let above: Vec<&str> = [&note.heading.date, &note.heading.place]
        .into_iter()
        .map(String::as_str)
        .filter(|t| !t.is_empty())
        .collect();
    if !above.is_empty() {
        text.push_str(&format!("{}\n\n", above.join(", ")));
    }
    if !note.attendance.is_empty() {
        let people = note.attendance.iter().map(|attendee| match attendee.state.as_str() {
            "" | "here" => attendee.name.clone(),
            state => format!("{} ({state})", attendee.name),
        });
        text.push_str(&format!("Present: {}\n\n", people.collect::<Vec<_>>().join(", ")));
    }
    text.push_str(note.text.trim_end_matches('\n'));
    text.push('\n');
    if !decisions.is_empty() {
        text.push_str("\n## Decisions\n\n");
        for decision in decisions {
            text.push_str(&format!("- {}: {}\n", decision.title, decision.sentence));
        }
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
            format!("{option}{}", given.answer.word())
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
