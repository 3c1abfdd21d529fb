//! Archives out of a Group and into the same one, a new one, and one that has people of its own.

use porchlight_documents::archive::report::{Fate, Outcome, Report};
use porchlight_documents::archive::{self, File};
use porchlight_documents::contacts::tree::{self, Call};
use porchlight_documents::contacts::{self, Details, Phone};
use porchlight_documents::decisions::{self, Answer, Ballot, Proposal, Terms, Wording};
use porchlight_documents::notes::{self, Attendee, Heading};
use porchlight_documents::schedule::details::Details as ShiftDetails;
use porchlight_documents::{Document, DocumentName, Kind, index};
use porchlight_wire::{GroupId, ServerKey};

use super::Taking;
use crate::device::Device;
use crate::membership::{FoundGroup, ServerAddress};
use crate::scene::Street;
use crate::schedule::ScheduleChange;

/// A group with something of everything in it.
fn street() -> Street {
    let mut street = Street::of(2);
    let (group, now) = (street.group, street.now);
    let device = &mut street.phones[0].device;
    let list = DocumentName::contacts();
    let about =
        index::Group { name: "Maple Street".into(), country: Some("US".into()), ..Default::default() };
    device.edit(group, &DocumentName::index(), now, |editor| index::set_group(editor, &about)).unwrap();
    let mut ids = Vec::new();
    for (name, number) in
        [("Ana Ruiz", "202 555 0143"), ("Mr. Osei", "202 555 0195"), ("Gone", "202 555 0111")]
    {
        let phones = vec![Phone { label: "mobile".into(), ..Phone::typed(number, Some("US")) }];
        let details = Details { name: name.into(), phones, note: "one\ntwo".into(), ..Details::default() };
        ids.push(
            device.edit(group, &list, now, |editor| contacts::add(editor, details, Some("US"))).unwrap(),
        );
    }
    device.edit(group, &list, now, |editor| contacts::remove(editor, &ids[2], "moved")).unwrap();
    device
        .edit(group, &list, now, |editor| {
            tree::mark(editor, &tree::Round::named("drill"), &ids[1], Call::Reached)
        })
        .unwrap();
    device
        .edit(group, &list, now, |editor| contacts::duplicates::set_apart(editor, &ids[0], &ids[1]))
        .unwrap();

    let details = ShiftDetails { title: "Night watch".into(), needs: 2, ..ShiftDetails::default() };
    let when = "2099-05-02T20:00/2099-05-02T23:00[UTC]".parse().unwrap();
    let add = ScheduleChange::Add { details, when, rule: None };
    let shift = device.change_schedule(group, add, now).unwrap().unwrap();
    let person = Some(format!("c.{}", ids[0]).parse().unwrap());
    let shift = shift.parse().unwrap();
    let sign_up = ScheduleChange::SignUp { shift, person, companions: 1, part: None };
    device.change_schedule(group, sign_up, now).unwrap();

    let decision = |title: &str, options: &[&str]| Proposal {
        title: title.into(),
        options: options.iter().map(|text| Wording { text: (*text).into(), zone: String::new() }).collect(),
        ..Proposal::default()
    };
    let (shed, day) =
        (DocumentName::decision("shed0123456789ab"), DocumentName::decision("day00123456789ab"));
    device.edit(group, &shed, now, |e| decisions::create(e, &decision("Paint the shed", &[]))).unwrap();
    device.edit(group, &day, now, |e| decisions::create(e, &decision("Which day", &["2099-05-02"]))).unwrap();
    let note = DocumentName::note("may0123456789abc");
    let heading = Heading { title: "May meeting".into(), date: "2026-05-02".into(), place: "library".into() };
    device
        .edit(group, &note, now, |editor| {
            notes::set_heading(editor, &Heading::default(), &heading)?;
            let ana = Attendee {
                key: format!("contact/{}", ids[0]),
                name: "Ana Ruiz".into(),
                state: "late".into(),
            };
            notes::set_attendance(editor, &ana)?;
            notes::link_decision(editor, &shed.key)?;
            notes::update(editor, None, "## Agenda\n- [x] welcome\n\n- [ ] keys @[Ana Ruiz] due:2026-05-09")
        })
        .unwrap();
    street.pass(3_000);
    for number in [0, 1] {
        let agree = Ballot { answers: [(String::new(), Answer::Agree)].into(), ..Ballot::default() };
        let now = street.now;
        street.phones[number].device.edit(group, &shed, now, |e| decisions::vote(e, &agree)).unwrap();
        street.pass(3_000);
    }
    let close = Terms { close: true, ..Terms::default() };
    let now = street.now;
    street.phones[0].device.edit(group, &shed, now, |e| decisions::rule(e, &close)).unwrap();
    street.pass(3_000);
    // It closes at the first record after that.
    let (about, now) = (index::Group { locale: Some("en".into()), ..about }, street.now);
    let edit = |editor: &mut porchlight_documents::Editor<'_>| index::set_group(editor, &about);
    street.phones[0].device.edit(group, &DocumentName::index(), now, edit).unwrap();
    street.pass(3_000);
    street
}

