//! What can be typed: the whole grammar of `porchlight-device`, and which file carries out what.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use porchlight_wire::roster::Role;

use crate::command::contacts::Contacts;

mod archive;
mod bundle;
mod circles;
mod contacts;
mod decisions;
mod desk;
mod failure;
mod file;
mod founding;
mod joining;
mod keeping;
mod lobby;
mod members;
mod notes;
mod papers;
mod recovery;
mod roles;
mod screen;
mod settling;
mod shifts;
mod status;
mod sync;
mod typed;
mod words;

pub(crate) use failure::Failure;
pub(crate) use words::{plain, without_secrets};

use desk::Desk;

/// A device of a neighborhood group on this computer.
///
/// What is typed is saved at once, with or without a network; 'sync' sends it and brings what the others did. Nothing
/// but sealed data leaves this computer.
#[derive(Debug, Parser)]
#[command(name = "porchlight-device", version, max_term_width = 100)]
pub(crate) struct Command {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    action: Action,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The folder in which the device lives [default: ~/.porchlight]
    #[arg(long, global = true, value_name = "DIR", env = "PORCHLIGHT_HOME", hide_env = true)]
    pub(crate) home: Option<PathBuf>,
    /// Which group, by its name or the beginning of its id; not needed where there is one
    #[arg(long, global = true, value_name = "NAME|ID")]
    pub(crate) group: Option<String>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How long to wait for a server
    #[arg(long, global = true, value_name = "SECONDS", default_value = "30",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// Use plain requests only, no WebSocket
    #[arg(long, global = true)]
    pub(crate) http: bool,
    /// Trust the certificates in this file too (PEM): for a server that made its own, which must name its host
    /// (`openssl req … -addext subjectAltName=DNS:HOST`)
    #[arg(long, global = true, value_name = "FILE", env = "PORCHLIGHT_CA_CERT", hide_env = true)]
    pub(crate) ca_cert: Option<PathBuf>,
}

impl Options {
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Found a group; its server hears of it when it can be reached
    CreateGroup(CreateGroup),
    /// Make an invitation: prints its link, also as a QR code
    Invite(Invite),
    /// Join a group through an invitation link, or the six words of one
    Join(Join),
    /// Twelve words on paper that bring you back when all your devices are gone
    #[command(subcommand)]
    Recovery(Recovery),
    /// Send what is saved here and fetch what the others did
    Sync(Sync),
    /// Say where everything stands, without asking the server
    Status,
    /// The group's contact list
    #[command(subcommand)]
    Contacts(Box<Contacts>),
    /// When and where help is needed, and who comes
    #[command(subcommand)]
    Shifts(Box<shifts::Shifts>),
    /// Minutes and other notes
    #[command(subcommand)]
    Notes(Box<notes::Notes>),
    /// Proposals and votes
    #[command(subcommand)]
    Decisions(Box<decisions::Decisions>),
    /// Smaller groups inside the group, for what only some may see
    Circles {
        #[command(subcommand)]
        wanted: Option<circles::Circles>,
    },
    /// All of it in one file, out and in
    #[command(subcommand)]
    Archive(archive::Archive),
    /// Carry what is saved here to others by hand, and take in what they bring
    #[command(subcommand)]
    Bundle(Bundle),
    /// Look at the newest snapshot and endorse it, or make one: it stands for the log's older part
    Snapshot,
    /// Forget a contact for good: the list is written anew without it and without any history
    Forget(Forget),
    /// Move the group to another server; everybody may go on working meanwhile
    MoveTo(MoveTo),
    /// Follow the group to another server, by the link that an organizer passed on
    Follow(Follow),
    /// Who is in the group, with roles and devices
    Members {
        #[command(subcommand)]
        wanted: Option<Members>,
    },
    /// Take a member or a device out of the group; the group's key changes with it
    Remove(Remove),
    /// Leave the group, with all your devices
    Leave,
    /// Give a member another role
    Role(SetRole),
    /// Change the group's key: what comes later only those can read who are in now
    Rotate,
    /// Who waits to be let in; vouch for them, let them in or send them away
    Lobby {
        #[command(subcommand)]
        wanted: Option<Lobby>,
    },
    /// Work of removed devices that the server holds; let it in or decide against it
    Held {
        #[command(subcommand)]
        wanted: Option<Held>,
    },
    /// The invitations that are open, or turn one off
    Invitations {
        #[command(subcommand)]
        wanted: Option<Invitations>,
    },
}

