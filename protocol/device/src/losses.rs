//! What tells every device that the server had lost something and has it again from phones: whatever is appended after that
//! begins a new generation. The device that gave it back knows more, namely how much that was.

use porchlight_wire::Generation;
use porchlight_wire::frame::Opened;

use crate::group::Group;

impl Group {
    /// Something of a generation was lost, and is back. It is the same loss, however this device hears of it.
    pub(crate) fn note_loss(&mut self, of: Generation) {
        self.progress.lost = self.progress.lost.max(Some(of));
    }

    /// Records of a generation follow on those that were read.
    pub(crate) fn note_generation(&mut self, next: Generation) {
        let read = self.progress.cursor.generation;
        if next > read && self.would_be_loss() {
            self.note_loss(read);
        }
    }

    /// The server has opened a generation of which there is no Record yet; whether that is news.
    pub(crate) fn note_opened(&mut self, opened: &Opened) -> bool {
        let (before, last) = (self.progress.lost, opened.head.cursor.generation);
        if opened.next.is_some_and(|next| next > last) && self.would_be_loss() {
            self.note_loss(last);
        }
        self.progress.lost != before
    }

    /// Whether a new generation means a loss. A Group that moved was taken in by the new server, which had lost nothing, and
    /// to which phones then bring what only the one before had; and what was before this device came in is not its news.
    fn would_be_loss(&self) -> bool {
        let own = self.keys.id();
        self.replayed.as_ref().is_some_and(|roster| {
            roster.servers().len() == 1
                && roster.server() == self.stored.server
                && roster.active(&own).is_ok()
        })
    }
}
