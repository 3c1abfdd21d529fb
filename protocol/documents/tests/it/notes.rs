//! Notes: what people write at the same time, and what they find afterwards.

use std::collections::BTreeSet;

use porchlight_documents::notes::{self, Answer, Attendee, Heading, Note, Task, Template};
use porchlight_documents::removal::Presence;
use porchlight_documents::{Kind, markdown};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::phones::Phone;

fn phone(number: u8) -> Phone {
    Phone::new(Kind::Note, number)
}

fn write(phone: &mut Phone, text: &str) {
    phone.edit(|editor| notes::update(editor, None, text));
}

fn replace(phone: &mut Phone, old: &str, new: &str) {
    let text = read(phone).text;
    assert!(text.contains(old), "{old} in {text}");
    write(phone, &text.replacen(old, new, 1));
}

fn read(phone: &Phone) -> Note {
    notes::note(&phone.document)
}

/// Several who start from the same text.
fn others(text: &str, count: u8) -> (Phone, Vec<Phone>) {
    let mut first = phone(0);
    write(&mut first, text);
    let others = (1..=count).map(|number| {
        let mut other = phone(number);
        other.take(&first);
        other
    });
    let others = others.collect();
    (first, others)
}

/// Everybody takes from everybody, in all orders of three; all must end with the same note.
fn settle(first: &Phone, phones: &[Phone]) -> Note {
    let mut orders = vec![(0..phones.len()).collect::<Vec<_>>()];
    orders.push((0..phones.len()).rev().collect());
    orders.push((0..phones.len()).map(|place| (place + 1) % phones.len()).collect());
    let mut ends = Vec::new();
    for order in orders {
        for mut end in std::iter::once(first.clone()).chain(phones.iter().cloned()) {
            for place in &order {
                end.take(&phones[*place]);
            }
            ends.push(end);
        }
    }
    let note = read(&ends[0]);
    for end in &mut ends {
        assert_eq!(read(end), note);
        assert_eq!(markdown::note(&read(end), &[]), markdown::note(&note, &[]));
        let reopened = end.reopened();
        assert_eq!(notes::note(&reopened), note);
        assert_eq!(notes::from_kept(&notes::to_keep(&note)).as_ref(), Some(&note));
        assert_eq!(reopened.heads(), end.document.heads());
    }
    note
}

#[test]
fn two_add_after_the_same_line_and_one_ticks_another() {
    let (first, mut phones) = others("## Agenda\n- thanks\n- rota\n", 2);
    replace(&mut phones[0], "- rota\n", "- rota\n- freezer shelf (Ana)\n");
    replace(&mut phones[1], "- rota\n", "- rota\n- gloves (Ben)\n");
    replace(&mut phones[1], "- thanks", "- [x] thanks");
    let seen = phones[0].document.version();
    let (ana, ben) = (phones[0].clone(), phones[1].clone());
    let note = settle(&first, &phones);
    for line in ["- [x] thanks", "- rota", "- freezer shelf (Ana)", "- gloves (Ben)"] {
        assert_eq!(note.lines.iter().filter(|shown| shown.text == line).count(), 1, "{line}: {}", note.text);
    }
    assert!(note.text.starts_with("## Agenda\n- [x] thanks\n- rota\n"), "{}", note.text);
    assert!(note.text.ends_with('\n'));

    // Ana sees which lines are Ben's, and can go back.
    let mut ana = ana;
    ana.take(&ben);
    let compared = notes::compare(&ana.document, &seen, None).unwrap();
    let lines: Vec<_> = compared.lines.iter().map(|line| line.after.as_deref().unwrap()).collect();
    assert_eq!(lines, ["- [x] thanks", "- gloves (Ben)"]);
    assert!(compared.lines.iter().all(|line| line.by.len() == 1 && line.by[0].who == ben.who()));
    ana.edit(|editor| notes::restore(editor, &seen));
    assert_eq!(read(&ana).text, compared.before_text);
    assert!(!read(&ana).text.contains("gloves"));
    ana.edit(|editor| notes::restore(editor, &note.version));
    assert_eq!(read(&ana).text, note.text);
}

