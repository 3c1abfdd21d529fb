//! Who counts in shifts when somebody is removed, leaves or comes back, and when contacts go or become one; on whole
//! devices.

use porchlight_documents::contacts::{self, ContactId, duplicates};
use porchlight_documents::decisions::{self, Answer as Said, Ballot, OnBehalf, Proposal};
use porchlight_documents::schedule::details::Details;
use porchlight_documents::schedule::gaps::Lack;
use porchlight_documents::schedule::sign_up::State;
use porchlight_documents::schedule::{Person, Shift, ShiftId, day};
use porchlight_documents::{DocumentName, Editor, Kind};
use porchlight_wire::MemberId;

use super::*;
use crate::scene::Street;

fn change(street: &mut Street, phone: usize, change: ScheduleChange) -> Result<String, ScheduleChangeError> {
    let (group, now) = (street.group, street.now);
    let made = street.phones[phone].device.change_schedule(group, change, now)?;
    street.pass(2_000);
    Ok(made.unwrap_or_default())
}

/// A shift of hours from now that needs so many.
fn add(street: &mut Street, needs: u32, when: &str) -> ShiftId {
    let details = Details { title: "Gate".into(), needs, ..Details::default() };
    let add = ScheduleChange::Add { details, when: when.parse().unwrap(), rule: None };
    change(street, 0, add).unwrap().parse().unwrap()
}

fn sign_up(street: &mut Street, phone: usize, shift: &ShiftId, person: Option<&Person>) {
    let (shift, person) = (shift.clone(), person.cloned());
    change(street, phone, ScheduleChange::SignUp { shift, person, companions: 0, part: None }).unwrap();
}

/// As all of these phones see it, which is the same.
fn seen(street: &mut Street, phones: &[usize], id: &ShiftId) -> Shift {
    let group = street.group;
    let first = id.month().first_day();
    let look = |street: &mut Street, phone: usize| {
        let device = &mut street.phones[phone].device;
        device.shifts(group, (first, first), &[id.month()]).unwrap().shift(id).unwrap()
    };
    let all: Vec<Shift> = phones.iter().map(|phone| look(street, *phone)).collect();
    assert!(all.iter().all(|shift| *shift == all[0]), "{all:?}");
    all[0].clone()
}

fn me(street: &mut Street, phone: usize) -> MemberId {
    street.phones[phone].device.own_member(street.group).unwrap().unwrap()
}

fn words(shift: &Shift) -> Vec<String> {
    let word = |state: &State| match state {
        State::Standby { offered, .. } => format!("standby, offered: {offered}"),
        state => format!("{state:?}"),
    };
    shift.people.iter().map(|sign_up| word(&sign_up.state)).collect()
}

fn list<T, E: std::fmt::Debug>(
    street: &mut Street,
    phone: usize,
    f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
) -> T {
    let (group, now) = (street.group, street.now);
    let made = street.phones[phone].device.edit(group, &DocumentName::contacts(), now, f).unwrap();
    street.pass(2_000);
    made
}

fn contact(street: &mut Street, name: &str) -> (ContactId, Person) {
    let details = contacts::Details { name: name.into(), ..contacts::Details::default() };
    let id = list(street, 0, |editor| contacts::add(editor, details, None));
    (id.clone(), Person::Contact(id))
}

fn merge(street: &mut Street, phone: usize, into: &ContactId, from: &ContactId) {
    let group = street.group;
    let details = street.phones[phone]
        .device
        .read(group, &DocumentName::contacts(), |document| contacts::get(document, into))
        .unwrap()
        .unwrap()
        .details;
    list(street, phone, |editor| duplicates::merge(editor, into, from, details, None));
}

const COMING: &str = "2099-10-15T20:00/2099-10-15T22:00[UTC]";
/// Within the first two hours of a street.
const SOON: &str = "2026-09-21T15:00/2026-09-21T16:00[UTC]";

