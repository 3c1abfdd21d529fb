//! One group's documents on this computer, as the commands about contacts, notes and decisions read and change them.

use porchlight_device::Device;
use porchlight_documents::{Document, DocumentName, Editor, Kind};
use porchlight_native::Runner;
use porchlight_wire::{ActorPrefix, GroupId, Timestamp};

use crate::command::Failure;
use crate::command::desk::{Desk, SHORTEST_ID};

/// One group's documents.
pub(crate) struct Papers {
    runner: Runner,
    group: GroupId,
}

/// A document among which one is picked: by its id or a beginning of it, or by what it is called if it is shown.
pub(crate) struct Sheet<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) is_shown: bool,
}

impl Papers {
    pub(crate) fn open(desk: &Desk) -> Result<Self, Failure> {
        let mut runner = desk.offline()?;
        let group = desk.group(&mut runner)?.group;
        Ok(Self { runner, group })
    }

    pub(crate) fn group(&self) -> GroupId {
        self.group
    }

    /// Asks the device, or tells it something. When this returns, what is changed is on the disk.
    pub(crate) fn act<T>(
        &mut self,
        f: impl FnOnce(&mut Device, GroupId, Timestamp) -> T,
    ) -> Result<T, Failure> {
        let group = self.group;
        Ok(self.runner.act(|device, now| f(device, group, now))?)
    }

    pub(crate) fn now(&mut self) -> Result<Timestamp, Failure> {
        self.act(|_, _, now| now)
    }

    pub(crate) fn read<T>(
        &mut self,
        name: &DocumentName,
        f: impl FnOnce(&Document) -> T,
    ) -> Result<T, Failure> {
        Ok(self.act(|device, group, _| device.read(group, name, f))??)
    }

    pub(crate) fn edit<T, E>(
        &mut self,
        name: &DocumentName,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<T, Failure>
    where
        Failure: From<E>,
    {
        Ok(self.act(|device, group, now| device.edit(group, name, now, f))??)
    }

    pub(crate) fn names(&mut self, kind: Kind) -> Result<Vec<DocumentName>, Failure> {
        let names = self.act(|device, group, _| device.documents(group))??;
        Ok(names.into_iter().filter(|name| name.kind == kind).collect())
    }

    /// What the member is called whose device wrote something, if that is known.
    pub(crate) fn author(&mut self, prefix: ActorPrefix) -> Result<Option<String>, Failure> {
        let name = self.act(|device, group, _| device.author_name(group, prefix))?;
        Ok(name.filter(|name| !name.is_empty()))
    }

    /// The one document of these that is meant by what was typed.
    pub(crate) fn pick<'a>(
        kind: Kind,
        typed: &str,
        sheets: impl Iterator<Item = Sheet<'a>>,
    ) -> Result<DocumentName, Failure> {
        let typed = typed.trim().to_lowercase();
        let fits = |sheet: &Sheet<'_>| {
            let starts = typed.len() >= SHORTEST_ID && sheet.id.starts_with(&typed);
            starts || (sheet.is_shown && sheet.title.to_lowercase() == typed)
        };
        let meant: Vec<&str> = sheets.filter(fits).map(|sheet| sheet.id).collect();
        let word = kind.word();
        match meant.as_slice() {
            [one] => Ok(DocumentName { kind, key: (*one).to_owned() }),
            [] => Err(Failure::WhichNote(format!("there is no such {word}; '{word}s list' shows their ids"))),
            several => {
                let ids = several.join(", ");
                Err(Failure::WhichNote(format!("several {word}s fit; say which by its id: {ids}")))
            }
        }
    }
}