#[test]
fn three_paste_several_lines_at_one_place_and_each_stays_together() {
    let (first, mut phones) = others("top\nend", 3);
    for (phone, name) in phones.iter_mut().zip(["Ana", "Ben", "Cam"]) {
        let lines: Vec<_> = (1..=4).map(|number| format!("{name} {number}")).collect();
        replace(phone, "end", &format!("{}\nend", lines.join("\n")));
    }
    let note = settle(&first, &phones);
    for name in ["Ana", "Ben", "Cam"] {
        let together: Vec<_> = (1..=4).map(|number| format!("{name} {number}")).collect();
        assert!(note.text.contains(&together.join("\n")), "{}", note.text);
    }
    assert_eq!(note.lines.len(), 14);
}

#[test]
fn words_typed_into_one_line_by_two_are_both_there() {
    let (first, mut phones) = others("We meet at the library on Friday.", 2);
    replace(&mut phones[0], "library", "old library");
    replace(&mut phones[1], "Friday.", "Friday. Bring a lamp é̱ 👩‍👧.");
    let note = settle(&first, &phones);
    assert_eq!(note.text, "We meet at the old library on Friday. Bring a lamp é̱ 👩‍👧.");
}

#[test]
fn a_line_that_is_split_keeps_what_another_writes_into_it() {
    let (first, mut phones) = others("First sentence of all. Second one.", 2);
    replace(&mut phones[0], "all. ", "all.\n");
    replace(&mut phones[1], "First", "The first");
    let note = settle(&first, &phones);
    assert_eq!(note.text, "The first sentence of all.\nSecond one.");
}

#[test]
fn a_paragraph_removed_by_one_and_edited_by_another_is_kept_and_asked_about() {
    let text = "Opening.\nMr. Osei's number is +1 202 555 0171.\nClosing.";
    let (first, mut phones) = others(text, 2);
    write(&mut phones[0], "Opening.\nClosing.");
    replace(&mut phones[1], "0171.", "0172. He likes a call before noon.");
    let (ana, ben) = (phones[0].who(), phones[1].who());
    let note = settle(&first, &phones);
    let expected = "Opening.\nMr. Osei's number is +1 202 555 0172. He likes a call before noon.\nClosing.";
    assert_eq!(note.text, expected);
    let [open, line, close] = note.lines.as_slice() else { panic!("{note:?}") };
    assert_eq!((&open.asked, &close.asked), (&None, &None));
    let Some(Presence::Asked { by, changed, .. }) = &line.asked else { panic!("{line:?}") };
    assert_eq!(by.who, ana);
    assert_eq!(changed.iter().map(|stamp| stamp.who).collect::<Vec<_>>(), [ben]);

    // Both answers, by two people at once and one after the other.
    let mut one = phones[0].clone();
    one.take(&phones[1]);
    let mut two = phones[1].clone();
    two.take(&phones[0]);
    one.edit(|editor| notes::answer(editor, &line.id, Answer::Keep));
    assert_eq!(read(&one).lines[1].asked, None);
    two.edit(|editor| notes::answer(editor, &line.id, Answer::Remove));
    assert_eq!(read(&two).text, "Opening.\nClosing.");
    let note = settle(&first, &[one.clone(), two.clone()]);
    assert_eq!(note.text, expected);
    assert!(note.lines[1].asked.is_some(), "keep and remove at once is a question again");
    one.take(&two);
    one.edit(|editor| notes::answer(editor, &line.id, Answer::Remove));
    two.take(&one);
    assert_eq!(read(&two).text, "Opening.\nClosing.");
}

#[test]
fn a_ticked_box_or_a_half_emptied_paragraph_is_not_lost_either() {
    let (first, mut phones) = others("- [ ] sweep\nlong paragraph here\nend", 3);
    write(&mut phones[0], "end");
    replace(&mut phones[1], "- [ ] sweep", "- [x] sweep");
    replace(&mut phones[2], "long ", "");
    let note = settle(&first, &phones);
    assert_eq!(note.text, "- [x] sweep\nparagraph here\nend");
    assert!(note.lines[0].asked.is_some() && note.lines[1].asked.is_some());
    // Two who remove the same without changing it agree.
    let (first, mut phones) = others("one\ntwo", 2);
    write(&mut phones[0], "two");
    write(&mut phones[1], "two");
    assert_eq!(settle(&first, &phones).text, "two");
}