fn export(street: &mut Street, group: GroupId) -> Vec<u8> {
    street.phones[0].device.export_archive(group, street.now).unwrap()
}

fn import(street: &mut Street, group: GroupId, bytes: &[u8], taking: Taking) -> Report {
    street.phones[0].device.import_archive(group, bytes, taking, street.now).unwrap()
}

/// Another group on the first phone.
fn found(street: &mut Street, name: &str) -> GroupId {
    let server =
        ServerAddress { url: "https://other.example.org".into(), key: ServerKey::from_bytes([9; 32]) };
    let found = FoundGroup {
        name: name.into(),
        member_name: "Rosa".into(),
        server,
        token: None,
        country: None,
        zone: None,
        locale: None,
    };
    street.phones[0].device.found_group(found, street.now).unwrap()
}

/// What a group says, file by file, without what names the group itself.
fn said(street: &mut Street, group: GroupId) -> Vec<(String, String)> {
    let files = archive::unpack(&export(street, group)).unwrap().files;
    let told = files.into_iter().filter(|file| {
        !["README.txt", "porchlight.json", "data/index.json"].contains(&file.path.as_str())
            && !file.path.starts_with("data/decision")
            // An open decision counts the members of its own group.
            && !file.path.starts_with("decisions/Which day")
    });
    let is_stamp = |line: &&str| line.starts_with("DTSTAMP") || line.starts_with("LAST-MODIFIED");
    let text = |file: &File| {
        let text = String::from_utf8(file.bytes.clone()).unwrap();
        text.lines().filter(|line| !is_stamp(line)).collect::<Vec<_>>().join("\n")
    };
    told.map(|file| (file.path.clone(), text(&file))).collect()
}

fn heads(device: &mut Device, group: GroupId) -> Vec<(String, Vec<porchlight_wire::Hash>)> {
    let names = device.documents(group).unwrap();
    let head = |name: DocumentName| (name.to_string(), device.read(group, &name, Document::heads).unwrap());
    names.into_iter().map(head).collect()
}

#[test]
fn the_same_group_exports_the_same_bytes_and_imports_them_with_0_changes() {
    let mut street = street();
    let group = street.group;
    let bytes = export(&mut street, group);
    assert_eq!(bytes, export(&mut street, group));
    let before = heads(&mut street.phones[0].device, group);
    for taking in [Taking::Look, Taking::Take] {
        let report = import(&mut street, group, &bytes, taking);
        assert_eq!(report.changes(), 0, "{report}");
        let totals = report.totals;
        assert_eq!(
            (totals.kept, totals.refused, totals.left_out, totals.bad_files),
            (0, 0, 0, 0),
            "{report}"
        );
        assert!(totals.unchanged >= 7, "{report:?}");
    }
    assert_eq!(heads(&mut street.phones[0].device, group), before, "nothing was written");
}

#[test]
fn a_new_empty_group_gets_everything_back() {
    let mut street = street();
    let group = street.group;
    let bytes = export(&mut street, group);
    let fresh = found(&mut street, "Elm Street");
    let before = heads(&mut street.phones[0].device, fresh);
    let looked = import(&mut street, fresh, &bytes, Taking::Look);
    assert_eq!(heads(&mut street.phones[0].device, fresh), before, "looking writes nothing");
    let report = import(&mut street, fresh, &bytes, Taking::Take);
    assert_eq!(looked, report);
    assert_eq!((report.totals.refused, report.totals.bad_files), (0, 0), "{report}");
    assert_eq!(said(&mut street, fresh), said(&mut street, group));
    let again = import(&mut street, fresh, &bytes, Taking::Take);
    assert_eq!(again.changes(), 0, "{again}");

    let now = street.now;
    let device = &mut street.phones[0].device;
    let name = DocumentName::decision("shed0123456789ab");
    let (was, is) =
        (device.decision(group, &name, now).unwrap(), device.decision(fresh, &name, now).unwrap());
    assert_eq!((was.sentence.as_str(), was.votes.len()), (is.sentence.as_str(), 2));
    assert!(is.sentence.starts_with("Agreed by consent: 2 agree"), "{}", is.sentence);
    assert!(is.archived.is_some() && was.archived.is_none());
    let open = device.decision(fresh, &DocumentName::decision("day00123456789ab"), now).unwrap();
    assert_eq!((open.stage, open.choices[0].text.as_str()), (decisions::Stage::Open, "2099-05-02"));
    let names = device.read(fresh, &DocumentName::contacts(), contacts::list).unwrap();
    assert_eq!(names.len(), 2, "what was removed is not brought back");
}

