//! Every input of the fuzz corpora, and some hundred small changes of each, goes through its target without harm.
//!
//! The changes are drawn from a fixed seed, so a run that fails fails again.

#[cfg(test)]
mod replay {
    use std::fs;
    use std::path::PathBuf;

    use porchlight_documents::probe;

    /// A small generator of numbers (xorshift, Marsaglia 2003), for changes that are the same in each run.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % (end.max(1) as u64)).unwrap()
        }
    }

    fn corpus(target: &str) -> Vec<Vec<u8>> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "the corpus of {target} is empty");
        paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
    }

    fn smoke(target: &str, changes: usize, feed: impl Fn(&[u8])) {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let inputs = corpus(target);
        for input in &inputs {
            feed(input);
            for _ in 0..changes {
                feed(&changed(input, &inputs, &mut dice));
            }
        }
    }

    /// An input with a few bytes changed, cut off, doubled, or with another one behind it.
    fn changed(input: &[u8], others: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=dice.below(4) {
            let at = dice.below(bytes.len());
            match dice.below(6) {
                0 => bytes.truncate(at),
                1 => bytes.extend_from_slice(&others[dice.below(others.len())]),
                2 if !bytes.is_empty() => {
                    let piece = bytes[at..].iter().copied().take(dice.below(20)).collect::<Vec<_>>();
                    drop(bytes.splice(at..at, piece));
                }
                3 if !bytes.is_empty() => bytes[at] = b"\0\n \"[]{},:#-=<\xff"[dice.below(15)],
                _ if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
                _ => {}
            }
        }
        bytes
    }

    #[test]
    fn the_fuzz_target_archive_survives_its_corpus() {
        smoke("archive", 500, probe::archive);
    }

    #[test]
    fn the_fuzz_target_state_survives_its_corpus() {
        smoke("state", 300, probe::document);
    }

    #[test]
    fn the_fuzz_target_text_survives_its_corpus() {
        smoke("text", 500, probe::text);
    }
}
