//! Decisions: a proposal or a choice among options, with votes. Nothing is ever written over: every wording, vote and
//! ruling is an entry of its own and a Claim, and what holds is derived from their order in the group's log, the same on
//! all devices.
//!
//! ```text
//! decision: { made: "yes", ? details, ? removed, ? past: what it came to, in the group that an archive is of }
//! options:  { entry: wording, of which option, instead of which entries, ? zone, ? gone }
//! votes:    { entry: reason, answers with the entries that were seen, ? those of what is asked, ? for whom, ? how they said it, ? on which day }
//! rulings:  { entry: ? method, ? quorum, ? deadline, ? span in place of it, ? close, fills }
//! ```

mod count;
mod outcome;
mod quorum;
mod taken_off;
mod voters;

use std::collections::{BTreeMap, BTreeSet};

use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef};
use porchlight_wire::ActorPrefix;
use serde::{Deserialize, Serialize};

use crate::contacts::ContactId;
use crate::contacts::item::Item;
use crate::contacts::record;
use crate::document::Document;
use crate::editor::Editor;
use crate::field;
use crate::notes::line::is_day;
use crate::removal::{self, Presence};

pub use self::count::{Choice, Decision, Given, Moment, OnBehalf, Stage, Standing, Tally, Vote, decision};
pub use self::outcome::Outcome;
pub use self::taken_off::TakenOff;
pub use self::voters::{Part, People, Voter};

/// By what a decision is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Method {
    /// Agreed if somebody agrees and nobody blocks; who disagrees is heard and does not stop it.
    #[default]
    Consent,
    /// Agreed if more agree than disagree; who blocks disagrees.
    Majority,
}

/// What somebody says to a proposal or an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// Yes.
    Agree,
    /// Neither; counts for the quorum.
    Abstain,
    /// No, but it may go ahead. People also say "stand aside".
    Disagree,
    /// It must not go ahead; the reason must be given.
    Block,
}

impl Answer {
    /// The word for it in the document.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Abstain => "abstain",
            Self::Disagree => "disagree",
            Self::Block => "block",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Agree, Self::Abstain, Self::Disagree, Self::Block]
            .into_iter()
            .find(|answer| answer.word() == word)
    }
}

/// How a decision is made. What is `None` stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terms {
    /// By what.
    pub method: Option<Method>,
    /// How many must answer: a number of people ("5") or a part of them ("50%"); empty for no quorum.
    pub quorum: Option<String>,
    /// Until when votes count, by the server's clock, in milliseconds since 1970; 0 for no deadline.
    pub deadline: Option<u64>,
    /// For how many milliseconds votes count, in place of a deadline: from when this stands in the log, so that no
    /// phone's clock closes a decision.
    pub span: Option<u64>,
    /// Close it now.
    pub close: bool,
}

/// One option as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Wording {
    /// Words; or a day `2026-09-17`, which is the same day for everyone; or a time `2026-09-17T19:00` in a zone.
    pub text: String,
    /// The IANA zone of a time; empty for days and words.
    pub zone: String,
}

/// A decision to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Proposal {
    /// What is proposed or asked, in one line.
    pub title: String,
    /// More about it.
    pub details: String,
    /// What to choose from; none for a plain proposal.
    pub options: Vec<Wording>,
    /// How it is made.
    pub terms: Terms,
}

/// One person's answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ballot {
    /// By option; the proposal itself is the option "".
    pub answers: BTreeMap<String, Answer>,
    /// Why; needed for a block.
    pub reason: String,
    /// Whose answer it is, if not that of the person who writes it down.
    pub on_behalf: Option<OnBehalf>,
}

/// Makes a decision of an empty document.
pub fn create(editor: &mut Editor<'_>, proposal: &Proposal) -> Result<(), DecisionError> {
    let map = map(editor.reader(), "decision")?;
    editor.put(&map, "made", "yes")?;
    set_details(editor, &proposal.details)?;
    set_option(editor, "", &Wording { text: proposal.title.clone(), zone: String::new() })?;
    for wording in &proposal.options {
        add_option(editor, wording)?;
    }
    rule(editor, &proposal.terms)
}

/// Changes what is said about the proposal beside its title.
pub fn set_details(editor: &mut Editor<'_>, details: &str) -> Result<(), DecisionError> {
    let map = map(editor.reader(), "decision")?;
    let details: String = field::clean_text(details).chars().take(field::TEXT_LIMIT).collect();
    if details.is_empty() {
        editor.delete(&map, DETAILS)?;
    } else {
        editor.put(&map, DETAILS, details)?;
    }
    Ok(())
}

/// Adds an option, and gives its key. Whoever has voted is asked about it.
pub fn add_option(editor: &mut Editor<'_>, wording: &Wording) -> Result<String, DecisionError> {
    let key = editor.fresh_key();
    set_option(editor, &key, wording)?;
    Ok(key)
}

