//! Writes a document anew without its history: what it says now, and nothing of what it ever said.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc, Value};

use super::Document;
use crate::editor::Editor;

impl Document {
    /// Writes what this document says now into a fresh one of the same kind, but for what `leaves_out` says of the
    /// path to it. Where two people wrote different things, only the version that is shown is written. Everything is by
    /// the editor's author from then on.
    ///
    /// Lists and free texts are written as they are now; marks in texts are not.
    pub fn rewrite_into(
        &self,
        editor: &mut Editor<'_>,
        leaves_out: impl Fn(&[&str]) -> bool,
    ) -> Result<(), AutomergeError> {
        self.copy_map(editor, (&ROOT, &ROOT), &[], &leaves_out)
    }

    pub(super) fn copy_map(
        &self,
        editor: &mut Editor<'_>,
        (from, to): (&ObjId, &ObjId),
        path: &[&str],
        leaves_out: &impl Fn(&[&str]) -> bool,
    ) -> Result<(), AutomergeError> {
        let keys: Vec<String> = self.automerge().keys(from).collect();
        for key in &keys {
            let mut here: Vec<&str> = path.to_vec();
            here.push(key);
            if leaves_out(&here) {
                continue;
            }
            match self.automerge().get(from, key.as_str())? {
                Some((Value::Scalar(value), _)) => editor.put(to, key, value.into_owned())?,
                Some((Value::Object(kind), object)) => {
                    let there = editor.container(to, key, kind)?;
                    match kind {
                        ObjType::Map | ObjType::Table => {
                            self.copy_map(editor, (&object, &there), &here, leaves_out)?;
                        }
                        ObjType::List => self.copy_list(editor, &object, &there)?,
                        ObjType::Text => {
                            let text = self.automerge().text(&object)?;
                            editor.transaction().splice_text(&there, 0, 0, &text)?;
                        }
                    }
                }
                None => {}
            }
        }
        Ok(())
    }

    fn copy_list(&self, editor: &mut Editor<'_>, from: &ObjId, to: &ObjId) -> Result<(), AutomergeError> {
        for index in 0..self.automerge().length(from) {
            if let Some((Value::Scalar(value), _)) = self.automerge().get(from, index)? {
                editor.transaction().insert(to, index, value.into_owned())?;
            }
        }
        Ok(())
    }
}
