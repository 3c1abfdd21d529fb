//! `notes`: minutes and other notes, without a network: what is typed is saved, and 'sync' sends it.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use porchlight_documents::notes::{self, Heading, Line, Note, Span, Template};
use porchlight_documents::removal::Presence;
use porchlight_documents::{DocumentName, Kind, index, markdown};
use porchlight_wire::Timestamp;
use serde::Serialize;

use crate::command::desk::Desk;
use crate::command::papers::{Papers, Sheet};
use crate::command::screen::Answer;
use crate::command::words::{ago, plain};
use crate::command::{Failure, file};

mod minutes;

#[derive(Debug, Subcommand)]
pub(crate) enum Notes {
    /// Print the notes, newest first
    List,
    /// Make a note
    Add(Add),
    /// Change a note: its text from a file or the input, or what stands above it
    Edit(Edit),
    /// Print a note
    Show(Which),
    /// Print a note as Markdown, with what was decided
    Export(Which),
    /// Make a note of a Markdown file, unless one says the same; its check boxes become tasks
    Import(file::Incoming),
    /// Write down who was there
    Attend(minutes::Attend),
    /// Say that a decision belongs to a note
    Link(minutes::Link),
    /// Tick a task
    Tick(minutes::Tick),
    /// Print what differs between two versions, and who changed it
    Compare(minutes::Compare),
    /// Print who wrote in it, newest first
    History(Which),
    /// Make the text what it was at a version that 'history' prints
    Restore(Restore),
    /// Print the open tasks of all notes
    Tasks,
    /// Remove a note, for everyone
    Remove(Which),
    /// Keep a note that somebody removed
    Keep(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What it is about
    title: String,
    /// The day of the meeting, such as 2026-05-02
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    date: String,
    /// Where it was
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    place: String,
    /// Begin with the agenda of a meeting
    #[arg(long)]
    meeting: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The id, its beginning, or the whole title
    note: String,
    /// Take the text from this file; "-" reads it from the input
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// What it is about
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The day of the meeting, such as 2026-05-02
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// Where it was
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The id, its beginning, or the whole title
    note: String,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The id, its beginning, or the whole title
    note: String,
    /// The version, or its beginning
    version: String,
}

/// Carries out what was typed after `notes`.
pub(crate) fn run(desk: &Desk, wanted: Notes) -> Result<(), Failure> {
    let mut binder = Binder { papers: Papers::open(desk)? };
    match wanted {
        Notes::List => desk.show(&binder.list()?),
        Notes::Add(wanted) => {
            let name = binder.add(&wanted)?;
            binder.show(desk, &name)
        }
        Notes::Edit(wanted) => {
            let name = binder.pick(&wanted.note)?;
            binder.edit_note(&name, &wanted)?;
            binder.show(desk, &name)
        }
        Notes::Show(wanted) => {
            let name = binder.pick(&wanted.note)?;
            binder.show(desk, &name)
        }
        Notes::Export(wanted) => {
            let name = binder.pick(&wanted.note)?;
            desk.show(&binder.export(&name)?)
        }
        Notes::Import(wanted) => binder.import(desk, &wanted),
        Notes::Attend(wanted) => {
            let name = binder.pick(&wanted.note)?;
            binder.attend(&name, &wanted)?;
            binder.show(desk, &name)
        }
        Notes::Link(wanted) => {
            let name = binder.pick(&wanted.note)?;
            binder.link(&name, &wanted.decision)?;
            binder.show(desk, &name)
        }
        Notes::Tick(wanted) => {
            let name = binder.pick(&wanted.note)?;
            binder.tick(&name, &wanted)?;
            binder.show(desk, &name)
        }
        Notes::Compare(wanted) => {
            let name = binder.pick(&wanted.note)?;
            binder.compare(desk, &name, &wanted)
        }
        Notes::History(wanted) => {
            let name = binder.pick(&wanted.note)?;
            desk.show(&binder.history(&name)?)
        }
        Notes::Restore(wanted) => {
            let name = binder.pick(&wanted.note)?;
            binder.restore(&name, &wanted.version)?;
            binder.show(desk, &name)
        }
        Notes::Tasks => desk.show(&binder.tasks()?),
        Notes::Remove(wanted) => {
            let name = binder.pick(&wanted.note)?;
            binder.papers.edit(&name, |editor| notes::remove(editor, ""))?;
            binder.show(desk, &name)
        }
        Notes::Keep(wanted) => {
            let name = binder.pick(&wanted.note)?;
            binder.papers.edit(&name, notes::keep)?;
            binder.show(desk, &name)
        }
    }
}

/// One group's notes on this computer.
struct Binder {
    papers: Papers,
}

impl Binder {
    fn note(&mut self, name: &DocumentName) -> Result<Note, Failure> {
        Ok(self.papers.act(|device, group, now| device.note(group, name, now))??)
    }

