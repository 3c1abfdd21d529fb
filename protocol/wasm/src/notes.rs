//! Requests about notes and decisions, and their answers.

use std::collections::BTreeMap;

use porchlight_device::{ActError, Device, EditError};
use porchlight_documents::contacts::Stamp;
use porchlight_documents::decisions::{self, Ballot, Decision, DecisionError, Proposal, Terms, Wording};
use porchlight_documents::notes::{
    self, Attendee, Compared, Conflict, Heading, Line, Note, NoteError, Span, Task, Template,
};
use porchlight_documents::removal::Presence;
use porchlight_documents::{Document, DocumentName, Editor, Kind, index};
use porchlight_wire::{GroupId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::operation;
use crate::request::Group;

/// `{"notes": {"group": …, "ask": {"list": {}}}}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum NoteRequest {
    List { search: String },
    Add { heading: Heading, template: Template },
    Show { note: String },
    Edit { note: String, version: Option<String>, text: String },
    SetHeading { note: String, before: Heading, after: Heading },
    Settle { note: String, field: String, text: String },
    SetTask { note: String, line: String, task: Option<Task> },
    AnswerLine { note: String, line: String, answer: notes::Answer },
    SetAttendance { note: String, attendee: Attendee },
    DropAttendance { note: String, key: String },
    LinkDecision { note: String, decision: String },
    UnlinkDecision { note: String, decision: String },
    Remove { note: String, reason: String },
    Keep { note: String },
    History { note: String },
    Compare { note: String, from: String, to: Option<String> },
    Restore { note: String, version: String },
    Tasks {},
}

/// `{"decisions": {"group": …, "ask": {"list": {}}}}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum DecisionRequest {
    List {},
    Add { proposal: Proposal },
    Show { decision: String },
    Vote { decision: String, ballot: Ballot },
    Rule { decision: String, terms: Terms },
    SetDetails { decision: String, details: String },
    AddOption { decision: String, wording: Wording },
    SetOption { decision: String, option: String, wording: Wording },
    DropOption { decision: String, option: String },
    Remove { decision: String, reason: String },
    Keep { decision: String },
}

/// A request and the group that it is about.
#[derive(Debug, Deserialize)]
pub(crate) struct About<T> {
    pub(crate) group: Group,
    pub(crate) ask: T,
    /// The version of the document that the person who writes had before them: see [`Device::edit_shown`].
    #[serde(default)]
    pub(crate) shown: Option<String>,
}

/// Carries out a request about notes.
pub(crate) fn perform(device: &mut Device, about: About<NoteRequest>, now: Timestamp) -> Answer {
    let group = about.group.0;
    let mut desk = Desk { device, group, shown: about.shown, now };
    match about.ask {
        NoteRequest::List { search } => Answer::new(desk.notes(&search)),
        NoteRequest::Add { heading, template } => Answer::new(desk.add_note(&heading, template)),
        NoteRequest::Show { note } => Answer::new(desk.note(&note)),
        NoteRequest::Edit { note, version, text } => {
            Answer::new(desk.edit_text(&note, version.as_deref(), &text))
        }
        NoteRequest::SetHeading { note, before, after } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::set_heading(e, &before, &after)))
        }
        NoteRequest::Settle { note, field, text } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::settle(e, &field, &text)))
        }
        NoteRequest::SetTask { note, line, task } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::set_task(e, &line, task)))
        }
        NoteRequest::AnswerLine { note, line, answer } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::answer(e, &line, answer)))
        }
        NoteRequest::SetAttendance { note, attendee } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::set_attendance(e, &attendee)))
        }
        NoteRequest::DropAttendance { note, key } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::drop_attendance(e, &key)))
        }
        NoteRequest::LinkDecision { note, decision } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::link_decision(e, &decision)))
        }
        NoteRequest::UnlinkDecision { note, decision } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::unlink_decision(e, &decision)))
        }
        NoteRequest::Remove { note, reason } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::remove(e, &reason)))
        }
        NoteRequest::Keep { note } => Answer::new(desk.edit(&DocumentName::note(&note), notes::keep)),
        NoteRequest::History { note } => Answer::new(desk.history(&note)),
        NoteRequest::Compare { note, from, to } => Answer::new(desk.compare(&note, &from, to.as_deref())),
        NoteRequest::Restore { note, version } => {
            Answer::new(desk.edit(&DocumentName::note(&note), |e| notes::restore(e, &version)))
        }
        NoteRequest::Tasks {} => Answer::new(desk.tasks()),
    }
}

