//! Carries out requests: each is one call, or a few, on the device and its documents.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding};
use porchlight_device::{
    ActError, Device, Doing, EditError, FoundGroup, Invitation, InviteOptions, ServerAddress, Stage, Token,
    TokenError, apart,
};
use porchlight_documents::contacts::{self, Contact, ContactError, ContactId, Presence, Stamp, history};
use porchlight_documents::csv::{self, Delimiter};
use porchlight_documents::import::{self, Choices, Import, Options};
use porchlight_documents::vcard::{self, Version};
use porchlight_documents::{DocumentName, Editor, index};
use porchlight_wire::{GroupId, MemberId, ServerKey, Timestamp};

use crate::about;
use crate::answer::{
    Answer, ContactAnswer, ContactLine, GroupAnswer, HistoryAnswer, InvitationAnswer, MemberAnswer,
};
use crate::archive;
use crate::fault::Fault;
use crate::keeping;
use crate::log;
use crate::notes;
use crate::people;
use crate::request::{ExportFormat, Request, Which};
use crate::roster;
use crate::shifts;
use crate::words;

const DAY_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// Rows of an import that become one change: far below what an entry of the log may hold.
const ROWS_AT_ONCE: usize = 50;

/// Carries out one request.
pub(crate) fn perform(device: &mut Device, request: Request, file: &[u8], now: Timestamp) -> Answer {
    match request {
        Request::Groups {} => {
            let groups: Vec<_> = device.groups().into_iter().map(GroupAnswer::from).collect();
            Answer::new(Ok::<_, Fault>(groups))
        }
        Request::Members { group } => {
            let members = device.members(group.0);
            Answer::new(
                members.map(|members| members.into_iter().map(MemberAnswer::from).collect::<Vec<_>>()),
            )
        }
        Request::FoundGroup { name, member_name, url, token, server_key, country, zone, locale } => {
            let server = server_address(url, token.as_deref(), server_key.as_deref());
            let found = server.and_then(|server| {
                device
                    .found_group(FoundGroup { name, member_name, server, token, country, zone, locale }, now)
            });
            Answer::new(found.map(|group| group.to_string()))
        }
        Request::ReadInvitation { link } => Answer::new(read_invitation(device, &link)),
        Request::Invite { group, role, uses, days, member, vouches } => apart(|| {
            let expires = now.plus_millis(u64::from(days).saturating_mul(DAY_MILLIS));
            let member =
                member.map(|id| MemberId::from_hex(&id).ok_or_else(|| roster::unknown("member"))).transpose();
            Answer::new(member.and_then(|member| {
                let options = InviteOptions { role: role.into(), uses, expires, member, vouches };
                Ok(device.invite(group.0, options, now)?)
            }))
        }),
        Request::Roster { group, ask } => apart(|| roster::perform(device, group.0, ask, now)),
        Request::Words(ask) => apart(|| words::perform(device, ask, now)),
        Request::Join { link, member_name, words } => {
            let joined = device.join_saying(&link, &member_name, &words, now);
            Answer::new(joined.map(|group| group.to_string()))
        }
        Request::Contacts { group, search, only } => Answer::new(list(device, group.0, &search, only)),
        Request::Contact { group, contact } => Answer::new(contact_answer(device, group.0, &contact)),
        Request::ContactHistory { group, contact } => {
            apart(|| Answer::new(contact_history(device, group.0, &contact)))
        }
        Request::AddContact { group, details } => Answer::new(country(device, group.0).and_then(|country| {
            edit(device, group.0, now, |editor| contacts::add(editor, *details, country.as_deref()))
        })),
        Request::EditContact { group, contact, before, after, shown } => apart(|| {
            Answer::new(country(device, group.0).and_then(|country| {
                edit_shown(device, group.0, shown.as_deref(), now, |editor| {
                    contacts::update(editor, &contact, &before, *after, country.as_deref())
                })
            }))
        }),
        Request::SettleField { group, contact, field, text, shown } => apart(|| {
            Answer::new(edit_shown(device, group.0, shown.as_deref(), now, |editor| {
                contacts::settle(editor, &contact, field, &text)
            }))
        }),
        Request::RemoveContact { group, contact, reason } => apart(|| {
            Answer::new(edit(device, group.0, now, |editor| contacts::remove(editor, &contact, &reason)))
        }),
        Request::KeepContact { group, contact } => {
            apart(|| Answer::new(edit(device, group.0, now, |editor| contacts::keep(editor, &contact))))
        }
        Request::ClaimContact { group, contact } => {
            apart(|| Answer::new(device.claim_contact(group.0, contact.as_ref(), now)))
        }
        Request::ClaimedContact { group } => apart(|| Answer::new(device.claimed_contact(group.0))),
        Request::MakeSnapshot { group } => apart(|| Answer::new(device.make_snapshot(group.0, now))),
        Request::ForgetContact { group, contact } => {
            apart(|| Answer::new(keeping::forget_contact(device, group.0, &contact, now)))
        }
        Request::LateEdits { group } => {
            apart(|| Answer::new(Ok::<_, Fault>(keeping::late_edits(device, group.0))))
        }
        Request::MoveTo { group, url, token, server_key } => apart(|| {
            let server = server_address(url, token.as_deref(), server_key.as_deref());
            Answer::new(server.and_then(|server| device.move_to(group.0, server, token.as_deref(), now)))
        }),
        Request::Follow { link } => {
            apart(|| Answer::new(device.follow(&link, now).map(|group| group.to_string())))
        }
        Request::PreviewImport { group, options } => {
            apart(|| Answer::new(preview_import(device, group.0, options, file)))
        }
        Request::ApplyImport { group, options, choices } => {
            apart(|| Answer::new(apply_import(device, group.0, options, &choices, file, now)))
        }
        Request::SetAside { group } => apart(|| Answer::new(log::set_aside(device, group.0))),
        Request::Forks { group } => apart(|| Answer::new(log::forks(device, group.0))),
        Request::ExportBundle { group } => apart(|| Answer::new(log::export_bundle(device, group.0, now))),
        Request::Greeting { group } => apart(|| Answer::new(log::greeting(device, group.0, now))),
        Request::Present { group, document, item } => {
            Answer::new(device.present(group.0, &Doing { document, item }, now))
        }
        Request::Presence { group } => Answer::new(log::presence(device, group.0, now)),
        Request::OpenBundle {} => apart(|| Answer::new(log::open_bundle(device, file, now))),
        Request::OpenCodes { codes } => apart(|| Answer::new(log::open_codes(device, &codes, now))),
        Request::AddZone { name } => apart(|| Answer::new(device.add_zone(&name, file))),
        Request::Shifts { group, ask, shown } => {
            shifts::perform(device, group.0, ask, shown.as_deref(), file, now)
        }
        Request::Export { group, format } => apart(|| Answer::new(export(device, group.0, format))),
        Request::About(about) => apart(|| about::perform(device, about, now)),
        Request::People(about) => apart(|| people::perform(device, about, now)),
        Request::Archive(about) => apart(|| archive::perform(device, about, file, now)),
        Request::Notes(about) => apart(|| notes::perform(device, about, now)),
        Request::Decisions(about) => apart(|| notes::decide(device, about, now)),
    }
}

