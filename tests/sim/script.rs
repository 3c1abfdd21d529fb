//! What happens in a run, written down before it begins: what people do, what breaks, and how long nothing happens in
//! between. Each step can be left out, which is how a failure is made small.

use crate::chance::{Chance, Concern};
use crate::liar::Added;

/// One thing that happens. Phones are counted around: `who` is taken modulo how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Adds a contact.
    Add { who: u8 },
    /// Changes a field of a contact.
    Edit { who: u8, which: u8 },
    /// Marks a contact as removed.
    Remove { who: u8, which: u8 },
    /// Writes a line into one of the notes.
    Write { who: u8, which: u8 },
    /// Proposes something.
    Propose { who: u8 },
    /// Answers a proposal.
    Vote { who: u8, which: u8 },
    /// Makes a shift for one or two people.
    Plan { who: u8 },
    /// Takes a shift.
    SignUp { who: u8, which: u8 },
    /// Gives it back.
    GiveBack { who: u8, which: u8 },
    /// A newcomer with a new phone.
    Invite,
    /// Makes or judges a Snapshot.
    Snapshot { who: u8 },
    /// Fourteen days pass on the server, and it drops what it may.
    Prune,
    /// Whoever made the group forgets a contact for good, and so does this phone at the same time, another one, if it may.
    Forget { who: u8, which: u8 },
    /// Moves the group to the other server.
    Move,
    /// Takes somebody out of the group.
    PutOut { who: u8 },
    /// Gives somebody another role.
    Promote { who: u8 },
    /// Changes the group's key.
    Rotate { who: u8 },
    /// One phone gives another what the server has not seen.
    HandOver { from: u8, to: u8 },
    /// Says what somebody is doing.
    Show { who: u8 },
    /// The network of one phone is like this from now on.
    Line { who: u8, quality: u8 },
    /// The app of one phone is ended and started again.
    Restart { who: u8 },
    /// One phone crashes once so many things were carried out, somewhere between two writes.
    Crash { who: u8, after: u8, millis: u16 },
    /// The phone's storage takes nothing more for so long.
    Fill { who: u8, millis: u16 },
    /// The phone's storage is copied, for later.
    Keep { who: u8 },
    /// What was copied is put back: whatever was done since is gone from this phone.
    PutBack { who: u8 },
    /// What was copied wakes up on a second phone, while the first goes on.
    Copy { who: u8 },
    /// The phone's storage is deleted, and its owner comes in again as somebody new.
    Wipe { who: u8 },
    /// Somebody writes recovery words down.
    WriteWords { who: u8 },
    /// Somebody's phone is gone, and they come back on a new one by their words.
    ComeBack { who: u8 },
    /// The phone's clock is wrong by so many hours.
    Clock { who: u8, hours: i32 },
    /// Somebody takes the keys out of one phone and writes what no phone would.
    Forge { who: u8, what: u8 },
    /// The phone's app is ended, and for so long its storage cannot be read.
    Unreadable { who: u8, millis: u16 },
    /// A hostile server commits what waits in another order.
    Reorder,
    /// A hostile server tells one phone nothing new for so long.
    Withhold { who: u8, millis: u16 },
    /// A hostile server says to one phone again what it said last.
    SayAgain { who: u8 },
    /// A hostile server makes up a Record, for one phone.
    Invent { who: u8, what: Added },
    /// A hostile server shows every other phone a history of its own from now on.
    TwoHistories,
    /// The server is killed after so many commits, before or after it has told anybody, and comes back.
    Kill { commits: u8, told: bool, millis: u16 },
    /// The server's database is copied.
    BackUp,
    /// The copy is put in its place.
    Restore,
    /// An empty database is put in its place.
    Empty,
    /// The server's clock jumps by so many minutes.
    ServerClock { minutes: i16 },
}

/// A step: so many milliseconds pass, then something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) wait: u64,
    pub(crate) act: Act,
}

