//! Every input of the fuzz corpora, and some thousand small changes of each, goes through its target without harm.
//!
//! The changes are drawn from a fixed seed, so a run that fails fails again.

#[cfg(test)]
mod replay {
    use std::fs;
    use std::path::PathBuf;

    use porchlight_device::probe;
    use porchlight_wire::entry::VerifiedEntry;
    use porchlight_wire::frame::{ClientFrame, ServerFrame};
    use porchlight_wire::roster::Roster;
    use porchlight_wire::snapshot::{Manifest, VerifiedStatement};
    use porchlight_wire::{GroupId, Timestamp};
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    fn corpus(target: &str) -> Vec<Vec<u8>> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "the corpus of {target} is empty");
        paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
    }

    fn smoke(target: &str, changes: usize, feed: impl Fn(&[u8])) {
        let mut entropy = ChaCha20Rng::from_seed([7; 32]);
        let inputs = corpus(target);
        for input in &inputs {
            feed(input);
            for _ in 0..changes {
                feed(&changed(input, &inputs, &mut entropy));
            }
        }
    }

    /// An input with a few bytes changed, cut off, doubled, or with another one behind it.
    fn changed(input: &[u8], others: &[Vec<u8>], entropy: &mut ChaCha20Rng) -> Vec<u8> {
        let mut bytes = input.to_vec();
        let mut below = |end: usize| usize::try_from(entropy.next_u64() % (end.max(1) as u64)).unwrap();
        for _ in 0..=below(4) {
            let at = below(bytes.len());
            match below(6) {
                0 => bytes.truncate(at),
                1 => bytes.extend_from_slice(&others[below(others.len())]),
                2 if !bytes.is_empty() => drop(bytes.splice(at..at, vec![0xff; below(9)])),
                3 if !bytes.is_empty() => bytes[at] = [0, 0x1b, 0x5b, 0x7f, 0x80, 0x9b, 0xbf, 0xff][below(8)],
                _ if !bytes.is_empty() => bytes[at] ^= 1 << below(8),
                _ => {}
            }
        }
        bytes
    }

    #[test]
    fn the_fuzz_target_payload_survives_its_corpus() {
        smoke("payload", 2_000, probe::payload);
    }

    #[test]
    fn the_fuzz_target_bundle_survives_its_corpus() {
        smoke("bundle", 2_000, probe::bundle);
    }

    #[test]
    fn the_fuzz_target_link_survives_its_corpus() {
        smoke("link", 2_000, probe::link);
    }

    #[test]
    fn the_fuzz_target_words_survives_its_corpus() {
        smoke("words", 2_000, probe::words);
    }

    #[test]
    fn the_fuzz_target_device_survives_its_corpus() {
        smoke("device", 20, probe::device);
    }

    #[test]
    fn the_fuzz_target_part_survives_its_corpus() {
        smoke("part", 500, probe::part);
    }

    #[test]
    fn the_fuzz_target_stored_survives_its_corpus() {
        smoke("stored", 40, probe::stored);
    }

    #[test]
    fn every_fuzz_target_has_a_corpus_that_is_replayed_here() {
        let targets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/targets");
        for target in fs::read_dir(targets).unwrap() {
            let path = target.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let call = format!("smoke(\"{name}\", ");
            assert!(include_str!("corpus.rs").contains(&call), "the target {name} is not replayed");
        }
    }

    #[test]
    fn the_fuzz_target_frame_survives_its_corpus() {
        smoke("frame", 300, |bytes| {
            if let Ok(Some(frame)) = ClientFrame::decode(bytes) {
                assert_eq!(ClientFrame::decode(&frame.encode()), Ok(Some(frame)));
            }
            if let Ok(Some(frame)) = ServerFrame::decode(bytes) {
                assert_eq!(ServerFrame::decode(&frame.encode()), Ok(Some(frame)));
            }
        });
    }

    #[test]
    fn the_fuzz_target_record_survives_its_corpus() {
        smoke("record", 300, |bytes| {
            let _ = VerifiedEntry::verify(&GroupId::from_bytes([1; 32]), bytes);
            let _ = Roster::found(bytes, Timestamp::from_millis(0));
            let _ = VerifiedStatement::verify(&GroupId::from_bytes([1; 32]), bytes);
            if let Ok(manifest) = Manifest::decode(bytes) {
                assert_eq!(Manifest::decode(&manifest.encode()).as_ref(), Ok(&manifest));
            }
        });
    }
}