#[test]
fn a_whole_note_removed_by_one_and_edited_by_another_comes_back_with_a_question() {
    let (first, mut phones) = others("one\ntwo", 2);
    phones[0].edit(|editor| notes::remove(editor, "tidying up"));
    assert!(matches!(read(&phones[0]).presence, Presence::Removed { .. }));
    assert!(read(&phones[0]).tasks().next().is_none());
    replace(&mut phones[1], "two", "two and a half");
    let note = settle(&first, &phones);
    let Presence::Asked { by, reason, changed } = &note.presence else { panic!("{note:?}") };
    assert_eq!((by.who, reason.as_str()), (phones[0].who(), "tidying up"));
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].who, phones[1].who());
    assert_eq!(note.text, "one\ntwo and a half");
    let mut end = phones[0].clone();
    end.take(&phones[1]);
    end.edit(notes::keep);
    assert_eq!(read(&end).presence, Presence::Here);
    end.edit(|editor| notes::remove(editor, ""));
    assert!(!read(&end).presence.is_shown());
}

#[test]
fn opening_and_saving_without_a_change_writes_nothing() {
    let (_, mut phones) = others("## Agenda\n- [ ] keys @[Ana Ruiz] due:2026-05-03\n\n  odd   blanks \n", 1);
    let phone = &mut phones[0];
    let before = (phone.document.heads(), phone.known.len());
    let note = read(phone);
    notes::history(&phone.document);
    phone.edit(|editor| notes::update(editor, Some(&note.version), &note.text));
    phone.edit(|editor| notes::update(editor, None, &note.text));
    phone.edit(|editor| notes::set_heading(editor, &note.heading, &note.heading));
    phone.edit(|editor| notes::set_task(editor, &note.lines[1].id, note.lines[1].task.clone()));
    assert_eq!((phone.document.heads(), phone.known.len()), before);
}

#[test]
fn what_came_while_somebody_typed_stays() {
    let (_, mut phones) = others("one\ntwo\nthree", 2);
    let shown = read(&phones[0]);
    replace(&mut phones[1], "two", "two (moved to 6 pm)");
    replace(&mut phones[1], "one\n", "one\nnew\n");
    let other = phones[1].clone();
    phones[0].take(&other);
    phones[0].edit(|editor| notes::update(editor, Some(&shown.version), "one\ntwo!\nthree\nfour"));
    assert_eq!(read(&phones[0]).text, "one\nnew\ntwo! (moved to 6 pm)\nthree\nfour");
}

#[test]
fn tasks_have_owners_and_days_and_show_both_where_two_differ() {
    let (first, mut phones) = others("- [ ] order gloves", 3);
    let line = read(&phones[0]).lines[0].clone();
    assert_eq!(line.what.as_deref(), Some("order gloves"));
    let task = |owner: &str, due: &str| Task { done: false, owner: owner.into(), due: due.into() };
    phones[0].edit(|editor| notes::set_task(editor, &line.id, Some(task("Ana Ruiz", "2026-05-03"))));
    phones[1].edit(|editor| notes::set_task(editor, &line.id, Some(task("Ben", ""))));
    replace(&mut phones[2], "[ ]", "[x]");
    let note = settle(&first, &phones);
    let [line] = note.lines.as_slice() else { panic!("{note:?}") };
    assert!(line.task.as_ref().is_some_and(|task| task.done && task.due == "2026-05-03"));
    let [owner] = line.conflicts.as_slice() else { panic!("{line:?}") };
    let names: BTreeSet<_> = owner.versions.iter().map(|version| version.text.as_str()).collect();
    assert_eq!((owner.field.as_str(), names), ("owner", BTreeSet::from(["Ana Ruiz", "Ben"])));
    let mut end = first.clone();
    phones.iter().for_each(|phone| end.take(phone));
    let settled = line.task.clone();
    end.edit(|editor| notes::set_task(editor, &line.id, settled));
    assert!(read(&end).lines[0].conflicts.is_empty());
    let odd = end.try_edit(|editor| notes::set_task(editor, &line.id, Some(task("", "tomorrow"))));
    assert_eq!(odd.unwrap_err().to_string(), "“tomorrow” is not a day such as 2026-01-31");
}