/// Lists a circle that nobody on this phone is in.
fn list_circle(street: &mut Street, number: u8, name: &str) -> GroupId {
    let (id, now) = (GroupId::from_bytes([number; 32]), street.now);
    let circle = index::Circle { name: name.into(), purpose: "Who calls whom".into() };
    street.phones[0].device.list_circle(street.group, id, &circle, None, now).unwrap();
    id
}

#[test]
fn circles_are_listed_again_and_those_that_were_taken_off_stay_off() {
    let mut street = Street::of(2);
    let group = street.group;
    let [drivers, cooks, core] = [(1, "Drivers"), (2, "Cooks"), (3, "Core team")]
        .map(|(number, name)| list_circle(&mut street, number, name));
    let bytes = export(&mut street, group);
    let report = import(&mut street, group, &bytes, Taking::Take);
    assert_eq!((report.changes(), report.totals.unchanged), (0, 4), "{report}");

    // In the group itself: one was taken off since, one is called otherwise.
    street.phones[0].device.drop_circle(group, drivers, street.now).unwrap();
    list_circle(&mut street, 2, "Kitchen");
    let report = import(&mut street, group, &bytes, Taking::Take).to_string();
    assert!(report.contains("Drivers: left out: was taken off the list here before"), "{report}");
    assert!(report.contains("Cooks: differs (name), what is here stays"), "{report}");
    let here = street.phones[0].device.circles(group).unwrap();
    assert_eq!(here.iter().map(|circle| circle.name.as_str()).collect::<Vec<_>>(), ["Core team", "Kitchen"]);

    // In a group that knows of none.
    let fresh = found(&mut street, "Elm Street");
    let looked = import(&mut street, fresh, &bytes, Taking::Look);
    assert!(street.phones[0].device.circles(fresh).unwrap().is_empty(), "looking writes nothing");
    let report = import(&mut street, fresh, &bytes, Taking::Take);
    assert_eq!(looked, report);
    assert!(report.to_string().contains("data/index.json: Core team: added"), "{report}");
    let here = street.phones[0].device.circles(fresh).unwrap();
    let ids: Vec<GroupId> = here.iter().map(|circle| circle.id).collect();
    assert_eq!((ids, here[0].purpose.as_str()), (vec![cooks, core, drivers], "Who calls whom"));
    assert_eq!(import(&mut street, fresh, &bytes, Taking::Take).changes(), 0);

    // By somebody who may not list any.
    street.pass(3_000);
    let fourth = list_circle(&mut street, 4, "Night watch");
    let bytes = export(&mut street, group);
    street.phones[0].device.drop_circle(group, fourth, street.now).unwrap();
    let ben = &mut street.phones[1].device;
    let report = ben.import_archive(group, &bytes, Taking::Take, street.now).unwrap().to_string();
    assert!(report.contains("Night watch: left out: only organizers list circles"), "{report}");
}

#[test]
fn what_was_lost_comes_back_and_what_changed_since_stays() {
    let mut street = street();
    let (group, now) = (street.group, street.now);
    let bytes = export(&mut street, group);
    let list = DocumentName::contacts();
    let device = &mut street.phones[0].device;
    let all = device.read(group, &list, contacts::list).unwrap();
    let ana = all.iter().find(|contact| contact.details.name == "Ana Ruiz").unwrap();
    let after = Details { note: "new".into(), phones: Vec::new(), ..ana.details.clone() };
    device.edit(group, &list, now, |e| contacts::update(e, &ana.id, &ana.details, after, None)).unwrap();
    let note = DocumentName::note("may0123456789abc");
    device.edit(group, &note, now, |editor| notes::update(editor, None, "other")).unwrap();
    let report = import(&mut street, group, &bytes, Taking::Take);
    let row = |name: &str| {
        let rows = report.files.iter().flat_map(|file| &file.rows);
        rows.filter(|row| row.name == name).map(|row| row.outcome.clone()).next().unwrap()
    };
    assert_eq!(
        row("Ana Ruiz"),
        Outcome::Changed { with: String::new(), fields: vec!["note".into(), "phone".into()] }
    );
    assert_eq!(row("May meeting"), Outcome::Kept { fields: vec!["lines".into()] });
    let device = &mut street.phones[0].device;
    let ana = device.read(group, &list, |document| contacts::get(document, &ana.id)).unwrap().unwrap();
    assert_eq!((ana.details.note.as_str(), ana.details.phones.len()), ("new\none\ntwo", 1));
    device.edit(group, &note, now, |editor| notes::remove(editor, "")).unwrap();
    let report = import(&mut street, group, &bytes, Taking::Take);
    assert_eq!(report.changes(), 0, "{report}");
    assert!(report.to_string().contains("May meeting: left out: was removed here before"), "{report}");
}