/// Found a group.
#[derive(Debug, Args)]
pub(crate) struct CreateGroup {
    /// What the group is called
    pub(crate) name: String,
    /// The server's address, such as https://porch.example.org; the start link names it too
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The token, or the whole start link, that the server printed when it first started; "-" reads it from the input
    #[arg(long, value_name = "TOKEN|LINK", allow_hyphen_values = true)]
    pub(crate) token: Option<String>,
    /// What you are called in the group
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) member: String,
    /// The group's country, such as US: how phone numbers without a country are read
    #[arg(long, value_name = "CODE")]
    pub(crate) country: Option<String>,
    /// The group's time zone, such as America/Chicago
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
}

/// Make an invitation.
#[derive(Debug, Args)]
pub(crate) struct Invite {
    /// What those who join may do
    #[arg(long, value_enum, default_value = "member")]
    pub(crate) role: RoleName,
    /// How many people may join through it
    #[arg(long, value_name = "N", default_value = "30", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) uses: u32,
    /// For how many days it is good
    #[arg(long, value_name = "N", default_value = "7", visible_alias = "expires",
          value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub(crate) days: u64,
    /// An organizer lets in those who ask; the link alone opens nothing
    #[arg(long)]
    pub(crate) approval: bool,
    /// Print six words too, which can be told over the phone; they find and open the invitation for a day
    #[arg(long)]
    pub(crate) code: bool,
    /// So many members must vouch for somebody before an organizer may let them in
    #[arg(long, value_name = "N", requires = "approval", value_parser = clap::value_parser!(u8).range(..=5))]
    pub(crate) vouches: Option<u8>,
    /// For a further device of this member (name or id), or to let them back in on a new phone
    #[arg(long, value_name = "MEMBER", conflicts_with_all = ["approval", "uses", "role"])]
    pub(crate) member: Option<String>,
}

/// Take somebody out.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The member, by name or the beginning of the id
    #[arg(required_unless_present = "device")]
    pub(crate) member: Option<String>,
    /// A single device instead, by the beginning of its id as 'members' shows it
    #[arg(long, value_name = "DEVICE", conflicts_with = "member")]
    pub(crate) device: Option<String>,
}

/// Give a member another role.
#[derive(Debug, Args)]
pub(crate) struct SetRole {
    /// The member, by name or the beginning of the id
    pub(crate) member: String,
    /// What they may do from now on
    #[arg(value_enum)]
    pub(crate) role: RoleName,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lobby {
    /// Print who waits
    List,
    /// Say that you know somebody who waits
    Vouch {
        /// Their name, or the beginning of their device's id
        who: String,
    },
    /// Let somebody in who waits
    Admit {
        /// Their name, or the beginning of their device's id
        who: String,
    },
    /// Send somebody away who waits
    Refuse {
        /// Their name, or the beginning of their device's id
        who: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Held {
    /// Print what is held
    List,
    /// Let what a removed device had written into the group after all
    Accept {
        /// Whose, or the beginning of the device's id
        who: String,
    },
    /// Decide against it, for good
    Discard {
        /// Whose, or the beginning of the device's id
        who: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Invitations {
    /// Print the open invitations
    List,
    /// Turn an invitation off, by the beginning of its id
    Close {
        /// Its id as 'invitations' shows it
        id: String,
    },
}

/// Join a group.
#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The invitation link; "-" reads it from the input, where no other program sees it
    #[arg(required_unless_present = "code")]
    pub(crate) link: Option<String>,
    /// The six words instead, in quotes; "-" reads them from the input
    #[arg(long, value_name = "WORDS", conflicts_with = "link", requires = "server")]
    pub(crate) code: Option<String>,
    /// The address of the server that the words are for
    #[arg(long, value_name = "URL", requires = "code")]
    pub(crate) server: Option<String>,
    /// What you are called in the group
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) member: String,
    /// A few words to those who decide, where an organizer lets people in
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) words: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Recovery {
    /// Make twelve words for all groups of this device, in place of earlier ones
    Words,
    /// Make the words that are on your paper count for groups that you joined since
    Add {
        /// The twelve words, in quotes; "-" reads them from the input, where no other program sees them
        words: String,
    },
    /// Say for which groups there are words
    Status,
    /// Come back into all groups, on a new device
    Restore {
        /// The twelve words, in quotes; "-" reads them from the input, where no other program sees them
        words: String,
        /// The address of the server of one of the groups
        #[arg(long, value_name = "URL")]
        server: String,
    },
}

/// Send and fetch.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Stay connected and tell what happens, until stopped with Ctrl-C
    #[arg(long)]
    pub(crate) watch: bool,
}

/// Forget a contact.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// Its id, or its whole name
    pub(crate) contact: String,
}

/// Move the group.
#[derive(Debug, Args)]
pub(crate) struct MoveTo {
    /// The new server's address
    pub(crate) server: String,
    /// The token, or the whole start link, that the new server printed; "-" reads it from the input
    #[arg(long, value_name = "TOKEN|LINK", allow_hyphen_values = true)]
    pub(crate) token: Option<String>,
}

/// Follow the group.
#[derive(Debug, Args)]
pub(crate) struct Follow {
    /// The link; "-" reads it from the input
    pub(crate) link: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bundle {
    /// Put everything that the server has not confirmed into a file, or into QR codes on the screen
    Export {
        /// The file; without one, QR codes are shown
        file: Option<PathBuf>,
    },
    /// Open somebody's bundle; it is delivered for them at the next 'sync'
    Open {
        /// The file, or one with the texts of scanned codes, one in a line; "-" reads it from the input
        file: PathBuf,
    },
    /// Show one QR code by which another phone learns whether the server has shown both the same
    Greet,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Members {
    /// Print who is in the group
    List,
}

/// A Role as it is typed and printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleName {
    /// May invite and remove
    Organizer,
    /// Reads and writes
    Member,
    /// Reads
    Reader,
}

impl RoleName {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Organizer => "organizer",
            Self::Member => "member",
            Self::Reader => "reader",
        }
    }
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Organizer => Self::Organizer,
            RoleName::Member => Self::Member,
            RoleName::Reader => Self::Reader,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Organizer => Self::Organizer,
            Role::Member => Self::Member,
            Role::Reader => Self::Reader,
        }
    }
}

