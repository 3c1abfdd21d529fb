//! Words that are told: `{"words": {"tell": {…}}}`. All of it is slow on purpose.

use porchlight_device::Device;
use porchlight_wire::Timestamp;
use serde::Deserialize;

use crate::answer::Answer;
use crate::request::Group;

/// What is asked. Typed words may have any case and anything between them, and four letters of each are enough; faults
/// are `words_unknown`, with a detail that names the word and its place, and `words_count`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Ask {
    /// Gives six words for an invitation by its link; news `codeKept` says that they work, for a day.
    Tell { group: Group, link: String },
    /// Looks for the invitation behind six words on a server; news `codeFound` or `codeNotFound` follows. Without a
    /// network neither does, until [`Ask::Stop`].
    Find { url: String, words: String },
    /// Gives the search up.
    Stop {},
}

/// Carries it out.
pub(crate) fn perform(device: &mut Device, ask: Ask, now: Timestamp) -> Answer {
    match ask {
        Ask::Tell { group, link } => Answer::new(device.tell_in_words(group.0, &link, now)),
        Ask::Find { url, words } => Answer::new(device.find_by_words(&url, &words, now)),
        Ask::Stop {} => {
            device.end_search();
            Answer::new(Ok::<_, crate::fault::Fault>(()))
        }
    }
}