#[test]
fn people_who_are_here_already_are_merged_and_their_shifts_follow_them() {
    let mut street = street();
    let group = street.group;
    let bytes = export(&mut street, group);
    let fresh = found(&mut street, "Elm Street");
    let now = street.now;
    let device = &mut street.phones[0].device;
    let ana = Details {
        name: "Ana".into(),
        phones: vec![Phone::typed("+1 202 555 0143", None)],
        ..Details::default()
    };
    let id = device.edit(fresh, &DocumentName::contacts(), now, |e| contacts::add(e, ana, None)).unwrap();
    let report = import(&mut street, fresh, &bytes, Taking::Take);
    assert!(report.to_string().contains("Ana Ruiz: merged with Ana"), "{report}");
    let device = &mut street.phones[0].device;
    let schedule = device.all_shifts(fresh).unwrap();
    let day = porchlight_documents::schedule::day("2099-05-02").unwrap();
    let shifts = schedule.shifts(day, day.tomorrow().unwrap());
    assert_eq!(shifts[0].people[0].person.to_string(), format!("c.{id}"));
}

#[test]
fn damaged_and_foreign_archives_name_the_file_and_place_and_give_what_they_can() {
    let mut street = street();
    let group = street.group;
    let files = archive::unpack(&export(&mut street, group)).unwrap().files;
    let with = |change: &dyn Fn(&mut Vec<File>)| {
        let mut files = files.clone();
        change(&mut files);
        archive::pack(&files).unwrap()
    };
    let damage = |path: &'static str| {
        with(&move |files: &mut Vec<File>| {
            let file = files.iter_mut().find(|file| file.path == path).unwrap();
            let middle = file.bytes.iter().position(|byte| *byte == b'{').unwrap() + 30;
            file.bytes.truncate(middle);
        })
    };
    // The list for the app is broken: the cards are taken instead.
    let fresh = found(&mut street, "One");
    let report = import(&mut street, fresh, &damage("data/contacts.json"), Taking::Take);
    assert!(report.to_string().contains("data/contacts.json: not readable from line 2, letter"), "{report}");
    let device = &mut street.phones[0].device;
    assert_eq!(device.read(fresh, &DocumentName::contacts(), contacts::list).unwrap().len(), 2);
    assert_eq!(device.documents(fresh).unwrap().iter().filter(|name| name.kind == Kind::Note).count(), 1);
    // So is a note: its text is taken instead.
    let fresh = found(&mut street, "Two");
    let report = import(&mut street, fresh, &damage("data/note-may0123456789abc.json"), Taking::Take);
    assert_eq!(report.totals.bad_files, 1, "{report}");
    let device = &mut street.phones[0].device;
    let name = device.documents(fresh).unwrap().into_iter().find(|name| name.kind == Kind::Note).unwrap();
    let note = device.read(fresh, &name, notes::note).unwrap();
    assert_eq!((note.heading.title.as_str(), note.heading.place.as_str()), ("May meeting", "library"));
    assert_eq!((note.attendance[0].name.as_str(), note.lines.len()), ("Ana Ruiz", 4));
    assert_eq!(note.decisions, ["shed0123456789ab"]);
    // A folder of somebody else.
    let foreign = archive::pack(&[
        File { path: "people/list.csv".into(), bytes: b"Name,Phone\nBen,+12025550199\n".to_vec() },
        File { path: "minutes.md".into(), bytes: b"hello\n- [ ] buy tape\n".to_vec() },
        File { path: "photo.jpg".into(), bytes: vec![0xff; 9] },
        File { path: "bad.ics".into(), bytes: b"nothing".to_vec() },
    ]);
    let fresh = found(&mut street, "Three");
    let report = import(&mut street, fresh, &foreign.unwrap(), Taking::Take);
    assert_eq!((report.totals.added, report.totals.bad_files), (2, 1), "{report}");
    assert_eq!(report.files[2].fate, Fate::Foreign);
    // Of a newer version, nothing is taken for something else.
    let newer = with(&|files: &mut Vec<File>| {
        let manifest = files.iter_mut().find(|file| file.path == "porchlight.json").unwrap();
        let text = String::from_utf8(manifest.bytes.clone()).unwrap();
        manifest.bytes = text.replace("\"version\": 1", "\"version\": 2").into_bytes();
    });
    let report = import(&mut street, fresh, &newer, Taking::Take);
    assert!(report.to_string().contains("porchlight.json: a newer version"), "{report}");
    assert_eq!(report.changes(), 0);
}

