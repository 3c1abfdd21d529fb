//! `due`, `confirm` and `forget`: is it still right, and may it be kept at all?

use clap::Args;
use porchlight_device::ForgetReceipt;
use porchlight_documents::contacts::confirming::{self, Due};
use porchlight_documents::contacts::{self, ContactId};
use porchlight_documents::schedule::Day;
use porchlight_documents::schedule::when::Local;
use serde::Serialize;

use super::Book;
use super::pick::pick;
use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{count, plain};

#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// Who said that all is right: ids, their beginnings, or whole names
    #[arg(required_unless_present = "all")]
    contacts: Vec<String>,
    /// Everybody who is due
    #[arg(long, conflicts_with = "contacts")]
    all: bool,
}

/// Prints who did not say for a year that all is right.
pub(super) fn due(desk: &Desk, book: &mut Book) -> Result<(), Failure> {
    let (due, _) = all_due(book)?;
    desk.show(&AllDue { due })
}

/// Notes that people said today that all is right.
pub(super) fn confirm(desk: &Desk, book: &mut Book, wanted: &Confirm) -> Result<(), Failure> {
    let (due, today) = all_due(book)?;
    let ids: Vec<ContactId> = if wanted.all {
        due.into_iter().map(|due| due.contact).collect()
    } else {
        let all = book.read(contacts::all)?;
        let named = wanted.contacts.iter().map(|name| Ok(pick(all.clone(), name)?.id));
        named.collect::<Result<_, Failure>>()?
    };
    book.edit(|editor| confirming::confirm(editor, &ids, today))?;
    desk.show(&Confirmed { confirmed: ids, day: today.to_string() })
}

/// Forgets a contact for good, and says who may still hold a copy.
pub(super) fn forget(desk: &Desk, book: &mut Book, wanted: &str) -> Result<(), Failure> {
    let contact = pick(book.read(contacts::all)?, wanted)?;
    let receipt = book.papers.act(|device, group, now| device.forget_contact(group, &contact.id, now))?;
    let receipt = receipt.map_err(|error| Failure::WhichContact(error.to_string()))?;
    desk.show(&Forgotten::of(book.papers.group().to_string(), contact.id.to_string(), receipt, Sent::NotYet))
}

fn all_due(book: &mut Book) -> Result<(Vec<Due>, Day), Failure> {
    let (country, today) = (book.country()?, book.today()?);
    let due = book.read(|document| confirming::due(document, today, country.as_deref()))?;
    Ok((due, today))
}

impl Book {
    /// The day it is in the group's zone.
    fn today(&mut self) -> Result<Day, Failure> {
        let today = self.papers.act(|device, group, now| {
            let home = device.home_zone(group)?;
            let rules = device.zones().get(&home).or_else(|_| device.zones().get("UTC"));
            Ok(rules.map_or(Day::constant(1970, 1, 1), |rules| Local::of(now, &rules).at.date()))
        })?;
        today.map_err(|error: porchlight_device::ActError| error.into())
    }
}

#[derive(Debug, Serialize)]
struct AllDue {
    due: Vec<Due>,
}

impl Answer for AllDue {
    fn text(&self) -> String {
        let line = |due: &Due| {
            let number = due.number.as_deref().map_or("no number: visit".to_owned(), plain);
            let last = due.confirmed.as_deref().unwrap_or("never");
            format!("{}  {}  {number}  last confirmed: {last}", due.contact, plain(&due.name))
        };
        let mut lines: Vec<String> = self.due.iter().map(line).collect();
        if lines.is_empty() {
            return "Everybody said within a year that all is right".to_owned();
        }
        lines.push("'contacts confirm' notes that they said so; 'contacts remove' drops them".to_owned());
        lines.join("\n")
    }
}

#[derive(Debug, Serialize)]
struct Confirmed {
    confirmed: Vec<ContactId>,
    day: String,
}

impl Answer for Confirmed {
    fn text(&self) -> String {
        format!("{} confirmed on {}", count(self.confirmed.len() as u64, "contact"), self.day)
    }
}

/// Whether the others were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Yes,
    NotYet,
}

/// What is honest to say after a contact was forgotten.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Forgotten {
    group: String,
    contact: String,
    /// Devices of others that hold it until they next connect.
    devices: usize,
    members: Vec<String>,
    up_to_record: u64,
    sent: bool,
}

impl Forgotten {
    pub(crate) fn of(group: String, contact: String, receipt: ForgetReceipt, sent: Sent) -> Self {
        let up_to_record = receipt.position.get();
        Self {
            group,
            contact,
            devices: receipt.devices,
            members: receipt.members,
            up_to_record,
            sent: sent == Sent::Yes,
        }
    }
}

impl Answer for Forgotten {
    fn text(&self) -> String {
        let mut text = if self.sent {
            "Forgotten for good; the list was written anew without its history.".to_owned()
        } else {
            "Not forgotten yet: 'sync' tells the server, and then it goes from every list.".to_owned()
        };
        text.push_str("\nWho may still hold a copy:");
        text.push_str(&format!(
            "\n  {} of the group, until they next connect: {}",
            count(self.devices as u64, "device"),
            plain(&self.members.join(", "))
        ));
        text.push_str(&format!(
            "\n  the server, sealed: records up to {}, until a snapshot is endorsed and its time has passed",
            self.up_to_record
        ));
        text.push_str(
            "\n  phones, sealed: the records of the last 30 days\n  whoever exported, printed or photographed it, \
             and devices that were removed or lost",
        );
        text
    }
}
