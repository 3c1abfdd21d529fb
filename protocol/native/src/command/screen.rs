//! What is printed: one answer, as text for people or as JSON for programs.

use std::io::{Write, stdout};

use serde::Serialize;

use crate::command::Failure;

/// Where answers go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Screen {
    /// As text.
    Text,
    /// As JSON, one value in a line.
    Json,
}

/// Something that can be printed both ways. The JSON shape is a promise to programs: fields are added, never changed.
pub(crate) trait Answer: Serialize {
    /// For people; a last line break is added.
    fn text(&self) -> String;
}

impl Screen {
    /// Prints an answer.
    pub(crate) fn show(self, answer: &impl Answer) -> Result<(), Failure> {
        let text = match self {
            Self::Text => answer.text(),
            Self::Json => serde_json::to_string(answer).map_err(Failure::Json)?,
        };
        let mut out = stdout().lock();
        writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()).map_err(Failure::Unread)
    }
}
