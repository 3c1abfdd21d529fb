//! Forms that are open while somebody else writes: what each of them saves loses nothing of that, on whole devices.

use porchlight_documents::contacts::{self, ContactId, Details, Presence, duplicates};
use porchlight_documents::decisions::{self, Answer, Ballot, Decision, Method, Proposal, Terms, Wording};
use porchlight_documents::notes::{self, Heading, Task};
use porchlight_documents::schedule::handover::HandOver;
use porchlight_documents::schedule::series::WithPeople;
use porchlight_documents::schedule::{self, Schedule, SeriesId, Shift, ShiftId, day};
use porchlight_documents::{Document, DocumentName, Editor, Kind};

use crate::scene::Street;
use crate::schedule::ScheduleChange;

/// Opens a form on the first phone's document, lets the other phone write, and saves the form.
fn while_open(
    street: &mut Street,
    name: &DocumentName,
    theirs: impl FnOnce(&mut Street),
    mine: impl FnOnce(&mut Street, &str),
) {
    let group = street.group;
    let shown = street.phones[0].device.read(group, name, Document::version).unwrap();
    theirs(street);
    street.pass(2_000);
    mine(street, &shown);
    street.pass(2_000);
    let states: Vec<_> =
        (0..2).map(|phone| street.phones[phone].device.read(group, name, Document::heads).unwrap()).collect();
    assert_eq!(states[0], states[1], "both have all of it");
}

fn edit<T, E: std::fmt::Debug>(
    street: &mut Street,
    phone: usize,
    name: &DocumentName,
    shown: Option<&str>,
    f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
) -> T {
    let (group, now) = (street.group, street.now);
    street.phones[phone].device.edit_shown(group, name, shown, now, f).unwrap()
}

fn change(street: &mut Street, phone: usize, shown: Option<&str>, change: ScheduleChange) -> String {
    let (group, now) = (street.group, street.now);
    let made = street.phones[phone].device.change_shown_schedule(group, change, shown, now).unwrap();
    made.unwrap_or_default()
}

fn contact(street: &mut Street, id: &ContactId) -> contacts::Contact {
    let group = street.group;
    let list = DocumentName::contacts();
    street.phones[1].device.read(group, &list, |document| contacts::get(document, id)).unwrap().unwrap()
}

fn two_contacts() -> (Street, [ContactId; 2], Details) {
    let mut street = Street::of(2);
    let details =
        Details { name: "Ana".into(), note: "old".into(), area: "Elm".into(), ..Details::default() };
    let add = |street: &mut Street, details: Details| {
        edit(street, 0, &DocumentName::contacts(), None, |editor| contacts::add(editor, details, None))
    };
    let ids = [add(&mut street, details.clone()), add(&mut street, details.clone())];
    street.pass(2_000);
    (street, ids, details)
}

#[test]
fn of_a_contact_both_versions_of_a_text_are_shown_and_other_texts_stay() {
    let (mut street, [id, other], before) = two_contacts();
    let list = DocumentName::contacts();
    let write = |street: &mut Street, phone, id: &ContactId, shown: Option<&str>, after: Details| {
        edit(street, phone, &list, shown, |editor| contacts::update(editor, id, &before, after, None));
    };
    while_open(
        &mut street,
        &list,
        |street| {
            let after = Details { note: "theirs".into(), area: "Oak".into(), ..before.clone() };
            write(street, 1, &id, None, after);
        },
        |street, shown| {
            write(street, 0, &id, Some(shown), Details { note: "mine".into(), ..before.clone() });
            // A second form, opened when the first one was: this device has written since.
            write(street, 0, &other, Some(shown), Details { area: "Ash".into(), ..before.clone() });
        },
    );
    let seen = contact(&mut street, &id);
    let mut notes: Vec<_> = seen.conflicts[0].versions.iter().map(|version| version.text.as_str()).collect();
    notes.sort_unstable();
    assert_eq!((notes, seen.details.area.as_str()), (vec!["mine", "theirs"], "Oak"));
    assert_eq!(contact(&mut street, &other).details.area, "Ash");
}

#[test]
fn of_a_contact_that_was_removed_meanwhile_a_question_remains() {
    let (mut street, [id, other], before) = two_contacts();
    let list = DocumentName::contacts();
    while_open(
        &mut street,
        &list,
        |street| edit(street, 1, &list, None, |editor| contacts::remove(editor, &id, "moved")),
        |street, shown| {
            let after = Details { note: "mine".into(), ..before.clone() };
            edit(street, 0, &list, Some(shown), |editor| contacts::update(editor, &id, &before, after, None));
        },
    );
    assert!(matches!(contact(&mut street, &id).presence, Presence::Asked { .. }));
    // Where a version is not known any more, the form is written onto what there is.
    let unknown = "00".repeat(32);
    let after = Details { note: "mine".into(), ..before.clone() };
    edit(&mut street, 0, &list, Some(&unknown), |editor| {
        contacts::update(editor, &other, &before, after, None)
    });
}

