//! Answers what connections ask of the log, on read-only connections of the store; waits for the disk, so never called
//! from a task.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use bytes::Bytes;
use porchlight_wire::frame::{
    About, Code, Credential, GetBox, GetPart, KeptSnapshot, KeyBox, Opened, Piece, Records, Refused,
    RosterList, SealedKey, ServerFrame, Snapshots,
};
use porchlight_wire::record::Cursor;
use porchlight_wire::roster::{Purpose, Roster, RosterError};
use porchlight_wire::snapshot::PartName;
use porchlight_wire::{GroupId, InvitationId, Position, Timestamp, limits};

use crate::identity::Identity;
use crate::log::{lies_on, refusal};
use crate::rosters::{LoadError, Rosters};
use crate::store::{GroupRow, PartRow, ReadLimit, ReadStore, StoreError};

mod ahead;
mod lacking;

pub use ahead::Ahead;

/// Something to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// In which Group.
    pub group: GroupId,
    /// Who asks; checked against the newest Roster every time.
    pub credential: Credential,
    /// For what.
    pub what: What,
}

/// What to read.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Whether the credential may enter, and which of these Cursors is the first that lies on this log.
    Open(Vec<Cursor>, Flow),
    /// Records after a Position, one frame full.
    Records(Position),
    /// The whole Roster.
    Roster,
    /// A key box; after an accepted Join, also for one who came with an invitation.
    Box(GetBox),
    /// Which Snapshots there are; with a length of pieces, which of them is to follow, too.
    Snapshots(Option<u32>),
    /// A piece of a Part.
    Part(GetPart),
    /// Pieces that were not asked for one by one.
    Pieces(Vec<GetPart>),
}

/// Whether Records follow once a Group is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// From the Cursor on, and what is new.
    Records,
    /// None: the peer takes a Snapshot first.
    Quiet,
}

/// What was read.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The credential may enter.
    Opened {
        /// The Group.
        group: GroupId,
        /// The Opened frame.
        frame: Bytes,
        /// What to say of what the server lacks beside the log.
        lacking: Option<Bytes>,
        /// Records follow after this Position.
        from: Position,
        /// Where the log ends.
        end: Position,
        /// Whether they follow at all.
        flow: Flow,
    },
    /// One frame full of Records.
    Records {
        /// The Group.
        group: GroupId,
        /// The Records frame; none if there is nothing after the Position.
        frame: Option<Bytes>,
        /// The last Position in it.
        last: Position,
        /// Where the log ends.
        end: Position,
    },
    /// A frame to pass on.
    Frame(Bytes),
    /// Which Snapshots there are, and one of them follows.
    Following {
        /// The Group.
        group: GroupId,
        /// The Snapshots frame.
        frame: Bytes,
        /// What follows, in this order, in pieces of so many bytes.
        ahead: Ahead,
    },
    /// Frames to pass on.
    Frames(Vec<Bytes>),
    /// The credential is not, or no longer, good for the Group: it is not open on this connection.
    Shut(Refused),
    /// Something else is wrong.
    Refused(Refused),
}

/// A few connections that read, for all who ask.
#[derive(Debug)]
pub struct Readers<R> {
    idle: Mutex<Vec<R>>,
    returned: Condvar,
    identity: Arc<Identity>,
    rosters: Arc<Rosters>,
}

impl<R: ReadStore> Readers<R> {
    /// Shares `stores` among all who ask.
    pub fn new(stores: Vec<R>, identity: Arc<Identity>, rosters: Arc<Rosters>) -> Self {
        Self { idle: Mutex::new(stores), returned: Condvar::new(), identity, rosters }
    }

    /// Answers a request, when a connection is free.
    pub fn answer(&self, request: &Request, now: Timestamp) -> Answer {
        self.look(|store| answer(store, &self.identity, &self.rosters, request, now))
    }

