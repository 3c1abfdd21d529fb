//! Words that are told or written down: `{"words": {"tell": {…}}}`. All of it is slow on purpose.

use porchlight_device::{Device, RecoveryState};
use porchlight_wire::{GroupId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::request::Group;

/// What is asked. Typed words may have any case and anything between them, and four letters of each are enough; faults
/// are `words_unknown`, with a detail that names the word and its place, `words_count` and `words_do_not_fit`.
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
    /// Gives twelve recovery words for all groups, in place of earlier ones: to be written on paper and not shown again.
    MakeRecovery {},
    /// Makes words that are on paper count for groups that were joined since.
    AddRecovery { words: String },
    /// Where recovery words stand: `[{group, state}]`, which is `ready`, `waiting` for the server or `lacking`; news
    /// `statusChanged` says that it may be another.
    Recovery {},
    /// Looks for the list behind recovery words on a server and goes back into its groups; news `listFound` or
    /// `codeNotFound` follows, as with [`Ask::Find`].
    Restore { url: String, words: String },
}

/// Carries it out.
pub(crate) fn perform(device: &mut Device, ask: Ask, now: Timestamp) -> Answer {
    match ask {
        Ask::Tell { group, link } => Answer::new(device.tell_in_words(group.0, &link, now)),
        Ask::Find { url, words } => Answer::new(device.find_by_words(&url, &words, now)),
        Ask::MakeRecovery {} => Answer::new(device.make_recovery_words(now)),
        Ask::AddRecovery { words } => Answer::new(device.add_recovery_words(&words, now)),
        Ask::Recovery {} => {
            let standing: Vec<_> = device.recovery().into_iter().map(RecoveryAnswer::from).collect();
            Answer::new(Ok::<_, Fault>(standing))
        }
        Ask::Restore { url, words } => Answer::new(device.restore(&url, &words, now)),
        Ask::Stop {} => {
            device.end_search();
            Answer::new(Ok::<_, Fault>(()))
        }
    }
}

#[derive(Debug, Serialize)]
struct RecoveryAnswer {
    group: String,
    state: &'static str,
}

impl From<(GroupId, RecoveryState)> for RecoveryAnswer {
    fn from((group, state): (GroupId, RecoveryState)) -> Self {
        let state = match state {
            RecoveryState::Ready => "ready",
            RecoveryState::Waiting => "waiting",
            RecoveryState::Lacking => "lacking",
        };
        Self { group: group.to_string(), state }
    }
}
