//! Whatever several people do, and in whatever order it reaches whom, all end with the same list and nothing that
//! anybody added is lost.

use std::collections::BTreeSet;

use porchlight_documents::contacts::{
    self, Contact, ContactError, ContactId, Details, Phone, Presence, TextField,
};
use porchlight_documents::{Actor, Author, Document, Editor, Incoming, Kind, OwnChange, RawChange};
use porchlight_wire::{ActorPrefix, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;

/// One person's device: its copy, and all changes it knows in the order in which it got them.
#[derive(Clone)]
struct Copy {
    document: Document,
    author: Author,
    known: Vec<RawChange>,
    /// The steps of the story that it knows.
    steps: BTreeSet<usize>,
}

impl Copy {
    fn new(number: u8) -> Self {
        let actor = Actor::from_bytes([number.saturating_add(1); 16]);
        let author = Author { actor, time: Timestamp::from_millis(u64::from(number) * 60_000) };
        Self { document: Document::new(Kind::Contacts), author, known: Vec::new(), steps: BTreeSet::new() }
    }

    fn who(&self) -> ActorPrefix {
        self.author.actor.prefix()
    }

    fn try_edit<T>(
        &mut self,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, ContactError>,
    ) -> Result<T, ContactError> {
        let (value, change) = self.document.edit(self.author, f)?;
        self.known.extend(change.map(OwnChange::into_raw));
        Ok(value)
    }

    fn change(&mut self, id: &ContactId, f: impl FnOnce(&mut Details)) -> bool {
        let Some(contact) = contacts::get(&self.document, id) else { return false };
        let mut after = contact.details.clone();
        f(&mut after);
        let is_changed = after != contact.details;
        self.try_edit(|editor| contacts::update(editor, id, &contact.details, after, Some("US"))).is_ok()
            && is_changed
    }

    fn take(&mut self, other: &Self) {
        for change in &other.known {
            if self.document.apply(Incoming::parse(change.as_bytes()).unwrap()).unwrap().new {
                self.known.push(change.clone());
            }
        }
        self.steps.extend(&other.steps);
    }

    fn all(&self) -> Vec<Contact> {
        contacts::all(&self.document)
    }
}

fn number(last: u32) -> String {
    format!("+1202555{last:04}")
}

/// One contact; A gives it another number and note, B adds a number, a language and another note, C removes it.
#[test]
fn one_contact_edited_by_two_and_removed_by_a_third_in_all_orders() {
    let mut first = Copy::new(0);
    let details = Details {
        name: "Mr. Osei".into(),
        phones: vec![Phone::typed(&number(195), None)],
        speaks: vec!["tw".into()],
        note: "back house".into(),
        ..Details::default()
    };
    let id = first.try_edit(|editor| contacts::add(editor, details, Some("US"))).unwrap();
    let [mut a, mut b, mut c] = [1, 2, 3].map(Copy::new);
    for phone in [&mut a, &mut b, &mut c] {
        phone.take(&first);
    }
    a.change(&id, |details| {
        details.phones = vec![Phone::typed(&number(196), None)];
        details.note = "back house, dog is friendly".into();
    });
    b.change(&id, |details| {
        details.phones.push(Phone::typed(&number(197), None));
        details.speaks.push("en".into());
        details.note = "back house. Needs insulin cooled".into();
    });
    c.try_edit(|editor| contacts::remove(editor, &id, "moved away")).unwrap();

    let mut ends = Vec::new();
    for order in [[&a, &b, &c], [&a, &c, &b], [&b, &a, &c], [&b, &c, &a], [&c, &a, &b], [&c, &b, &a]] {
        // Somebody else who gets them in this order, and each of the three who gets the others' in this order.
        for mut end in [first.clone(), a.clone(), b.clone(), c.clone()] {
            for phone in order {
                end.take(phone);
            }
            ends.push(end);
        }
    }
    let contact = contacts::get(&ends[0].document, &id).unwrap();
    for end in &ends {
        assert_eq!(end.document.heads(), ends[0].document.heads());
        assert_eq!(contacts::get(&end.document, &id).unwrap(), contact);
    }
    let numbers: Vec<_> = contact.details.phones.iter().map(|phone| phone.number.clone()).collect();
    assert_eq!(numbers, [number(196), number(197)]);
    let history = contacts::history::of(&ends[0].document, &id);
    let replaced = history.iter().find(|step| step.before.as_deref() == Some(number(195).as_str())).unwrap();
    assert_eq!((replaced.stamp.who, replaced.after.as_deref()), (a.who(), None));
    assert_eq!(contact.details.speaks, ["en", "tw"]);
    let [note] = contact.conflicts.as_slice() else { panic!("{contact:?}") };
    let versions: BTreeSet<_> =
        note.versions.iter().map(|version| (version.stamp.who, version.text.as_str())).collect();
    let expected = [(a.who(), "back house, dog is friendly"), (b.who(), "back house. Needs insulin cooled")];
    assert_eq!((note.field, versions), (TextField::Note, BTreeSet::from(expected)));
    let Presence::Asked { by, reason, changed, .. } = &contact.presence else { panic!("{contact:?}") };
    assert_eq!((by.who, reason.as_str()), (c.who(), "moved away"));
    assert_eq!(
        changed.iter().map(|stamp| stamp.who).collect::<BTreeSet<_>>(),
        BTreeSet::from([a.who(), b.who()])
    );
    assert_eq!(contacts::list(&ends[0].document).len(), 1);
}

/// What somebody does.
#[derive(Clone, Debug)]
enum Deed {
    Add,
    Number(Index),
    DropNumber(Index, Index),
    Skill(Index),
    Text(Index, u8),
    Settle(Index, u8),
    Remove(Index),
    Keep(Index),
    Take(Index),
    Restart,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => Just(Deed::Add),
        4 => any::<Index>().prop_map(Deed::Number),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(contact, phone)| Deed::DropNumber(contact, phone)),
        2 => any::<Index>().prop_map(Deed::Skill),
        4 => (any::<Index>(), 0..3_u8).prop_map(|(contact, text)| Deed::Text(contact, text)),
        1 => (any::<Index>(), 0..3_u8).prop_map(|(contact, text)| Deed::Settle(contact, text)),
        2 => any::<Index>().prop_map(Deed::Remove),
        1 => any::<Index>().prop_map(Deed::Keep),
        5 => any::<Index>().prop_map(Deed::Take),
        1 => Just(Deed::Restart),
    ]
}

