//! Stories that a machine makes up: several people do anything at all with a group's shifts, with and without a network.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::schedule::edit::{Check, Offer};
use crate::schedule::handover::{self, Tick, Words};
use crate::schedule::rule::Rule;
use crate::schedule::series::{self, CopiedPeople, Pattern, WithPeople};

/// What somebody does.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Add { day: i8, hour: i8, needs: u32 },
    AddSeries { day: i8, hour: i8, weeks: u32, needs: u32 },
    CopyDay { from: i8, to: i8, people: CopiedPeople },
    Shift(Index, ShiftDeed),
    Series(Index, SeriesDeed),
    Sync,
    Gossip(Index),
    Restart,
}

/// What somebody does with a shift.
#[derive(Clone, Debug)]
pub(crate) enum ShiftDeed {
    Move(i64),
    Cancel,
    Restore,
    Remove,
    Title,
    Place(u8),
    Needs(u32),
    Skill,
    Settle,
    Come { person: u8, companions: u32 },
    Go(u8),
    Answer(u8, Reply),
    Ask(u8),
    Stay(u8, Offer),
    Check(u8, Check),
    Note,
    Task,
    Tick(Tick),
    Have(u8),
}

/// What somebody who was asked says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Yes,
    No,
    Later,
}

/// What somebody does with a series.
#[derive(Clone, Debug)]
pub(crate) enum SeriesDeed {
    Text { since: i8 },
    Split { from: i8, hours: i64, people: WithPeople },
    End { from: i8, people: WithPeople },
    Skip(Index),
    Extra { day: i8 },
}

fn shift_deed() -> impl Strategy<Value = ShiftDeed> {
    use ShiftDeed as D;
    let person = || 1..5_u8;
    let reply = prop::sample::select(vec![Reply::Yes, Reply::No, Reply::Later]);
    let coming = prop_oneof![
        8 => (person(), 0..3_u32).prop_map(|(person, companions)| D::Come { person, companions }),
        4 => person().prop_map(D::Go),
        4 => (person(), reply).prop_map(|(person, reply)| D::Answer(person, reply)),
        1 => person().prop_map(D::Ask),
    ];
    let when = prop_oneof![
        2 => prop_oneof![-30..30_i64, Just(900)].prop_map(D::Move),
        1 => Just(D::Cancel),
        1 => Just(D::Restore),
        1 => Just(D::Remove),
        2 => (0..5_u32).prop_map(D::Needs),
    ];
    let what = prop_oneof![
        Just(D::Title),
        (0..3_u8).prop_map(D::Place),
        Just(D::Skill),
        Just(D::Settle),
        (person(), prop::sample::select(vec![Offer::Made, Offer::TakenBack]))
            .prop_map(|(p, o)| D::Stay(p, o)),
        (person(), prop::sample::select(vec![Check::In, Check::Out, Check::Again]))
            .prop_map(|(p, c)| D::Check(p, c)),
        Just(D::Note),
        Just(D::Task),
        prop::sample::select(vec![Tick::Done, Tick::Open]).prop_map(D::Tick),
        person().prop_map(D::Have),
    ];
    prop_oneof![4 => coming, 2 => when, 2 => what]
}

