//! Room for what has begun to arrive and is not whole yet: bounded for all peers together, so that many who send large
//! things slowly, or never to their end, cannot use up the server's memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use thiserror::Error;

use crate::limits;

/// The rooms of one server.
#[derive(Debug)]
pub(crate) struct Rooms {
    /// For whoever has not shown that they belong to a Group here.
    strangers: Arc<Room>,
    /// For members of a Group: strangers cannot take it from them.
    members: Arc<Room>,
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// Anybody.
    Stranger,
    /// Somebody to whom a Group is open.
    Member,
}

/// So many bytes for all together.
#[derive(Debug)]
struct Room {
    size: usize,
    taken: AtomicUsize,
}

/// What one peer takes up of a room; given back when dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    room: Arc<Room>,
    bytes: usize,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            strangers: Room::of(limits::ARRIVING_FROM_STRANGERS),
            members: Room::of(limits::ARRIVING_FROM_MEMBERS),
        }
    }
}

impl Rooms {
    /// Takes up nothing so far.
    pub(crate) fn enter(&self) -> Taken {
        Taken { room: Arc::clone(&self.strangers), bytes: 0 }
    }

    /// Takes up exactly this much from now on, in the room for such a peer. Where it does not fit, what was taken before
    /// stays taken.
    pub(crate) fn fit(&self, taken: &mut Taken, sender: Sender, bytes: usize) -> Result<(), Full> {
        let room = match sender {
            Sender::Stranger => &self.strangers,
            Sender::Member => &self.members,
        };
        let before = if Arc::ptr_eq(room, &taken.room) { taken.bytes } else { 0 };
        room.take(bytes.saturating_sub(before))?;
        room.give_back(before.saturating_sub(bytes));
        if !Arc::ptr_eq(room, &taken.room) {
            taken.room.give_back(taken.bytes);
            taken.room = Arc::clone(room);
        }
        taken.bytes = bytes;
        Ok(())
    }
}

impl Room {
    fn of(size: usize) -> Arc<Self> {
        Arc::new(Self { size, taken: AtomicUsize::new(0) })
    }

    fn take(&self, bytes: usize) -> Result<(), Full> {
        let fits = |taken: usize| taken.checked_add(bytes).filter(|taken| *taken <= self.size);
        if bytes == 0 {
            return Ok(());
        }
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map(|_| ()).map_err(|_| Full)
    }

    fn give_back(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.give_back(self.bytes);
    }
}

/// There is no room: the peer is to come back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("too much arrives at once")]
pub(crate) struct Full;

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(rooms: &Rooms) -> [usize; 2] {
        [&rooms.strangers, &rooms.members].map(|room| room.taken.load(Ordering::Relaxed))
    }

    #[test]
    fn what_is_taken_is_given_back_whichever_way_it_ends() {
        let rooms = Rooms::default();
        let (mut one, mut two) = (rooms.enter(), rooms.enter());
        rooms.fit(&mut one, Sender::Stranger, 1_000).unwrap();
        rooms.fit(&mut two, Sender::Stranger, 500).unwrap();
        rooms.fit(&mut one, Sender::Stranger, 300).unwrap();
        assert_eq!(taken(&rooms), [800, 0]);
        rooms.fit(&mut one, Sender::Member, 2_000).unwrap();
        assert_eq!(taken(&rooms), [500, 2_000], "a stranger who turns out to be a member moves over");
        rooms.fit(&mut one, Sender::Stranger, 0).unwrap();
        assert_eq!(taken(&rooms), [500, 0]);
        drop((one, two));
        assert_eq!(taken(&rooms), [0, 0]);
    }

    #[test]
    fn strangers_who_fill_their_room_leave_members_theirs() {
        let rooms = Rooms::default();
        let mut many = rooms.enter();
        rooms.fit(&mut many, Sender::Stranger, limits::ARRIVING_FROM_STRANGERS - 10).unwrap();
        let mut late = rooms.enter();
        assert_eq!(rooms.fit(&mut late, Sender::Stranger, 11), Err(Full));
        assert_eq!(taken(&rooms)[0], limits::ARRIVING_FROM_STRANGERS - 10, "what did not fit is not counted");
        rooms.fit(&mut late, Sender::Stranger, 10).unwrap();
        assert_eq!(rooms.fit(&mut late, Sender::Stranger, usize::MAX), Err(Full));
        let mut member = rooms.enter();
        rooms.fit(&mut member, Sender::Member, limits::MAX_POST).unwrap();
        drop(many);
        rooms.fit(&mut late, Sender::Stranger, 1_000).unwrap();
    }
}