/// A token names its server's key; without one, the server's own word counts until it has to sign.
fn server_address(url: String, token: Option<&str>, key: Option<&str>) -> Result<ServerAddress, ActError> {
    let key = match (token, key) {
        (Some(token), _) => Token::parse(token)?.server,
        (None, key) => key
            .and_then(|key| Base64UrlUnpadded::decode_vec(key).ok())
            .and_then(|key| ServerKey::from_slice(&key))
            .ok_or(TokenError::Damaged)?,
    };
    Ok(ServerAddress { url, key })
}

fn read_invitation(device: &mut Device, link: &str) -> Result<InvitationAnswer, Fault> {
    let invitation = Invitation::parse(link)?;
    let mut groups = device.groups().into_iter();
    let is_in = groups.any(|status| {
        let is_inside =
            !matches!(status.stage, Stage::Joining | Stage::Waiting) && status.departure.is_none();
        status.group == invitation.group && is_inside
    });
    let (group, needs_approval) = (invitation.group.to_string(), invitation.needs_approval());
    let Invitation { url, name, whose, reads, .. } = invitation;
    Ok(InvitationAnswer { group, url, name, is_in, needs_approval, whose, reads })
}

fn list(device: &mut Device, group: GroupId, search: &str, only: Which) -> Result<Vec<ContactLine>, Fault> {
    let country = country(device, group)?;
    let mut found =
        device.read(group, &DocumentName::contacts(), |document| contacts::search(document, search))?;
    if only == Which::Asked {
        found.retain(ContactLine::has_question);
    }
    Ok(found.into_iter().map(|contact| ContactLine::new(contact, country.as_deref())).collect())
}

