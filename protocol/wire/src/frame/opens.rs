//! What a device says by requests: which frames may follow from an earlier request, and what has to stand before them.
//!
//! ```text
//! body of POST /sync = { length: u32, big-endian; frame: that many bytes } repeated
//! ```
//! The server forgets each request when it has answered it. Most frames make sense only behind an Open of their Group,
//! so where the Group was opened in an earlier request its Open is said again.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::Decoder;

use crate::{GroupId, limits};

/// What must stand before a frame in the same request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// An Open of this Group, with whatever key it was opened last.
    Open(GroupId),
    /// An Open of this Group as a device. One with an invitation does not lead on: once a Join is there the invitation may
    /// be used up, and it never was good for this.
    OpenAsDevice(GroupId),
    /// A new Open of this Group, from what is stored now. After one that is repeated the device would be sent again what it
    /// has taken in since, and what it says may answer that already.
    NewOpen(GroupId),
    /// It is an Open of this Group itself.
    IsOpen(GroupId, Key),
}

/// With what a Group was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Device,
    Invitation,
}

impl Needs {
    /// Reads no more of a frame than this takes: a phone downloads whatever reads frames, and has no other use for it.
    fn of(frame: &[u8]) -> Option<Self> {
        let mut body = Decoder::new(frame);
        body.array().ok()?;
        let kind = body.u32().ok()?;
        body.array().ok()?;
        Some(match kind {
            OPEN => {
                let group = group_first(&mut body)?;
                body.u32().ok()?;
                body.array().ok()?;
                let key = if body.u32().ok()? == 0 { Key::Device } else { Key::Invitation };
                Self::IsOpen(group, key)
            }
            APPEND => Self::NewOpen(group_first(&mut body)?),
            CHANGE | GET_ROSTER | GET_KEYS | LOBBY => Self::Open(group_first(&mut body)?),
            PUT_BOX | GET_BOX | HELD | PUT_PART..=PUT_KEYS => Self::OpenAsDevice(group_first(&mut body)?),
            LOOKUP => {
                body.array().ok()?;
                let puts = body.u32().ok()? == 0;
                body.array().ok()?;
                if puts { Self::OpenAsDevice(body.decode().ok()?) } else { Self::Nothing }
            }
            _ => Self::Nothing,
        })
    }
}

/// A body that names its Group has it first.
fn group_first(body: &mut Decoder<'_>) -> Option<GroupId> {
    body.map().ok()?;
    (body.u32().ok()? == 0).then_some(())?;
    body.decode().ok()
}

const OPEN: u32 = 3;
const APPEND: u32 = 4;
const CHANGE: u32 = 5;
const PUT_BOX: u32 = 6;
const GET_BOX: u32 = 7;
const GET_ROSTER: u32 = 8;
const GET_KEYS: u32 = 10;
const LOBBY: u32 = 11;
const HELD: u32 = 12;
const LOOKUP: u32 = 13;
const PUT_PART: u32 = 15;
const PUT_KEYS: u32 = 21;

/// The last Open of each Group in requests that follow from one another.
#[derive(Clone, Debug, Default)]
pub struct Opens(BTreeMap<GroupId, (Key, Vec<u8>)>);

/// One request, made of the first of the frames that a device says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestBody {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Whether frames were left out: they are said again after a new beginning.
    pub left: bool,
}

impl Opens {
    /// The next request: as many of the frames as it carries at once, with what they need before them. Nothing if not even
    /// the first can be said without a new beginning.
    pub fn request(&mut self, said: &[Vec<u8>]) -> Option<RequestBody> {
        let mut body = Vec::new();
        let mut open_here = BTreeSet::new();
        let mut says_more = false;
        for frame in said {
            let needs = Needs::of(frame).unwrap_or(Needs::Nothing);
            let is_open = matches!(needs, Needs::IsOpen(..));
            if let Needs::IsOpen(group, key) = needs {
                open_here.insert(group);
                self.0.insert(group, (key, frame.clone()));
            }
            let open = match self.before(needs, &mut open_here) {
                Before::Nothing => None,
                Before::This(open) => Some(open),
                Before::NewBeginning => return left_after(body),
            };
            let size = frame.len() + LENGTH + open.map_or(0, |open| open.len() + LENGTH);
            // Opens alone say nothing: every request has at least one thing more, or none would ever get on.
            if says_more && body.len() + size > limits::REQUEST_TARGET {
                return left_after(body);
            }
            open.into_iter().chain([frame]).for_each(|frame| put_frame(&mut body, frame));
            says_more |= !is_open;
        }
        Some(RequestBody { body, left: false })
    }