#[test]
fn making_one_of_two_takes_nothing_back_that_was_written_meanwhile() {
    let (mut street, [into, from], before) = two_contacts();
    let list = DocumentName::contacts();
    let proposal = duplicates::propose(&before, &before).details;
    while_open(
        &mut street,
        &list,
        |street| {
            let after = Details { note: "theirs".into(), ..before.clone() };
            edit(street, 1, &list, None, |editor| contacts::update(editor, &into, &before, after, None));
        },
        |street, shown| {
            edit(street, 0, &list, Some(shown), |editor| {
                duplicates::merge(editor, &into, &from, proposal, None)
            });
        },
    );
    assert_eq!(contact(&mut street, &into).details.note, "theirs");
}

fn look(street: &mut Street) -> Schedule {
    let group = street.group;
    let days = (day("2026-10-01").unwrap(), day("2026-12-01").unwrap());
    street.phones[1].device.shifts(group, days, &[]).unwrap()
}

fn one_shift() -> (Street, ShiftId, schedule::details::Details) {
    let mut street = Street::of(2);
    let details = schedule::details::Details { title: "Gate".into(), needs: 2, ..Default::default() };
    let when = "2026-10-15T20:00/2026-10-15T22:00[UTC]".parse().unwrap();
    let add = ScheduleChange::Add { details: details.clone(), when, rule: None };
    let id = change(&mut street, 0, None, add).parse().unwrap();
    street.pass(2_000);
    (street, id, details)
}

fn texts(versions: &[contacts::Version]) -> Vec<&str> {
    let mut texts: Vec<_> = versions.iter().map(|version| version.text.as_str()).collect();
    texts.sort_unstable();
    texts
}

#[test]
fn of_a_shift_and_its_hand_over_both_versions_are_shown() {
    let (mut street, id, before) = one_shift();
    let about = |note: &str, place: &str| ScheduleChange::Edit {
        shift: id.clone(),
        before: before.clone(),
        after: schedule::details::Details { note: note.into(), place: place.into(), ..before.clone() },
    };
    let words = |note: Option<&str>, call: Option<&str>| ScheduleChange::WriteHandOver {
        shift: id.clone(),
        note: note.map(str::to_owned),
        call: call.map(str::to_owned),
    };
    while_open(
        &mut street,
        &id.document(),
        |street| {
            change(street, 1, None, about("theirs", "Porch"));
            change(street, 1, None, words(Some("theirs"), Some("Chidi")));
        },
        |street, shown| {
            change(street, 0, Some(shown), about("mine", ""));
            change(street, 0, Some(shown), words(Some("mine"), None));
        },
    );
    let schedule = look(&mut street);
    let shift: Shift = schedule.shift(&id).unwrap();
    assert_eq!(texts(&shift.conflicts[0].versions), ["mine", "theirs"]);
    assert_eq!((shift.conflicts.len(), shift.details.place.as_str()), (1, "Porch"));
    let hand_over: HandOver = schedule.hand_over(&id).unwrap();
    assert_eq!((texts(&hand_over.versions), hand_over.call.as_str()), (vec!["mine", "theirs"], "Chidi"));
    while_open(
        &mut street,
        &id.document(),
        |street| drop(change(street, 1, None, words(None, Some("Dev")))),
        |street, shown| drop(change(street, 0, Some(shown), words(None, Some("Eve")))),
    );
    assert_eq!(texts(&look(&mut street).hand_over(&id).unwrap().calls), ["Dev", "Eve"]);
}