/// Carries out a request about decisions.
pub(crate) fn decide(device: &mut Device, about: About<DecisionRequest>, now: Timestamp) -> Answer {
    let group = about.group.0;
    let mut desk = Desk { device, group, shown: about.shown, now };
    match about.ask {
        DecisionRequest::List {} => Answer::new(desk.decisions()),
        DecisionRequest::Add { proposal } => Answer::new(desk.add_decision(&proposal)),
        DecisionRequest::Show { decision } => Answer::new(desk.decision(&decision)),
        DecisionRequest::Vote { decision, ballot } => {
            Answer::new(desk.edit(&DocumentName::decision(&decision), |e| decisions::vote(e, &ballot)))
        }
        DecisionRequest::Rule { decision, terms } => {
            Answer::new(desk.edit(&DocumentName::decision(&decision), |e| decisions::rule(e, &terms)))
        }
        DecisionRequest::SetDetails { decision, details } => Answer::new(
            desk.edit(&DocumentName::decision(&decision), |e| decisions::set_details(e, &details)),
        ),
        DecisionRequest::AddOption { decision, wording } => {
            Answer::new(desk.edit(&DocumentName::decision(&decision), |e| decisions::add_option(e, &wording)))
        }
        DecisionRequest::SetOption { decision, option, wording } => Answer::new(
            desk.edit(&DocumentName::decision(&decision), |e| decisions::set_option(e, &option, &wording)),
        ),
        DecisionRequest::DropOption { decision, option } => {
            Answer::new(desk.edit(&DocumentName::decision(&decision), |e| decisions::drop_option(e, &option)))
        }
        DecisionRequest::Remove { decision, reason } => {
            Answer::new(desk.edit(&DocumentName::decision(&decision), |e| decisions::remove(e, &reason)))
        }
        DecisionRequest::Keep { decision } => {
            Answer::new(desk.edit(&DocumentName::decision(&decision), decisions::keep))
        }
    }
}

struct Desk<'a> {
    device: &'a mut Device,
    group: GroupId,
    shown: Option<String>,
    now: Timestamp,
}

impl Desk<'_> {
    fn edit<T, E: Into<Fault>>(
        &mut self,
        name: &DocumentName,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<T, Fault> {
        let shown = self.shown.as_deref();
        self.device
            .edit_shown(self.group, name, shown, self.now, f)
            .map_err(|error: EditError<E>| error.into())
    }

    fn names(&self, kind: Kind) -> Result<Vec<DocumentName>, Fault> {
        let names = self.device.documents(self.group)?;
        Ok(names.into_iter().filter(|name| name.kind == kind).collect())
    }

    fn authors(&mut self, stamps: impl IntoIterator<Item = Stamp>) -> BTreeMap<String, String> {
        operation::authors(self.device, self.group, stamps)
    }

    fn notes(&mut self, search: &str) -> Result<Vec<NoteLine>, Fault> {
        let mut list = Vec::new();
        for name in self.names(Kind::Note)? {
            let note = self.device.note(self.group, &name, self.now)?;
            if note.presence.is_shown() && note.has_words(search) {
                let (open, asked) = (note.open_tasks().count(), note.presence != Presence::Here);
                list.push(NoteLine { id: name.key, heading: note.heading, open, asked });
            }
        }
        list.sort_by(|a, b| b.heading.date.cmp(&a.heading.date).then_with(|| a.id.cmp(&b.id)));
        Ok(list)
    }

    fn add_note(&mut self, heading: &Heading, template: Template) -> Result<String, Fault> {
        let locale = self.device.read(self.group, &DocumentName::index(), |d| index::group(d).locale)?;
        let name = self.device.fresh_document(Kind::Note);
        self.edit(&name, |editor| {
            notes::set_heading(editor, &Heading::default(), heading)?;
            notes::update(editor, None, &notes::template(template, locale.as_deref()))
        })?;
        Ok(name.key)
    }

    fn note(&mut self, key: &str) -> Result<NoteAnswer, Fault> {
        let note = self.device.note(self.group, &DocumentName::note(key), self.now)?;
        if note.lines.is_empty() && note.version == Kind::Note.beginning().to_string() {
            return Err(Fault::new("note_unknown", key.to_owned()));
        }
        let mut stamps = note.presence.stamps();
        stamps.extend(conflict_stamps(&note.conflicts));
        for line in &note.lines {
            stamps.extend(conflict_stamps(&line.conflicts));
            stamps.extend(line.asked.iter().flat_map(Presence::stamps));
        }
        let authors = self.authors(stamps);
        Ok(NoteAnswer { note, authors })
    }

    /// The answer is the note afterwards: what is typed next is typed onto that.
    fn edit_text(&mut self, key: &str, version: Option<&str>, text: &str) -> Result<NoteAnswer, Fault> {
        self.edit(&DocumentName::note(key), |editor| notes::update(editor, version, text))?;
        self.note(key)
    }

    fn history(&mut self, key: &str) -> Result<HistoryAnswer, Fault> {
        let spans = self.device.read(self.group, &DocumentName::note(key), notes::history)?;
        let authors = self.authors(spans.iter().map(|span| span.stamp));
        Ok(HistoryAnswer { spans, authors })
    }

    fn compare(&mut self, key: &str, from: &str, to: Option<&str>) -> Result<ComparedAnswer, Fault> {
        let name = DocumentName::note(key);
        let compared = self.device.read(self.group, &name, |d| notes::compare(d, from, to))??;
        let authors = self.authors(compared.lines.iter().flat_map(|line| line.by.clone()));
        Ok(ComparedAnswer { compared, authors })
    }

    fn tasks(&mut self) -> Result<Vec<TaskLine>, Fault> {
        let mut all = Vec::new();
        for name in self.names(Kind::Note)? {
            let note = self.device.note(self.group, &name, self.now)?;
            all.extend(note.open_tasks().map(|line| TaskLine {
                note: name.key.clone(),
                title: note.heading.title.clone(),
                version: note.version.clone(),
                line: line.clone(),
            }));
        }
        all.sort_by_cached_key(|task| notes::urgency(&task.line));
        Ok(all)
    }

    fn read_decision(&mut self, name: &DocumentName) -> Result<Decision, ActError> {
        self.device.decision(self.group, name, self.now)
    }

    fn decisions(&mut self) -> Result<Vec<DecisionLine>, Fault> {
        let own = self.device.own_member(self.group)?.map(|member| member.to_string());
        let mut list = Vec::new();
        for name in self.names(Kind::Decision)? {
            let decision = self.read_decision(&name)?;
            if decision.presence.is_shown() {
                let needs_me = own.as_ref().is_some_and(|own| decision.missing.contains(own))
                    && decision.stage == decisions::Stage::Open;
                list.push(DecisionLine {
                    id: name.key,
                    title: decision.title,
                    stage: decision.stage,
                    deadline: decision.deadline,
                    method: decision.method,
                    choices: decision.choices,
                    outcome: decision.outcome,
                    eligible: decision.eligible,
                    answered: decision.answered,
                    needed: decision.needed,
                    asked: decision.presence != Presence::Here,
                    needs_me,
                });
            }
        }
        list.sort_by_key(|line| (!line.needs_me, line.stage != decisions::Stage::Open, line.deadline));
        Ok(list)
    }

    fn add_decision(&mut self, proposal: &Proposal) -> Result<String, Fault> {
        let name = self.device.fresh_document(Kind::Decision);
        self.edit(&name, |editor| decisions::create(editor, proposal))?;
        Ok(name.key)
    }

    fn decision(&mut self, key: &str) -> Result<DecisionAnswer, Fault> {
        let name = DocumentName::decision(key);
        let decision = self.read_decision(&name)?;
        let me = self.device.own_member(self.group)?.map(|member| member.to_string());
        let mut stamps = decision.presence.stamps();
        stamps.extend(decision.votes.iter().map(|vote| vote.by));
        stamps.extend(decision.taken_off.iter().map(|option| option.by));
        let authors = self.authors(stamps);
        let version = self.device.read(self.group, &name, Document::version)?;
        if decision.title.is_empty() && version == Kind::Decision.beginning().to_string() {
            return Err(Fault::new("decision_unknown", key.to_owned()));
        }
        Ok(DecisionAnswer { decision, me, authors, version })
    }
}