fn series_deed() -> impl Strategy<Value = SeriesDeed> {
    use SeriesDeed as D;
    let people =
        || prop::sample::select(vec![WithPeople::Keep, WithPeople::MoveAndAsk, WithPeople::CancelAndTell]);
    prop_oneof![
        (1..31_i8).prop_map(|since| D::Text { since }),
        (1..31_i8, -5..5_i64, people()).prop_map(|(from, hours, people)| D::Split { from, hours, people }),
        (1..31_i8, people()).prop_map(|(from, people)| D::End { from, people }),
        any::<Index>().prop_map(D::Skip),
        (1..31_i8).prop_map(|day| D::Extra { day }),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let copied = prop::sample::select(vec![CopiedPeople::Nobody, CopiedPeople::SameAsked]);
    prop_oneof![
        2 => (1..31_i8, 0..24_i8, 0..4_u32).prop_map(|(day, hour, needs)| Deed::Add { day, hour, needs }),
        1 => (1..31_i8, 0..24_i8, 1..3_u32, 0..4_u32)
            .prop_map(|(day, hour, weeks, needs)| Deed::AddSeries { day, hour, weeks, needs }),
        1 => (1..31_i8, 1..31_i8, copied).prop_map(|(from, to, people)| Deed::CopyDay { from, to, people }),
        16 => (any::<Index>(), shift_deed()).prop_map(|(shift, deed)| Deed::Shift(shift, deed)),
        2 => (any::<Index>(), series_deed()).prop_map(|(series, deed)| Deed::Series(series, deed)),
        5 => Just(Deed::Sync),
        2 => any::<Index>().prop_map(Deed::Gossip),
        1 => Just(Deed::Restart),
    ]
}

/// What people do, one after the other.
pub(crate) fn deeds(most: usize) -> impl Strategy<Value = Vec<(Index, Deed)>> {
    prop::collection::vec((any::<Index>(), deed()), 1..most)
}

/// A group, what each phone holds that the log does not, and what nobody may lose.
pub(crate) struct Story {
    pub(crate) town: Town,
    /// Changes of its own and of others that came by hand.
    heard: Vec<Vec<(DocumentName, OwnChange)>>,
    pub(crate) steps: u64,
    pub(crate) shifts: Vec<ShiftId>,
    pub(crate) series: Vec<SeriesId>,
    pub(crate) acts: Vec<(ShiftId, Person)>,
    pub(crate) skills: Vec<(ShiftId, String)>,
    pub(crate) tasks: Vec<(ShiftId, String)>,
    pub(crate) checks: Vec<(ShiftId, Person)>,
}

/// In this zone clocks change on 25 October.
const HOME: &str = "Europe/Berlin";

fn october(day: i8, hour: i8) -> DateTime {
    jiff::civil::date(2026, 10, day).at(hour, 30, 0, 0)
}

fn hours(count: i64) -> jiff::SignedDuration {
    jiff::SignedDuration::from_hours(count)
}

impl Story {
    pub(crate) fn new(people: usize) -> Self {
        Self {
            town: Town::new(HOME, u8::try_from(people).unwrap()),
            heard: vec![Vec::new(); people],
            steps: 0,
            shifts: Vec::new(),
            series: Vec::new(),
            acts: Vec::new(),
            skills: Vec::new(),
            tasks: Vec::new(),
            checks: Vec::new(),
        }
    }

    pub(crate) fn phones(&self) -> usize {
        self.heard.len()
    }

    /// Everything of which a phone knows between these days.
    pub(crate) fn known(&self, phone: usize) -> Vec<Shift> {
        self.town.see(phone).shifts(day("2026-08-01"), day("2027-01-15"))
    }

    pub(crate) fn tell(&mut self, deeds: &[(Index, Deed)]) {
        for (who, deed) in deeds {
            self.steps += 1;
            self.act(who.index(self.phones()), deed);
        }
    }

    /// Everybody sends everything, and gets what the others sent.
    pub(crate) fn settle(&mut self) {
        for _ in 0..2 {
            (0..self.phones()).for_each(|phone| self.sync(phone));
        }
    }

    fn edit<T>(
        &mut self,
        phone: usize,
        name: &DocumentName,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, ScheduleError>,
    ) -> T {
        let value = self.town.edit(phone, name, f);
        self.heard[phone].append(&mut self.town.phones[phone].outbox);
        value
    }

    /// The server's clock goes six hours on with each step, so that some sign-ups come too late.
    fn sync(&mut self, phone: usize) {
        let is_sent =
            |change: &OwnChange| self.town.log.iter().any(|(_, sent, _)| sent.hash() == change.hash());
        let outbox = self.heard[phone].iter().filter(|(_, change)| !is_sent(change)).cloned().collect();
        self.heard[phone].clear();
        self.town.phones[phone].outbox = outbox;
        self.town.sync_at(phone, 1_790_000_000_000 + self.steps * 6 * 3_600_000);
    }

    /// A phone gets what another holds, without the log: nothing of it has a place yet.
    fn gossip(&mut self, to: usize, from: usize) {
        self.town.sync_at(to, 0);
        for (name, change) in self.heard[from].clone() {
            let documents = &mut self.town.phones[to].documents;
            let document = documents.entry(name.clone()).or_insert_with(|| Document::new(Kind::Schedule));
            if document.apply(Incoming::parse(change.as_bytes()).unwrap()).unwrap().new {
                self.heard[to].push((name, change));
            }
        }
    }

    fn act(&mut self, who: usize, deed: &Deed) {
        match deed {
            Deed::Sync => self.sync(who),
            Deed::Gossip(from) => {
                let from = from.index(self.phones());
                self.gossip(who, from);
            }
            Deed::Restart => {
                for document in self.town.phones[who].documents.values_mut() {
                    *document = Document::load(Kind::Schedule, &document.save()).unwrap();
                }
            }
            Deed::Add { day, hour, needs } => {
                let start = october(*day, *hour);
                let when = When::hours(start, start + hours(3), HOME);
                let details = self.details(*needs);
                let month = Month::of(when.day());
                let add = |editor: &mut Editor<'_>| edit::add(editor, month, &details, &when, None);
                let id = self.edit(who, &month.document(), add);
                self.shifts.push(id);
            }
            Deed::AddSeries { day, hour, weeks, needs } => {
                let start = october(*day, *hour);
                let when = When::hours(start, start + hours(2), HOME);
                let pattern = Pattern { when, rule: Rule::weekly(*weeks, &[start.weekday()]) };
                let details = self.details(*needs);
                let id = self.edit(who, &plan(), |editor| series::add(editor, &details, &pattern, None));
                self.series.push(id);
            }
            Deed::CopyDay { from, to, people } => {
                let (from, to) = (october(*from, 0).date(), october(*to, 0).date());
                let copies = self.town.see(who).copies(from, to);
                let month = Month::of(to);
                let copy = |editor: &mut Editor<'_>| series::write_copies(editor, month, &copies, *people);
                let ids = self.edit(who, &month.document(), copy);
                self.shifts.extend(ids);
            }
            Deed::Shift(index, deed) => {
                let known = self.known(who);
                if !known.is_empty() {
                    let shift = index.get(&known).clone();
                    self.act_on(who, &shift, deed);
                }
            }
            Deed::Series(index, deed) => {
                let schedule = self.town.see(who);
                let known = schedule.all_series(day("2026-10-15"));
                if !known.is_empty() {
                    let id = index.get(&known).id.clone();
                    self.act_on_series(who, &schedule, &id, deed);
                }
            }
        }
    }

    fn details(&self, needs: u32) -> Details {
        Details { title: format!("Shift {}", self.steps), needs, ..Details::default() }
    }

    fn act_on(&mut self, who: usize, shift: &Shift, deed: &ShiftDeed) {
        use ShiftDeed as D;
        let (id, name) = (&shift.id, &shift.id.document());
        match deed {
            D::Move(count) => {
                let when = shift.when.starting(shift.when.start().at + hours(*count));
                self.edit(who, name, |editor| edit::reschedule(editor, id, &when));
                if let Some(months) = months_seen(id, &when) {
                    self.edit(who, &plan(), |editor| point(editor, id, months));
                }
            }
            D::Cancel => self.edit(who, name, |editor| edit::cancel(editor, id, "")),
            D::Restore => self.edit(who, name, |editor| edit::restore(editor, id)),
            D::Remove => self.edit(who, name, |editor| edit::remove(editor, id)),
            D::Title | D::Place(_) | D::Needs(_) | D::Skill => self.describe(who, shift, deed),
            D::Settle => {
                if let Some(conflict) = shift.conflicts.first() {
                    let text = &conflict.versions[0].text;
                    self.edit(who, name, |editor| edit::settle(editor, id, &conflict.field, text));
                }
            }
            D::Note | D::Task | D::Tick(_) | D::Have(_) => self.hand_over(who, id, deed),
            _ => self.come_or_go(who, shift, deed),
        }
    }

    fn describe(&mut self, who: usize, shift: &Shift, deed: &ShiftDeed) {
        let id = &shift.id;
        let mut after = shift.details.clone();
        let skill = format!("skill {}", self.steps);
        match deed {
            ShiftDeed::Place(place) => after.place = format!("Place {place}"),
            ShiftDeed::Needs(needs) => after.needs = *needs,
            ShiftDeed::Skill => after.skills.push(skill.clone()),
            _ => after.title = format!("Renamed {}", self.steps),
        }
        self.edit(who, &id.document(), |editor| edit::change(editor, id, &shift.details, &after));
        if matches!(deed, ShiftDeed::Skill) {
            self.skills.push((id.clone(), skill));
        }
    }

    fn hand_over(&mut self, who: usize, id: &ShiftId, deed: &ShiftDeed) {
        let name = &id.document();
        let text = format!("text {}", self.steps);
        match deed {
            ShiftDeed::Note => self.edit(who, name, |editor| {
                handover::write(editor, id, &Words { note: Some(&text), call: Some("") })
            }),
            ShiftDeed::Task => {
                let task = self.edit(who, name, |editor| handover::add_task(editor, id, &text));
                self.tasks.push((id.clone(), task));
            }
            ShiftDeed::Tick(tick) => {
                let tasks = self.town.see(who).hand_over(id).map(|it| it.tasks).unwrap_or_default();
                if let Some(task) = tasks.first() {
                    self.edit(who, name, |editor| handover::tick(editor, id, &task.id, *tick));
                }
            }
            ShiftDeed::Have(person) => {
                let person = super::person(*person);
                let words = self.town.see(who).hand_over(id).map(|it| it.words).unwrap_or_default();
                self.edit(who, name, |editor| handover::acknowledge(editor, id, &person, &words));
            }
            _ => {}
        }
    }

    fn come_or_go(&mut self, who: usize, shift: &Shift, deed: &ShiftDeed) {
        use ShiftDeed as D;
        let (id, name) = (&shift.id, &shift.id.document());
        match deed {
            D::Come { person, companions } => {
                let (person, coming) = (super::person(*person), shift.coming(*companions, None));
                self.edit(who, name, |editor| edit::sign_up(editor, id, &person, &coming));
                self.acts.push((id.clone(), person));
            }
            D::Go(person) => {
                let person = super::person(*person);
                self.edit(who, name, |editor| edit::leave(editor, id, &person, "sick"));
                self.acts.push((id.clone(), person));
            }
            D::Ask(person) => {
                let (person, coming) = (super::person(*person), shift.coming(0, None));
                self.edit(who, name, |editor| edit::ask(editor, id, &person, &coming));
                self.acts.push((id.clone(), person));
            }
            D::Answer(person, reply) => self.answer(who, shift, &super::person(*person), *reply),
            D::Stay(person, offer) => {
                let person = super::person(*person);
                self.edit(who, name, |editor| edit::offer_to_stay(editor, id, &person, *offer));
            }
            D::Check(person, check) => {
                let person = super::person(*person);
                self.edit(who, name, |editor| edit::check(editor, id, &person, *check));
                self.checks.push((id.clone(), person));
            }
            _ => {}
        }
    }

    fn answer(&mut self, who: usize, shift: &Shift, person: &Person, reply: Reply) {
        let (id, name) = (&shift.id, &shift.id.document());
        let Some(sign_up) = shift.sign_up(person) else { return };
        let is_offered = matches!(sign_up.state, State::Standby { offered: true, .. });
        if !is_offered && !matches!(sign_up.state, State::Asked { .. }) {
            return;
        }
        let coming = shift.coming(sign_up.companions, None);
        self.edit(who, name, |editor| match reply {
            Reply::Yes if is_offered => edit::take_offer(editor, id, person, &coming),
            Reply::Yes => edit::sign_up(editor, id, person, &coming),
            Reply::Later if is_offered => edit::pass(editor, id, person),
            Reply::No | Reply::Later => edit::leave(editor, id, person, ""),
        });
        self.acts.push((id.clone(), person.clone()));
    }

    fn act_on_series(&mut self, who: usize, before: &Schedule, id: &SeriesId, deed: &SeriesDeed) {
        let of = |day: Day| before.series_of(id, day).unwrap();
        match deed {
            SeriesDeed::Text { since } => {
                let since = october(*since, 0).date();
                let old = of(since).details;
                let new = Details { note: format!("note {}", self.steps), ..old.clone() };
                self.edit(who, &plan(), |editor| series::change(editor, before, id, since, &old, &new));
            }
            SeriesDeed::Split { from, hours: count, people } => {
                let from = october(*from, 0);
                let old = of(from.date());
                if before.going_on(id, from).is_empty() {
                    return;
                }
                let start = old.when.starting(from.date().to_datetime(old.when.start().at.time()));
                let when = start.starting(start.start().at + hours(*count));
                let pattern = Pattern { rule: Rule::weekly(1, &[when.start().at.weekday()]), when };
                let split =
                    |editor: &mut Editor<'_>| series::split(editor, before, id, from, &old.details, &pattern);
                let next = self.edit(who, &plan(), split);
                self.follow_up(who, before, (id, Some(&next)), from, *people);
                self.series.push(next);
            }
            SeriesDeed::End { from, people } => {
                let from = october(*from, 0);
                self.edit(who, &plan(), |editor| series::end(editor, before, id, from));
                self.follow_up(who, before, (id, None), from, *people);
            }
            SeriesDeed::Skip(index) => {
                let dates = before.dates(id, october(1, 0), october(31, 0));
                if !dates.is_empty() {
                    let date = *index.get(&dates);
                    self.edit(who, &plan(), |editor| series::skip(editor, id, date.into()));
                }
            }
            SeriesDeed::Extra { day } => {
                let date = october(*day, 13);
                self.edit(who, &plan(), |editor| series::extra(editor, id, date.into()));
            }
        }
    }

    fn follow_up(
        &mut self,
        who: usize,
        before: &Schedule,
        (id, next): (&SeriesId, Option<&SeriesId>),
        from: DateTime,
        people: WithPeople,
    ) {
        let after = self.town.see(who);
        for follow_up in before.follow_up(&after, id, next, from, people) {
            self.edit(who, &follow_up.document, |editor| follow_up.write(editor));
        }
    }
}
