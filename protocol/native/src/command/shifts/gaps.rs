//! `gaps`: what is missing in some days.

use std::collections::BTreeMap;

use porchlight_documents::schedule::gaps::{Gap, Lack};
use porchlight_documents::schedule::when::{Local, Span};
use porchlight_wire::Timestamp;
use serde::Serialize;

use super::board::Board;
use super::{Days, page};
use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{count, plain};

/// Prints what is missing and not over yet.
pub(super) fn gaps(desk: &Desk, board: &mut Board, wanted: &Days) -> Result<(), Failure> {
    let days = page::days(board, wanted.from.as_deref(), wanted.to.as_deref())?;
    let schedule = board.look(days, &[])?;
    let mut gaps = Vec::new();
    for gap in schedule.gaps(days.0, days.1, &board.abilities, board.now) {
        let span = Span { start: Timestamp::from_millis(gap.start), end: Timestamp::from_millis(gap.end) };
        let clock = board.clock(&schedule, span)?;
        gaps.push(Line { starts: clock.0.to_string(), ends: clock.1.to_string(), clock, gap });
    }
    desk.show(&Missing {
        group: board.group.to_string(),
        zone: board.zone.clone(),
        people: board.names(),
        gaps,
    })
}

#[derive(Debug, Serialize)]
struct Missing {
    group: String,
    zone: String,
    people: BTreeMap<String, String>,
    gaps: Vec<Line>,
}

/// A gap, with the times of the group's clock.
#[derive(Debug, Serialize)]
struct Line {
    #[serde(flatten)]
    gap: Gap,
    starts: String,
    ends: String,
    #[serde(skip)]
    clock: (Local, Local),
}

impl Answer for Missing {
    fn text(&self) -> String {
        if self.gaps.is_empty() {
            return "Nothing is missing".to_owned();
        }
        let line = |line: &Line| {
            let gap = &line.gap;
            let title = plain(&gap.title);
            format!("{}  {}  {title}: {}", gap.shift, page::hours(line.clock), words(&gap.lack))
        };
        self.gaps.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn words(lack: &Lack) -> String {
    match lack {
        Lack::Nobody => "nobody comes".to_owned(),
        Lack::People { missing, to_confirm: 0 } => format!("{missing} more needed"),
        Lack::People { missing, to_confirm } => {
            format!(
                "{missing} more needed; {} asked",
                count(u64::from(*to_confirm), "person").replace("persons", "people")
            )
        }
        Lack::Language { language } => format!("nobody there speaks {}", plain(language)),
        Lack::Skill { skill } => format!("nobody there can do '{}'", plain(skill)),
        Lack::Uncovered => "no shift covers these hours".to_owned(),
    }
}
