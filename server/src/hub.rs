//! Step 13: who listens to which Group; new Records go to each listener's short queue.
//! Next: `protocol/device/src/inbox.rs`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use porchlight_wire::{GroupId, Position};
use tokio::sync::Notify;

use crate::limits;
use crate::log::{ConnectionId, Outcome, Published};

/// All who listen, by Group.
#[derive(Debug, Default)]
pub struct Hub {
    groups: Mutex<HashMap<GroupId, Vec<Arc<Listener>>>>,
}

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
