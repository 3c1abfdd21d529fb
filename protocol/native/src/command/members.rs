//! `members`: who is in the group.

use porchlight_device::MemberView;
use serde::Serialize;

use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{count, plain};
use crate::command::{Failure, RoleName};

/// Prints who is in the group.
pub(crate) fn list(desk: &Desk) -> Result<(), Failure> {
    let mut runner = desk.offline()?;
    let group = desk.group(&mut runner)?;
    let members = runner.act(|device, _| device.members(group.group))??;
    desk.show(&Members { group: group.group.to_string(), members: members.iter().map(Member::of).collect() })
}

#[derive(Debug, Serialize)]
struct Members {
    group: String,
    members: Vec<Member>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    id: String,
    name: String,
    role: RoleName,
    /// When they came in: milliseconds since 1970, by the server's clock.
    since: u64,
    devices: usize,
    /// The devices' ids, to take one out.
    device_ids: Vec<String>,
    #[serde(rename = "self")]
    is_self: bool,
}

impl Member {
    fn of(view: &MemberView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name.clone(),
            role: view.role.into(),
            since: view.since.millis(),
            devices: view.devices.len(),
            device_ids: view.devices.iter().map(|device| device.id.to_string()).collect(),
            is_self: view.is_self,
        }
    }
}

impl Answer for Members {
    fn text(&self) -> String {
        let line = |member: &Member| {
            let name =
                if member.name.is_empty() { "(name not here yet)".to_owned() } else { plain(&member.name) };
            let own = if member.is_self { ", you" } else { "" };
            let ids: Vec<&str> = member.device_ids.iter().filter_map(|id| id.get(..SHOWN)).collect();
            let devices = count(member.devices as u64, "device");
            format!("{name}, {}{own}, {devices} ({})", member.role.word(), ids.join(", "))
        };
        self.members.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// So much of a device's id tells it from the others.
const SHOWN: usize = 12;
