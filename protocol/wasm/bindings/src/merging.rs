//! What stays in the first part though no first visit executed it: whatever merging may call.
//!
//! Which branches of Automerge run is decided by a group's history, such as who wrote at the same time as whom, and by the
//! order in which it arrives. No set of visits meets them all, and a newcomer to a group whose history takes another
//! branch would stand before a group that cannot be read until the rest is there.

use std::collections::HashSet;

use anyhow::Result;

use crate::name::Name;
use crate::program::Program;
use crate::split::mentioned;

/// The names that are left of `listed` without what Automerge's functions of the first part call, however deep.
pub fn without(program: &Program<'_>, listed: &HashSet<Name>) -> Result<HashSet<Name>> {
    let imported = program.imported();
    let mut later = listed.clone();
    let is_first = |index: usize| program.names[index].is_none_or(|name| !listed.contains(&name));
    let mut open: Vec<usize> =
        (0..program.bodies.len()).filter(|index| program.merging[*index] && is_first(*index)).collect();
    while let Some(caller) = open.pop() {
        for function in mentioned(&program.bodies[caller])? {
            let Some(local) = function.checked_sub(imported) else { continue };
            if program.names[local as usize].is_some_and(|name| later.remove(&name)) {
                open.push(local as usize);
            }
        }
    }
    Ok(later)
}
