//! What a decision has come to: its wordings, rulings and votes in the order of the group's log.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ObjId, ReadDoc};
use porchlight_wire::{ActorPrefix, Hash, Timestamp};
use serde::{Deserialize, Serialize};

use super::outcome::{self, Outcome};
use super::quorum::{Quorum, Whom};
use super::taken_off::{TakenOff, taken_off};
use super::voters::{Part, People, Voter};
use super::{Answer, DETAILS, Entry, Method, PAST, QUESTION, SPAN, entries, map, presence};
use crate::contacts::Stamp;
use crate::contacts::item::Item;
use crate::contacts::record::{self, Source};
use crate::document::{Document, DocumentName};
use crate::ledger::{Ledger, Place};
use crate::removal::Presence;

/// Where the log stands, and what time it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time of the newest Record of the log: this closes decisions.
    pub newest: Timestamp,
    /// This device's clock, only for what is shown.
    pub now: Timestamp,
}

/// Whose answer somebody else wrote down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OnBehalf {
    /// The id of the contact.
    pub contact: String,
    /// What they are called.
    pub name: String,
    /// How they said it: "by phone".
    pub how: String,
    /// On which day, `2026-05-02`.
    pub day: String,
}

/// A decision as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// What is proposed or asked.
    pub title: String,
    /// What others asked instead, without knowing of it, until somebody words it anew; of one without options, see there.
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty", default)]
    pub other_titles: Vec<String>,
    /// More about it.
    pub details: String,
    /// What others wrote there without knowing of it, until somebody writes one.
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty", default)]
    pub other_details: Vec<String>,
    /// By what it is made.
    pub method: Method,
    /// The quorum as it was written; empty for none.
    pub quorum: String,
    /// Until when votes count; 0 for no deadline.
    pub deadline: u64,
    /// Whether it is open.
    pub stage: Stage,
    /// The proposal itself, with the key "", or else the options in their order.
    pub choices: Vec<Choice>,
    /// Options that were taken off, with what was said to them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub taken_off: Vec<TakenOff>,
    /// All votes that were ever cast, in their order.
    pub votes: Vec<Vote>,
    /// How many people could vote.
    pub eligible: usize,
    /// How many of them answered.
    pub answered: usize,
    /// How many had to.
    pub needed: usize,
    /// The ids of the members whose answer is missing or asked for again.
    pub missing: Vec<String>,
    /// What it came to.
    pub outcome: Outcome,
    /// The same in one English sentence.
    pub sentence: String,
    /// The member who proposed it.
    pub maker: Option<String>,
    /// Whether it was removed.
    #[serde(skip_deserializing, default)]
    pub presence: Presence,
    /// It was decided in another group or time: who brought the record of it here from an archive, and when.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none", default)]
    pub archived: Option<Stamp>,
}

/// Whether votes still count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// They do.
    Open,
    /// The deadline has passed here, but the log has not shown it yet.
    Closing,
    /// They do not.
    Closed,
}

/// The proposal, or one option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// Its key; "" is the proposal itself.
    pub key: String,
    /// Its words, day or time.
    pub text: String,
    /// The zone of a time.
    pub zone: String,
    /// Other wordings that somebody wrote without knowing of this one.
    pub others: Vec<String>,
    /// Somebody took it off without knowing of these words.
    #[serde(default)]
    pub dropped: bool,
    /// How many said what.
    pub tally: Tally,
}

/// How many said what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Agree.
    pub agree: usize,
    /// Abstain.
    pub abstain: usize,
    /// Disagree.
    pub disagree: usize,
    /// Block.
    pub block: usize,
    /// Answered to another wording and are asked again.
    pub asked: usize,
}

/// One vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vote {
    /// Whose it is: `member/…` or `contact/…`.
    pub person: String,
    /// What they are called.
    pub name: String,
    /// What they said, by option.
    pub answers: BTreeMap<String, Given>,
    /// Why.
    pub reason: String,
    /// Whose answer it is, if `by` only wrote it down.
    pub on_behalf: Option<OnBehalf>,
    /// Who wrote it, and when by their clock.
    pub by: Stamp,
    /// When the server received it; nothing while it waits.
    pub received: Option<u64>,
    /// Whether it counts.
    pub standing: Standing,
}

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// What was said.
    pub answer: Answer,
    /// Whether the option has been worded anew since: it counts once it is given again.
    pub asked: bool,
}

