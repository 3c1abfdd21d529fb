//! What nobody has decided yet in a list that is written anew: versions that nobody chose between, and removals of what
//! somebody else changed meanwhile. It is written in several changes beside each other, so that it stays open.

use automerge::{AutomergeError, ReadDoc};

use super::record::{KEPT, MERGED, Presence, REMOVED};
use super::{ContactId, container};
use crate::document::Document;
use crate::editor::Editor;

/// The open questions of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    rounds: Vec<Vec<Said>>,
    /// The contacts whose removal is asked about.
    asked: Vec<ContactId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    contact: ContactId,
    key: &'static str,
    text: String,
}

impl Open {
    /// What is open in a list.
    pub fn of(list: &Document) -> Self {
        let mut open = Self::default();
        for contact in super::all(list) {
            for conflict in &contact.conflicts {
                for (round, version) in conflict.versions.iter().enumerate() {
                    open.say(round, &contact.id, conflict.field.key(), &version.text);
                }
            }
            if let Presence::Asked { reason, into, .. } = &contact.presence {
                open.say(0, &contact.id, REMOVED, reason);
                if let Some(into) = into {
                    open.say(0, &contact.id, MERGED, into.as_str());
                }
                // What the mark has not seen.
                open.say(1, &contact.id, KEPT, "yes");
                open.asked.push(contact.id);
            }
        }
        open
    }

    /// Whether what stands at this path is open: then it is left out where all else is written.
    pub fn holds(&self, path: &[&str]) -> bool {
        let ["contacts", contact, key] = path else { return false };
        let is_said = |said: &Said| said.key == *key && said.contact.as_str() == *contact;
        self.rounds.iter().flatten().any(is_said)
            || (matches!(*key, REMOVED | MERGED | KEPT)
                && self.asked.iter().any(|asked| asked.as_str() == *contact))
    }

    /// How many changes beside each other it takes.
    pub fn rounds(&self) -> usize {
        self.rounds.len()
    }

    /// Writes one of them; what was left out of the new list stays out.
    pub fn write(&self, round: usize, editor: &mut Editor<'_>) -> Result<(), AutomergeError> {
        let Ok(list) = container(editor.reader()) else { return Ok(()) };
        for Said { contact, key, text } in self.rounds.get(round).into_iter().flatten() {
            if let Some((automerge::Value::Object(_), object)) =
                editor.reader().get(&list, contact.as_str())?
            {
                editor.put(&object, key, text.as_str())?;
            }
        }
        Ok(())
    }

    fn say(&mut self, round: usize, contact: &ContactId, key: &'static str, text: &str) {
        if self.rounds.len() <= round {
            self.rounds.resize_with(round.saturating_add(1), Vec::new);
        }
        if let Some(round) = self.rounds.get_mut(round) {
            round.push(Said { contact: contact.clone(), key, text: text.to_owned() });
        }
    }
}