    fn list(&mut self) -> Result<List, Failure> {
        let mut list = Vec::new();
        for name in self.papers.names(Kind::Note)? {
            let note = self.note(&name)?;
            let open = note.open_tasks().count();
            list.push(Entry { id: name.key, heading: note.heading, open, presence: note.presence });
        }
        list.sort_by(|a, b| b.heading.date.cmp(&a.heading.date).then_with(|| a.id.cmp(&b.id)));
        Ok(List { notes: list })
    }

    fn pick(&mut self, wanted: &str) -> Result<DocumentName, Failure> {
        let list = self.list()?.notes;
        let sheets = list.iter().map(|entry| {
            let is_shown = entry.presence.is_shown();
            Sheet { id: &entry.id, title: &entry.heading.title, is_shown }
        });
        Papers::pick(Kind::Note, wanted, sheets)
    }

    fn add(&mut self, wanted: &Add) -> Result<DocumentName, Failure> {
        let locale = self.papers.read(&DocumentName::index(), |document| index::group(document).locale)?;
        let name = self.papers.act(|device, _, _| device.fresh_document(Kind::Note))?;
        let heading =
            Heading { title: wanted.title.clone(), date: wanted.date.clone(), place: wanted.place.clone() };
        let template = if wanted.meeting { Template::Meeting } else { Template::Empty };
        self.papers.edit(&name, |editor| {
            notes::set_heading(editor, &Heading::default(), &heading)?;
            notes::update(editor, None, &notes::template(template, locale.as_deref()))
        })?;
        Ok(name)
    }

    fn edit_note(&mut self, name: &DocumentName, wanted: &Edit) -> Result<(), Failure> {
        let text = wanted.text.as_deref().map(text).transpose()?;
        let before = self.papers.read(name, notes::heading)?;
        let after = Heading {
            title: wanted.title.clone().unwrap_or_else(|| before.title.clone()),
            date: wanted.date.clone().unwrap_or_else(|| before.date.clone()),
            place: wanted.place.clone().unwrap_or_else(|| before.place.clone()),
        };
        self.papers.edit(name, |editor| {
            notes::set_heading(editor, &before, &after)?;
            text.map_or(Ok(()), |text| notes::update(editor, None, &text))
        })
    }

    fn show(&mut self, desk: &Desk, name: &DocumentName) -> Result<(), Failure> {
        let note = self.note(name)?;
        desk.show(&Page { id: name.key.clone(), note })
    }

    fn export(&mut self, name: &DocumentName) -> Result<Exported, Failure> {
        let note = self.note(name)?;
        let mut decisions = Vec::new();
        for key in &note.decisions {
            let name = DocumentName::decision(key);
            decisions.push(self.papers.act(|device, group, now| device.decision(group, &name, now))??);
        }
        Ok(Exported { id: name.key.clone(), markdown: markdown::note(&note, &decisions) })
    }

    fn history(&mut self, name: &DocumentName) -> Result<History, Failure> {
        let mut spans = Vec::new();
        for span in self.papers.read(name, notes::history)? {
            spans.push(Written { author: self.papers.author(span.stamp.who)?.unwrap_or_default(), span });
        }
        let now = self.papers.now()?;
        Ok(History { spans, now })
    }

    fn restore(&mut self, name: &DocumentName, wanted: &str) -> Result<(), Failure> {
        let version = self.version(name, wanted)?;
        self.papers.edit(name, |editor| notes::restore(editor, &version))
    }

