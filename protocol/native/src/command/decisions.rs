//! `decisions`: proposals and votes, without a network: what is typed is saved, and 'sync' sends it.

use std::collections::BTreeMap;

use clap::{Args, Subcommand, ValueEnum};
use porchlight_documents::decisions::{
    self, Ballot, Choice, Decision, Method, OnBehalf, Proposal, Stage, Standing, Terms, Vote, Wording,
};
use porchlight_documents::{DocumentName, Kind, contacts, index};
use porchlight_wire::roster::Role;
use serde::Serialize;

use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::papers::{Papers, Sheet};
use crate::command::screen::Answer;
use crate::command::words::plain;

#[derive(Debug, Subcommand)]
pub(crate) enum Decisions {
    /// Print the decisions, those that need your answer first
    List,
    /// Propose or ask something
    Add(Add),
    /// Answer
    Vote(Cast),
    /// Close it now; for organizers, and whoever proposed it
    Close(Which),
    /// Print a decision with all votes
    Show(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What is proposed or asked, in one line
    title: String,
    /// More about it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    details: String,
    /// What to choose from: words, a day (2026-09-17), or a time in the group's zone (2026-09-17T19:00); may be repeated
    #[arg(long = "option", value_name = "TEXT")]
    options: Vec<String>,
    /// By what it is made
    #[arg(long, value_enum, default_value = "consent")]
    method: MethodName,
    /// How many must answer: a number of people (5) or a part of them (50%)
    #[arg(long, value_name = "N", default_value = "", hide_default_value = true)]
    quorum: String,
    /// For how many hours votes count; without it until somebody closes it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    hours: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodName {
    /// Agreed if nobody blocks
    Consent,
    /// Agreed if more agree than disagree
    Majority,
}

#[derive(Debug, Args)]
pub(crate) struct Cast {
    /// The id, its beginning, or the whole title
    decision: String,
    /// What you say
    #[arg(value_enum)]
    answer: AnswerName,
    /// To which options, by their words or keys; to all of them if none is named
    #[arg(long = "option", value_name = "TEXT")]
    options: Vec<String>,
    /// Why; needed for a block
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    /// Whose answer it is: the id of a contact who has no device
    #[arg(long = "for", value_name = "CONTACT", requires = "name")]
    contact: Option<String>,
    /// What that person is called
    #[arg(long, value_name = "NAME", requires = "contact")]
    name: Option<String>,
    /// How that person said it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    how: String,
    /// On which day that person said it, such as 2026-05-02
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    day: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerName {
    /// Yes
    Agree,
    /// Neither; counts for the quorum
    Abstain,
    /// No, but it may go ahead
    Disagree,
    /// It must not go ahead
    Block,
}

impl From<AnswerName> for decisions::Answer {
    fn from(name: AnswerName) -> Self {
        match name {
            AnswerName::Agree => Self::Agree,
            AnswerName::Abstain => Self::Abstain,
            AnswerName::Disagree => Self::Disagree,
            AnswerName::Block => Self::Block,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The id, its beginning, or the whole title
    decision: String,
}

/// Carries out what was typed after `decisions`.
pub(crate) fn run(desk: &Desk, wanted: Decisions) -> Result<(), Failure> {
    let mut book = Book { papers: Papers::open(desk)? };
    let name = match wanted {
        Decisions::List => return desk.show(&book.list()?),
        Decisions::Add(wanted) => book.add(wanted)?,
        Decisions::Vote(wanted) => {
            let name = book.pick(&wanted.decision)?;
            book.vote(&name, wanted)?;
            name
        }
        Decisions::Close(wanted) => {
            let name = book.pick(&wanted.decision)?;
            book.may_close(&name)?;
            book.papers
                .edit(&name, |editor| decisions::rule(editor, &Terms { close: true, ..Terms::default() }))?;
            name
        }
        Decisions::Show(wanted) => book.pick(&wanted.decision)?,
    };
    let decision = book.read(&name)?;
    desk.show(&Page { id: name.key, decision })
}

/// One group's decisions on this computer.
struct Book {
    papers: Papers,
}

impl Book {
    fn read(&mut self, name: &DocumentName) -> Result<Decision, Failure> {
        Ok(self.papers.act(|device, group, now| device.decision(group, name, now))??)
    }

    fn list(&mut self) -> Result<List, Failure> {
        let own = self.papers.act(|device, group, _| device.own_member(group))??;
        let own = own.map(|member| member.to_string());
        let mut list = Vec::new();
        for name in self.papers.names(Kind::Decision)? {
            let decision = self.read(&name)?;
            if !decision.presence.is_shown() {
                continue;
            }
            let is_missing = own.as_ref().is_some_and(|own| decision.missing.contains(own));
            let needs_you = is_missing && decision.stage == Stage::Open;
            list.push(Entry { id: name.key, title: decision.title, sentence: decision.sentence, needs_you });
        }
        list.sort_by_key(|entry| !entry.needs_you);
        Ok(List { decisions: list })
    }

    fn pick(&mut self, wanted: &str) -> Result<DocumentName, Failure> {
        let list = self.list()?.decisions;
        let sheets = list.iter().map(|entry| Sheet { id: &entry.id, title: &entry.title, is_shown: true });
        Papers::pick(Kind::Decision, wanted, sheets)
    }

    /// What counts for nothing is not to be taken for done.
    fn may_close(&mut self, name: &DocumentName) -> Result<(), Failure> {
        let decision = self.read(name)?;
        let members = self.papers.act(|device, group, _| device.members(group))??;
        let own = members.iter().find(|member| member.is_self);
        let is_organizer = own.is_some_and(|own| own.role == Role::Organizer);
        let is_maker = own.is_some_and(|own| Some(own.id.to_string()) == decision.maker);
        match () {
            () if is_organizer || (is_maker && decision.stage == Stage::Open) => Ok(()),
            () if is_maker => Err(Failure::Usage("it is closed already".to_owned())),
            () => Err(Failure::Usage("only organizers and whoever proposed it may close it".to_owned())),
        }
    }

    /// A quorum of more people than can answer would leave it undecided for ever.
    fn check_quorum(&mut self, quorum: &str) -> Result<(), Failure> {
        let members = self.papers.act(|device, group, _| device.members(group))??;
        let most = members.iter().filter(|member| member.role != Role::Reader).count();
        match quorum.trim().parse::<usize>() {
            Ok(people) if people > most => {
                Err(Failure::Usage(format!("that is more than can answer: {most} at most")))
            }
            _ => Ok(()),
        }
    }

    fn add(&mut self, wanted: Add) -> Result<DocumentName, Failure> {
        self.check_quorum(&wanted.quorum)?;
        let zone = self.papers.read(&DocumentName::index(), |document| index::group(document).zone)?;
        let wording = |text: String| {
            let is_time = text.len() == 16 && text.contains('T') && text.contains(':');
            Wording { zone: if is_time { zone.clone().unwrap_or_default() } else { String::new() }, text }
        };
        let name = self.papers.act(|device, _, _| device.fresh_document(Kind::Decision))?;
        let proposal = Proposal {
            title: wanted.title,
            details: wanted.details,
            options: wanted.options.into_iter().map(wording).collect(),
            terms: Terms {
                method: Some(match wanted.method {
                    MethodName::Consent => Method::Consent,
                    MethodName::Majority => Method::Majority,
                }),
                quorum: Some(wanted.quorum),
                span: wanted.hours.map(|hours| hours.saturating_mul(3_600_000)),
                ..Terms::default()
            },
        };
        self.papers.edit(&name, |editor| decisions::create(editor, &proposal))?;
        Ok(name)
    }

    fn vote(&mut self, name: &DocumentName, wanted: Cast) -> Result<(), Failure> {
        let decision = self.read(name)?;
        let is = |choice: &Choice, option: &str| option == choice.text || option == choice.key;
        let unknown = |option: &&String| !decision.choices.iter().any(|choice| is(choice, option));
        if let Some(option) = wanted.options.iter().find(unknown) {
            let all: Vec<_> = decision.choices.iter().map(|choice| plain(&choice.text)).collect();
            let option: String = plain(option).chars().take(60).collect();
            return Err(Failure::Usage(format!(
                "there is no option '{option}'; there are: {}",
                all.join(", ")
            )));
        }
        if let Some(contact) = &wanted.contact {
            let all = self.papers.read(&DocumentName::contacts(), contacts::all)?;
            if !all.iter().any(|one| one.id.as_str() == contact) {
                let contact: String = plain(contact).chars().take(40).collect();
                let no_such = format!("there is no contact '{contact}'; 'contacts list' shows their ids");
                return Err(Failure::WhichContact(no_such));
            }
        }
        let mut answers = BTreeMap::new();
        for choice in &decision.choices {
            let is_named = wanted.options.iter().any(|option| is(choice, option));
            if is_named || wanted.options.is_empty() {
                answers.insert(choice.key.clone(), wanted.answer.into());
            }
        }
        // What was said to the other options stays said.
        let own = self.papers.act(|device, group, _| device.own_member(group))??;
        let person = match &wanted.contact {
            Some(contact) => format!("contact/{contact}"),
            None => own.map(|own| format!("member/{own}")).unwrap_or_default(),
        };
        let counts = |vote: &&Vote| {
            vote.person == person && matches!(vote.standing, Standing::Counted | Standing::Waiting)
        };
        for vote in decision.votes.iter().filter(counts) {
            for (option, given) in vote.answers.iter().filter(|(_, given)| !given.asked) {
                answers.entry(option.clone()).or_insert(given.answer);
            }
        }
        let on_behalf = wanted.contact.map(|contact| OnBehalf {
            contact,
            name: wanted.name.unwrap_or_default(),
            how: wanted.how,
            day: wanted.day,
        });
        let ballot = Ballot { answers, reason: wanted.reason, on_behalf };
        self.papers.edit(name, |editor| decisions::vote(editor, &ballot))
    }
}

#[derive(Debug, Serialize)]
struct List {
    decisions: Vec<Entry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    title: String,
    sentence: String,
    needs_you: bool,
}

impl Answer for List {
    fn text(&self) -> String {
        let line = |entry: &Entry| {
            let needs = if entry.needs_you { "  (needs your answer)" } else { "" };
            format!("{}  {}: {}{needs}", entry.id, plain(&entry.title), plain(&entry.sentence))
        };
        let lines: Vec<String> = self.decisions.iter().map(line).collect();
        if lines.is_empty() { "No decisions".to_owned() } else { lines.join("\n") }
    }
}

#[derive(Debug, Serialize)]
struct Page {
    id: String,
    #[serde(flatten)]
    decision: Decision,
}

impl Answer for Page {
    fn text(&self) -> String {
        let decision = &self.decision;
        let mut text = format!("{}  {}\n{}\n", self.id, plain(&decision.title), plain(&decision.sentence));
        for choice in decision.choices.iter().filter(|choice| !choice.key.is_empty()) {
            let tally = choice.tally;
            let counts =
                format!("{} agree, {} disagree", tally.agree, tally.disagree.saturating_add(tally.block));
            text.push_str(&format!("  {} {}: {counts}\n", plain(&choice.text), plain(&choice.zone)));
        }
        for option in &decision.taken_off {
            let said =
                |(name, answer): &(String, decisions::Answer)| format!("{}: {}", plain(name), answer.word());
            let answers: Vec<String> = option.answers.iter().map(said).collect();
            text.push_str(&format!("  {} (taken off): {}\n", plain(&option.text), answers.join(", ")));
        }
        for vote in &decision.votes {
            let words = vote.answers.iter().map(|(key, given)| {
                let choice = decision.choices.iter().find(|choice| choice.key == *key && !key.is_empty());
                let option = choice.map(|choice| format!("{}: ", plain(&choice.text))).unwrap_or_default();
                let asked = if given.asked { " (to other words)" } else { "" };
                format!("{option}{}{asked}", given.answer.word())
            });
            let words: Vec<String> = words.collect();
            let behalf =
                vote.on_behalf.as_ref().map(|b| format!(" (told {} {})", plain(&b.how), plain(&b.day)));
            let standing = match vote.standing {
                Standing::Counted => "",
                Standing::Replaced => ", replaced",
                Standing::Late => ", late",
                Standing::Waiting => ", waiting to be sent",
                Standing::NotAllowed => ", does not count",
            };
            let behalf = behalf.unwrap_or_default();
            let reason = plain(&vote.reason);
            text.push_str(&format!(
                "  {}: {} {reason}{behalf}{standing}\n",
                plain(&vote.name),
                words.join(", ")
            ));
        }
        text
    }
}
