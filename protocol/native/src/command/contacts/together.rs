//! The list as a whole: who may be in it twice, making one of two, and the phone tree.

use clap::{Args, ValueEnum};
use porchlight_documents::contacts::duplicates::{self, Duplicate};
use porchlight_documents::contacts::tree::{self, Branch, Call, Round};
use porchlight_documents::contacts::{self, TextField};
use serde::Serialize;

use super::Book;
use super::page::Page;
use super::pick::pick;
use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::plain;

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// Who stays: the id, its beginning, or the whole name
    into: String,
    /// Who is the same person
    from: String,
    /// Take this text from the other, such as note; may be repeated. All else stays, and lists keep what both say
    #[arg(long, value_name = "FIELD")]
    take: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Apart {
    /// One of them: the id, its beginning, or the whole name
    one: String,
    /// The other
    other: String,
}

#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// Who begins: the id, its beginning, or the whole name
    #[arg(long, value_name = "CONTACT")]
    from: Option<String>,
    /// Begin a new round of calls: everybody counts as not called yet again
    #[arg(long, conflicts_with = "round")]
    begin: bool,
    /// Which round of calls, by its name. Without it: the newest
    #[arg(long, value_name = "NAME")]
    round: Option<String>,
    /// Say how far it is with this person
    #[arg(long, value_name = "CONTACT", requires = "state")]
    mark: Option<String>,
    /// How far it is
    #[arg(long, value_enum, requires = "mark")]
    state: Option<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    /// Nobody tried
    Open,
    /// Somebody tried and will try again
    Tried,
    /// They did not react: their backup makes their calls
    NoAnswer,
    /// They know
    Reached,
}

impl From<State> for Call {
    fn from(state: State) -> Self {
        match state {
            State::Open => Self::Open,
            State::Tried => Self::Tried,
            State::NoAnswer => Self::NoAnswer,
            State::Reached => Self::Reached,
        }
    }
}

/// Prints who shares a number, pair by pair.
pub(super) fn duplicates(desk: &Desk, book: &mut Book) -> Result<(), Failure> {
    let country = book.country()?;
    let duplicates =
        book.read(|document| duplicates::find(document, &contacts::list(document), country.as_deref()))?;
    desk.show(&Found { duplicates })
}

/// Makes one contact of two.
pub(super) fn merge(desk: &Desk, book: &mut Book, wanted: &Merge) -> Result<(), Failure> {
    let into = pick(book.read(contacts::all)?, &wanted.into)?;
    let from = pick(book.read(contacts::all)?, &wanted.from)?;
    if into.id == from.id {
        return Err(Failure::Usage("name two different contacts".to_owned()));
    }
    let country = book.country()?;
    let mut details = duplicates::propose(&into.details, &from.details).details;
    for name in &wanted.take {
        let field = TextField::from_key(name.trim());
        let field = field.ok_or_else(|| Failure::Usage(format!("there is no text '{}'", plain(name))))?;
        from.details.text(field).clone_into(details.text_mut(field));
    }
    book.edit(|editor| duplicates::merge(editor, &into.id, &from.id, details, country.as_deref()))?;
    let contact = book.contact(&into.id)?;
    Page::of(book, contact, "Merged")?.print(desk)
}

/// Says that two are different people, then prints who may still be in the list twice.
pub(super) fn apart(desk: &Desk, book: &mut Book, wanted: &Apart) -> Result<(), Failure> {
    let one = pick(book.read(contacts::all)?, &wanted.one)?;
    let other = pick(book.read(contacts::all)?, &wanted.other)?;
    if one.id == other.id {
        return Err(Failure::Usage("name two different contacts".to_owned()));
    }
    book.edit(|editor| duplicates::set_apart(editor, &one.id, &other.id))?;
    duplicates(desk, book)
}

/// Prints the phone tree, after saying how far it is with somebody.
pub(super) fn tree(desk: &Desk, book: &mut Book, wanted: &Tree) -> Result<(), Failure> {
    let round = round(book, wanted)?;
    if let (Some(called), Some(state)) = (&wanted.mark, wanted.state) {
        let contact = pick(book.read(contacts::all)?, called)?;
        book.edit(|editor| tree::mark(editor, &round, &contact.id, state.into()))?;
    }
    let first = match &wanted.from {
        Some(first) => Some(pick(book.read(contacts::all)?, first)?.id),
        None => None,
    };
    let country = book.country()?;
    let branches = book.read(|document| {
        tree::tree(document, &contacts::list(document), first.as_ref(), &round, country.as_deref())
    })?;
    desk.show(&Branches { branches })
}

/// The round that is meant. Whoever marks a call before there is any begins the first.
fn round(book: &mut Book, wanted: &Tree) -> Result<Round, Failure> {
    if let Some(name) = &wanted.round {
        return Ok(book.papers.act(|device, group, _| device.call_round(group, name))??);
    }
    let newest = book.papers.act(|device, group, _| device.call_rounds(group))??.pop();
    match newest {
        Some(newest) if !wanted.begin => Ok(newest),
        None if !wanted.begin && wanted.mark.is_none() => Ok(Round::named("")),
        _ => {
            let name = book
                .papers
                .act(|device, group, now| device.begin_calls(group, now).map_err(Failure::from))??;
            Ok(book.papers.act(|device, group, _| device.call_round(group, &name))??)
        }
    }
}

#[derive(Debug, Serialize)]
struct Found {
    duplicates: Vec<Duplicate>,
}

impl Answer for Found {
    fn text(&self) -> String {
        let line = |found: &Duplicate| {
            let people = found.contacts.iter().zip(&found.names);
            let people = people.map(|(id, name)| format!("{} ({id})", plain(name)));
            format!("{}: {}", plain(&found.number), people.collect::<Vec<_>>().join(", "))
        };
        let lines: Vec<String> = self.duplicates.iter().map(line).collect();
        if lines.is_empty() { "Nobody is in the list twice".to_owned() } else { lines.join("\n") }
    }
}

#[derive(Debug, Serialize)]
struct Branches {
    branches: Vec<Branch>,
}

impl Answer for Branches {
    fn text(&self) -> String {
        let page = tree::page(&self.branches);
        let text = page.lines().map(plain).collect::<Vec<_>>().join("\n");
        if text.is_empty() { "Nobody to call".to_owned() } else { text }
    }
}