#[test]
fn headings_attendance_and_decisions_merge() {
    let (first, mut phones) = others(&notes::template(Template::Meeting, Some("es-MX")), 2);
    let heading =
        |title: &str, date: &str| Heading { title: title.into(), date: date.into(), ..Heading::default() };
    let none = Heading::default();
    phones[0].edit(|editor| notes::set_heading(editor, &none, &heading("May meeting", "2026-05-02")));
    phones[1].edit(|editor| notes::set_heading(editor, &none, &heading("Spring meeting", "")));
    let here = |name: &str, key: &str| Attendee { key: key.into(), name: name.into(), state: "here".into() };
    phones[0].edit(|editor| notes::set_attendance(editor, &here("Ana", "member/1")));
    phones[1].edit(|editor| notes::set_attendance(editor, &here("Ana", "member/1")));
    phones[1].edit(|editor| notes::set_attendance(editor, &here("A guest", "")));
    phones[0].edit(|editor| notes::link_decision(editor, "d1"));
    phones[1].edit(|editor| notes::link_decision(editor, "d2"));
    let note = settle(&first, &phones);
    assert_eq!(note.attendance, [here("A guest", "name/a guest"), here("Ana", "member/1")]);
    assert_eq!(note.decisions, ["d1", "d2"]);
    assert_eq!(note.heading.date, "2026-05-02");
    assert_eq!(note.conflicts.len(), 1);
    assert_eq!(note.conflicts[0].versions.len(), 2);
    assert!(note.text.starts_with("## Orden del día\n- "));
    assert!(
        markdown::note(&note, &[]).contains(" meeting\n\n2026-05-02\n\nPresent: A guest, Ana\n\n## Orden")
    );
    let mut end = phones[0].clone();
    end.take(&phones[1]);
    end.edit(|editor| notes::settle(editor, "title", "May meeting"));
    end.edit(|editor| notes::drop_attendance(editor, "name/a guest"));
    end.edit(|editor| notes::unlink_decision(editor, "d1"));
    let note = read(&end);
    assert!(note.conflicts.is_empty());
    assert_eq!((note.attendance.len(), note.decisions.len()), (1, 1));
    let refused = end.try_edit(|editor| notes::set_heading(editor, &none, &heading("", "2 May")));
    assert!(refused.is_err());
}

#[test]
fn a_note_is_found_by_what_is_in_it() {
    let mut ana = phone(1);
    write(&mut ana, "- [ ] order  Gloves @[Ana Ruiz]");
    let heading = Heading { title: "May meeting".into(), place: "Library".into(), ..Heading::default() };
    ana.edit(|editor| notes::set_heading(editor, &Heading::default(), &heading));
    let guest = Attendee { name: "Ben".into(), state: "here".into(), ..Attendee::default() };
    ana.edit(|editor| notes::set_attendance(editor, &guest));
    for words in ["", "gloves", "ana RUIZ", "may lib ben", "order gloves"] {
        assert!(read(&ana).has_words(words), "{words}");
    }
    for words in ["glovess", "may june"] {
        assert!(!read(&ana).has_words(words), "{words}");
    }
    write(&mut ana, "nothing");
    assert!(!read(&ana).has_words("gloves"), "a line that was removed is not looked at");
}

#[test]
fn a_meeting_begins_with_an_agenda_in_the_language_of_the_group() {
    for (language, first) in
        [(Some("es-MX"), "## Orden del día"), (Some("en"), "## Agenda"), (None, "## Agenda")]
    {
        let mut phone = phone(1);
        write(&mut phone, &notes::template(Template::Meeting, language));
        let note = read(&phone);
        assert_eq!(note.lines[0].text, first);
        assert!(note.lines[1].text.starts_with("- ") && note.lines[1].task.is_none(), "points are no tasks");
        assert_eq!(note.open_tasks().next(), None, "an empty box is nobody's task");
    }
    assert_eq!(notes::template(Template::Empty, None), "");
}

/// The hash of what is kept in that test.
const KEPT: &str = "4a09cd4dfc5ede56f99b48bb5ff72dac53a4da848fce4a09f684234fbde09efc";