#[test]
fn a_series_that_is_continued_keeps_what_was_written_about_it_meanwhile() {
    let mut street = Street::of(2);
    let before = schedule::details::Details { title: "Gate".into(), needs: 2, ..Default::default() };
    let when: schedule::when::When = "2026-10-15T20:00/2026-10-15T22:00[UTC]".parse().unwrap();
    let rule = Some("FREQ=WEEKLY".to_owned());
    let add = ScheduleChange::Add { details: before.clone(), when: when.clone(), rule };
    let series = SeriesId::new(&change(&mut street, 0, None, add));
    street.pass(2_000);
    while_open(
        &mut street,
        &schedule::plan(),
        |street| {
            let after = schedule::details::Details { bring: "keys".into(), ..before.clone() };
            let (series, since) = (series.clone(), "2026-10-15".to_owned());
            change(
                street,
                1,
                None,
                ScheduleChange::EditSeries { series, since, before: before.clone(), after },
            );
        },
        |street, shown| {
            let next = ScheduleChange::ChangeSeries {
                series: series.clone(),
                from: "2026-11-05T20:00".into(),
                before: Some(before.clone()),
                details: schedule::details::Details { note: "later".into(), ..before.clone() },
                when: "2026-11-05T21:00/2026-11-05T23:00[UTC]".parse().unwrap(),
                rule: "FREQ=WEEKLY".into(),
                people: WithPeople::Keep,
            };
            change(street, 0, Some(shown), next);
        },
    );
    let schedule = look(&mut street);
    let next = schedule.shifts(day("2026-11-05").unwrap(), day("2026-11-06").unwrap()).remove(0);
    assert_eq!((next.details.bring.as_str(), next.details.note.as_str()), ("keys", "later"));
}

#[test]
fn of_a_heading_and_a_task_nothing_is_lost() {
    let mut street = Street::of(2);
    let name = street.phones[0].device.fresh_document(Kind::Note);
    let none = Heading::default();
    let titled =
        |title: &str, place: &str| Heading { title: title.into(), place: place.into(), ..none.clone() };
    edit(&mut street, 0, &name, None, |editor| {
        notes::set_heading(editor, &none, &titled("May", ""))?;
        notes::update(editor, None, "- [ ] bring chairs")
    });
    street.pass(2_000);
    let group = street.group;
    let note = street.phones[1].device.read(group, &name, notes::note).unwrap();
    let line = note.lines[0].id.clone();
    let task = |done: bool, owner: &str| Some(Task { done, owner: owner.into(), due: String::new() });
    while_open(
        &mut street,
        &name,
        |street| {
            edit(street, 1, &name, None, |editor| {
                notes::set_heading(editor, &titled("May", ""), &titled("May meeting", "Porch"))?;
                notes::set_task(editor, &line, task(true, "Ben"))
            });
        },
        |street, shown| {
            edit(street, 0, &name, Some(shown), |editor| {
                notes::set_heading(editor, &titled("May", ""), &titled("Spring meeting", ""))?;
                notes::set_task(editor, &line, task(false, "Ana"))
            });
        },
    );
    let note = street.phones[1].device.read(group, &name, notes::note).unwrap();
    assert_eq!(texts(&note.conflicts[0].versions), ["May meeting", "Spring meeting"]);
    assert_eq!(note.heading.place, "Porch");
    let line = &note.lines[0];
    assert!(line.task.as_ref().unwrap().done, "ticked off while the form was open");
    assert_eq!(texts(&line.conflicts[0].versions), ["Ana", "Ben"]);
}

fn decision(street: &mut Street, name: &DocumentName) -> Decision {
    let (group, now) = (street.group, street.now);
    street.phones[1].device.decision(group, name, now).unwrap()
}

#[test]
fn of_a_decision_nothing_is_lost_and_an_answer_is_to_what_was_read() {
    let mut street = Street::of(2);
    let name = street.phones[0].device.fresh_document(Kind::Decision);
    let proposal = Proposal { title: "Buy a shed".into(), details: "Red".into(), ..Proposal::default() };
    edit(&mut street, 1, &name, None, |editor| decisions::create(editor, &proposal));
    street.pass(2_000);
    let word = |text: &str| Wording { text: text.into(), zone: String::new() };
    let majority = Terms { method: Some(Method::Majority), ..Terms::default() };
    let quorum = Terms { quorum: Some("2".into()), ..Terms::default() };
    while_open(
        &mut street,
        &name,
        |street| {
            edit(street, 1, &name, None, |editor| {
                decisions::set_details(editor, "Green")?;
                decisions::set_option(editor, "", &word("Buy a green shed"))?;
                decisions::rule(editor, &majority)
            });
        },
        |street, shown| {
            edit(street, 0, &name, Some(shown), |editor| {
                decisions::set_details(editor, "Blue")?;
                decisions::rule(editor, &quorum)
            });
            let answers = [(String::new(), Answer::Agree)].into();
            let ballot = Ballot { answers, ..Ballot::default() };
            edit(street, 0, &name, Some(shown), |editor| decisions::vote(editor, &ballot));
        },
    );
    let seen = decision(&mut street, &name);
    let mut details = vec![seen.details.clone(), seen.other_details[0].clone()];
    details.sort_unstable();
    assert_eq!(details, ["Blue", "Green"]);
    assert_eq!((seen.method, seen.quorum.as_str()), (Method::Majority, "2"));
    assert!(seen.votes[0].answers[""].asked, "they had read other words");
}
