//! Numbers that look random and are the same for the same seed.

/// Draws numbers (SplitMix64, by Sebastiano Vigna).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 until before `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let place = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        from[place]
    }

    /// A text of some words, with marks that trip parsers among them.
    pub(crate) fn words(&mut self) -> String {
        const WORDS: [&str; 16] = [
            "gate",
            "soup",
            "Đêm",
            "ñandú",
            "lámpara",
            "夜",
            "حارس",
            "a,b",
            "c;d",
            "e\\f",
            "\"g\"",
            "h:i",
            "🙂",
            "Łódź",
            "ÄÖÜ",
            "long-word-that-goes-on-and-on-and-on",
        ];
        let count = 1 + self.below(12);
        (0..count).map(|_| self.pick(&WORDS)).collect::<Vec<_>>().join(" ")
    }
}