/// Devices show what an earlier version kept as long as [`notes::LAYOUT`] stays what it was.
#[test]
fn what_is_kept_of_a_note_has_the_layout_that_is_named() {
    let (first, mut phones) = others("# May\n- [ ] keys @[Ana Ruiz] due:2026-05-03\ntext\nlast", 2);
    for (phone, title) in phones.iter_mut().zip(["May meeting", "Spring meeting"]) {
        let heading = Heading { title: title.into(), date: "2026-05-02".into(), place: "Library".into() };
        phone.edit(|editor| notes::set_heading(editor, &Heading::default(), &heading));
        phone.edit(|editor| notes::link_decision(editor, "d1"));
        let guest = Attendee { name: title.into(), state: "late".into(), ..Attendee::default() };
        phone.edit(|editor| notes::set_attendance(editor, &guest));
        let (line, owner) = (read(phone).lines[1].id.clone(), title.to_owned());
        let task = Task { done: title.starts_with('S'), owner, due: "2026-06-01".into() };
        phone.edit(|editor| notes::set_task(editor, &line, Some(task)));
    }
    replace(&mut phones[0], "text\n", "");
    phones[0].edit(|editor| notes::remove(editor, "tidying up"));
    replace(&mut phones[1], "text", "text of another");
    let note = settle(&first, &phones);
    let has_all = !note.conflicts.is_empty() && note.lines.iter().any(|line| line.asked.is_some());
    assert!(
        has_all
            && note.lines.iter().any(|line| !line.conflicts.is_empty())
            && note.presence != Presence::Here
    );
    let kept = notes::to_keep(&note);
    let told = (notes::LAYOUT, kept.len(), porchlight_wire::Hash::of("kept", &[&kept]).to_string());
    assert_eq!(told, ("porchlight/note/1", 726, KEPT.to_owned()), "a new layout gets a new name");
    // Bytes of anything else are no note.
    assert_eq!(notes::from_kept(&[kept.as_slice(), &[0]].concat()), None);
    for length in 0..kept.len() {
        assert_eq!(notes::from_kept(&kept[..length]), None);
    }
}

#[test]
fn open_tasks_come_from_all_notes_the_most_urgent_first() {
    let mut tasks = Vec::new();
    for (number, text) in [
        (1, "- [ ] \n- [ ] later due:2026-06-01\n- [x] done due:2026-01-01\n- [ ] some day"),
        (2, "text\n- [ ] soon @Ben due:2026-05-03"),
        (3, "- [ ] of a note that was removed"),
    ] {
        let mut phone = phone(number);
        write(&mut phone, text);
        if number == 3 {
            phone.edit(|editor| notes::remove(editor, ""));
        }
        tasks.extend(read(&phone).open_tasks().cloned());
    }
    tasks.sort_by_cached_key(notes::urgency);
    let told: Vec<&str> = tasks.iter().filter_map(|task| task.what.as_deref()).collect();
    assert_eq!(told, ["soon", "later", "some day"]);
    assert_eq!(tasks[0].task.as_ref().map(|task| task.owner.as_str()), Some("Ben"));
}

#[test]
fn what_was_written_as_markdown_reads_as_the_same_note() {
    for (title, date, place, present, text) in [
        ("May meeting", "2026-05-02", "library", "Ana", "## Agenda\n- [x] welcome\n\n- [ ] keys @[Ana Ruiz]"),
        ("Only a title", "", "", "", ""),
        ("", "", "", "", "# A heading of the text\n\nand more"),
        ("", "2026-05-02", "", "", "hello"),
        ("Place", "", "5th and Elm", "", "2026-05-02, looks like a day\n\nand is text"),
        ("Odd", "", "", "Ana", "Present: nobody\n\n## Decisions\n\n- x: y"),
    ] {
        let mut phone = phone(1);
        let heading = Heading { title: title.into(), date: date.into(), place: place.into() };
        phone.edit(|editor| notes::set_heading(editor, &Heading::default(), &heading));
        if !present.is_empty() {
            let late = Attendee { key: String::new(), name: present.into(), state: "late".into() };
            phone.edit(|editor| notes::set_attendance(editor, &late));
        }
        write(&mut phone, text);
        let note = read(&phone);
        let page = markdown::read(&markdown::note(&note, &[]));
        assert_eq!((&page.heading, page.text.as_str()), (&heading, text));
        let people = |all: &[Attendee]| -> Vec<(String, String)> {
            all.iter().map(|one| (one.name.clone(), one.state.clone())).collect()
        };
        assert_eq!(people(&page.attendance), people(&note.attendance));
    }
}

