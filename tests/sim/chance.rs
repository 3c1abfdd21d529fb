//! Chance: everything that is left to it comes from one seed, each concern from a stream of its own, so that one more
//! draw of the network's does not change what people do.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// What is left to chance.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Concern {
    /// What people do and what breaks, and when.
    Script,
    /// Delays and broken lines.
    Network,
    /// The randomness that phones and servers are given.
    Entropy,
    /// Where a deliberate fault strikes.
    Sabotage,
    /// What a loss of power takes back.
    Power,
}

/// One stream.
pub(crate) struct Chance(ChaCha20Rng);

impl Chance {
    pub(crate) fn new(seed: u64, concern: Concern) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = ChaCha20Rng::from_seed(key);
        rng.set_stream(concern as u64);
        Self(rng)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end.max(1)
    }

    /// Whether something happens that happens once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
