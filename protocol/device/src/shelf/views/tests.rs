//! Views of large notes: when they are shown, and that they never are once something else is stored.

use porchlight_documents::notes::{self, Note};
use porchlight_documents::{DocumentName, Kind};

use super::{PAUSE_MILLIS, StoredView, WORTH_KEEPING, view_slot};
use crate::Write;
use crate::scene::Street;

/// Lines that no packing makes small.
fn lines(count: u64) -> String {
    let mut number = 1_u64;
    let mut next = || {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        number
    };
    (0..count).map(|_| format!("{:016x} {:016x}\n", next(), next())).collect()
}

struct Scene {
    street: Street,
    name: DocumentName,
}

impl Scene {
    /// Two phones with a note, which nobody has looked at yet.
    fn with(text: &str) -> Self {
        let mut street = Street::of(2);
        let name = street.phones[0].device.fresh_document(Kind::Note);
        let mut scene = Self { street, name };
        scene.write(0, text);
        scene
    }

    fn write(&mut self, phone: usize, text: &str) {
        let (group, now) = (self.street.group, self.street.now);
        let device = &mut self.street.phones[phone].device;
        device.edit(group, &self.name, now, |editor| notes::update(editor, None, text)).unwrap();
        self.street.pass(2_000);
    }

    fn look(&mut self, phone: usize) -> Note {
        let (group, now) = (self.street.group, self.street.now);
        let note = self.street.phones[phone].device.note(group, &self.name, now).unwrap();
        self.street.run();
        note
    }

    fn restart(&mut self, phone: usize) {
        let now = self.street.now;
        self.street.phones[phone].restart(now);
    }

    fn is_open(&mut self, phone: usize) -> bool {
        let name = self.name.clone();
        self.street.group_of(phone).shelf.books.get(&name).is_some_and(|book| book.open.is_some())
    }

    fn view_key(&self) -> Vec<u8> {
        view_slot(&self.name).key(&self.street.group)
    }

    fn view(&self, phone: usize) -> Option<&Vec<u8>> {
        self.street.phones[phone].disk.get(&self.view_key())
    }
}

#[test]
fn a_large_note_is_shown_after_a_start_without_being_opened() {
    let mut scene = Scene::with(&lines(400));
    assert!(scene.view(1).is_none(), "nobody looked at it yet");
    scene.restart(1);
    let note = scene.look(1);
    assert!(scene.is_open(1));
    assert!(note.text.len() > WORTH_KEEPING);
    scene.restart(1);
    assert!(scene.look(1) == note);
    assert!(!scene.is_open(1));
    // And an edit is made onto what was shown.
    let text = format!("{}mine", note.text);
    let (group, now) = (scene.street.group, scene.street.now);
    let device = &mut scene.street.phones[1].device;
    let edited = device.edit_shown(group, &scene.name, Some(&note.version), now, |editor| {
        notes::update(editor, Some(&note.version), &text)
    });
    edited.unwrap();
    scene.street.pass(2_000);
    assert!(scene.look(0).text == text);
}

#[test]
fn what_was_written_since_is_shown_whoever_wrote_it() {
    for writer in [0, 1] {
        let mut scene = Scene::with(&lines(400));
        scene.look(1);
        scene.restart(1);
        scene.look(1);
        scene.street.go_online(1);
        let text = format!("new\n{}", lines(400));
        scene.write(writer, &text);
        scene.restart(1);
        assert!(scene.look(1).text == text, "{writer}");
    }
}

#[test]
fn a_view_follows_what_is_written_within_a_pause() {
    let mut scene = Scene::with(&lines(400));
    scene.look(1);
    let text = format!("new\n{}", lines(400));
    scene.write(0, &text);
    let before = scene.view(1).cloned();
    scene.street.pass(PAUSE_MILLIS);
    assert!(scene.view(1).cloned() != before);
    scene.restart(1);
    assert!(scene.look(1).text == text);
    assert!(!scene.is_open(1));
    // While nothing happens, nothing is kept, and nobody is woken.
    let kept = scene.view(1).cloned();
    scene.street.pass(10 * PAUSE_MILLIS);
    assert!(scene.view(1).cloned() == kept);
    assert_eq!(scene.street.group_of(1).shelf.views_due(), None);
}

#[test]
fn a_view_outlives_saving_the_document_whole() {
    let mut scene = Scene::with(&lines(400));
    scene.look(1);
    let mut text = lines(400);
    for number in 0..150 {
        text = format!("{number}\n{text}");
        scene.write(1, &text);
    }
    scene.street.pass(PAUSE_MILLIS);
    scene.restart(1);
    assert!(scene.look(1).text == text);
    assert!(!scene.is_open(1));
}

#[test]
fn a_view_that_does_not_fit_what_is_stored_is_not_shown() {
    let mut scene = Scene::with(&lines(400));
    scene.restart(1);
    let note = scene.look(1);
    let good = scene.view(1).unwrap().clone();
    let stored: StoredView = minicbor::decode(&good).unwrap();
    let forged = Note { lines: Vec::new(), ..note.clone() };
    let empty = StoredView { of: porchlight_wire::Hash::ZERO, bytes: notes::to_keep(&forged).into() };
    let torn = StoredView { of: stored.of, bytes: stored.bytes[..stored.bytes.len() - 1].to_vec().into() };
    for bad in
        [crate::storage::encoded(&empty), crate::storage::encoded(&torn), good[..9].to_vec(), Vec::new()]
    {
        let key = scene.view_key();
        scene.street.phones[1].disk.insert(key, bad);
        scene.restart(1);
        assert!(scene.look(1) == note);
        assert!(scene.is_open(1));
    }
    // It was mended by the look.
    scene.restart(1);
    assert!(scene.look(1) == note);
    assert!(!scene.is_open(1));
}

#[test]
fn small_notes_have_no_views_and_a_forgotten_one_leaves_none() {
    let mut small = Scene::with("- [ ] bring chairs");
    small.restart(1);
    assert_eq!(small.look(1).open_tasks().count(), 1);
    small.street.pass(PAUSE_MILLIS);
    assert_eq!(small.view(1), None);

    let mut scene = Scene::with(&lines(400));
    scene.restart(1);
    scene.look(1);
    assert!(scene.view(1).is_some());
    let (group, name, mut writes) = (scene.street.group, scene.name.clone(), Vec::new());
    scene.street.group_of(1).shelf.forget(&group, &name, &mut writes);
    let key = scene.view_key();
    assert!(writes.contains(&Write::Delete { key }));
}

#[test]
fn a_view_of_what_the_power_took_back_is_not_shown() {
    let mut scene = Scene::with(&lines(400));
    let before = scene.look(1).text;
    scene.street.pass(PAUSE_MILLIS);
    let mut earlier = scene.street.phones[1].disk.clone();
    scene.write(0, &format!("new\n{}", lines(400)));
    scene.street.pass(PAUSE_MILLIS);
    let newer = scene.view(1).unwrap().clone();
    assert!(earlier.insert(scene.view_key(), newer.clone()).is_some_and(|view| view != newer));
    scene.street.phones[1].disk = earlier;
    scene.restart(1);
    assert!(scene.look(1).text == before);
    assert!(scene.is_open(1));
}