#[test]
fn markdown_of_others_becomes_a_note_whose_boxes_are_tasks() {
    let file = "---\r\ntags: [walk]\r\n---\r\n# Street walk\r\n* [ ] lamp\r\n+ [X] bench\r\n\r\n```\r\ncode\r\n```\r\n";
    let page = markdown::read(file);
    assert_eq!((page.heading.title.as_str(), page.decisions.len()), ("Street walk", 0));
    let mut phone = phone(1);
    write(&mut phone, &page.text);
    let note = read(&phone);
    assert_eq!(note.text, "* [ ] lamp\n+ [x] bench\n\n```\ncode\n```");
    let done: Vec<bool> = note.lines.iter().filter_map(|line| Some(line.task.as_ref()?.done)).collect();
    assert_eq!(done, [false, true]);
    assert_eq!(markdown::read("no heading\nat all").text, "no heading\nat all");
    assert_eq!(markdown::read(""), markdown::Page::default());
}

#[test]
fn the_history_says_who_wrote_what_and_gives_it_back() {
    let mut ana = phone(1);
    for text in ["one", "one\ntwo", "one\ntwo\nthree"] {
        write(&mut ana, text);
        ana.wait(1_000);
    }
    let mut ben = phone(2);
    ben.author.time = ana.author.time;
    ben.take(&ana);
    write(&mut ben, "two\nthree");
    ana.take(&ben);
    ana.wait(3_600_000);
    write(&mut ana, "two\nthree\nfour");
    let history = notes::history(&ana.document);
    let told: Vec<_> = history.iter().map(|span| (span.stamp.who, span.edits)).collect();
    assert_eq!(told, [(ana.who(), 1), (ben.who(), 1), (ana.who(), 3)]);
    let own = notes::compare(&ana.document, &history[1].before, Some(&history[1].version)).unwrap();
    assert_eq!((own.before_text.as_str(), own.after_text.as_str()), ("one\ntwo\nthree", "two\nthree"));
    let first = notes::compare(&ana.document, &history[2].before, Some(&history[2].version)).unwrap();
    assert_eq!((first.before_text.as_str(), first.lines.len()), ("", 3));
    let compared = notes::compare(&ana.document, &history[2].version, Some(&history[1].version)).unwrap();
    let [line] = compared.lines.as_slice() else { panic!("{compared:?}") };
    assert_eq!((line.before.as_deref(), line.after.as_deref()), (Some("one"), None));
    assert_eq!(line.by[0].who, ben.who());
    ana.edit(|editor| notes::restore(editor, &history[2].version));
    assert_eq!(read(&ana).text, "one\ntwo\nthree");
    assert!(ana.try_edit(|editor| notes::restore(editor, "00")).is_err());
}

/// What somebody does to a note.
#[derive(Clone, Debug)]
enum Deed {
    Insert(Index, String),
    Append(Index, String),
    Remove(Index),
    Tick(Index),
    Task(Index, u8),
    Answer(Index, bool),
    Restore(Index),
    Bin,
    Keep,
    Take(Index),
}

fn deed() -> impl Strategy<Value = Deed> {
    let place = any::<Index>;
    prop_oneof![
        4 => (place(), "[a-d]{1,3}").prop_map(|(place, text)| Deed::Insert(place, text)),
        4 => (place(), "[e-h]{1,3}").prop_map(|(place, text)| Deed::Append(place, text)),
        3 => place().prop_map(Deed::Remove),
        2 => place().prop_map(Deed::Tick),
        1 => (place(), any::<u8>()).prop_map(|(place, owner)| Deed::Task(place, owner)),
        2 => (place(), any::<bool>()).prop_map(|(place, keep)| Deed::Answer(place, keep)),
        1 => place().prop_map(Deed::Restore),
        1 => Just(Deed::Bin),
        1 => Just(Deed::Keep),
        6 => place().prop_map(Deed::Take),
    ]
}