#[test]
fn the_coming_shifts_of_who_leaves_or_is_removed_are_open_again_on_all_phones() {
    let mut street = Street::of(4);
    let (group, kai, eve) = (street.group, me(&mut street, 1), me(&mut street, 2));
    let id = add(&mut street, 2, COMING);
    for phone in [1, 2, 3] {
        sign_up(&mut street, phone, &id, None);
    }
    change(&mut street, 2, ScheduleChange::OfferToStay { shift: id.clone(), made: true }).unwrap();
    let shift = seen(&mut street, &[0, 1, 2, 3], &id);
    assert_eq!((shift.counts.filled, shift.counts.standby), (2, 1));

    let now = street.now;
    street.phones[0].device.remove(group, vec![eve], vec![], now).unwrap();
    street.pass(2_000);
    let shift = seen(&mut street, &[0, 1, 3], &id);
    assert_eq!(
        words(&shift),
        ["Confirmed", "standby, offered: true", "Departed"],
        "nobody is moved up unasked"
    );
    assert_eq!((shift.counts.filled, shift.stays.len()), (1, 0));
    let now = street.now;
    street.phones[1].device.leave(group, now).unwrap();
    street.pass(2_000);
    let shift = seen(&mut street, &[0, 3], &id);
    assert_eq!((shift.counts.filled, shift.involved().count()), (0, 1));
    let days = (day("2099-10-15").unwrap(), day("2099-10-16").unwrap());
    let (_, abilities) = street.phones[0].device.people(group).unwrap();
    let schedule = street.phones[0].device.shifts(group, days, &[]).unwrap();
    assert_eq!(schedule.gaps(days.0, days.1, &abilities, street.now)[0].lack, Lack::Nobody);
    // Whoever is gone has a name, and is neither written down nor asked again.
    let former = street.phones[3].device.former_people(group).unwrap();
    assert!(former.contains_key(&Person::Member(kai)) && former.contains_key(&Person::Member(eve)));
    let person = Some(Person::Member(eve));
    let again = ScheduleChange::SignUp { shift: id.clone(), person, companions: 0, part: None };
    assert!(change(&mut street, 0, again).unwrap_err().to_string().contains("nobody of this id"));
    // A newcomer, who has all of it from the log, sees the same.
    change(&mut street, 3, ScheduleChange::Answer { shift: id.clone(), person: None, answer: Answer::Yes })
        .unwrap();
    assert_eq!(seen(&mut street, &[0, 3], &id).counts.filled, 1);
}

#[test]
fn what_was_over_when_somebody_went_stays_as_it_was() {
    let mut street = Street::of(2);
    let (group, eve) = (street.group, me(&mut street, 1));
    let (gary, person) = contact(&mut street, "Gary");
    let id = add(&mut street, 2, SOON);
    sign_up(&mut street, 1, &id, None);
    sign_up(&mut street, 0, &id, Some(&person));
    street.pass(3 * 60 * 60 * 1000);
    let before = seen(&mut street, &[0, 1], &id);
    assert_eq!(words(&before), ["Confirmed", "Confirmed"]);
    let now = street.now;
    street.phones[0].device.remove(group, vec![eve], vec![], now).unwrap();
    list(&mut street, 0, |editor| contacts::remove(editor, &gary, ""));
    assert_eq!(seen(&mut street, &[0], &id), before);
}

#[test]
fn a_contact_that_was_removed_or_never_was_does_not_count() {
    let mut street = Street::of(2);
    let (id, (gary, person)) = (add(&mut street, 1, COMING), contact(&mut street, "Gary"));
    sign_up(&mut street, 0, &id, Some(&person));
    sign_up(&mut street, 1, &id, None);
    assert_eq!(words(&seen(&mut street, &[0, 1], &id)), ["Confirmed", "standby, offered: false"]);
    list(&mut street, 1, |editor| contacts::remove(editor, &gary, ""));
    assert_eq!(words(&seen(&mut street, &[0, 1], &id)), ["standby, offered: true", "Departed"]);
    let nobody = Some(Person::Contact(ContactId::new("zzzz")));
    let refused = ScheduleChange::SignUp { shift: id.clone(), person: nobody, companions: 0, part: None };
    assert!(change(&mut street, 0, refused).is_err());
}