/// Words an option anew; the option "" is the proposal itself. Votes for the old wording stay and are asked again.
pub fn set_option(editor: &mut Editor<'_>, option: &str, wording: &Wording) -> Result<(), DecisionError> {
    let text = wording.checked()?;
    write_option(editor, option, Item::new(&text).with("zone", &wording.zone))
}

/// Takes an option off. The votes for it stay in the history.
pub fn drop_option(editor: &mut Editor<'_>, option: &str) -> Result<(), DecisionError> {
    if option.is_empty() {
        return Err(DecisionError::NoTitle);
    }
    write_option(editor, option, Item::new("").with("gone", "yes"))
}

fn write_option(editor: &mut Editor<'_>, option: &str, item: Item) -> Result<(), DecisionError> {
    let map = map(editor.reader(), "options")?;
    let heads: Vec<String> = count::heads(&entries(editor.reader(), &map), option)
        .into_iter()
        .map(|entry| entry.key.clone())
        .collect();
    let entry = editor.fresh_key();
    let item = item.with("option", option).with("instead", &heads.join("+"));
    editor.put(&map, &entry, item.write())?;
    editor.claim();
    Ok(())
}

/// Votes. A later vote of the same person takes the place of an earlier one; both stay in the history.
pub fn vote(editor: &mut Editor<'_>, ballot: &Ballot) -> Result<(), DecisionError> {
    let reason: String = field::clean_line(&ballot.reason).chars().take(field::LINE_LIMIT).collect();
    if reason.is_empty() && ballot.answers.values().any(|answer| *answer == Answer::Block) {
        return Err(DecisionError::NoReason);
    }
    if ballot.answers.is_empty() {
        return Err(DecisionError::NoAnswer);
    }
    let options = entries(editor.reader(), &map(editor.reader(), "options")?);
    let mut answers = Vec::new();
    for (option, answer) in &ballot.answers {
        let seen = count::heads(&options, option);
        if seen.is_empty() {
            return Err(DecisionError::UnknownOption(option.clone()));
        }
        let seen: Vec<&str> = seen.into_iter().map(|entry| entry.key.as_str()).collect();
        answers.push(format!("{option}:{}:{}", answer.word(), seen.join("+")));
    }
    let mut item = Item::new(&reason).with("answers", &answers.join(","));
    if ballot.answers.keys().any(|option| !option.is_empty()) {
        // Whoever answers to options answers to what they are options of.
        let question: Vec<&str> =
            count::heads(&options, "").into_iter().map(|entry| entry.key.as_str()).collect();
        item = item.with(QUESTION, &question.join("+"));
    }
    if let Some(behalf) = &ballot.on_behalf {
        if behalf.contact.trim().is_empty() || behalf.name.trim().is_empty() {
            return Err(DecisionError::NoName);
        }
        if !behalf.day.is_empty() && !is_day(&behalf.day) {
            return Err(DecisionError::NotADay(behalf.day.clone()));
        }
        item = item
            .with("for", &behalf.contact)
            .with("name", &behalf.name)
            .with("how", &behalf.how)
            .with("day", &behalf.day);
    }
    let votes = map(editor.reader(), "votes")?;
    let entry = editor.fresh_key();
    editor.put(&votes, &entry, item.write())?;
    editor.claim();
    Ok(())
}

/// Rules how the decision is made, until when, or that it is closed. Counts if an organizer says so, or whoever made the
/// decision while it is open.
pub fn rule(editor: &mut Editor<'_>, terms: &Terms) -> Result<(), DecisionError> {
    let (part, present) = quorum::Whom::PRESENT;
    let mut item = Item::new("").with(part, present);
    if let Some(method) = terms.method {
        item = item.with("method", if method == Method::Majority { "majority" } else { "consent" });
    }
    if let Some(quorum) = &terms.quorum {
        let quorum = quorum.trim();
        if !quorum.is_empty() && quorum::Quorum::read(quorum).is_none() {
            return Err(DecisionError::BadQuorum(quorum.to_owned()));
        }
        item = item.with("quorum", if quorum.is_empty() { "0" } else { quorum });
    }
    if let Some(deadline) = terms.deadline {
        item = item.with("deadline", &deadline.to_string());
    }
    if let Some(span) = terms.span {
        // The deadline is for former versions, which know no other.
        let deadline = editor.author().time.plus_millis(span).millis();
        item = item.with("deadline", &deadline.to_string()).with(SPAN, &span.to_string());
    }
    if terms.close {
        item = item.with("close", "yes");
    }
    let rulings = map(editor.reader(), "rulings")?;
    let entry = editor.fresh_key();
    editor.put(&rulings, &entry, item.write())?;
    editor.claim();
    Ok(())
}