/// What the story says must be true, worked out from who knew what when.
#[derive(Default)]
struct Story {
    /// Contact, what, who knew what then.
    deeds: Vec<(ContactId, Happened, BTreeSet<usize>)>,
    added: Vec<(ContactId, String)>,
    dropped: BTreeSet<String>,
    texts: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Happened {
    Text,
    Other,
    Removed,
    Kept,
}

impl Story {
    fn tell(&mut self, phone: &mut Copy, contact: &ContactId, happened: Happened) {
        self.deeds.push((contact.clone(), happened, phone.steps.clone()));
        phone.steps.insert(self.deeds.len() - 1);
    }

    /// Whether a contact must be removed, must be asked about, or must be here; `None` if both of the first two are right.
    fn presence(&self, contact: &ContactId) -> Option<&'static str> {
        let about: Vec<_> = self.deeds.iter().enumerate().filter(|(_, deed)| deed.0 == *contact).collect();
        let is_answered = |mark: usize| {
            about.iter().any(|(_, deed)| {
                matches!(deed.1, Happened::Removed | Happened::Kept) && deed.2.contains(&mark)
            })
        };
        let marks: Vec<_> =
            about.iter().filter(|(step, d)| d.1 == Happened::Removed && !is_answered(*step)).collect();
        if marks.is_empty() {
            return Some("here");
        }
        let unseen = |step: usize| marks.iter().all(|(mark, deed)| *mark != step && !deed.2.contains(&step));
        let unseen: Vec<_> =
            about.iter().filter(|(step, deed)| deed.1 != Happened::Removed && unseen(*step)).collect();
        if unseen.is_empty() {
            Some("removed")
        } else if unseen.iter().any(|(_, deed)| matches!(deed.1, Happened::Text | Happened::Kept)) {
            Some("asked")
        } else {
            None
        }
    }
}

