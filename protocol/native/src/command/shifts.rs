//! `shifts`: when and where help is needed and who comes, without a network: what is typed is saved, and 'sync' sends it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use porchlight_device::schedule::ScheduleChange;
use porchlight_documents::schedule::series::{CopiedPeople, WithPeople};
use porchlight_documents::schedule::template::Template;

use crate::command::desk::Desk;
use crate::command::{Failure, file};

mod board;
mod change;
mod fields;
mod gaps;
mod handover;
mod page;
mod pick;
mod series;
mod transfer;

use board::Board;
use fields::{Fields, Times};

#[derive(Debug, Subcommand)]
pub(crate) enum Shifts {
    /// Print the shifts of some days and who comes
    List(List),
    /// Print all that is known of a shift, and whom to ask if somebody is missing
    Show(Which),
    /// Add a shift, or a series of them with --repeat
    Add(Add),
    /// Add shifts one by one from a repeat rule, until a day
    Range(Range),
    /// Copy all shifts of a day to another day, at the same hours
    CopyDay(CopyDay),
    /// Start from a set of series: a watch by day and night, or the way to school
    Template(UseTemplate),
    /// Change what is said about a shift; what is not named stays
    Edit(Edit),
    /// Move a shift to another time; its people are asked
    Move(Move),
    /// Cancel a shift; it stays in the list, marked
    Cancel(Cancel),
    /// Take back that a shift was cancelled or removed
    Restore(Which),
    /// Remove a shift that should not be there
    Remove(Which),
    /// Sign up, yourself or somebody else
    SignUp(SignUp),
    /// Say that you do not come, or somebody else
    Leave(Leave),
    /// Answer where you were asked: to a moved shift, an invitation, or a place that became free
    Answer(GiveAnswer),
    /// Ask somebody to come
    Ask(Ask),
    /// Offer to stay if nobody comes
    Stay(Stay),
    /// Print what is missing: people, languages, skills, hours that nobody covers
    Gaps(Days),
    /// Print or write what a shift passes on to the next
    HandOver(HandOver),
    /// Note that somebody arrived
    CheckIn(Check),
    /// Note that somebody left
    CheckOut(Check),
    /// Series: shifts that repeat
    #[command(subcommand)]
    Series(series::Series),
    /// Bring in a calendar file (.ics)
    Import(file::Incoming),
    /// Write a calendar file (.ics): all shifts, or those of one person
    Export(Export),
}

#[derive(Debug, Args)]
pub(crate) struct Days {
    /// The first day, such as 2026-05-02; today without it
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day; two weeks after the first without it
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    days: Days,
    /// Only those of this person: a name or an id, or "me"
    #[arg(long = "for", value_name = "WHO")]
    person: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The id, its beginning, the whole name, or the name and the day, as in "Soup run 2026-05-02"
    shift: String,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What it is called
    title: String,
    #[command(flatten)]
    times: Times,
    /// How it repeats: daily, weekly, monthly, yearly, or a rule such as FREQ=WEEKLY;INTERVAL=2;BYDAY=SU
    #[arg(long, value_name = "RULE")]
    repeat: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Debug, Args)]
pub(crate) struct Range {
    /// What they are called
    title: String,
    #[command(flatten)]
    times: Times,
    /// How they repeat: daily, weekly, monthly, yearly, or a rule such as FREQ=WEEKLY;BYDAY=MO,WE
    #[arg(long, value_name = "RULE")]
    repeat: String,
    /// The last day on which one may begin
    #[arg(long, value_name = "DAY")]
    until: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Debug, Args)]
