//! Rounds of calls: which there were, in which order, and which are one.
//!
//! A round is begun by a Claim, `tree: { "<round>/": "" heard, clock, after }`: when the log was last heard of and what
//! the clock of the phone said then, and which rounds it follows. No clock decides: what it says holds only between the
//! server's times of what had been read and of the Claim itself. Two that were begun without knowing of each other within
//! [`TOGETHER`] are one round, so that those who begin calling in places without network meet in one.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{AutomergeError, ObjType, ROOT, ReadDoc, Value};
use porchlight_wire::{Hash, Timestamp};

use crate::contacts::ContactError;
use crate::contacts::item::Item;
use crate::decisions::{Entry, entries};
use crate::document::{Document, DocumentName};
use crate::editor::Editor;
use crate::ledger::Ledger;

/// Rounds begun within so many milliseconds, without knowing of each other, are one: half a day.
pub const TOGETHER: u64 = 12 * 60 * 60 * 1000;

/// One round of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Under which names its calls are written, the earliest first; there is one at least.
    pub names: Vec<String>,
    /// When it was begun, as far as the server's times bear it out; nothing for one that has a name only.
    pub began: Option<Timestamp>,
}

impl Round {
    /// The round with this name, whether or not it was begun.
    pub fn named(name: &str) -> Self {
        Self { names: vec![name.to_owned()], began: None }
    }

    /// By which name to ask for it again.
    pub fn name(&self) -> &str {
        self.names.first().map(String::as_str).unwrap_or_default()
    }
}

/// The rounds of calls, the earliest first. Those that have a name only, as they had in former versions, come before all
/// others, in the order of their names.
pub fn rounds(document: &Document, list: &DocumentName, ledger: &Ledger) -> Vec<Round> {
    let reader = document.automerge();
    let Ok(Some((Value::Object(ObjType::Map), map))) = reader.get(ROOT, "tree") else { return Vec::new() };
    let all = entries(reader, &map);
    let begun = in_order(begun(&all, |entry| received(reader, entry, list, ledger)));
    let names: BTreeSet<&str> =
        all.iter().filter_map(|entry| entry.key.rsplit_once('/')).map(|(name, _)| name).collect();
    let is_begun = |name: &str| begun.iter().any(|begun| begun.name == name);
    let mut rounds: Vec<Round> = names.into_iter().filter(|name| !is_begun(name)).map(Round::named).collect();
    rounds.extend(joined(&begun));
    rounds
}

/// The round that goes by a name: with all that are one with it.
pub fn round(document: &Document, list: &DocumentName, ledger: &Ledger, name: &str) -> Round {
    let mut rounds = rounds(document, list, ledger).into_iter();
    rounds.find(|round| round.names.iter().any(|one| one == name)).unwrap_or_else(|| Round::named(name))
}

/// Begins a round, and gives its name. `heard` is the server's time of what was last read of the log.
pub fn begin(editor: &mut Editor<'_>, heard: Timestamp) -> Result<String, ContactError> {
    let Some((Value::Object(ObjType::Map), map)) = editor.reader().get(ROOT, "tree")? else {
        return Err(ContactError::NotContacts);
    };
    let known = begun(&entries(editor.reader(), &map), |_| None);
    let followed: BTreeSet<&String> = known.iter().flat_map(|begun| &begun.after).collect();
    let after: Vec<&str> = known
        .iter()
        .map(|begun| &begun.name)
        .filter(|name| !followed.contains(name))
        .map(String::as_str)
        .collect();
    let item = Item::new("")
        .with(HEARD, &heard.millis().to_string())
        .with(CLOCK, &editor.author().time.millis().to_string())
        .with(AFTER, &after.join("+"));
    let name = editor.fresh_key();
    editor.put(&map, &format!("{name}/"), item.write())?;
    editor.claim();
    Ok(name)
}

/// Writes the beginnings of another document's rounds as they stand there, for Claims do not come along: then no time of
/// the log bounds any more what a clock said.
pub fn settle(
    editor: &mut Editor<'_>,
    (from, list): (&Document, &DocumentName),
    ledger: &Ledger,
) -> Result<(), AutomergeError> {
    let reader = from.automerge();
    let Some((Value::Object(ObjType::Map), there)) = reader.get(ROOT, "tree")? else { return Ok(()) };
    let Some((Value::Object(ObjType::Map), here)) = editor.reader().get(ROOT, "tree")? else { return Ok(()) };
    let all = entries(reader, &there);
    let received = |entry: &Entry| received(reader, entry, list, ledger);
    let times: BTreeMap<String, Timestamp> =
        in_order(begun(&all, received)).into_iter().map(|begun| (begun.name, begun.time)).collect();
    for entry in &all {
        let Some(time) = entry.key.strip_suffix('/').and_then(|name| times.get(name)) else { continue };
        let mut item = Item::read(&without_clock(&entry.item.write()));
        if received(entry).is_some() {
            item.parts.insert(HEARD.to_owned(), time.millis().to_string());
        }
        editor.put(&here, &entry.key, item.write())?;
    }
    Ok(())
}

