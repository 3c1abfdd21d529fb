//! The one thread that writes: it takes all orders that wait, commits them together, answers, and tells the listeners.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::{io, mem};

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::clock;
use crate::hub::{Hub, Listener};
use crate::limits;
use crate::log::{Log, Order};
use crate::store::Store;

/// The way to the thread.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    messages: Sender<Message>,
    room: Arc<Semaphore>,
    /// Woken after each commit.
    pub(crate) committed: Arc<Notify>,
}

#[derive(Debug)]
enum Message {
    Order(Arc<Listener>, Box<Order>, OwnedSemaphorePermit),
    Tick,
    Stop,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start<S: Store + Send + 'static>(
        log: Log<S>,
        hub: Arc<Hub>,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (messages, waiting) = mpsc::channel(limits::COMMANDS_PER_COMMIT);
        let committed = Arc::new(Notify::new());
        let room = Arc::new(Semaphore::new(limits::UNFINISHED_BYTES));
        let writer = Self { messages, room, committed: Arc::clone(&committed) };
        let run = move || run(log, &hub, waiting, &committed);
        let thread = thread::Builder::new().name("writer".to_owned()).spawn(run)?;
        Ok((writer, thread))
    }

    /// Hands over an order, when there is room for it. The outcome goes to the listener. After [`Writer::stop`] it is
    /// dropped: nothing was promised.
    pub(crate) async fn order(&self, listener: &Arc<Listener>, order: Order) {
        let size = order.size().clamp(1, limits::UNFINISHED_BYTES);
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(size).await else { return };
        let _ = self.messages.send(Message::Order(Arc::clone(listener), Box::new(order), room)).await;
    }

    /// Lets the log notice that time passes.
    pub(crate) async fn tick(&self) {
        let _ = self.messages.send(Message::Tick).await;
    }

    /// Lets the thread end, after what was ordered before.
    pub(crate) async fn stop(&self) {
        let _ = self.messages.send(Message::Stop).await;
    }
}

fn run<S: Store>(mut log: Log<S>, hub: &Hub, mut waiting: Receiver<Message>, committed: &Notify) {
    let mut stopped = false;
    while !stopped {
        let Some(first) = waiting.blocking_recv() else { return };
        let mut batch = Batch::default();
        stopped = batch.take(first, &mut log);
        while !stopped && batch.has_room() {
            let Ok(message) = waiting.try_recv() else { break };
            stopped = batch.take(message, &mut log);
        }
        if !batch.orders.is_empty() {
            batch.commit(&mut log, hub);
            committed.notify_one();
        }
    }
}

/// Drops what Snapshots stand for, a little at a time, so that nobody's Entry waits long for it.
fn tidy_up<S: Store>(log: &mut Log<S>) {
    for _ in 0..limits::PRUNE_STEPS {
        match log.prune(clock::now()) {
            Ok(true) => {}
            Ok(false) => return,
            Err(failure) => return eprintln!("porchlight: cannot drop old records: {failure}"),
        }
    }
}

#[derive(Default)]
struct Batch {
    orders: Vec<(crate::log::ConnectionId, Order)>,
    listeners: Vec<Arc<Listener>>,
    room: Vec<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Batch {
    fn has_room(&self) -> bool {
        self.orders.len() < limits::COMMANDS_PER_COMMIT && self.bytes < limits::BYTES_PER_COMMIT
    }

    /// Adds a message; whether it was the last.
    fn take<S: Store>(&mut self, message: Message, log: &mut Log<S>) -> bool {
        match message {
            Message::Order(listener, order, room) => {
                self.bytes += order.size();
                self.orders.push((listener.id(), *order));
                self.listeners.push(listener);
                self.room.push(room);
            }
            Message::Tick => {
                if let Err(failure) = log.tick(clock::now()) {
                    eprintln!("porchlight: cannot write the time down: {failure}");
                }
                tidy_up(log);
            }
            Message::Stop => return true,
        }
        false
    }

    fn commit<S: Store>(mut self, log: &mut Log<S>, hub: &Hub) {
        let committed = log.commit(mem::take(&mut self.orders), clock::now());
        if let Some(failure) = committed.failure {
            eprintln!("porchlight: nothing was stored: {failure}");
        }
        // An author hears of its own order first: its session then knows which Records it need not be sent.
        for (listener, outcome) in self.listeners.iter().zip(committed.outcomes) {
            listener.answer(outcome);
        }
        for published in &committed.published {
            hub.publish(published);
        }
    }
}