/// Marks a decision as removed. An edit that had not seen the mark turns it into a question.
pub fn remove(editor: &mut Editor<'_>, reason: &str) -> Result<(), DecisionError> {
    let map = map(editor.reader(), "decision")?;
    Ok(removal::remove(editor, &map, reason)?)
}

/// Takes the mark of removal away.
pub fn keep(editor: &mut Editor<'_>) -> Result<(), DecisionError> {
    let map = map(editor.reader(), "decision")?;
    Ok(removal::keep(editor, &map)?)
}

/// Whose device wrote each vote, by the key of the vote.
pub fn writers(document: &Document) -> Vec<(String, ActorPrefix)> {
    let reader = document.automerge();
    let Ok(votes) = map(reader, "votes") else { return Vec::new() };
    let writer = |entry: Entry| record::stamp(reader, &entry.operation).map(|stamp| (entry.key, stamp.who));
    entries(reader, &votes).into_iter().filter_map(writer).collect()
}

fn presence(document: &Document) -> Presence {
    let reader = document.automerge();
    map(reader, "decision").map_or(Presence::Here, |map| removal::of_document(reader, &map))
}

impl Wording {
    fn checked(&self) -> Result<String, DecisionError> {
        let text: String = field::clean_line(&self.text).chars().take(field::LINE_LIMIT).collect();
        if text.is_empty() {
            return Err(DecisionError::NoTitle);
        }
        let is_time = text.split_once('T').is_some_and(|(day, time)| is_day(day) && is_clock(time));
        if is_time == self.zone.trim().is_empty() {
            return Err(if is_time { DecisionError::NoZone } else { DecisionError::ZoneOfNothing });
        }
        Ok(text)
    }
}

/// `19:00`.
fn is_clock(text: &str) -> bool {
    let number = |text: &str, most: u32| {
        text.len() == 2
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse::<u32>().is_ok_and(|n| n < most)
    };
    text.split_once(':').is_some_and(|(hour, minute)| number(hour, 24) && number(minute, 60))
}

/// One entry of a map in which nothing is written over.
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) item: Item,
    /// The operation that wrote it.
    pub(crate) operation: ObjId,
}

/// The entries of a map, in the order of their keys.
pub(crate) fn entries(reader: &impl ReadDoc, map: &ObjId) -> Vec<Entry> {
    let entries = reader.map_range(map, ..).filter_map(|entry| {
        let ValueRef::Scalar(ScalarValueRef::Str(text)) = &entry.value else { return None };
        Some(Entry { key: entry.key.to_string(), item: Item::read(text), operation: entry.id() })
    });
    entries.collect()
}

pub(crate) fn map(reader: &impl ReadDoc, name: &str) -> Result<ObjId, DecisionError> {
    match reader.get(ROOT, name)? {
        Some((Value::Object(ObjType::Map), map)) => Ok(map),
        _ => Err(DecisionError::NotADecision),
    }
}

pub(crate) const DETAILS: &str = "details";
pub(crate) const PAST: &str = "past";
pub(crate) const SPAN: &str = "span";
pub(crate) const QUESTION: &str = "question";

/// Why a decision was not changed.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    /// A proposal or an option without words.
    #[error("a proposal and each option need words")]
    NoTitle,
    /// A block without a reason.
    #[error("whoever blocks says why")]
    NoReason,
    /// A vote that says nothing.
    #[error("a vote needs an answer")]
    NoAnswer,
    /// There is no such option.
    #[error("there is no option “{0}”")]
    UnknownOption(String),
    /// A vote on behalf of nobody.
    #[error("whose answer is it? A contact and a name are needed")]
    NoName,
    /// Not a day as computers write it.
    #[error("“{0}” is not a day such as 2026-01-31")]
    NotADay(String),
    /// A time without a zone.
    #[error("a time needs a zone such as America/Chicago")]
    NoZone,
    /// A zone for words or a whole day.
    #[error("only a time has a zone; a day is the same day for everyone")]
    ZoneOfNothing,
    /// Not a number of people or a part of them.
    #[error("“{0}” is not a number of people (5) or a part of them (50%)")]
    BadQuorum(String),
    /// The document has no decision in it: the caller opened another kind.
    #[error("this document is not a decision")]
    NotADecision,
    /// Automerge refused.
    #[error("the decision could not be written")]
    Write(#[from] AutomergeError),
}

/// The contacts for whom somebody wrote an answer down.
pub fn noted_for(document: &Document) -> BTreeSet<ContactId> {
    let reader = document.automerge();
    let votes = map(reader, "votes").map(|votes| entries(reader, &votes)).unwrap_or_default();
    let contacts = votes.iter().map(|vote| vote.item.get("for")).filter(|contact| !contact.is_empty());
    contacts.map(|contact| ContactId::new(&contact)).collect()
}
