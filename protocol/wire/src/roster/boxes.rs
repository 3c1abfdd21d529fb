//! The tree over an epoch's key boxes: its root stands in the RosterChange, a path proves one box.
//!
//! ```text
//! leaf = SHA-256("porchlight/box-leaf/1" recipient key hash (32) sealed)
//! node = SHA-256("porchlight/box-node/1" left right)
//! ```
//! Leaves stand in the order of their recipients. Nodes are paired from the left; one without a neighbor moves up as
//! it is. No boxes at all have 32 zeros as their root.

use minicbor::{Decode, Encode};

use crate::Hash;

/// One step from a leaf to the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum BoxStep {
    /// The neighbor stands to the left.
    #[n(0)]
    Left(#[n(0)] Hash),
    /// The neighbor stands to the right.
    #[n(1)]
    Right(#[n(0)] Hash),
}

/// The root over the boxes of an epoch, each with the hash of its recipient's key; in any order.
pub fn boxes_root<'a>(boxes: impl IntoIterator<Item = (Hash, &'a [u8])>) -> Hash {
    let mut level: Vec<Hash> = leaves(boxes).into_iter().map(|(_, leaf)| leaf).collect();
    while level.len() > 1 {
        level = parents(&level);
    }
    level.first().copied().unwrap_or(Hash::ZERO)
}

/// For each box, in the order of the recipients, the path that proves it.
pub fn box_paths<'a>(boxes: impl IntoIterator<Item = (Hash, &'a [u8])>) -> Vec<(Hash, Vec<BoxStep>)> {
    let leaves = leaves(boxes);
    let mut paths: Vec<(Hash, Vec<BoxStep>)> = leaves.iter().map(|(of, _)| (*of, Vec::new())).collect();
    let mut level: Vec<Hash> = leaves.into_iter().map(|(_, leaf)| leaf).collect();
    let mut width = 1_usize;
    while level.len() > 1 {
        for (index, (_, path)) in paths.iter_mut().enumerate() {
            let place = index / width;
            let step = if place.is_multiple_of(2) {
                level.get(place + 1).map(|hash| BoxStep::Right(*hash))
            } else {
                level.get(place - 1).map(|hash| BoxStep::Left(*hash))
            };
            path.extend(step);
        }
        level = parents(&level);
        width *= 2;
    }
    paths
}

/// The root that a box and its path lead to.
pub fn root_of(recipient: &Hash, sealed: &[u8], path: &[BoxStep]) -> Hash {
    path.iter().fold(leaf(recipient, sealed), |hash, step| match step {
        BoxStep::Left(left) => node(left, &hash),
        BoxStep::Right(right) => node(&hash, right),
    })
}

fn leaves<'a>(boxes: impl IntoIterator<Item = (Hash, &'a [u8])>) -> Vec<(Hash, Hash)> {
    let mut leaves: Vec<_> = boxes.into_iter().map(|(of, sealed)| (of, leaf(&of, sealed))).collect();
    leaves.sort_unstable();
    leaves
}

fn parents(level: &[Hash]) -> Vec<Hash> {
    let parent = |pair: &[Hash]| match pair {
        [left, right] => node(left, right),
        [alone, ..] => *alone,
        [] => Hash::ZERO,
    };
    level.chunks(2).map(parent).collect()
}

fn leaf(recipient: &Hash, sealed: &[u8]) -> Hash {
    Hash::of("porchlight/box-leaf/1", &[recipient.as_bytes(), sealed])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::of("porchlight/box-node/1", &[left.as_bytes(), right.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(count: u8) -> Vec<(Hash, Vec<u8>)> {
        // Not in order, so that sorting is seen.
        (0..count).rev().map(|n| (Hash::of("", &[&[n]]), vec![n; 5])).collect()
    }

    #[test]
    fn each_box_is_proven_by_its_path_and_no_other_box_is() {
        for count in 1..20 {
            let boxes = boxes(count);
            let all = || boxes.iter().map(|(of, sealed)| (*of, sealed.as_slice()));
            let root = boxes_root(all());
            let paths = box_paths(all());
            assert_eq!(paths.len(), boxes.len());
            for (of, path) in &paths {
                let (_, sealed) = boxes.iter().find(|(other, _)| other == of).unwrap();
                assert_eq!(root_of(of, sealed, path), root, "{count} boxes");
                assert_ne!(root_of(of, b"other", path), root);
                assert_ne!(root_of(&Hash::ZERO, sealed, path), root);
            }
        }
    }

    #[test]
    fn the_root_does_not_depend_on_the_order_in_which_boxes_are_given() {
        let boxes = boxes(7);
        let forward = boxes_root(boxes.iter().map(|(of, sealed)| (*of, sealed.as_slice())));
        let backward = boxes_root(boxes.iter().rev().map(|(of, sealed)| (*of, sealed.as_slice())));
        assert_eq!(forward, backward);
        assert_eq!(boxes_root([]), Hash::ZERO);
    }
}