#[test]
fn two_contacts_that_become_one_are_one_person_with_one_place() {
    let mut street = Street::of(2);
    let id = add(&mut street, 2, COMING);
    let ((one, first), (two, second)) = (contact(&mut street, "Nana One"), contact(&mut street, "Nana Two"));
    sign_up(&mut street, 0, &id, Some(&second));
    sign_up(&mut street, 1, &id, Some(&first));
    sign_up(&mut street, 1, &id, None);
    merge(&mut street, 1, &one, &two);
    let shift = seen(&mut street, &[0, 1], &id);
    assert_eq!(words(&shift), ["Confirmed", "standby, offered: true"]);
    assert_eq!((&shift.people[0].person, shift.counts.filled), (&first, 1));
    // By the name that went, too, the one who stayed is taken off.
    let leave = ScheduleChange::Leave { shift: id.clone(), person: Some(second), reason: String::new() };
    change(&mut street, 0, leave).unwrap();
    assert_eq!(seen(&mut street, &[0, 1], &id).counts.filled, 0);
    for person in [&one, &two] {
        let check =
            ScheduleChange::CheckIn { shift: id.clone(), person: Some(Person::Contact(person.clone())) };
        change(&mut street, 0, check).unwrap();
    }
    assert_eq!(seen(&mut street, &[0, 1], &id).checks.len(), 1);
}

#[test]
fn who_says_that_they_are_a_contact_comes_to_what_that_was_written_down_for() {
    let mut street = Street::of(2);
    let (group, id) = (street.group, add(&mut street, 2, COMING));
    let (gary, person) = contact(&mut street, "Gary");
    sign_up(&mut street, 0, &id, Some(&person));
    sign_up(&mut street, 1, &id, None);
    assert_eq!(seen(&mut street, &[0, 1], &id).counts.filled, 2);
    let now = street.now;
    street.phones[1].device.claim_contact(group, Some(&gary), now).unwrap();
    street.pass(2_000);
    let shift = seen(&mut street, &[0, 1], &id);
    let member = Person::Member(me(&mut street, 1));
    assert_eq!((shift.counts.filled, &shift.people[0].person), (1, &member));
}

#[test]
fn answers_that_were_noted_for_two_contacts_who_are_one_count_once() {
    let mut street = Street::of(2);
    let group = street.group;
    let ((one, _), (two, _)) = (contact(&mut street, "Nana One"), contact(&mut street, "Nana Two"));
    let name = street.phones[0].device.fresh_document(Kind::Decision);
    let proposal = Proposal { title: "Buy a shed".into(), ..Proposal::default() };
    let now = street.now;
    let device = &mut street.phones[0].device;
    device.edit(group, &name, now, |editor| decisions::create(editor, &proposal)).unwrap();
    for (contact, answer) in [(&one, Said::Agree), (&two, Said::Disagree)] {
        let behalf = OnBehalf { contact: contact.to_string(), name: "Nana".into(), ..OnBehalf::default() };
        let answers = [(String::new(), answer)].into();
        let ballot = Ballot { answers, on_behalf: Some(behalf), ..Ballot::default() };
        device.edit(group, &name, now, |editor| decisions::vote(editor, &ballot)).unwrap();
    }
    street.pass(2_000);
    let count = |street: &mut Street| {
        let now = street.now;
        let mut of = |phone: usize| street.phones[phone].device.decision(group, &name, now).unwrap();
        let (here, there) = (of(0), of(1));
        assert_eq!(here.answered, there.answered);
        (here.answered, here.eligible)
    };
    assert_eq!(count(&mut street), (2, 4));
    merge(&mut street, 1, &one, &two);
    assert_eq!(count(&mut street), (1, 3));
}
