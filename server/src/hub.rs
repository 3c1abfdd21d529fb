//! Step 13: who listens to which Group; new Records go to each listener's short queue.
//! Next: `protocol/device/src/inbox.rs`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use porchlight_wire::{GroupId, Position};
use tokio::sync::Notify;

use crate::limits;
use crate::log::{ConnectionId, Outcome, Published};

/// All who listen, by Group.
#[derive(Debug, Default)]
pub struct Hub {
    groups: Mutex<HashMap<GroupId, Vec<Arc<Listener>>>>,
}

/// A connection with so much in its queue is not told what is only worth something now.
const WAITING: usize = 16;

/// One connection's queue of what the writer has for it.
#[derive(Debug)]
pub struct Listener {
    id: ConnectionId,
    queue: Mutex<Queue>,
    /// Woken when something was put into the queue.
    pub(crate) filled: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Delivery>,
    bytes: usize,
}

/// Something for a connection.
#[derive(Debug)]
pub enum Delivery {
    /// What came of one of its orders; as many as it has open orders.
    Outcome(Outcome),
    /// New Records.
    Published(Arc<Published>),
    /// New Records that did not fit into the queue, up to a Position: they are read from the log instead.
    Behind(GroupId, Position),
    /// Something that another connection tells everybody about a Group.
    Told(GroupId, Bytes),
}

impl Hub {
    /// Gives a listener what is published in a Group from now on.
    pub fn listen(&self, group: GroupId, listener: &Arc<Listener>) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let listeners = groups.entry(group).or_default();
        if !listeners.iter().any(|other| other.id == listener.id) {
            listeners.push(Arc::clone(listener));
        }
    }

    /// No longer.
    pub fn leave(&self, group: &GroupId, listener: &Listener) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listeners) = groups.get_mut(group) {
            listeners.retain(|other| other.id != listener.id);
            if listeners.is_empty() {
                groups.remove(group);
            }
        }
    }

    /// Passes a frame on to all others who listen to a Group and have nothing waiting; the rest never hear of it.
    pub fn tell(&self, group: &GroupId, from: &Listener, frame: &Bytes) {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        for listener in groups.get(group).into_iter().flatten().filter(|other| other.id != from.id) {
            let mut queue = listener.queue.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.waiting.len() < WAITING {
                queue.waiting.push_back(Delivery::Told(*group, frame.clone()));
                drop(queue);
                listener.filled.notify_one();
            }
        }
    }

    /// Tells all who listen to its Group; waits for none of them.
    pub fn publish(&self, published: &Arc<Published>) {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        for listener in groups.get(&published.group()).into_iter().flatten() {
            listener.publish(published);
        }
    }
}

impl Listener {
    /// An empty queue.
    pub fn new(id: ConnectionId) -> Arc<Self> {
        Arc::new(Self { id, queue: Mutex::default(), filled: Notify::new() })
    }

    /// Whose queue it is.
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// Gives the connection what came of its order.
    pub fn answer(&self, outcome: Outcome) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .waiting
            .push_back(Delivery::Outcome(outcome));
        self.filled.notify_one();
    }

    /// The next thing in the queue.
    pub fn take(&self) -> Option<Delivery> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let delivery = queue.waiting.pop_front();
        match &delivery {
            Some(Delivery::Published(published)) => {
                queue.bytes = queue.bytes.saturating_sub(published.size())
            }
            // An idle connection keeps no room for a queue.
            None if queue.waiting.capacity() > 0 => *queue = Queue::default(),
            _ => {}
        }
        delivery
    }

    fn publish(&self, published: &Arc<Published>) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let size = published.size();
        if queue.bytes == 0 || queue.bytes + size <= limits::FANOUT_QUEUE_BYTES {
            queue.bytes += size;
            queue.waiting.push_back(Delivery::Published(Arc::clone(published)));
        } else {
            queue.fall_behind(published.group(), published.last());
        }
        drop(queue);
        self.filled.notify_one();
    }
}

impl Queue {
    /// Notes the newest Position in place of Records; one note for each Group is enough.
    fn fall_behind(&mut self, group: GroupId, last: Position) {
        for delivery in &mut self.waiting {
            if let Delivery::Behind(noted, position) = delivery
                && *noted == group
            {
                *position = last;
                return;
            }
        }
        self.waiting.push_back(Delivery::Behind(group, last));
    }
}

#[cfg(test)]
mod tests {
    use porchlight_wire::record::{Cursor, Record, RecordKind};
    use porchlight_wire::{Generation, Hash, Timestamp};

    use super::*;
    use crate::identity::Identity;

    fn published(group: u8, position: u64, size: usize) -> Arc<Published> {
        let group = GroupId::from_bytes([group; 32]);
        let record =
            Record { time: Timestamp::from_millis(1), kind: RecordKind::ENTRY, body: vec![0; size].into() };
        let (generation, position) = (Generation::new(0), Position::new(position));
        let cursor = Cursor { generation, position, chain: Hash::ZERO };
        let head = Identity::from_secret(&[1; 32]).sign_head(&group, cursor, record.time);
        Arc::new(Published::new(group, position, vec![record], head, None))
    }

    fn taken(listener: &Listener) -> Vec<(u64, &'static str)> {
        std::iter::from_fn(|| listener.take())
            .map(|delivery| match delivery {
                Delivery::Published(published) => (published.last().get(), "records"),
                Delivery::Behind(_, position) => (position.get(), "behind"),
                Delivery::Told(..) => (0, "told"),
                Delivery::Outcome(_) => (0, "outcome"),
            })
            .collect()
    }

    #[test]
    fn listeners_get_what_is_published_in_their_groups_until_they_leave() {
        let hub = Hub::default();
        let (one, two) = (Listener::new(ConnectionId(1)), Listener::new(ConnectionId(2)));
        let group = GroupId::from_bytes([1; 32]);
        hub.listen(group, &one);
        hub.listen(group, &one);
        hub.listen(group, &two);
        hub.publish(&published(1, 1, 10));
        hub.publish(&published(2, 1, 10));
        hub.leave(&group, &two);
        hub.publish(&published(1, 2, 10));
        assert_eq!(taken(&one), [(1, "records"), (2, "records")]);
        assert_eq!(taken(&two), [(1, "records")]);
        hub.leave(&group, &one);
        assert!(hub.groups.lock().unwrap().is_empty(), "a group without listeners takes no room");
    }

    #[test]
    fn a_slow_listener_is_told_only_how_far_the_log_goes() {
        let hub = Hub::default();
        let slow = Listener::new(ConnectionId(1));
        for group in [1, 2] {
            hub.listen(GroupId::from_bytes([group; 32]), &slow);
        }
        hub.publish(&published(1, 1, 2 * limits::FANOUT_QUEUE_BYTES));
        for position in 2..1_000 {
            hub.publish(&published(1, position, 100));
            hub.publish(&published(2, position, 100));
        }
        let large = (1, "records");
        assert_eq!(taken(&slow), [large, (999, "behind"), (999, "behind")]);
        assert_eq!(slow.queue.lock().unwrap().waiting.capacity(), 0);
        hub.publish(&published(1, 1_000, 100));
        assert_eq!(taken(&slow), [(1_000, "records")]);
    }
}