impl Command {
    /// Carries it out.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let desk = Desk::new(self.options);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Failure::Runtime)?;
        let done = runtime.block_on(async {
            match self.action {
                Action::CreateGroup(wanted) => founding::create_group(&desk, wanted).await,
                Action::Invite(wanted) => joining::invite(&desk, &wanted).await,
                Action::Join(wanted) => joining::join(&desk, &wanted).await,
                Action::Recovery(wanted) => recovery::run(&desk, wanted).await,
                Action::Sync(Sync { watch: false }) => sync::once(&desk).await,
                Action::Sync(Sync { watch: true }) => sync::watch(&desk).await,
                Action::Status => status::status(&desk),
                Action::Circles { wanted } => {
                    circles::run(&desk, wanted.unwrap_or(circles::Circles::List)).await
                }
                Action::Archive(wanted) => archive::run(&desk, &wanted),
                Action::Bundle(wanted) => bundle::run(&desk, &wanted),
                Action::Snapshot => keeping::snapshot(&desk).await,
                Action::Forget(wanted) => keeping::forget(&desk, &wanted).await,
                Action::MoveTo(wanted) => keeping::move_to(&desk, &wanted).await,
                Action::Follow(wanted) => keeping::follow(&desk, &wanted).await,
                Action::Contacts(wanted) => contacts::run(&desk, *wanted),
                Action::Shifts(wanted) => shifts::run(&desk, *wanted),
                Action::Notes(wanted) => notes::run(&desk, *wanted),
                Action::Decisions(wanted) => decisions::run(&desk, *wanted),
                Action::Members { wanted: None | Some(Members::List) } => members::list(&desk),
                Action::Remove(wanted) => roles::remove(&desk, &wanted).await,
                Action::Leave => roles::leave(&desk).await,
                Action::Role(wanted) => roles::set_role(&desk, &wanted).await,
                Action::Rotate => roles::rotate(&desk).await,
                Action::Lobby { wanted } => lobby::run(&desk, wanted.unwrap_or(Lobby::List)).await,
                Action::Held { wanted } => lobby::held(&desk, wanted.unwrap_or(Held::List)).await,
                Action::Invitations { wanted: None | Some(Invitations::List) } => roles::invitations(&desk),
                Action::Invitations { wanted: Some(Invitations::Close { id }) } => {
                    roles::close_invitation(&desk, &id).await
                }
            }
        });
        // Looking up a name may hang in the system for long after nobody waits for it any more.
        runtime.shutdown_background();
        done
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Command::command().debug_assert();
    }
}