/// Whether a vote counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It does.
    Counted,
    /// A later one of the same person, or their own, took its place.
    Replaced,
    /// It came after closing.
    Late,
    /// It is not in the log yet.
    Waiting,
    /// Whoever wrote it may not vote, or may not write down the votes of others.
    NotAllowed,
}

/// The wordings of an option that no other took the place of.
pub(super) fn heads<'a>(entries: &'a [Entry], option: &str) -> Vec<&'a Entry> {
    let of = |entry: &&Entry| entry.item.get("option") == option;
    let replaced: BTreeSet<String> =
        entries.iter().filter(of).flat_map(|entry| split(&entry.item.get("instead"))).collect();
    let heads: Vec<&Entry> =
        entries.iter().filter(of).filter(|entry| !replaced.contains(&entry.key)).collect();
    // An option whose every wording is gone is none.
    if heads.iter().all(|entry| !entry.item.get("gone").is_empty()) { Vec::new() } else { heads }
}

fn split(keys: &str) -> Vec<String> {
    keys.split('+').filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

/// An entry with who wrote it and where it stands.
pub(super) struct Placed {
    pub(super) entry: Entry,
    pub(super) by: Stamp,
    place: Option<Place>,
}

/// Whether it came before the decision closed.
pub(super) fn in_time(placed: &Placed, closing: Option<Timestamp>) -> bool {
    closing.is_none_or(|closing| placed.place.is_some_and(|place| place.time <= closing))
}

/// Whether a wording says something, and does not take the option off.
pub(super) fn is_said(placed: &Placed) -> bool {
    placed.entry.item.get("gone").is_empty()
}

/// The wordings in whose place others came.
pub(super) fn replaced(of: &[&Placed]) -> BTreeSet<String> {
    of.iter().flat_map(|placed| split(&placed.entry.item.get("instead"))).collect()
}

/// The entries of a map in the order of the log; those that wait come last. What came in one change, as the options of a
/// proposal do, stays in the order in which it was written.
fn placed(document: &Document, name: &DocumentName, ledger: &Ledger, root: &str) -> Vec<Placed> {
    let reader = document.automerge();
    let Ok(map) = map(reader, root) else { return Vec::new() };
    let mut all: Vec<Placed> = entries(reader, &map)
        .into_iter()
        .filter_map(|entry| {
            let by = record::stamp(reader, &entry.operation)?;
            let hash = reader.hash_of(&entry.operation)?;
            let place = ledger.get(name, Hash::from_bytes(hash.0));
            Some(Placed { entry, by, place })
        })
        .collect();
    all.sort_by(|one, other| {
        let key = |placed: &Placed| (placed.place.is_none(), placed.place, counter(&placed.entry.operation));
        key(one).cmp(&key(other)).then_with(|| one.entry.key.cmp(&other.entry.key))
    });
    all
}

/// The number of an operation: later ones of one device have higher ones.
fn counter(operation: &ObjId) -> u64 {
    match operation {
        ObjId::Root => 0,
        ObjId::Id(counter, ..) => *counter,
    }
}

/// How the decision is made, as of the rulings that count.
#[derive(Default)]
struct Rules {
    method: Method,
    quorum: String,
    deadline: Option<Timestamp>,
    /// Somebody closed it, at the deadline.
    is_ended: bool,
    /// Whose answers fill the quorum.
    whom: Whom,
}

impl Rules {
    fn is_closed(&self, time: Timestamp) -> bool {
        self.deadline.is_some_and(|deadline| time > deadline || self.is_ended)
    }

    fn take(&mut self, ruling: &Placed) {
        let item = &ruling.entry.item;
        self.whom = self.whom.max(Whom::read(item));
        match item.get("method").as_str() {
            "majority" => self.method = Method::Majority,
            "consent" => self.method = Method::Consent,
            _ => {}
        }
        match item.get("quorum").as_str() {
            "" => {}
            "0" => self.quorum.clear(),
            quorum => quorum.clone_into(&mut self.quorum),
        }
        let ends = |span| Some(ruling.place?.time.plus_millis(span).millis());
        let end = item.get(SPAN).parse().ok().and_then(ends);
        if let Some(end) = end.or_else(|| item.get("deadline").parse().ok()) {
            self.deadline = (end > 0).then(|| Timestamp::from_millis(end));
            self.is_ended = false;
        }
        if let (false, Some(place)) = (item.get("close").is_empty(), ruling.place) {
            self.deadline = Some(place.time);
            self.is_ended = true;
        }
    }
}

fn rules(rulings: &[Placed], people: &People, maker: Option<ActorPrefix>) -> Rules {
    let maker = maker.and_then(|prefix| people.of(prefix)).map(|voter| &voter.member);
    let mut rules = Rules::default();
    let mut is_first = true;
    for ruling in rulings {
        // The first is part of what was proposed. What waits is shown to its author as long as nothing else is there.
        let Some(place) = ruling.place else {
            if is_first {
                rules.take(ruling);
            }
            continue;
        };
        let by = people.of(ruling.by.who);
        let is_organizer = by.is_some_and(|voter| voter.part == Part::Organizer);
        let is_maker = by.is_some_and(|voter| Some(&voter.member) == maker) && !rules.is_closed(place.time);
        if is_first || is_organizer || is_maker {
            rules.take(ruling);
        }
        is_first = false;
    }
    rules
}

/// The decision as it stands.
pub fn decision(
    document: &Document,
    name: &DocumentName,
    ledger: &Ledger,
    people: &People,
    moment: Moment,
) -> Decision {
    let reader = document.automerge();
    if let Some(past) = past(document) {
        return past;
    }
    let root = map(reader, "decision").ok();
    let details = root.as_ref().map(|root| record::strings(reader, root, DETAILS)).unwrap_or_default().pop();
    let versions = root.as_ref().map(|root| record::versions(reader, root, DETAILS)).unwrap_or_default();
    let other_details = versions.into_iter().skip(1).map(|version| version.text).collect();
    let made = root.as_ref().and_then(|root| reader.get(root, "made").ok().flatten());
    let maker = made.and_then(|(_, operation)| record::stamp(reader, &operation)).map(|stamp| stamp.who);
    let rules = rules(&placed(document, name, ledger, "rulings"), people, maker);
    let closed = rules.is_closed(moment.newest);
    let closing = rules.deadline.filter(|_| closed);
    let options = placed(document, name, ledger, "options");
    let is_title = |choice: &(Choice, _)| choice.0.key.is_empty();
    // What was proposed with a deadline that was over has words of after it only.
    let latest = choices(&options, None).into_iter().find(is_title);
    let mut choices = choices(&options, closing);
    let title = choices.iter().position(is_title).map(|place| choices.remove(place));
    let title_text =
        title.as_ref().or(latest.as_ref()).map_or_else(String::new, |title| title.0.text.clone());
    let (mut other_titles, mut question) = (Vec::new(), None);
    match title {
        Some(title) if choices.is_empty() => choices.push(title),
        Some((title, same)) => (other_titles, question) = (title.others, Some(same)),
        None => {}
    }
    let wordings = Wordings {
        options: choices.iter().map(|(choice, same)| (choice.key.as_str(), same.as_slice())).collect(),
        question: question.as_deref(),
    };
    let ends = (rules.deadline, closing);
    let cast = placed(document, name, ledger, "votes");
    let taken_off = taken_off(&options, closing, |wordings| votes(&cast, people, ends, wordings));
    let mut votes = votes(&cast, people, ends, &wordings);
    stand(&mut votes);

    let electorate: Vec<&Voter> = people.at(closing.unwrap_or(moment.newest)).collect();
    let members: BTreeSet<String> =
        electorate.iter().map(|voter| format!("member/{}", voter.member)).collect();
    let mut answers = BTreeMap::new();
    for vote in votes.iter_mut().filter(|vote| vote.standing == Standing::Counted) {
        let is_gone = vote.person.starts_with("member/") && !members.contains(&vote.person);
        // Somebody whose answer was written down before they came in is counted like others without a device.
        let is_to_come =
            vote.on_behalf.is_some() && people.is_to_come(&vote.person, closing.unwrap_or(moment.newest));
        if is_gone && !is_to_come {
            vote.standing = Standing::NotAllowed;
        } else {
            answers.insert(vote.person.clone(), vote.answers.clone());
        }
    }
    let guests = answers.keys().filter(|person| !members.contains(*person)).count();
    let eligible = members.len().saturating_add(guests);
    let needed = Quorum::read(&rules.quorum).map_or(0, |quorum| quorum.needed(eligible));
    let choices: Vec<Choice> = choices
        .into_iter()
        .map(|(choice, _)| Choice { tally: tally(&answers, &choice.key), ..choice })
        .collect();
    let missing: Vec<String> = electorate
        .iter()
        .filter(|voter| !is_answered(answers.get(&format!("member/{}", voter.member)), &choices))
        .map(|voter| voter.member.clone())
        .collect();
    let answered = rules.whom.count(answers.values(), &choices);
    let mut decision = Decision {
        title: title_text,
        other_titles,
        details: details.map(|(text, _)| text).unwrap_or_default(),
        other_details,
        method: rules.method,
        quorum: rules.quorum.clone(),
        deadline: rules.deadline.map_or(0, Timestamp::millis),
        stage: match () {
            () if closed => Stage::Closed,
            () if rules.is_closed(moment.now) => Stage::Closing,
            () => Stage::Open,
        },
        choices,
        taken_off,
        eligible,
        answered,
        needed,
        missing,
        votes,
        outcome: Outcome::Open,
        sentence: String::new(),
        maker: maker.and_then(|prefix| people.of(prefix)).map(|voter| voter.member.clone()),
        presence: presence(document),
        archived: None,
    };
    decision.outcome = outcome::of(&decision);
    decision.sentence = outcome::sentence(&decision);
    decision
}

/// What was decided elsewhere, as an archive brought it. It holds only where nothing was ever proposed here, so that
/// nobody can put a record in the place of votes.
fn past(document: &Document) -> Option<Decision> {
    let reader = document.automerge();
    if reader.length(&map(reader, "options").ok()?) > 0 {
        return None;
    }
    let (text, operation) = record::strings(reader, &map(reader, "decision").ok()?, PAST).pop()?;
    let decision: Decision = serde_json::from_str(&text).ok()?;
    let archived = record::stamp(reader, &operation);
    Some(Decision { stage: Stage::Closed, presence: presence(document), archived, ..decision })
}

/// The options in the order in which they came, each with the entries that say what holds.
fn choices(entries: &[Placed], closing: Option<Timestamp>) -> Vec<(Choice, Vec<String>)> {
    let in_time: Vec<&Placed> = entries.iter().filter(|placed| in_time(placed, closing)).collect();
    let mut order: Vec<String> = Vec::new();
    for placed in &in_time {
        let option = placed.entry.item.get("option");
        if !order.contains(&option) {
            order.push(option);
        }
    }
    let mut choices = Vec::new();
    for key in order {
        let is_of = |placed: &&Placed| placed.entry.item.get("option") == key;
        let of: Vec<&Placed> = in_time.iter().copied().filter(is_of).collect();
        let replaced = replaced(&of);
        // Of several that did not know of each other the last in the log holds, and one is better than none.
        let mut heads: Vec<&&Placed> = of.iter().filter(|p| !replaced.contains(&p.entry.key)).collect();
        let all = heads.len();
        heads.retain(|placed| is_said(placed));
        let dropped = heads.len() < all;
        let placed = heads.iter().rposition(|placed| placed.place.is_some());
        let Some(holds) = placed.or_else(|| heads.len().checked_sub(1)) else { continue };
        let holds = heads.remove(holds);
        let item = &holds.entry.item;
        let others =
            heads.iter().map(|other| other.entry.item.text.clone()).filter(|text| *text != item.text);
        let choice = Choice {
            key,
            text: item.text.clone(),
            zone: item.get("zone"),
            others: others.collect(),
            dropped,
            tally: Tally::default(),
        };
        // Whoever answered to the same words before need not do so again.
        let says = |placed: &Placed| (placed.entry.item.text.clone(), placed.entry.item.get("zone"));
        let same = of.iter().filter(|placed| is_said(placed) && says(placed) == says(holds));
        let same = same.map(|placed| placed.entry.key.clone()).collect();
        choices.push((choice, same));
    }
    choices
}

fn votes(
    entries: &[Placed],
    people: &People,
    (deadline, closing): (Option<Timestamp>, Option<Timestamp>),
    wordings: &Wordings<'_>,
) -> Vec<Vote> {
    let vote = |placed: &Placed| {
        let item = &placed.entry.item;
        let by = people.of(placed.by.who);
        let contact = people.contact(item.get("for"), closing);
        let on_behalf = (!contact.is_empty()).then(|| OnBehalf {
            contact: contact.clone(),
            name: item.get("name"),
            how: item.get("how"),
            day: item.get("day"),
        });
        let writer = by.map(|voter| (format!("member/{}", voter.member), voter.name.clone()));
        let (person, name, is_allowed) = match (&on_behalf, by) {
            (None, Some(voter)) => {
                let (person, name) = writer.unwrap_or_default();
                (person, name, voter.part != Part::Reader)
            }
            (None, None) => (format!("device/{}", placed.by.who), String::new(), false),
            (Some(behalf), by) => {
                // A contact that is about a member is that member.
                let member = people.voters.iter().find(|voter| voter.contact.as_ref() == Some(&contact));
                let person = match member {
                    Some(voter) => format!("member/{}", voter.member),
                    None => format!("contact/{contact}"),
                };
                (person, behalf.name.clone(), by.is_some_and(|voter| voter.part == Part::Organizer))
            }
        };
        let standing = match placed.place {
            None => Standing::Waiting,
            Some(_) if !is_allowed => Standing::NotAllowed,
            Some(place) if deadline.is_some_and(|deadline| place.time > deadline) => Standing::Late,
            Some(_) => Standing::Counted,
        };
        Vote {
            person,
            name,
            answers: wordings.answers(item),
            reason: item.text.clone(),
            on_behalf,
            by: placed.by,
            received: placed.place.map(|place| place.time.millis()),
            standing,
        }
    };
    entries.iter().map(vote).collect()
}

/// The entries that say what holds.
pub(super) struct Wordings<'a> {
    pub(super) options: BTreeMap<&'a str, &'a [String]>,
    /// Those of what the options are for, if there are any.
    pub(super) question: Option<&'a [String]>,
}

