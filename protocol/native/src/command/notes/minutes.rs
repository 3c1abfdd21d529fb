//! What is done with the minutes of a meeting: `import`, `attend`, `link`, `tick` and `compare`.

use clap::Args;
use porchlight_device::Taking;
use porchlight_documents::archive::report::{Outcome, Row};
use porchlight_documents::notes::{self, Attendee, Compared, NoteError, Task};
use porchlight_documents::{DocumentName, Kind};
use serde::Serialize;

use super::Binder;
use crate::command::archive::ArchiveFailure;
use crate::command::desk::{Desk, SHORTEST_ID};
use crate::command::screen::Answer;
use crate::command::words::plain;
use crate::command::{Failure, file};

#[derive(Debug, Args)]
pub(crate) struct Attend {
    /// The id, its beginning, or the whole title
    pub(super) note: String,
    /// Who
    name: String,
    /// here, late, excused, absent, or any other word
    #[arg(long, value_name = "WORD", default_value = "here")]
    state: String,
    /// Take them off the list
    #[arg(long)]
    drop: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Link {
    /// The id of the note, its beginning, or its whole title
    pub(super) note: String,
    /// The id of the decision that belongs to it
    pub(super) decision: String,
}

#[derive(Debug, Args)]
pub(crate) struct Tick {
    /// The id, its beginning, or the whole title
    pub(super) note: String,
    /// The task, by its words
    task: String,
    /// It is not done after all
    #[arg(long)]
    undo: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The id, its beginning, or the whole title
    pub(super) note: String,
    /// A version that 'history' prints, or its beginning
    from: String,
    /// Another; without it, what the note says now
    to: Option<String>,
}

impl Binder {
    /// Makes a note of a Markdown file, unless one says the same.
    pub(super) fn import(&mut self, desk: &Desk, wanted: &file::Incoming) -> Result<(), Failure> {
        let bytes = file::read(&wanted.file, super::LARGEST)?;
        let path =
            wanted.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let taking = if wanted.preview { Taking::Look } else { Taking::Take };
        let taken =
            self.papers.act(|device, group, now| device.import_note(group, &bytes, &path, taking, now))?;
        let (name, row) = taken.map_err(|error| Failure::Archive {
            path: wanted.file.clone(),
            error: Box::new(ArchiveFailure::from(error)),
        })?;
        let id = if wanted.preview && row.outcome == Outcome::Added { None } else { Some(name.key) };
        desk.show(&Taken { id, row, preview: wanted.preview })
    }

    /// Writes down that somebody was there, or was not.
    pub(super) fn attend(&mut self, name: &DocumentName, wanted: &Attend) -> Result<(), Failure> {
        let there = self.note(name)?.attendance;
        let known = there.iter().find(|attendee| attendee.name.to_lowercase() == wanted.name.to_lowercase());
        let key = known.map(|attendee| attendee.key.clone()).unwrap_or_default();
        if wanted.drop {
            return self.papers.edit(name, |editor| notes::drop_attendance(editor, &key));
        }
        let attendee = Attendee { key, name: wanted.name.clone(), state: wanted.state.clone() };
        self.papers.edit(name, |editor| notes::set_attendance(editor, &attendee))
    }

    /// Says that a decision belongs to a note.
    pub(super) fn link(&mut self, name: &DocumentName, decision: &str) -> Result<(), Failure> {
        let decision = DocumentName::decision(decision);
        let names = self.papers.names(Kind::Decision)?;
        let mut fits =
            names.iter().filter(|one| one.key.starts_with(&decision.key)).map(|one| one.key.clone());
        match (fits.next(), fits.next()) {
            (Some(key), None) if !decision.key.is_empty() => {
                self.papers.edit(name, |editor| notes::link_decision(editor, &key))
            }
            _ => Err(Failure::WhichNote(
                "there is no such decision; 'decisions list' shows their ids".to_owned(),
            )),
        }
    }

    /// Ticks a task, or unticks it.
    pub(super) fn tick(&mut self, name: &DocumentName, wanted: &Tick) -> Result<(), Failure> {
        let words = wanted.task.trim().to_lowercase();
        let note = self.note(name)?;
        let fits = |line: &&notes::Line| line.what.as_ref().is_some_and(|what| what.to_lowercase() == words);
        let mut meant = note.tasks().filter(fits);
        let (Some(line), None) = (meant.next(), meant.next()) else {
            return Err(Failure::WhichNote("no task, or more than one, is called so".to_owned()));
        };
        let task = line.task.clone().map(|task| Task { done: !wanted.undo, ..task });
        self.papers.edit(name, |editor| notes::set_task(editor, &line.id, task))
    }

    /// What two versions of a note differ in.
    pub(super) fn compare(
        &mut self,
        desk: &Desk,
        name: &DocumentName,
        wanted: &Compare,
    ) -> Result<(), Failure> {
        let from = self.version(name, &wanted.from)?;
        let to = wanted.to.as_ref().map(|to| self.version(name, to)).transpose()?;
        let compared =
            self.papers.read(name, |document| notes::compare(document, &from, to.as_deref()))??;
        let mut lines = Vec::new();
        for change in &compared.lines {
            let mut authors = Vec::new();
            for stamp in &change.by {
                let author = self.papers.author(stamp.who)?;
                authors.push(author.unwrap_or_else(|| "somebody".to_owned()));
            }
            lines.push(authors);
        }
        desk.show(&Difference { compared, authors: lines })
    }

    /// The whole version that begins so.
    pub(super) fn version(&mut self, name: &DocumentName, wanted: &str) -> Result<String, Failure> {
        let wanted = wanted.trim().to_lowercase();
        if wanted.len() < SHORTEST_ID {
            return Err(NoteError::UnknownVersion.into());
        }
        Ok(self.papers.read(name, |document| notes::whole_version(document, &wanted))??)
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    id: Option<String>,
    preview: bool,
    #[serde(flatten)]
    row: Row,
}

impl Answer for Taken {
    fn text(&self) -> String {
        let did = match self.row.outcome {
            Outcome::Added if self.preview => "would be added",
            Outcome::Added => "added",
            _ => "is here already",
        };
        format!("{}  {} {did}", self.id.as_deref().unwrap_or_default(), plain(&self.row.name))
            .trim()
            .to_owned()
    }
}

#[derive(Debug, Serialize)]
struct Difference {
    #[serde(flatten)]
    compared: Compared,
    /// Who changed each of the lines.
    authors: Vec<Vec<String>>,
}

impl Answer for Difference {
    fn text(&self) -> String {
        let mut text = String::new();
        for (change, authors) in self.compared.lines.iter().zip(&self.authors) {
            let by = if authors.is_empty() { String::new() } else { format!("   ({})", authors.join(", ")) };
            for (mark, line) in [('-', &change.before), ('+', &change.after)] {
                if let Some(line) = line {
                    text.push_str(&format!("{mark} {}{}\n", plain(line), plain(&by)));
                }
            }
        }
        if text.is_empty() { "Nothing differs".to_owned() } else { text }
    }
}