/// What kind of trouble a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Bad lines only.
    Lines,
    /// Phones and servers that crash.
    Crashes,
    /// Servers that lose something.
    Servers,
    /// A server that lies.
    Liar,
    /// Phones that are copied, wiped or put back.
    Phones,
    /// Snapshots, forgetting, moving.
    Keeping,
    /// A group that moves, while phones are lost and come back by words.
    Moving,
    /// People who come, go and get other roles, and keys that change.
    Members,
    /// Members who lie, to others and about Snapshots.
    Lies,
    /// Everything.
    All,
}

/// How a run goes.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) seed: u64,
    pub(crate) phones: u8,
    pub(crate) steps: Vec<Step>,
}

impl Script {
    /// The script of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut chance = Chance::new(seed, Concern::Script);
        let (crashes, all) = (Trouble::Crashes, Trouble::All);
        // Every other time, lines are bad while people come and go, people do what phones would not, and words must
        // find a group that has moved, and servers lie.
        let trouble = match seed % 12 < 6 {
            true => [Trouble::Lines, crashes, Trouble::Servers, Trouble::Phones, Trouble::Keeping, all],
            false => [Trouble::Members, crashes, Trouble::Liar, Trouble::Lies, Trouble::Moving, all],
        }[usize::try_from(seed % 6).unwrap()];
        let phones = 2 + u8::try_from(chance.below(2)).unwrap();
        let count = 16 + chance.below(25);
        let steps = (0..count).map(|_| step(&mut chance, trouble)).collect();
        Self { seed, phones, steps }
    }

    /// The same with only some of the steps.
    pub(crate) fn only(&self, kept: &[usize]) -> Self {
        let steps = kept.iter().filter_map(|number| self.steps.get(*number).copied()).collect();
        Self { steps, ..self.clone() }
    }
}

fn step(chance: &mut Chance, trouble: Trouble) -> Step {
    let wait = match chance.below(6) {
        0 => 0,
        1 | 2 => chance.below(200),
        3 | 4 => chance.below(5_000),
        _ => chance.below(90_000),
    };
    let act = if chance.once_in(3) { fault(chance, trouble) } else { deed(chance) };
    Step { wait, act }
}

/// What people do on any day.
fn deed(chance: &mut Chance) -> Act {
    let (who, which) = (chance.byte(), chance.byte());
    match chance.below(24) {
        0..=6 => Act::Add { who },
        7 | 8 => Act::Edit { who, which },
        9 => Act::Remove { who, which },
        10..=12 => Act::Write { who, which },
        13 => Act::Propose { who },
        14 | 15 => Act::Vote { who, which },
        16 | 17 => Act::Plan { who },
        18..=20 => Act::SignUp { who, which },
        21 => Act::GiveBack { who, which },
        22 => Act::HandOver { from: who, to: which },
        _ => Act::Show { who },
    }
}

