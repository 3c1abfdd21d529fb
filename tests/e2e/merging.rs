//! Three people change the same contact while none of them has a network, and come back in every order.

use anyhow::{Context, Result, ensure};
use porchlight_documents::contacts::{
    self, Contact, ContactId, Details, Phone as Number, Presence, TextField,
};
use porchlight_documents::{DocumentName, Editor};
use porchlight_tests::phone::Phone;
use porchlight_tests::town::{Circle, Town, arrival};
use porchlight_wire::Hash;

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

#[tokio::test]
async fn in_whatever_order_they_come_back_all_see_the_same_and_nothing_is_lost() -> Result<()> {
    let town = Town::start()?;
    let circle = town.circle(3).await?;
    for order in ORDERS {
        let id = tran(&circle).await?;
        for phone in &circle.phones {
            phone.go_offline()?;
        }
        let changes = change_all(&circle, &id)?;
        for person in order {
            let phone = circle.phones.get(person).context("one of three")?;
            phone.go_online()?;
            circle.settle(phone).await?;
            phone.go_offline()?;
        }
        for phone in &circle.phones {
            phone.go_online()?;
            for change in &changes {
                arrival(phone, circle.group, &DocumentName::contacts(), *change).await?;
            }
        }
        check(&circle, &id).with_context(|| format!("order {order:?}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn live_edits_from_three_sides_at_once_end_the_same_everywhere() -> Result<()> {
    let town = Town::start()?;
    let circle = town.circle(3).await?;
    let list = DocumentName::contacts();
    let mut changes = Vec::new();
    for round in 0..20 {
        for (person, phone) in circle.phones.iter().enumerate() {
            let details = Details { name: format!("Person {person} {round}"), ..Details::default() };
            changes.push(edit(&circle, phone, |editor| {
                contacts::add(editor, details, Some("US"))?;
                Ok(())
            })?);
        }
    }
    for phone in &circle.phones {
        for change in &changes {
            arrival(phone, circle.group, &list, *change).await?;
        }
    }
    let shown = everywhere(&circle)?;
    let first = shown.first().context("three phones")?;
    ensure!(first.len() == 60 && shown.iter().all(|list| list == first), "the lists differ");
    Ok(())
}

/// Mrs. Tran as all three know her.
async fn tran(circle: &Circle) -> Result<ContactId> {
    let details = Details {
        name: "Mrs. Tran".to_owned(),
        phones: vec![number("0190")],
        speaks: vec!["vi".to_owned()],
        note: "2nd floor".to_owned(),
        ..Details::default()
    };
    let mut id = None;
    let change = edit(circle, circle.first()?, |editor| {
        id = Some(contacts::add(editor, details, Some("US"))?);
        Ok(())
    })?;
    for phone in &circle.phones {
        arrival(phone, circle.group, &DocumentName::contacts(), change).await?;
        circle.settle(phone).await?;
    }
    id.context("a contact was added")
}

/// Rosa replaces the number and adds to the note; Ben adds a number, a language and to the note; Ana removes her.
fn change_all(circle: &Circle, id: &ContactId) -> Result<[Hash; 3]> {
    let [rosa, ben, ana] = &*circle.phones else { anyhow::bail!("three phones were wanted") };
    Ok([
        update(circle, rosa, id, |details| {
            details.phones = vec![number("0191")];
            details.note = "2nd floor, bell broken".to_owned();
        })?,
        update(circle, ben, id, |details| {
            details.phones.push(number("0192"));
            details.speaks.push("en".to_owned());
            details.note = "2nd floor. Needs rides on Mondays".to_owned();
        })?,
        edit(circle, ana, |editor| Ok(contacts::remove(editor, id, "moved away")?))?,
    ])
}

fn check(circle: &Circle, id: &ContactId) -> Result<()> {
    let shown = everywhere(circle)?;
    let first = shown.first().context("three phones")?;
    ensure!(shown.iter().all(|list| list == first), "the phones differ: {shown:#?}");

    let contact = first.iter().find(|contact| contact.id == *id).context("the contact is gone")?;
    let mut numbers: Vec<&str> = contact.details.phones.iter().filter_map(|it| it.e164.as_deref()).collect();
    numbers.sort();
    ensure!(numbers == ["+12025550191", "+12025550192"], "{numbers:?}");
    let mut languages = contact.details.speaks.clone();
    languages.sort();
    ensure!(languages == ["en", "vi"], "{languages:?}");
    let note = contact.conflicts.iter().find(|conflict| conflict.field == TextField::Note);
    let mut versions: Vec<&str> =
        note.context("one note won silently")?.versions.iter().map(|version| &*version.text).collect();
    versions.sort();
    ensure!(versions == ["2nd floor, bell broken", "2nd floor. Needs rides on Mondays"], "{versions:?}");
    let Presence::Asked { reason, changed, .. } = &contact.presence else {
        anyhow::bail!("no question was asked: {:?}", contact.presence)
    };
    ensure!(reason == "moved away" && changed.len() == 2, "{reason} {changed:?}");
    Ok(())
}

/// What each phone shows.
fn everywhere(circle: &Circle) -> Result<Vec<Vec<Contact>>> {
    let list = DocumentName::contacts();
    let read = |phone: &Phone| phone.act(|device, _| device.read(circle.group, &list, contacts::all));
    circle.phones.iter().map(|phone| Ok(read(phone)??)).collect()
}

fn update(circle: &Circle, phone: &Phone, id: &ContactId, f: impl FnOnce(&mut Details)) -> Result<Hash> {
    let list = DocumentName::contacts();
    let contact = phone.act(|device, _| device.read(circle.group, &list, |it| contacts::get(it, id)))??;
    let before = contact.context("the contact is not here")?.details;
    let mut after = before.clone();
    f(&mut after);
    edit(circle, phone, |editor| Ok(contacts::update(editor, id, &before, after, Some("US"))?))
}

/// Makes one edit of the list and returns its hash.
fn edit(circle: &Circle, phone: &Phone, f: impl FnOnce(&mut Editor<'_>) -> Result<()>) -> Result<Hash> {
    let list = DocumentName::contacts();
    let known = heads(circle, phone)?;
    phone.act(|device, now| {
        device.edit(circle.group, &list, now, f).map_err(|error| anyhow::anyhow!("{error}"))
    })??;
    heads(circle, phone)?.into_iter().find(|head| !known.contains(head)).context("nothing was changed")
}

fn heads(circle: &Circle, phone: &Phone) -> Result<Vec<Hash>> {
    let list = DocumentName::contacts();
    Ok(phone.act(|device, _| device.read(circle.group, &list, |document| document.heads()))??)
}

fn number(last: &str) -> Number {
    Number::typed(&format!("+1 202 555 {last}"), Some("US"))
}