pub(crate) struct CopyDay {
    /// The day to copy, such as 2026-05-02
    from: String,
    /// The day that gets the copies
    to: String,
    /// Ask the same people to come
    #[arg(long)]
    people: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UseTemplate {
    /// Which
    #[arg(value_enum)]
    template: TemplateName,
    /// From which day on, such as 2026-05-02; today without it
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// What the first series is called
    #[arg(long, value_name = "TEXT")]
    first: Option<String>,
    /// What the second series is called
    #[arg(long, value_name = "TEXT")]
    second: Option<String>,
    /// Where they are
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    place: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TemplateName {
    /// Every day but Sunday from 08:00 to 20:00, and every other Sunday from 20:00 to 08:00
    Watch,
    /// On school days: arrival from 07:30 to 08:30, dismissal from 14:30 to 15:30
    School,
}

impl From<TemplateName> for Template {
    fn from(name: TemplateName) -> Self {
        match name {
            TemplateName::Watch => Self::DayAndNightWatch,
            TemplateName::School => Self::School,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    #[command(flatten)]
    which: Which,
    /// What it is called
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Debug, Args)]
pub(crate) struct Move {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    times: Times,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    #[command(flatten)]
    which: Which,
    /// Why, for the others to read
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct SignUp {
    #[command(flatten)]
    which: Which,
    /// Who comes, by name or id; you without it
    #[arg(long = "for", value_name = "WHO")]
    person: Option<String>,
    /// How many others they bring
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true,
          value_parser = clap::value_parser!(u32).range(0..=50))]
    with: u32,
    /// If they come for only a part of it: from when, such as 19:00
    #[arg(long, value_name = "TIME", requires = "part_end")]
    part_start: Option<String>,
    /// And until when
    #[arg(long, value_name = "TIME", requires = "part_start")]
    part_end: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Leave {
    #[command(flatten)]
    which: Which,
    /// Who does not come, by name or id; you without it
    #[arg(long = "for", value_name = "WHO")]
    person: Option<String>,
    /// Why, for the others to read
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct GiveAnswer {
    #[command(flatten)]
    which: Which,
    /// What is answered
    #[arg(value_enum)]
    answer: AnswerName,
    /// Who answers, by name or id; you without it
    #[arg(long = "for", value_name = "WHO")]
    person: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerName {
    /// They come
    Yes,
    /// They do not come
    No,
    /// They stay on standby and let the next one have the place
    Later,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    which: Which,
    /// Whom, by name or id
    who: String,
}

#[derive(Debug, Args)]
pub(crate) struct Stay {
    #[command(flatten)]
    which: Which,
    /// Take the offer back
    #[arg(long)]
    not: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HandOver {
    #[command(flatten)]
    which: Which,
    /// What the next should know
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Whom to call
    #[arg(long, value_name = "TEXT")]
    call: Option<String>,
    /// Add an open task; may be repeated
    #[arg(long = "task", value_name = "TEXT")]
    tasks: Vec<String>,
    /// Tick a task off, by its number, id or text; may be repeated
    #[arg(long, value_name = "TASK")]
    done: Vec<String>,
    /// Open a task again
    #[arg(long, value_name = "TASK")]
    reopen: Vec<String>,
    /// Say that you have it
    #[arg(long)]
    have: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    which: Which,
    /// Who, by name or id; you without it
    #[arg(long = "for", value_name = "WHO")]
    person: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file; without one it is printed
    file: Option<PathBuf>,
    /// The first day, such as 2026-05-02; everything that is kept without it
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Only the dates of this person, each by itself: a name or an id, or "me"
    #[arg(long = "for", value_name = "WHO")]
    person: Option<String>,
    /// Have phones ring so many minutes before
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(0..=40_320))]
    alarm: Option<u32>,
}

/// What becomes of people on the dates of a series that is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeopleName {
    /// Dates with people stay as they are
    Keep,
    /// They move with the series, and their people are asked
    Ask,
    /// They are cancelled, and their people are told
    Cancel,
}

impl From<PeopleName> for WithPeople {
    fn from(name: PeopleName) -> Self {
        match name {
            PeopleName::Keep => Self::Keep,
            PeopleName::Ask => Self::MoveAndAsk,
            PeopleName::Cancel => Self::CancelAndTell,
        }
    }
}

/// Carries out what was typed after `shifts`.
pub(crate) fn run(desk: &Desk, wanted: Shifts) -> Result<(), Failure> {
    let board = &mut Board::open(desk)?;
    match wanted {
        Shifts::List(wanted) => page::list(desk, board, &wanted),
        Shifts::Show(wanted) => {
            let shift = board.pick(&wanted.shift)?;
            page::show(desk, board, &shift.id, "")
        }
        Shifts::Add(wanted) => change::add(desk, board, wanted),
        Shifts::Range(wanted) => change::range(desk, board, wanted),
        Shifts::CopyDay(wanted) => {
            let people = if wanted.people { CopiedPeople::SameAsked } else { CopiedPeople::Nobody };
            let CopyDay { from, to, .. } = wanted;
            if from.trim() == to.trim() {
                return Err(Failure::Usage(format!(
                    "copying {from} onto itself would make each shift twice"
                )));
            }
            board.change(ScheduleChange::CopyDay { from, to: to.clone(), people })?;
            page::list_day(desk, board, &to)
        }
        Shifts::Template(wanted) => change::template(desk, board, wanted),
        Shifts::Edit(wanted) => change::edit(desk, board, &wanted),
        Shifts::Move(wanted) => change::reschedule(desk, board, &wanted),
        Shifts::Cancel(wanted) => change::on(desk, board, &wanted.which, "Cancelled", |shift| {
            ScheduleChange::Cancel { shift, reason: wanted.reason }
        }),
        Shifts::Restore(wanted) => {
            change::on(desk, board, &wanted, "Taken back", |shift| ScheduleChange::Restore { shift })
        }
        Shifts::Remove(wanted) => {
            change::on(desk, board, &wanted, "Removed", |shift| ScheduleChange::Remove { shift })
        }
        Shifts::SignUp(wanted) => change::sign_up(desk, board, &wanted),
        Shifts::Leave(wanted) => change::leave(desk, board, wanted),
        Shifts::Answer(wanted) => change::answer(desk, board, &wanted),
        Shifts::Ask(wanted) => change::ask(desk, board, &wanted),
        Shifts::Stay(wanted) => {
            let done =
                if wanted.not { "No longer offered to stay" } else { "Offered to stay if nobody comes" };
            let made = !wanted.not;
            change::on(desk, board, &wanted.which, done, |shift| ScheduleChange::OfferToStay { shift, made })
        }
        Shifts::Gaps(wanted) => gaps::gaps(desk, board, &wanted),
        Shifts::HandOver(wanted) => handover::hand_over(desk, board, wanted),
        Shifts::CheckIn(wanted) => change::check_in(desk, board, &wanted),
        Shifts::CheckOut(wanted) => change::check_out(desk, board, &wanted),
        Shifts::Series(wanted) => series::run(desk, board, wanted),
        Shifts::Import(wanted) => transfer::import(desk, board, &wanted),
        Shifts::Export(wanted) => transfer::export(desk, board, &wanted),
    }
}