    fn tasks(&mut self) -> Result<Tasks, Failure> {
        let mut tasks = Vec::new();
        for name in self.papers.names(Kind::Note)? {
            let note = self.note(&name)?;
            tasks.extend(note.open_tasks().map(|line| TaskLine {
                note: name.key.clone(),
                title: note.heading.title.clone(),
                line: line.clone(),
            }));
        }
        tasks.sort_by_cached_key(|task| notes::urgency(&task.line));
        Ok(Tasks { tasks })
    }
}

/// The text of a file, or the input.
fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(file::read(path, LARGEST)?).map_err(|error| Failure::File {
        verb: "read",
        path: path.to_owned(),
        error: io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
    })
}

#[derive(Debug, Serialize)]
struct List {
    notes: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    #[serde(flatten)]
    heading: Heading,
    open: usize,
    presence: Presence,
}

impl Answer for List {
    fn text(&self) -> String {
        let shown = self.notes.iter().filter(|entry| entry.presence.is_shown());
        let line = |entry: &Entry| {
            let open = if entry.open == 0 { String::new() } else { format!("  ({} open)", entry.open) };
            let date = if entry.heading.date.is_empty() { "no day    " } else { &entry.heading.date };
            format!("{}  {date}  {}{open}", entry.id, plain(&entry.heading.title))
        };
        let lines: Vec<String> = shown.map(line).collect();
        if lines.is_empty() { "No notes".to_owned() } else { lines.join("\n") }
    }
}

#[derive(Debug, Serialize)]
struct Page {
    id: String,
    #[serde(flatten)]
    note: notes::Note,
}

impl Answer for Page {
    fn text(&self) -> String {
        let Heading { title, date, place } = &self.note.heading;
        let above: Vec<&str> =
            [date, place].into_iter().map(String::as_str).filter(|t| !t.is_empty()).collect();
        let mut text = format!("{}  {}\n{}\n", self.id, plain(title), plain(&above.join(", ")));
        match &self.note.presence {
            Presence::Here => {}
            Presence::Removed { .. } => text.push_str("(removed; 'notes keep' brings it back)\n"),
            Presence::Asked { .. } => {
                text.push_str("(removed by one while another changed it: 'notes keep' or 'notes remove')\n");
            }
        }
        for line in &self.note.lines {
            let asked =
                if line.asked.is_some() { "   (removed by one while another changed it)" } else { "" };
            text.push_str(&format!("{}{asked}\n", plain(&line.text)));
        }
        text
    }
}

#[derive(Debug, Serialize)]
struct Exported {
    id: String,
    markdown: String,
}

impl Answer for Exported {
    fn text(&self) -> String {
        self.markdown.lines().map(plain).collect::<Vec<_>>().join("\n")
    }
}

#[derive(Debug, Serialize)]
struct History {
    spans: Vec<Written>,
    #[serde(skip)]
    now: Timestamp,
}

#[derive(Debug, Serialize)]
struct Written {
    author: String,
    #[serde(flatten)]
    span: Span,
}

impl Answer for History {
    fn text(&self) -> String {
        let line = |written: &Written| {
            let version: String = written.span.version.chars().take(12).collect();
            let when = ago(self.now.since(written.span.stamp.time));
            format!("{version}  {}  {when}  {} edits", plain(&written.author), written.span.edits)
        };
        self.spans.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[derive(Debug, Serialize)]
struct Tasks {
    tasks: Vec<TaskLine>,
}

#[derive(Debug, Serialize)]
struct TaskLine {
    note: String,
    title: String,
    #[serde(flatten)]
    line: Line,
}

impl Answer for Tasks {
    fn text(&self) -> String {
        let line = |task: &TaskLine| format!("{}  [{}]", plain(&task.line.text), plain(&task.title));
        let lines: Vec<String> = self.tasks.iter().map(line).collect();
        if lines.is_empty() { "No open tasks".to_owned() } else { lines.join("\n") }
    }
}

/// More is refused by the note itself.
const LARGEST: u64 = 8 * 1024 * 1024;