    fn before(&self, needs: Needs, open_here: &mut BTreeSet<GroupId>) -> Before<'_> {
        let (group, fits): (GroupId, fn(Key) -> bool) = match needs {
            Needs::Nothing | Needs::IsOpen(..) => return Before::Nothing,
            Needs::Open(group) => (group, |_| true),
            Needs::OpenAsDevice(group) => (group, |key| key == Key::Device),
            Needs::NewOpen(group) => (group, |_| false),
        };
        if !open_here.insert(group) {
            return Before::Nothing;
        }
        match self.0.get(&group).filter(|(key, _)| fits(*key)) {
            Some((_, open)) => Before::This(open),
            None => Before::NewBeginning,
        }
    }
}

/// What is said before a frame.
enum Before<'a> {
    Nothing,
    This(&'a Vec<u8>),
    NewBeginning,
}

fn left_after(body: Vec<u8>) -> Option<RequestBody> {
    (!body.is_empty()).then_some(RequestBody { body, left: true })
}

fn put_frame(body: &mut Vec<u8>, frame: &[u8]) {
    // No frame that a device makes comes near 4 GiB.
    body.extend_from_slice(&u32::try_from(frame.len()).unwrap_or(u32::MAX).to_be_bytes());
    body.extend_from_slice(frame);
}

/// The length before each frame.
const LENGTH: usize = 4;

#[cfg(test)]
mod tests {
    use super::super::{Append, Change, ClientFrame, Credential, GetBox, GetKeys, GetPart, LookupCall, Open};
    use super::*;
    use crate::record::Cursor;
    use crate::{DeviceId, Epoch, Hash, InvitationKey, Signature};

    const GROUP: GroupId = GroupId::from_bytes([1; 32]);

    fn open(credential: Credential) -> Vec<u8> {
        let (proof, cursor) = (Signature::from_bytes([0; 64]), Cursor::START);
        ClientFrame::Open(Open { group: GROUP, credential, proof, cursor, earlier: None, quiet: None })
            .encode()
    }

    fn invited() -> Vec<u8> {
        open(Credential::Invitation(InvitationKey::from_bytes([2; 32])))
    }

    fn device() -> Vec<u8> {
        open(Credential::Device(DeviceId::from_bytes([3; 32])))
    }

    fn change() -> Vec<u8> {
        let previous = Hash::ZERO;
        ClientFrame::Change(Change {
            group: GROUP,
            previous,
            change: vec![].into(),
            keys: vec![],
            boxes: vec![],
        })
        .encode()
    }

    fn get_box() -> Vec<u8> {
        ClientFrame::GetBox(GetBox { group: GROUP, epoch: Epoch::new(0), recipient: Hash::ZERO }).encode()
    }

    fn append(size: usize) -> Vec<u8> {
        ClientFrame::Append(Append { group: GROUP, entries: vec![vec![0; size].into()] }).encode()
    }

    fn body(frames: &[&[u8]]) -> Vec<u8> {
        let mut body = Vec::new();
        frames.iter().for_each(|frame| put_frame(&mut body, frame));
        body
    }

    fn whole(frames: &[&[u8]]) -> Option<RequestBody> {
        Some(RequestBody { body: body(frames), left: false })
    }

    fn cut(frames: &[&[u8]]) -> Option<RequestBody> {
        Some(RequestBody { body: body(frames), left: true })
    }

    /// What stands in the table, for frames that were read whole. A new kind of frame has to be given its place here.
    fn needs(frame: &ClientFrame) -> Needs {
        match frame {
            ClientFrame::Hello(_) | ClientFrame::Found(_) | ClientFrame::Lookup(LookupCall::Get(_)) => {
                Needs::Nothing
            }
            // What was open is closed with every request.
            ClientFrame::Leave(_) => Needs::Nothing,
            ClientFrame::Open(open) => match open.credential {
                Credential::Device(_) => Needs::IsOpen(open.group, Key::Device),
                Credential::Invitation(_) => Needs::IsOpen(open.group, Key::Invitation),
            },
            ClientFrame::Append(append) => Needs::NewOpen(append.group),
            ClientFrame::Change(change) => Needs::Open(change.group),
            ClientFrame::GetRoster(wanted) => Needs::Open(wanted.group),
            ClientFrame::GetKeys(wanted) => Needs::Open(wanted.group),
            ClientFrame::Lobby(call) => Needs::Open(call.group),
            ClientFrame::PutBox(put) => Needs::OpenAsDevice(put.group),
            ClientFrame::GetBox(wanted) => Needs::OpenAsDevice(wanted.group),
            ClientFrame::Held(call) => Needs::OpenAsDevice(call.group),
            ClientFrame::Lookup(LookupCall::Put(group, ..)) => Needs::OpenAsDevice(*group),
            ClientFrame::PutPart(put) => Needs::OpenAsDevice(put.group),
            ClientFrame::GetPart(wanted) => Needs::OpenAsDevice(wanted.group),
            ClientFrame::GetSnapshots(wanted) => Needs::OpenAsDevice(wanted.group),
            ClientFrame::State(state) => Needs::OpenAsDevice(state.group),
            ClientFrame::Refill(refill) => Needs::OpenAsDevice(refill.group),
            ClientFrame::Presence(presence) => Needs::OpenAsDevice(presence.group),
            ClientFrame::PutKeys(put) => Needs::OpenAsDevice(put.group),
        }
    }