fn conflict_stamps(conflicts: &[Conflict]) -> impl Iterator<Item = Stamp> {
    conflicts.iter().flat_map(|conflict| conflict.versions.iter().map(|version| version.stamp))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NoteLine {
    id: String,
    #[serde(flatten)]
    heading: Heading,
    open: usize,
    asked: bool,
}

#[derive(Debug, Serialize)]
struct NoteAnswer {
    note: Note,
    authors: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct HistoryAnswer {
    spans: Vec<Span>,
    authors: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct ComparedAnswer {
    compared: Compared,
    authors: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct TaskLine {
    note: String,
    title: String,
    version: String,
    line: Line,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DecisionLine {
    id: String,
    title: String,
    stage: decisions::Stage,
    deadline: u64,
    method: decisions::Method,
    choices: Vec<decisions::Choice>,
    outcome: decisions::Outcome,
    eligible: usize,
    answered: usize,
    needed: usize,
    asked: bool,
    needs_me: bool,
}

#[derive(Debug, Serialize)]
struct DecisionAnswer {
    decision: Decision,
    me: Option<String>,
    authors: BTreeMap<String, String>,
    version: String,
}

impl From<NoteError> for Fault {
    fn from(error: NoteError) -> Self {
        let code = match &error {
            NoteError::UnknownLine => "note_line_unknown",
            NoteError::UnknownVersion => "note_version_unknown",
            NoteError::NotADay(_) => "not_a_day",
            NoteError::NoName => "no_name",
            NoteError::NoField => "misused",
            NoteError::TooLong => "too_much",
            NoteError::NotANote | NoteError::Write(_) => "document_unreadable",
        };
        Self::new(code, error.to_string())
    }
}

impl From<DecisionError> for Fault {
    fn from(error: DecisionError) -> Self {
        let code = match &error {
            DecisionError::NoTitle => "decision_no_title",
            DecisionError::NoReason => "decision_no_reason",
            DecisionError::NoAnswer => "decision_no_answer",
            DecisionError::UnknownOption(_) => "decision_option_unknown",
            DecisionError::NoName => "no_name",
            DecisionError::NotADay(_) => "not_a_day",
            DecisionError::NoZone | DecisionError::ZoneOfNothing => "decision_zone",
            DecisionError::BadQuorum(_) => "decision_quorum",
            DecisionError::NotADecision | DecisionError::Write(_) => "document_unreadable",
        };
        Self::new(code, error.to_string())
    }
}
