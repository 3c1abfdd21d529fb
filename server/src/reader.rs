//! Answers what connections ask of the log, on read-only connections of the store; waits for the disk, so never called
//! from a task.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use bytes::Bytes;
use porchlight_wire::frame::{
    About, Code, Credential, GetBox, KeyBox, Opened, Records, Refused, RosterList, SealedKey, ServerFrame,
};
use porchlight_wire::record::Cursor;
use porchlight_wire::roster::{Roster, RosterError};
use porchlight_wire::{GroupId, InvitationId, Position, Timestamp, limits};

use crate::identity::Identity;
use crate::log::refusal;
use crate::rosters::{LoadError, Rosters};
use crate::store::{GroupRow, ReadLimit, ReadStore, StoreError};

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
    /// Whether the credential may enter, and whether the Cursor lies on this log.
    Open(Cursor),
    /// Records after a Position, one frame full.
    Records(Position),
    /// The whole Roster.
    Roster,
    /// A key box; after an accepted Join, also for one who came with an invitation.
    Box(GetBox),
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
        /// Where the log ends.
        end: Position,
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
        let store = self.take();
        let answer = answer(&store, &self.identity, &self.rosters, request, now);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(store);
        self.returned.notify_one();
        answer
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
        check_credential(&roster, request, now)?;
        match &request.what {
            What::Open(cursor) => open(store, identity, &row, &request.credential, cursor),
            What::Records(after) => records(store, identity, &row, *after),
            What::Roster => {
                let changes = store.roster(row.number)?;
                Ok(Answer::Frame(encode(ServerFrame::Roster(RosterList { group: row.id, changes }))))
            }
            What::Box(wanted) => key_box(store, &row, wanted),
        }
    });
    let about = match &request.what {
        What::Box(wanted) => About::Box(wanted.group, wanted.epoch, wanted.recipient),
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

fn check_credential(roster: &Roster, request: &Request, now: Timestamp) -> Result<(), Stop> {
    match &request.credential {
        Credential::Device(device) => roster.active(device).map(drop)?,
        // One who joined through it a moment ago may have taken its last place, and still needs the box.
        Credential::Invitation(_) if matches!(request.what, What::Box(_)) => {}
        Credential::Invitation(key) => {
            roster.open_invitation(&InvitationId::of_key(key), now)?;
        }
    }
    Ok(())
}

fn open(
    store: &impl ReadStore,
    identity: &Identity,
    row: &GroupRow,
    credential: &Credential,
    cursor: &Cursor,
) -> Result<Answer, Stop> {
    if matches!(credential, Credential::Device(_)) && !lies_on(store, row, cursor)? {
        let detail = "the cursor is not on this server's log";
        return Err(Stop::Shut(Code::OTHER_HISTORY, detail.into()));
    }
    let head = identity.sign_head(&row.id, row.head, row.time);
    let frame = encode(ServerFrame::Opened(Opened { group: row.id, head }));
    Ok(Answer::Opened { group: row.id, frame, end: row.head.position })
}

fn lies_on(store: &impl ReadStore, row: &GroupRow, cursor: &Cursor) -> Result<bool, StoreError> {
    if cursor.position == Position::new(0) {
        return Ok(true);
    }
    if cursor.generation != row.head.generation {
        return Ok(false);
    }
    Ok(store.chain(row.number, cursor.position)? == Some(cursor.chain))
}

fn records(
    store: &impl ReadStore,
    identity: &Identity,
    row: &GroupRow,
    after: Position,
) -> Result<Answer, Stop> {
    let limit = ReadLimit { records: limits::MAX_RECORDS_PER_FRAME, bytes: limits::RECORDS_FRAME_TARGET };
    let records = store.records(row.number, after, limit)?;
    let last = Position::new(after.get() + records.len() as u64);
    let end = row.head.position;
    let frame = (!records.is_empty()).then(|| {
        let head = (last == end).then(|| identity.sign_head(&row.id, row.head, row.time));
        let generation = row.head.generation;
        encode(ServerFrame::Records(Records {
            group: row.id,
            generation,
            first: after.next(),
            records,
            head,
        }))
    });
    Ok(Answer::Records { group: row.id, frame, last, end })
}

fn key_box(store: &impl ReadStore, row: &GroupRow, wanted: &GetBox) -> Result<Answer, Stop> {
    let GetBox { epoch, recipient, .. } = *wanted;
    let Some(sealed) = store.key_box(row.number, epoch, &recipient)? else {
        return Err(Stop::Refused(Code::NO_BOX, "there is no such key box yet".into()));
    };
    let key = SealedKey { epoch, recipient, sealed: sealed.into() };
    Ok(Answer::Frame(encode(ServerFrame::Box(KeyBox { group: row.id, key }))))
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
