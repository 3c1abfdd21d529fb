//! Every file of the fuzz corpora and of the test data, and many small changes of each, goes through its importer without
//! harm. The changes are drawn from a fixed seed, so a run that fails fails again.

use std::fs;
use std::path::PathBuf;

use crate::probe;

fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "the corpus is empty");
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Numbers that look random (SplitMix64, by Sebastiano Vigna).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % (end.max(1) as u64)).unwrap()
    }

    fn one_of(&mut self, bytes: &[u8]) -> u8 {
        bytes[self.below(bytes.len())]
    }
}

/// A file with a few bytes changed, cut off, a line doubled or gone, or another file behind it.
fn changed(file: &[u8], others: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        let end =
            bytes.iter().skip(at).position(|byte| *byte == b'\n').map_or(bytes.len(), |more| at + more + 1);
        match dice.below(7) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_slice(&others[dice.below(others.len())]),
            2 => drop(bytes.splice(at..end, [])),
            3 => {
                let line = bytes[at..end].to_vec();
                bytes.splice(at..at, line);
            }
            4 if !bytes.is_empty() => bytes[at] = dice.one_of(b";:,=\\\"\r\n 0\0\xff[]{}#-<"),
            _ if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            _ => {}
        }
    }
    bytes
}

fn smoke(files: &[Vec<u8>], changes: usize, feed: impl Fn(&[u8])) {
    let mut dice = Dice(7);
    for file in files {
        feed(file);
        for _ in 0..changes {
            feed(&changed(file, files, &mut dice));
        }
    }
}

#[test]
fn the_fuzz_target_import_survives_its_corpus() {
    smoke(&files("tests/data"), 20, probe::import);
}

#[test]
fn the_fuzz_target_calendar_survives_its_corpus() {
    smoke(&files("fuzz/corpus/calendar"), 120, probe::calendar);
}

#[test]
fn the_fuzz_target_archive_survives_its_corpus() {
    smoke(&files("fuzz/corpus/archive"), 500, probe::archive);
}

#[test]
fn the_fuzz_target_state_survives_its_corpus() {
    smoke(&files("fuzz/corpus/state"), 300, probe::state);
}

#[test]
fn the_fuzz_target_text_survives_its_corpus() {
    smoke(&files("fuzz/corpus/text"), 500, probe::text);
}