fn act(phones: &mut [Copy], who: usize, deed: &Deed, story: &mut Story, count: u32) {
    let ids: Vec<_> = phones[who].all().into_iter().map(|contact| contact.id).collect();
    let pick = |index: &Index| (!ids.is_empty()).then(|| index.get(&ids).clone());
    match deed {
        Deed::Take(from) => {
            let other = from.get(phones).clone();
            phones[who].take(&other);
        }
        Deed::Restart => {
            let phone = &mut phones[who];
            phone.document = Document::load(Kind::Contacts, &phone.document.save()).unwrap();
        }
        Deed::Add => {
            let details = Details { name: format!("Person {count}"), ..Details::default() };
            let id = phones[who].try_edit(|editor| contacts::add(editor, details, Some("US"))).unwrap();
            story.tell(&mut phones[who], &id, Happened::Other);
        }
        Deed::Number(contact) => {
            let Some(id) = pick(contact) else { return };
            if phones[who].change(&id, |details| details.phones.push(Phone::typed(&number(count), None))) {
                story.added.push((id.clone(), number(count)));
                story.tell(&mut phones[who], &id, Happened::Other);
            }
        }
        Deed::DropNumber(contact, phone) => {
            let Some(id) = pick(contact) else { return };
            let mut dropped = None;
            let drop = |details: &mut Details| {
                if !details.phones.is_empty() {
                    let place = phone.index(details.phones.len());
                    dropped = Some(details.phones.remove(place).number);
                }
            };
            if phones[who].change(&id, drop) {
                story.dropped.extend(dropped);
                story.tell(&mut phones[who], &id, Happened::Other);
            }
        }
        Deed::Skill(contact) => {
            let Some(id) = pick(contact) else { return };
            if phones[who].change(&id, |details| details.skills.push(format!("skill {count}"))) {
                story.tell(&mut phones[who], &id, Happened::Other);
            }
        }
        Deed::Text(contact, text) => {
            let Some(id) = pick(contact) else { return };
            let field = [TextField::Note, TextField::Area, TextField::Title][usize::from(*text)];
            let value = format!("text {count}");
            if phones[who].change(&id, |details| details.text_mut(field).clone_from(&value)) {
                story.texts.insert(value);
                story.tell(&mut phones[who], &id, Happened::Text);
            }
        }
        Deed::Settle(contact, text) => {
            let Some(id) = pick(contact) else { return };
            let field = [TextField::Note, TextField::Area, TextField::Title][usize::from(*text)];
            if phones[who]
                .try_edit(|editor| contacts::settle(editor, &id, field, &format!("settled {count}")))
                .is_ok()
            {
                story.tell(&mut phones[who], &id, Happened::Text);
            }
        }
        Deed::Remove(contact) => {
            let Some(id) = pick(contact) else { return };
            phones[who].try_edit(|editor| contacts::remove(editor, &id, "")).unwrap();
            story.tell(&mut phones[who], &id, Happened::Removed);
        }
        Deed::Keep(contact) => {
            let Some(id) = pick(contact) else { return };
            let before = phones[who].known.len();
            phones[who].try_edit(|editor| contacts::keep(editor, &id)).unwrap();
            if phones[who].known.len() > before {
                story.tell(&mut phones[who], &id, Happened::Kept);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn everybody_ends_with_the_same_list(
        people in 2..=5_usize,
        deeds in prop::collection::vec((any::<Index>(), deed()), 1..60),
        order in any::<u64>(),
    ) {
        let mut phones: Vec<_> = (0..people).map(|number| Copy::new(u8::try_from(number).unwrap())).collect();
        let mut story = Story::default();
        for (count, (who, deed)) in deeds.iter().enumerate() {
            act(&mut phones, who.index(people), deed, &mut story, u32::try_from(count).unwrap());
        }
        // Everybody gets everything, each from the others in an order of their own.
        let before = phones.clone();
        for (place, phone) in phones.iter_mut().enumerate() {
            let turn = usize::try_from(order).unwrap_or(0).wrapping_add(place * 7);
            for step in 0..people {
                phone.take(&before[turn.wrapping_add(step) % people]);
            }
        }
        let all = phones[0].all();
        for phone in &mut phones {
            prop_assert_eq!(phone.document.heads(), before_heads(&all, phone));
            prop_assert_eq!(&phone.all(), &all);
            let loaded = Document::load(Kind::Contacts, &phone.document.save()).unwrap();
            prop_assert_eq!(&contacts::all(&loaded), &all);
        }
        for (id, number) in &story.added {
            let contact = all.iter().find(|contact| contact.id == *id).unwrap();
            let is_there = contact.details.phones.iter().any(|phone| phone.number == *number);
            prop_assert_eq!(is_there, !story.dropped.contains(number), "{}", number);
        }
        for contact in &all {
            let presence = match contact.presence {
                Presence::Here => "here",
                Presence::Removed { .. } => "removed",
                Presence::Asked { .. } => "asked",
            };
            match story.presence(&contact.id) {
                Some(expected) => prop_assert_eq!(presence, expected, "{:?}", contact),
                None => prop_assert_ne!(presence, "here"),
            }
        }
    }
}

/// The heads that a device must have: those of the first that was asked.
fn before_heads(all: &[Contact], phone: &Copy) -> Vec<porchlight_wire::Hash> {
    let mut copy = Document::new(Kind::Contacts);
    copy.replay(phone.known.iter().map(RawChange::as_bytes)).unwrap();
    assert_eq!(contacts::all(&copy), all);
    copy.heads()
}