fn contact_answer(device: &mut Device, group: GroupId, id: &ContactId) -> Result<ContactAnswer, Fault> {
    let country = country(device, group)?;
    let (contact, version) = device.read(group, &DocumentName::contacts(), |document| {
        (contacts::get(document, id), document.version())
    })?;
    let contact = contact.ok_or_else(|| ContactError::Unknown(id.clone()))?;
    let authors = authors(device, group, stamps(&contact));
    let forgetting = device.being_forgotten(group).iter().any(|one| one == id.as_str());
    Ok(ContactAnswer::new(contact, country.as_deref(), authors, version, forgetting))
}

fn contact_history(device: &mut Device, group: GroupId, id: &ContactId) -> Result<HistoryAnswer, Fault> {
    let steps = device.read(group, &DocumentName::contacts(), |document| history::of(document, id))?;
    let authors = authors(device, group, steps.iter().map(|step| step.stamp));
    Ok(HistoryAnswer { steps, authors })
}

/// Everybody whose name a screen needs to show this contact.
fn stamps(contact: &Contact) -> Vec<Stamp> {
    let mut stamps: Vec<Stamp> =
        contact.conflicts.iter().flat_map(|conflict| conflict.versions.iter().map(|v| v.stamp)).collect();
    match &contact.presence {
        Presence::Here => {}
        Presence::Removed { by, .. } => stamps.push(*by),
        Presence::Asked { by, changed, .. } => {
            stamps.push(*by);
            stamps.extend(changed);
        }
    }
    stamps
}

/// What the people behind stamps are called; those that nobody knows are missing.
pub(crate) fn authors(
    device: &mut Device,
    group: GroupId,
    stamps: impl IntoIterator<Item = Stamp>,
) -> BTreeMap<String, String> {
    let mut authors = BTreeMap::new();
    for Stamp { who, .. } in stamps {
        let key = who.to_string();
        if !authors.contains_key(&key)
            && let Some(name) = device.author_name(group, who)
        {
            authors.insert(key, name);
        }
    }
    authors
}

fn preview_import(
    device: &mut Device,
    group: GroupId,
    options: Options,
    file: &[u8],
) -> Result<import::Preview, Fault> {
    let options = Options { country: country(device, group)?, ..options };
    let name = DocumentName::contacts();
    Ok(device.read(group, &name, |document| import::preview(document, file, &options))??)
}

fn apply_import(
    device: &mut Device,
    group: GroupId,
    options: Options,
    choices: &Choices,
    file: &[u8],
    now: Timestamp,
) -> Result<import::Report, Fault> {
    let preview = preview_import(device, group, options, file)?;
    let mut import =
        edit(device, group, now, |editor| Ok::<_, ContactError>(Import::begin(editor, &preview, choices)))?;
    while edit(device, group, now, |editor| import.run(editor, ROWS_AT_ONCE))? {}
    Ok(import.report())
}

fn export(device: &mut Device, group: GroupId, format: ExportFormat) -> Result<String, Fault> {
    let contacts = device.read(group, &DocumentName::contacts(), contacts::list)?;
    Ok(match format {
        ExportFormat::Vcard4 => vcard::write(&contacts, Version::V4),
        ExportFormat::Vcard3 => vcard::write(&contacts, Version::V3),
        ExportFormat::Json => contacts::json::write(&contacts),
        ExportFormat::Csv => sheet(&contacts, Delimiter::Comma),
        ExportFormat::CsvSemicolon => sheet(&contacts, Delimiter::Semicolon),
    })
}

/// A sheet is UTF-8, so nothing is lost here.
fn sheet(contacts: &[Contact], delimiter: Delimiter) -> String {
    String::from_utf8_lossy(&csv::write(contacts, delimiter)).into_owned()
}

/// The Group's default country, by which numbers without one are read.
fn country(device: &mut Device, group: GroupId) -> Result<Option<String>, Fault> {
    Ok(device.read(group, &DocumentName::index(), |document| index::group(document).country)?)
}

fn edit<T, E: Into<Fault>>(
    device: &mut Device,
    group: GroupId,
    now: Timestamp,
    f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
) -> Result<T, Fault> {
    edit_shown(device, group, None, now, f)
}

fn edit_shown<T, E: Into<Fault>>(
    device: &mut Device,
    group: GroupId,
    shown: Option<&str>,
    now: Timestamp,
    f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
) -> Result<T, Fault> {
    let edited = device.edit_shown(group, &DocumentName::contacts(), shown, now, f);
    edited.map_err(|error: EditError<E>| error.into())
}
