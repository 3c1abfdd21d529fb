//! An archive that was saved before something was forgotten for good.

use porchlight_device::Taking;
use porchlight_documents::archive::report::{Outcome, Reason, Report};
use porchlight_documents::archive::{self, CARDS};
use porchlight_documents::contacts::{self, ContactId, duplicates};
use porchlight_documents::{Document, DocumentName};

use crate::town::Town;

fn save(town: &mut Town, phone: usize) -> Vec<u8> {
    let (group, now) = (town.group, town.now);
    town.phones[phone].device.export_archive(group, now).unwrap()
}

fn bring_in(town: &mut Town, phone: usize, file: &[u8], taking: Taking) -> Report {
    let (group, now) = (town.group, town.now);
    let report = town.phones[phone].device.import_archive(group, file, taking, now).unwrap();
    town.pass(3_000);
    report
}

fn id_of(town: &mut Town, name: &str) -> ContactId {
    let find = |list: &Document| {
        contacts::list(list).into_iter().find(|contact| contact.details.name == name).unwrap().id
    };
    let group = town.group;
    town.phones[0].device.read(group, &DocumentName::contacts(), find).unwrap()
}

fn forget(town: &mut Town, name: &str) {
    let id = id_of(town, name);
    let (group, now) = (town.group, town.now);
    town.phones[0].device.forget_contact(group, &id, now).unwrap();
    town.pass(10_000);
}

fn left_out(report: &Report) -> Vec<&str> {
    let rows = report.files.iter().flat_map(|file| &file.rows);
    let gone = rows.filter(|row| row.outcome == Outcome::LeftOut { why: Reason::Forgotten });
    gone.map(|row| row.name.as_str()).collect()
}

#[test]
fn an_archive_of_before_does_not_bring_back_who_was_forgotten_for_good() {
    let mut town = Town::of(3);
    town.make_organizer(1);
    town.add(0, "Ana");
    town.add(1, "Mrs. Tran");
    let file = save(&mut town, 2);
    forget(&mut town, "Mrs. Tran");
    // Somebody who comes in later knows it from a Snapshot.
    town.endorse_a_snapshot(0, 1);
    let newcomer = town.join();
    for phone in [2, newcomer] {
        for taking in [Taking::Look, Taking::Take] {
            let report = bring_in(&mut town, phone, &file, taking);
            assert_eq!((report.totals.added, report.totals.forgotten, report.totals.left_out), (0, 1, 0));
            assert_eq!(left_out(&report), ["Mrs. Tran"], "by the name that the file has");
            assert!(
                report.summary().contains("1 forgotten for good here and left out"),
                "{}",
                report.summary()
            );
        }
        town.assert_all_alike(&["Ana"]);
    }
    // The same by what is for people in it, where the rest is damaged.
    let cards = archive::unpack(&file).unwrap().files.into_iter().find(|file| file.path == CARDS).unwrap();
    let report = bring_in(&mut town, 2, &archive::pack(&[cards]).unwrap(), Taking::Take);
    assert_eq!(left_out(&report), ["Mrs. Tran"]);
    town.assert_all_alike(&["Ana"]);
    // Whoever is typed in anew is another contact, and comes from an archive as anybody does.
    town.add(1, "Mrs. Tran");
    let file = save(&mut town, 1);
    let report = bring_in(&mut town, 2, &file, Taking::Take);
    assert_eq!((report.changes(), report.totals.forgotten), (0, 0));
}

#[test]
fn nor_those_who_had_become_one_with_them() {
    let mut town = Town::of(2);
    for name in ["Ana", "Mrs. Tran", "Tran"] {
        town.add(0, name);
    }
    let file = save(&mut town, 1);
    let (into, from) = (id_of(&mut town, "Mrs. Tran"), id_of(&mut town, "Tran"));
    let (group, now, list) = (town.group, town.now, DocumentName::contacts());
    let device = &mut town.phones[0].device;
    let details = device.read(group, &list, |list| contacts::get(list, &into).unwrap().details).unwrap();
    device.edit(group, &list, now, |editor| duplicates::merge(editor, &into, &from, details, None)).unwrap();
    town.pass(3_000);
    forget(&mut town, "Mrs. Tran");
    let report = bring_in(&mut town, 1, &file, Taking::Take);
    let mut names = left_out(&report);
    names.sort_unstable();
    assert_eq!(names, ["Mrs. Tran", "Tran"]);
    town.assert_all_alike(&["Ana"]);
}

#[test]
fn whoever_forgets_hundreds_at_once_has_all_of_them_left_out() {
    let mut town = Town::of(2);
    let list = DocumentName::contacts();
    let (group, now) = (town.group, town.now);
    let names: Vec<String> = (0..420).map(|number| format!("Neighbor {number}")).collect();
    for names in names.chunks(100) {
        let device = &mut town.phones[0].device;
        device
            .edit(group, &list, now, |editor| {
                names.iter().try_for_each(|name| {
                    let details = contacts::Details { name: name.clone(), ..contacts::Details::default() };
                    contacts::add(editor, details, None).map(drop)
                })
            })
            .unwrap();
        town.pass(3_000);
    }
    town.add(0, "Ana");
    let file = save(&mut town, 1);
    let all = town.phones[0].device.read(group, &list, contacts::list).unwrap();
    for contact in all.iter().filter(|contact| contact.details.name != "Ana") {
        town.phones[0].device.forget_contact(group, &contact.id, now).unwrap();
    }
    town.pass(60_000);
    town.assert_all_alike(&["Ana"]);
    let report = bring_in(&mut town, 1, &file, Taking::Take);
    assert_eq!((report.totals.forgotten, report.totals.added), (420, 0));
    town.assert_all_alike(&["Ana"]);
}