fn act(phones: &mut [Phone], who: usize, deed: &Deed, number: usize) {
    let note = read(&phones[who]);
    let mut lines: Vec<String> = note.lines.iter().map(|line| line.text.clone()).collect();
    let count = lines.len();
    let phone = &mut phones[who];
    match deed {
        Deed::Insert(place, text) => {
            lines.insert(place.index(count + 1), format!("{text} #{number}#"));
            write(phone, &lines.join("\n"));
        }
        Deed::Append(place, text) if count > 0 => {
            lines[place.index(count)].push_str(&format!(" {text} #{number}#"));
            write(phone, &lines.join("\n"));
        }
        Deed::Remove(place) if count > 0 => {
            lines.remove(place.index(count));
            write(phone, &lines.join("\n"));
        }
        Deed::Tick(place) if count > 0 => {
            let line = &note.lines[place.index(count)];
            let mut task = line.task.clone().unwrap_or_default();
            task.done = !task.done;
            phone.edit(|editor| notes::set_task(editor, &line.id, Some(task)));
        }
        Deed::Task(place, owner) if count > 0 => {
            let line = &note.lines[place.index(count)];
            let task = Task { owner: format!("P{owner}"), ..line.task.clone().unwrap_or_default() };
            phone.edit(|editor| notes::set_task(editor, &line.id, (*owner > 40).then_some(task)));
        }
        Deed::Answer(place, keep) if count > 0 => {
            let answer = if *keep { Answer::Keep } else { Answer::Remove };
            phone.edit(|editor| notes::answer(editor, &note.lines[place.index(count)].id, answer));
        }
        Deed::Restore(place) => {
            let history = notes::history(&phone.document);
            if !history.is_empty() {
                let version = history[place.index(history.len())].version.clone();
                phone.edit(|editor| notes::restore(editor, &version));
            }
        }
        Deed::Bin => phone.edit(|editor| notes::remove(editor, "")),
        Deed::Keep => phone.edit(notes::keep),
        Deed::Take(other) => {
            let other = phones[other.index(phones.len())].clone();
            phones[who].take(&other);
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_several_write_in_whatever_order_all_end_with_the_same_note(
        count in 2..=5_usize,
        deeds in prop::collection::vec((any::<Index>(), deed()), 1..40),
    ) {
        let mut phones: Vec<Phone> = (0..count).map(|number| phone(u8::try_from(number).unwrap())).collect();
        for (number, (who, deed)) in deeds.iter().enumerate() {
            act(&mut phones, who.index(count), deed, number);
        }
        for _ in 0..2 {
            for place in 0..count {
                let other = phones[(place + 1) % count].clone();
                phones[place].take(&other);
            }
        }
        let all: Vec<Phone> = phones.clone();
        for phone in &mut phones {
            all.iter().for_each(|other| phone.take(other));
        }
        let note = read(&phones[0]);
        for phone in &mut phones {
            prop_assert_eq!(&read(phone), &note);
            let reopened = phone.reopened();
            prop_assert_eq!(&notes::note(&reopened), &note);
            let kept = notes::from_kept(&notes::to_keep(&note));
            prop_assert_eq!(kept.as_ref(), Some(&note));
        }
    }

    /// Nobody removes anything: then all that anybody wrote is there, letter for letter.
    #[test]
    fn no_addition_is_lost(
        count in 2..=5_usize,
        deeds in prop::collection::vec((any::<Index>(), deed()), 1..40),
    ) {
        let mut phones: Vec<Phone> = (0..count).map(|number| phone(u8::try_from(number).unwrap())).collect();
        let mut written = Vec::new();
        for (number, (who, deed)) in deeds.iter().enumerate() {
            let who = who.index(count);
            match deed {
                Deed::Insert(_, text) => written.push(format!("{text} #{number}#")),
                Deed::Append(_, text) if !read(&phones[who]).lines.is_empty() => {
                    written.push(format!(" {text} #{number}#"));
                }
                Deed::Tick(_) | Deed::Task(..) | Deed::Take(_) => {}
                _ => continue,
            }
            act(&mut phones, who, deed, number);
        }
        let all = phones.clone();
        all.iter().for_each(|other| phones[0].take(other));
        let note = read(&phones[0]);
        for text in written {
            prop_assert!(note.text.contains(&text), "{} in {}", text, note.text);
        }
    }
}