    /// Looks at the store itself, when a connection is free.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&R) -> T) -> T {
        let store = self.take();
        let seen = look(&store);
        self.give_back(store);
        seen
    }

    fn give_back(&self, store: R) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(store);
        self.returned.notify_one();
    }

    fn take(&self) -> R {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(store) = idle.pop() {
                return store;
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Answers a request from one moment of the store.
pub fn answer(
    store: &impl ReadStore,
    identity: &Identity,
    rosters: &Rosters,
    request: &Request,
    now: Timestamp,
) -> Answer {
    let result: Result<Answer, Stop> = store.at_one_moment(|store| {
        let row = store
            .group(&request.group)?
            .ok_or_else(|| Stop::Shut(Code::UNKNOWN_GROUP, "this server has no such group".into()))?;
        let roster = rosters.load(store, &row)?;
        let until = check_credential(&roster, request, now)?;
        match &request.what {
            What::Open(cursors, flow) => {
                let lacking = match &request.credential {
                    Credential::Device(device) => {
                        lacking::of_device(store, &row, &roster, device, now.max(row.time))?
                    }
                    Credential::Invitation(_) => None,
                };
                let lacking = lacking.map(|lacking| encode(ServerFrame::Lacking(lacking)));
                let flow = flow_of(store, &row, &roster, &request.credential, *flow)?;
                open(store, identity, &row, &request.credential, cursors, (flow, lacking))
            }
            What::Records(after) => records(store, identity, &row, *after),
            What::Roster => {
                let mut changes = store.roster(row.number)?;
                changes.truncate(until);
                Ok(Answer::Frame(encode(ServerFrame::Roster(RosterList { group: row.id, changes }))))
            }
            What::Box(wanted) => {
                check_own_box(&roster, &request.credential, wanted)?;
                key_box(store, &row, wanted)
            }
            What::Snapshots(pieces) => snapshots(store, &row, *pieces),
            What::Part(wanted) => Ok(Answer::Frame(piece(store, &row, wanted)?)),
            What::Pieces(wanted) => {
                let pieces = wanted.iter().map(|wanted| piece(store, &row, wanted));
                Ok(Answer::Frames(pieces.collect::<Result<_, _>>()?))
            }
        }
    });
    let about = match &request.what {
        What::Box(wanted) => About::Box(wanted.group, wanted.epoch, wanted.recipient),
        What::Part(wanted) => About::Part(wanted.group, wanted.part),
        // Which of several is lacking is all the same: the peer asks for what it has not got.
        What::Pieces(wanted) => match wanted.first() {
            Some(first) => About::Part(first.group, first.part),
            None => About::Group(request.group),
        },
        _ => About::Group(request.group),
    };
    match result {
        Ok(answer) => answer,
        Err(Stop::Shut(code, detail)) => Answer::Shut(refusal(About::Group(request.group), code, detail)),
        Err(Stop::Refused(code, detail)) => Answer::Refused(refusal(about, code, detail)),
        Err(Stop::Failed(failure)) => {
            eprintln!("porchlight: cannot read: {failure}");
            Answer::Refused(refusal(about, Code::STORAGE, "the server cannot read it now"))
        }
    }
}

/// Whether the credential is good for this; gives how many RosterChanges its holder may see. One who was removed sees
/// the Roster up to that, which proves it, and nothing else.
fn check_credential(roster: &Roster, request: &Request, now: Timestamp) -> Result<usize, Stop> {
    match &request.credential {
        Credential::Device(device) => {
            let gone = roster.device(device).and_then(|device| device.gone);
            match gone {
                Some(gone) if matches!(request.what, What::Roster) => return Ok(gone.change),
                _ => drop(roster.entrant(device)?),
            }
        }
        // One who joined through it a moment ago may have taken its last place, and still needs the box.
        Credential::Invitation(_) if matches!(request.what, What::Box(_)) => {}
        Credential::Invitation(key) => {
            let invitation = roster.open_invitation(&InvitationId::of_key(key), now)?;
            if invitation.vouches.is_some() && matches!(request.what, What::Roster) {
                let detail = "who waits to be let in does not see who is in the group";
                return Err(Stop::Refused(Code::NOT_ALLOWED, detail.into()));
            }
        }
    }
    Ok(usize::MAX)
}

/// Where there is no Snapshot to begin with, a newcomer reads the Records. Recovery words read nothing.
fn flow_of(
    store: &impl ReadStore,
    row: &GroupRow,
    roster: &Roster,
    credential: &Credential,
    asked: Flow,
) -> Result<Flow, StoreError> {
    let Credential::Device(device) = credential else { return Ok(asked) };
    let words = roster.device(device).is_some_and(|device| device.purpose == Purpose::Recovery);
    let whole = row.base.position == Position::new(0);
    if asked == Flow::Quiet && !words && whole && store.snapshots(row.number)?.is_empty() {
        return Ok(Flow::Records);
    }
    Ok(asked)
}

fn open(
    store: &impl ReadStore,
    identity: &Identity,
    row: &GroupRow,
    credential: &Credential,
    cursors: &[Cursor],
    (flow, lacking): (Flow, Option<Bytes>),
) -> Result<Answer, Stop> {
    let head = identity.sign_head(&row.id, row.head, row.time);
    let answer = |from: Option<Cursor>, base: Option<Position>, sent, flow| {
        let next = (row.generation > row.head.generation).then_some(row.generation);
        let frame = encode(ServerFrame::Opened(Opened { group: row.id, head, from, base, next }));
        let end = row.head.position;
        Ok(Answer::Opened { group: row.id, frame, lacking: lacking.clone(), from: sent, end, flow })
    };
    let asked = cursors.first().copied().unwrap_or(Cursor::START);
    if matches!(credential, Credential::Invitation(_)) {
        return answer(None, None, asked.position, flow);
    }
    if flow == Flow::Quiet {
        return answer(None, Some(row.base.position), asked.position, flow);
    }
    for cursor in cursors {
        if cursor.position < row.base.position {
            // Nobody can tell any more whether it was on the log; a Snapshot stands for all of that.
            return answer(None, Some(row.base.position), asked.position, Flow::Quiet);
        }
        if lies_on(store, row, cursor)? {
            return answer((*cursor != asked).then_some(*cursor), None, cursor.position, flow);
        }
    }
    Err(Stop::Shut(Code::OTHER_HISTORY, "the cursor is not on this server's log".into()))
}

fn records(
    store: &impl ReadStore,
    identity: &Identity,
    row: &GroupRow,
    after: Position,
) -> Result<Answer, Stop> {
    let end = row.head.position;
    if after < row.base.position {
        return Ok(Answer::Records { group: row.id, frame: None, last: after, end });
    }
    // One frame is of one generation.
    let (mut generation, mut count) = (row.generation, limits::MAX_RECORDS_PER_FRAME);
    for (known, first) in store.generations(row.number)? {
        if first <= after.next() {
            (generation, count) = (known, limits::MAX_RECORDS_PER_FRAME);
        } else if count == limits::MAX_RECORDS_PER_FRAME {
            let left = first.get() - after.next().get();
            count = count.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
    }
    let limit = ReadLimit { records: count, bytes: limits::RECORDS_FRAME_TARGET };
    let records = store.records(row.number, after, limit)?;
    let last = Position::new(after.get() + records.len() as u64);
    let Some(time) = records.last().map(|record| record.time) else {
        return Ok(Answer::Records { group: row.id, frame: None, last, end });
    };
    // Each frame is proven by itself: so a device can give it back to a server that lost it.
    let chain = store.chain(row.number, last)?.ok_or(StoreError::Damaged("chain"))?;
    let head = Some(identity.sign_head(&row.id, Cursor { generation, position: last, chain }, time));
    let first = after.next();
    let frame = encode(ServerFrame::Records(Records { group: row.id, generation, first, records, head }));
    Ok(Answer::Records { group: row.id, frame: Some(frame), last, end })
}

fn snapshots(store: &impl ReadStore, row: &GroupRow, pieces: Option<u32>) -> Result<Answer, Stop> {
    let (mut snapshots, mut newest) = (Vec::new(), None);
    for snapshot in store.snapshots(row.number)? {
        // The rule by which a device chooses, except that what it was told before counts for it too.
        let stands = !snapshot.objected || snapshot.cursor.position == row.base.position;
        if snapshot.endorsed.is_some() && stands {
            newest = Some(PartName { hash: snapshot.manifest, size: snapshot.size });
        }
        let statements = store.statements(row.number, &snapshot.manifest)?;
        snapshots.push(KeptSnapshot {
            manifest: snapshot.manifest,
            size: snapshot.size,
            statements: statements.into_iter().map(Into::into).collect(),
        });
    }
    let ahead = match (newest, pieces) {
        (Some(newest), Some(length)) => Ahead::of(store, row, newest, length)?,
        _ => None,
    };
    let follows = ahead.as_ref().and_then(Ahead::manifest);
    let list = Snapshots { group: row.id, base: row.base.position, snapshots, follows };
    let (group, frame) = (row.id, encode(ServerFrame::Snapshots(list)));
    Ok(match ahead {
        Some(ahead) => Answer::Following { group, frame, ahead },
        None => Answer::Frame(frame),
    })
}

fn piece(store: &impl ReadStore, row: &GroupRow, wanted: &GetPart) -> Result<Bytes, Stop> {
    let part = store.part(row.number, &wanted.part)?.filter(PartRow::is_whole);
    let part = part.ok_or_else(|| Stop::Refused(Code::NO_PART, "there is no such part".into()))?;
    let longest = u32::try_from(limits::MAX_PIECE).unwrap_or(u32::MAX);
    let bytes = store.piece(&part, wanted.offset, wanted.length.min(longest))?;
    let (part, size, offset) = (part.hash, part.size, wanted.offset);
    let piece = Piece { group: row.id, part, size, offset, bytes: bytes.into() };
    Ok(encode(ServerFrame::Piece(piece)))
}

/// A box is handed out to its recipient only.
fn check_own_box(roster: &Roster, credential: &Credential, wanted: &GetBox) -> Result<(), Stop> {
    let (own, through) = match credential {
        Credential::Device(device) => {
            let device = roster.device(device);
            let member = device.and_then(|device| roster.member(&device.member));
            // Whoever joined just now and lost the connection fetches the invitation's box as a device.
            (device.map(|device| device.sealing), member.and_then(|member| member.invitation))
        }
        Credential::Invitation(key) => (None, Some(InvitationId::of_key(key))),
    };
    let invited = through.and_then(|id| roster.invitation(&id)).map(|invitation| invitation.sealing);
    let device_invited =
        || roster.invitations().any(|(_, one)| one.member.is_some() && one.sealing == wanted.recipient);
    if own == Some(wanted.recipient) || invited == Some(wanted.recipient) || device_invited() {
        return Ok(());
    }
    Err(Stop::Refused(Code::NOT_ALLOWED, "this key box is for somebody else".into()))
}

fn key_box(store: &impl ReadStore, row: &GroupRow, wanted: &GetBox) -> Result<Answer, Stop> {
    let GetBox { epoch, recipient, .. } = *wanted;
    let Some(kept) = store.key_box(row.number, epoch, &recipient)? else {
        return Err(Stop::Refused(Code::NO_BOX, "there is no such key box yet".into()));
    };
    let path = (!kept.path.is_empty()).then(|| minicbor::decode(&kept.path)).transpose();
    let path = path.map_err(|_| StoreError::Damaged("key box"))?;
    let key = SealedKey { epoch, recipient, sealed: kept.sealed.into() };
    Ok(Answer::Frame(encode(ServerFrame::Box(KeyBox { group: row.id, key, path }))))
}

fn encode(frame: ServerFrame) -> Bytes {
    frame.encode().into()
}

/// Why a request is not answered.
enum Stop {
    Shut(Code, String),
    Refused(Code, String),
    Failed(LoadError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<LoadError> for Stop {
    fn from(error: LoadError) -> Self {
        Self::Failed(error)
    }
}

impl From<RosterError> for Stop {
    fn from(error: RosterError) -> Self {
        Self::Shut(error.code(), error.to_string())
    }
}