    #[test]
    fn what_every_frame_needs_is_read_off_its_beginning() {
        let pinned = include_str!("../../vectors/protocol.json");
        let pinned: serde_json::Value = serde_json::from_str(pinned).unwrap();
        let groups =
            pinned.as_object().unwrap().iter().filter(|(name, _)| name.contains("frames of a device"));
        let frames = groups.flat_map(|(_, frames)| frames.as_object().unwrap());
        let mut kinds = BTreeSet::new();
        for (name, digits) in frames {
            let digits = digits.as_str().unwrap();
            let bytes: Vec<u8> = (0..digits.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
                .collect();
            let frame = ClientFrame::decode(&bytes).unwrap().unwrap();
            assert_eq!(Needs::of(&bytes), Some(needs(&frame)), "{name}");
            kinds.insert(bytes[1]);
        }
        assert_eq!(kinds.len(), 20, "every kind is pinned: {kinds:?}");
        assert_eq!(Needs::of(&invited()), Some(Needs::IsOpen(GROUP, Key::Invitation)));
        assert_eq!(Needs::of(b"<html>"), None);
    }

    #[test]
    fn an_open_is_repeated_where_it_leads_on() {
        let mut opens = Opens::default();
        assert_eq!(opens.request(&[invited()]), whole(&[&invited()]));
        assert_eq!(opens.request(&[change()]), whole(&[&invited(), &change()]));
        assert_eq!(opens.request(&[get_box()]), None, "the invitation may be used up by now");
        let joined = [change(), get_box(), device()];
        assert_eq!(opens.request(&joined), whole(&[&invited(), &change(), &get_box(), &device()]));
        assert_eq!(opens.request(&[get_box()]), whole(&[&device(), &get_box()]));
        assert_eq!(
            opens.request(&[change()]),
            whole(&[&device(), &change()]),
            "a new epoch follows from what was read"
        );
        let keys = ClientFrame::GetKeys(GetKeys { group: GROUP, hashes: vec![] }).encode();
        assert_eq!(opens.request(std::slice::from_ref(&keys)), whole(&[&device(), &keys]));
        let part =
            ClientFrame::GetPart(GetPart { group: GROUP, part: Hash::ZERO, offset: 0, length: 1 }).encode();
        let twice = [part.clone(), part.clone()];
        assert_eq!(opens.request(&twice), whole(&[&device(), &part, &part]), "opened once for both");
    }

    #[test]
    fn what_needs_a_new_beginning_waits_for_it_and_holds_up_nothing_before_it() {
        let mut opens = Opens::default();
        assert_eq!(opens.request(&[get_box()]), None);
        assert_eq!(opens.request(&[device(), append(1)]), whole(&[&device(), &append(1)]));
        assert_eq!(opens.request(&[append(1)]), None, "the next Open says what it has taken in since");
        assert_eq!(opens.request(&[get_box(), append(1)]), whole(&[&device(), &get_box(), &append(1)]));
        let other =
            ClientFrame::Append(Append { group: GroupId::from_bytes([9; 32]), entries: vec![] }).encode();
        assert_eq!(opens.request(&[get_box(), other]), cut(&[&device(), &get_box()]));
    }

    #[test]
    fn a_request_is_no_larger_than_a_slow_line_carries_but_for_one_frame() {
        let mut opens = Opens::default();
        let half = append(limits::REQUEST_TARGET / 2);
        let said = [device(), half.clone(), half.clone(), half.clone()];
        assert_eq!(opens.request(&said), cut(&[&device(), &half]));
        let large = append(limits::MAX_ENTRY);
        assert_eq!(
            opens.request(&[device(), large.clone()]),
            whole(&[&device(), &large]),
            "an Open alone says nothing"
        );
    }
}