#[test]
fn who_comes_and_what_is_passed_on_goes_into_another_group_though_its_members_do_not() {
    let mut street = Street::of(3);
    let (group, now) = (street.group, street.now);
    let details = ShiftDetails { title: "Desk".into(), needs: 3, ..ShiftDetails::default() };
    let when = "2099-05-02T20:00/2099-05-02T23:00[UTC]".parse().unwrap();
    let add = ScheduleChange::Add { details, when, rule: None };
    let shift: porchlight_documents::schedule::ShiftId =
        street.phones[0].device.change_schedule(group, add, now).unwrap().unwrap().parse().unwrap();
    street.pass(3_000);
    for number in [0, 1, 2] {
        let sign_up =
            ScheduleChange::SignUp { shift: shift.clone(), person: None, companions: 0, part: None };
        street.phones[number].device.change_schedule(group, sign_up, street.now).unwrap();
        street.pass(3_000);
    }
    let note = Some("The key is at the bakery.".into());
    let write = ScheduleChange::WriteHandOver { shift: shift.clone(), note, call: None };
    let task = ScheduleChange::AddTask { shift: shift.clone(), text: "Call Mrs. Tran".into() };
    for change in [write, task, ScheduleChange::Acknowledge { shift: shift.clone(), words: None }] {
        street.phones[0].device.change_schedule(group, change, street.now).unwrap();
    }
    street.pass(3_000);
    let bytes = export(&mut street, group);

    // There is a Rosa in the other group, and one of the neighbors is in its contacts.
    let fresh = found(&mut street, "Elm Street");
    let now = street.now;
    let device = &mut street.phones[0].device;
    let list = DocumentName::contacts();
    let known = Details { name: "neighbor 1 ".into(), ..Details::default() };
    let known = device.edit(fresh, &list, now, |e| contacts::add(e, known, None)).unwrap();
    let looked = import(&mut street, fresh, &bytes, Taking::Look);
    let report = import(&mut street, fresh, &bytes, Taking::Take);
    assert_eq!(looked, report);
    assert!(report.is_of_another && report.totals.left_out == 0, "{report}");
    let text = report.to_string();
    for line in [
        "Neighbor 2: a contact, by name: added",
        "Desk (2099-05-02): who comes: added",
        "Desk (2099-05-02): hand-over: added",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let device = &mut street.phones[0].device;
    let people = device.read(fresh, &list, contacts::list).unwrap();
    let names: Vec<&str> = people.iter().map(|contact| contact.details.name.as_str()).collect();
    assert_eq!(names, ["neighbor 1", "Neighbor 2"]);
    let rosa = device.members(fresh).unwrap()[0].id;
    let schedule = device.all_shifts(fresh).unwrap();
    let desk = schedule.shift(&shift).unwrap();
    let mut expected = vec![format!("m.{rosa}"), format!("c.{known}"), format!("c.{}", people[1].id)];
    let mut here: Vec<String> = desk.people.iter().map(|sign_up| sign_up.person.to_string()).collect();
    expected.sort();
    here.sort();
    assert_eq!(here, expected);
    let passed_on = schedule.hand_over(&shift).unwrap();
    assert_eq!((passed_on.note.as_str(), passed_on.tasks.len()), ("The key is at the bakery.", 1));
    assert_eq!(passed_on.acknowledged[0].person.to_string(), format!("m.{rosa}"));
    assert_eq!(import(&mut street, fresh, &bytes, Taking::Take).changes(), 0);

    // Who was removed here stays so, and that is what is said.
    let gone = people[1].id.clone();
    let device = &mut street.phones[0].device;
    device.edit(fresh, &list, now, |editor| contacts::remove(editor, &gone, "moved")).unwrap();
    let text = import(&mut street, fresh, &bytes, Taking::Take).to_string();
    let line = "Desk (2099-05-02): who comes: left out: of people who were removed from the contacts here";
    assert!(text.contains(line) && !text.contains("0 added"), "{text}");
}