/// What goes wrong, or happens seldom.
fn fault(chance: &mut Chance, trouble: Trouble) -> Act {
    let who = chance.byte();
    let line = Act::Line { who, quality: chance.byte() };
    let millis = u16::try_from(chance.below(40_000)).unwrap();
    let crash = Act::Crash { who, after: u8::try_from(chance.below(12)).unwrap(), millis };
    let told = chance.once_in(2);
    let kill = Act::Kill { commits: u8::try_from(chance.below(4)).unwrap(), told, millis };
    let pick = chance.below(12);
    match (trouble, pick) {
        (Trouble::Lines, 0) => Act::Invite,
        (Trouble::Lines, _) => line,
        (_, 0) => line,
        (_, 1) => Act::Invite,
        (Trouble::Crashes, 2..=6) => crash,
        (Trouble::Crashes, 7) => Act::Restart { who },
        (Trouble::Crashes, 8) => Act::Fill { who, millis },
        (Trouble::Crashes, 9) => Act::Unreadable { who, millis },
        (Trouble::Crashes, _) => kill,
        (Trouble::Servers, 2 | 3) => Act::BackUp,
        (Trouble::Servers, 4..=6) => Act::Restore,
        (Trouble::Servers, 7) => Act::Empty,
        (Trouble::Servers, 8) => clock_of_server(chance),
        (Trouble::Servers, 9) => Act::Restart { who },
        (Trouble::Servers, _) => kill,
        (Trouble::Liar, 2) => Act::Reorder,
        (Trouble::Liar, 3 | 4) => Act::Withhold { who, millis },
        (Trouble::Liar, 5 | 6) => Act::SayAgain { who },
        (Trouble::Liar, 7) => Act::Invent { who, what: Added::Member },
        (Trouble::Liar, 8) => Act::Invent { who, what: Added::Entry },
        (Trouble::Liar, 9) => Act::TwoHistories,
        (Trouble::Liar, 10) => Act::Restart { who },
        (Trouble::Liar, _) => crash,
        (Trouble::Phones, 2) => Act::Keep { who },
        (Trouble::Phones, 3) => Act::WriteWords { who },
        (Trouble::Phones, 4) => Act::PutBack { who },
        (Trouble::Phones, 5) => Act::ComeBack { who },
        (Trouble::Phones, 6) => Act::Copy { who },
        (Trouble::Phones, 7) => Act::Wipe { who },
        (Trouble::Phones, 8) => clock_of_phone(chance, who),
        (Trouble::Phones, 9) => crash,
        (Trouble::Phones, _) => Act::Forge { who, what: chance.byte() },
        (Trouble::Lies, 2..=6) => Act::Forge { who, what: chance.byte() },
        (Trouble::Lies, 7 | 8) => Act::Snapshot { who },
        (Trouble::Lies, 9) => Act::Prune,
        (Trouble::Lies, 10) => Act::Restart { who },
        (Trouble::Lies, _) => crash,
        (Trouble::Keeping, 2..=5) => Act::Snapshot { who },
        (Trouble::Keeping, 6) => Act::Prune,
        (Trouble::Keeping, 7) => Act::Forget { who, which: who },
        (Trouble::Keeping, 8) => Act::Move,
        (Trouble::Keeping, 9) => Act::Restart { who },
        (Trouble::Keeping, _) => crash,
        (Trouble::Moving, 2..=4) => Act::WriteWords { who },
        (Trouble::Moving, 5) => Act::Move,
        (Trouble::Moving, 6 | 7) => Act::ComeBack { who },
        (Trouble::Moving, 8) => Act::Rotate { who },
        (Trouble::Moving, 9) => Act::Snapshot { who },
        (Trouble::Moving, 10) => Act::Restart { who },
        (Trouble::Moving, _) => crash,
        (Trouble::Members, 2..=4) => Act::Rotate { who },
        (Trouble::Members, 5 | 6) => Act::PutOut { who },
        (Trouble::Members, 7 | 8) => Act::Promote { who },
        (Trouble::Members, 9) => Act::WriteWords { who },
        (Trouble::Members, 11) => Act::ComeBack { who },
        (Trouble::Members, 10) => Act::Forget { who, which: who },
        (Trouble::Members, _) => line,
        (Trouble::All, 2) => Act::Snapshot { who },
        (Trouble::All, 3) => Act::BackUp,
        (Trouble::All, 4) => Act::Restore,
        (Trouble::All, 5) => kill,
        (Trouble::All, 6) => Act::Keep { who },
        (Trouble::All, 7) => Act::PutBack { who },
        (Trouble::All, 8) => clock_of_phone(chance, who),
        (Trouble::All, 9) => Act::Wipe { who },
        (Trouble::All, 10) => Act::Fill { who, millis },
        (Trouble::All, _) => crash,
    }
}

fn clock_of_phone(chance: &mut Chance, who: u8) -> Act {
    let hours = i32::try_from(chance.below(100_000)).unwrap() - 50_000;
    Act::Clock { who, hours }
}

fn clock_of_server(chance: &mut Chance) -> Act {
    Act::ServerClock { minutes: i16::try_from(chance.below(2_400)).unwrap() - 1_200 }
}
