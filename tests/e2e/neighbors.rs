//! A neighborhood to tell stories about: a server behind a tap, Rosa who founded the group, and whoever joins.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use porchlight_tests::device::Device;
use porchlight_tests::server::Server;
use porchlight_tests::tap::Tap;
use serde_json::Value;
use tempfile::TempDir;

/// The group's name, as typed by Rosa.
pub(crate) const GROUP: &str = "Maple Street";

/// Everything that a story starts from. Devices are off except while one of their commands runs.
pub(crate) struct Neighborhood {
    pub(crate) server: Server,
    pub(crate) tap: Tap,
    pub(crate) rosa: Device,
    folder: TempDir,
}

impl Neighborhood {
    /// A fresh server, on which Rosa has founded a group.
    pub(crate) fn found() -> Result<Neighborhood> {
        let folder = TempDir::new()?;
        let server = Server::start(&folder.path().join("server"))?;
        let tap = Tap::on(server.address())?;
        let rosa = Device::new(folder.path(), "Rosa");
        rosa.create_group(GROUP, &tap.url(), &server.token()?)?;
        rosa.sync()?;
        Ok(Neighborhood { server, tap, rosa, folder })
    }

    /// The temporary folder in which everything of this story is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A device that has not joined.
    pub(crate) fn stranger(&self, name: &str) -> Device {
        Device::new(self.folder(), name)
    }

    /// The server loses all that it keeps except its own key, as when its database was emptied, and goes on.
    pub(crate) fn empty_server(&mut self) -> Result<()> {
        self.server.stop()?;
        for entry in fs::read_dir(self.server.data())? {
            let path = entry?.path();
            if path.is_file() && path.file_name().is_some_and(|name| name != "server.key") {
                fs::remove_file(path)?;
            }
        }
        self.server = self.server.start_again()?;
        Ok(())
    }

    /// A device that joins with an invitation of Rosa's while all others are off.
    pub(crate) fn neighbor(&self, name: &str) -> Result<Device> {
        let device = self.stranger(name);
        device.join(&self.rosa.invite()?)?;
        Ok(device)
    }
}

/// Every device sends and fetches, twice: after that each has what any of them had.
pub(crate) fn sync_all(devices: &[&Device]) -> Result<()> {
    for device in devices.iter().chain(devices) {
        device.sync().with_context(|| device.name().to_owned())?;
    }
    Ok(())
}

/// The names of all contacts that a device shows, sorted.
pub(crate) fn names(device: &Device) -> Result<Vec<String>> {
    let mut names: Vec<String> = list(&device.contacts()?, "contacts")?
        .iter()
        .map(|contact| text(contact, "name"))
        .collect::<Result<_>>()?;
    names.sort();
    Ok(names)
}

/// The items of a list that a command printed under this name.
pub(crate) fn list<'a>(answer: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    answer.get(name).and_then(Value::as_array).with_context(|| format!("no list of {name} in {answer}"))
}

/// A text field of an item.
pub(crate) fn text(item: &Value, field: &str) -> Result<String> {
    Ok(item.get(field).and_then(Value::as_str).with_context(|| format!("no {field} in {item}"))?.to_owned())
}

/// All these devices show exactly the same contacts, conflicts and questions.
pub(crate) fn assert_same(devices: &[&Device]) -> Result<()> {
    let Some((first, others)) = devices.split_first() else { return Ok(()) };
    let wanted = first.contacts()?;
    for device in others {
        let found = device.contacts()?;
        ensure!(found == wanted, "{} and {} differ:\n{wanted:#}\n{found:#}", first.name(), device.name());
    }
    Ok(())
}