impl Wordings<'_> {
    fn answers(&self, vote: &Item) -> BTreeMap<String, Given> {
        let is_one =
            |seen: &str, same: &[String]| seen.split('+').any(|seen| same.iter().any(|one| one == seen));
        // Votes of former versions do not say to what question.
        let question = Some(vote.get(QUESTION)).filter(|seen| !seen.is_empty());
        let other = question.zip(self.question).is_some_and(|(seen, same)| !is_one(&seen, same));
        let read = |answer: &str| {
            let mut parts = answer.split(':');
            let (option, word, seen) = (parts.next()?, parts.next()?, parts.next()?);
            let asked = other || !is_one(seen, self.options.get(option)?);
            Some((option.to_owned(), Given { answer: Answer::from_word(word)?, asked }))
        };
        vote.get("answers").split(',').filter_map(read).collect()
    }
}

/// Of each person's votes in time one counts: the last of their own, or else the last that was written down for them.
fn stand(votes: &mut [Vote]) {
    let mut last = BTreeMap::<String, (bool, usize)>::new();
    for (place, vote) in votes.iter().enumerate().filter(|(_, vote)| vote.standing == Standing::Counted) {
        let is_own = vote.on_behalf.is_none();
        let entry = last.entry(vote.person.clone()).or_insert((is_own, place));
        if is_own || !entry.0 {
            *entry = (is_own, place);
        }
    }
    for (place, vote) in votes.iter_mut().enumerate().filter(|(_, vote)| vote.standing == Standing::Counted) {
        if last.get(&vote.person).is_none_or(|(_, counted)| *counted != place) {
            vote.standing = Standing::Replaced;
        }
    }
}

fn tally(answers: &BTreeMap<String, BTreeMap<String, Given>>, option: &str) -> Tally {
    let mut tally = Tally::default();
    for given in answers.values().filter_map(|answers| answers.get(option)) {
        let count = match given {
            Given { asked: true, .. } => &mut tally.asked,
            Given { answer: Answer::Agree, .. } => &mut tally.agree,
            Given { answer: Answer::Abstain, .. } => &mut tally.abstain,
            Given { answer: Answer::Disagree, .. } => &mut tally.disagree,
            Given { answer: Answer::Block, .. } => &mut tally.block,
        };
        *count = count.saturating_add(1);
    }
    tally
}

/// Whether somebody said something to each option as it is worded now.
fn is_answered(answers: Option<&BTreeMap<String, Given>>, choices: &[Choice]) -> bool {
    let is_given = |choice: &Choice| {
        answers.and_then(|answers| answers.get(&choice.key)).is_some_and(|given| !given.asked)
    };
    choices.iter().all(is_given)
}