/// How a beginning is written where nothing is known of its Claim: as early as is certain.
pub fn without_clock(written: &str) -> String {
    let mut item = Item::read(written);
    item.parts.remove(CLOCK);
    item.write()
}

/// When the server received the Claim.
fn received(
    reader: &automerge::Automerge,
    entry: &Entry,
    list: &DocumentName,
    ledger: &Ledger,
) -> Option<Timestamp> {
    let hash = reader.hash_for_opid(&entry.operation)?;
    ledger.get(list, Hash::from_bytes(hash.0)).map(|place| place.time)
}

struct Begun {
    name: String,
    /// The rounds that were known when it was begun, but for those that these follow.
    after: Vec<String>,
    time: Timestamp,
    /// All rounds that were known.
    known: BTreeSet<String>,
}

/// What was begun, each with the time that its clock and the server's times make of it.
fn begun(all: &[Entry], received: impl Fn(&Entry) -> Option<Timestamp>) -> Vec<Begun> {
    let begun = all.iter().filter_map(|entry| {
        let name = entry.key.strip_suffix('/')?.to_owned();
        let number = |part: &str| entry.item.get(part).parse().ok().map(Timestamp::from_millis);
        let heard = number(HEARD)?;
        let clock = number(CLOCK).unwrap_or(heard).max(heard);
        let time = received(entry).map_or(clock, |received| clock.min(received));
        let after = entry.item.get(AFTER);
        let after = after.split('+').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Some(Begun { name, after, time, known: BTreeSet::new() })
    });
    begun.collect()
}

/// By time; whoever knew of a round began later than it, whatever their clocks said.
fn in_order(mut begun: Vec<Begun>) -> Vec<Begun> {
    let mut done: Vec<Begun> = Vec::new();
    let mut times: BTreeMap<String, (Timestamp, BTreeSet<String>)> = BTreeMap::new();
    while !begun.is_empty() {
        let waiting: BTreeSet<String> = begun.iter().map(|begun| begun.name.clone()).collect();
        let is_ready = |begun: &Begun| !begun.after.iter().any(|name| waiting.contains(name));
        let (mut ready, rest): (Vec<Begun>, Vec<Begun>) = begun.into_iter().partition(is_ready);
        if ready.is_empty() {
            // Somebody wrote a circle: what is in it follows nothing.
            ready = rest;
            begun = Vec::new();
        } else {
            begun = rest;
        }
        for mut one in ready {
            for (name, (time, known)) in one.after.iter().filter_map(|name| times.get_key_value(name)) {
                one.time = one.time.max(time.plus_millis(1));
                one.known.insert(name.clone());
                one.known.extend(known.iter().cloned());
            }
            times.insert(one.name.clone(), (one.time, one.known.clone()));
            done.push(one);
        }
    }
    done.sort_by(|one, other| (one.time, &one.name).cmp(&(other.time, &other.name)));
    done
}

/// Each is one with the round before it, unless it knew of that or came too long after.
fn joined(begun: &[Begun]) -> Vec<Round> {
    let mut rounds: Vec<(Vec<&Begun>, Timestamp)> = Vec::new();
    for one in begun {
        let last = rounds.last_mut().filter(|(round, last)| {
            one.time.since(*last) <= TOGETHER && !round.iter().any(|other| one.known.contains(&other.name))
        });
        if let Some((round, last)) = last {
            round.push(one);
            *last = one.time;
        } else {
            rounds.push((vec![one], one.time));
        }
    }
    let round = |(round, _): (Vec<&Begun>, Timestamp)| Round {
        names: round.iter().map(|one| one.name.clone()).collect(),
        began: round.first().map(|one| one.time),
    };
    rounds.into_iter().map(round).collect()
}

const HEARD: &str = "heard";
const CLOCK: &str = "clock";
const AFTER: &str = "after";

#[cfg(test)]
mod tests;
