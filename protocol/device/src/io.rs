//! What goes into a Device and what comes out of it: the whole interface to clock, disk and network.

use porchlight_documents::DocumentName;
use porchlight_wire::{GroupId, Timestamp};

/// The device's end of one connection; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// What happened outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A connection asked for by [`Output::Connect`] stands.
    Opened {
        /// Which.
        link: LinkId,
    },
    /// One frame arrived.
    Received {
        /// On which connection.
        link: LinkId,
        /// Its bytes.
        frame: Vec<u8>,
    },
    /// A connection ended, or could not be made.
    Closed {
        /// Which.
        link: LinkId,
        /// Why, in a few words for the log.
        reason: String,
    },
    /// The time asked for by [`Output::WakeAt`] has come.
    Tick,
}

/// What is to be done outside, in exactly this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Write these in one durable transaction before anything that follows: not even a loss of power may lose them.
    Persist(Vec<Write>),
    /// Write these in one transaction before anything that follows. They must outlive the program, and need not outlive the
    /// power: they came from elsewhere and will come again. What is lost is all that was kept after some moment, never
    /// something from between, and nothing from before the last [`Output::Persist`].
    Keep(Vec<Write>),
    /// Open a connection to the server at this base address, such as `https://porch.example.org`.
    Connect {
        /// What to call it.
        link: LinkId,
        /// The server's base address, without a slash at its end.
        url: String,
    },
    /// Send one frame.
    Send {
        /// On which connection.
        link: LinkId,
        /// Its bytes.
        frame: Vec<u8>,
    },
    /// End a connection; no [`Input::Closed`] is expected for it.
    Close {
        /// Which.
        link: LinkId,
    },
    /// Feed [`Input::Tick`] at this time; replaces an earlier wish.
    WakeAt(Timestamp),
    /// Something that a screen may want to show.
    Event(Event),
}

/// One change to the key/value store.
#[derive(Clone, PartialEq, Eq)]
pub enum Write {
    /// Sets a value.
    Put {
        /// Its key.
        key: Vec<u8>,
        /// Its value; may hold keys and plain text.
        value: Vec<u8>,
    },
    /// Removes a value.
    Delete {
        /// Its key.
        key: Vec<u8>,
    },
}

impl core::fmt::Debug for Write {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Put { key, value } => {
                write!(f, "Put({}, {} bytes)", String::from_utf8_lossy(key), value.len())
            }
            Self::Delete { key } => write!(f, "Delete({})", String::from_utf8_lossy(key)),
        }
    }
}

/// Something that a screen may want to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A Document is not what it was.
    DocumentChanged {
        /// Of which Group.
        group: GroupId,
        /// Which.
        name: DocumentName,
    },
    /// What [`crate::GroupStatus`] says is not what it was.
    StatusChanged {
        /// Of which Group.
        group: GroupId,
    },
    /// The server took the Join and the Group's key is here.
    Joined {
        /// Which Group.
        group: GroupId,
    },
    /// The Join was refused for good; the Group is forgotten here.
    JoinFailed {
        /// Which Group.
        group: GroupId,
        /// Why.
        reason: crate::JoinFailure,
    },
    /// The server had lost Records, and took them back from this device.
    PutBack {
        /// Of which Group.
        group: GroupId,
        /// How many.
        records: u32,
    },
    /// Entries that came by hand were refused for good; what they brought is not shown any more.
    CarriedRefused {
        /// Of which Group.
        group: GroupId,
        /// Whose Entries.
        member: Option<porchlight_wire::MemberId>,
        /// Why.
        code: porchlight_wire::frame::Code,
    },
    /// Somebody began or stopped doing something; see [`crate::Device::presence`].
    PresenceChanged {
        /// Of which Group.
        group: GroupId,
    },
    /// Who waits in the lobby has come from the server; see [`crate::Device::lobby`].
    LobbyChanged {
        /// Of which Group.
        group: GroupId,
    },
    /// The server keeps the invitation behind the words of [`crate::Device::tell_in_words`]; they work now.
    CodeKept {
        /// Of which Group.
        group: GroupId,
    },
    /// It does not keep it: those words will never work.
    CodeRefused {
        /// Of which Group.
        group: GroupId,
        /// Why not.
        code: porchlight_wire::frame::Code,
    },
    /// The invitation behind the words of [`crate::Device::find_by_words`]: show whose it is, and join.
    CodeFound {
        /// What was found.
        invitation: Box<crate::Invitation>,
    },
    /// The list behind the words of [`crate::Device::restore`]: this device goes back into these Groups now.
    ListFound {
        /// Which Groups.
        groups: Vec<GroupId>,
    },
    /// There is none, or it may not be looked for now.
    CodeNotFound {
        /// Why not.
        code: porchlight_wire::frame::Code,
    },
    /// What the server holds of removed devices has come; see [`crate::Device::held`].
    HeldChanged {
        /// Of which Group.
        group: GroupId,
    },
    /// A change of who is in the Group was given up: it breaks a rule now, or the server refused it.
    RosterRefused {
        /// Of which Group.
        group: GroupId,
        /// What was wanted.
        act: crate::RosterAct,
        /// Why not.
        code: porchlight_wire::frame::Code,
    },
    /// Somebody joined or left.
    MembersChanged {
        /// Of which Group.
        group: GroupId,
    },
}
