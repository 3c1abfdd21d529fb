//! Ids, hashes and counters: one type for each, so that no two can be confused.

use core::fmt;

use minicbor::bytes::ByteArray;
use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};
use sha2::{Digest, Sha256};

/// Defines a fixed-length byte id: a CBOR byte string on the wire, lower-case hex on the screen.
macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// How many bytes it has.
            pub const LENGTH: usize = $length;

            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Takes a slice of exactly the right length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }

            /// Reads lower- or upper-case hex of exactly the right length.
            pub fn from_hex(text: &str) -> Option<Self> {
                let mut bytes = [0; $length];
                from_hex(text, &mut bytes)?;
                Some(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // At once: every key in a store is written so.
                let mut digits = [0; 2 * $length];
                for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
                    let high_and_low = [byte >> 4, byte & 0xf];
                    for (digit, value) in pair.iter_mut().zip(high_and_low) {
                        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
                    }
                }
                f.write_str(core::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "("))?;
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("…)")
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
                ByteArray::<$length>::decode(d, ctx).map(|bytes| Self(bytes.into()))
            }
        }
    };
}

/// Defines a counter: an unsigned integer on the wire.
macro_rules! counter {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] $inner);

        impl $name {
            /// Takes the number as it is.
            pub const fn new(number: $inner) -> Self {
                Self(number)
            }

            /// The number.
            pub const fn get(self) -> $inner {
                self.0
            }

            /// The number after this one; stays at the largest there is.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

byte_id!(
    /// A Group: the hash of its founding change, so that nobody can make a second one of the same id.
    GroupId, 32
);
byte_id!(
    /// A Device in one Group: its Ed25519 public key, fresh for that Group.
    DeviceId, 32
);
byte_id!(
    /// A Member of one Group: derived from the member's first Device.
    MemberId, 16
);
byte_id!(
    /// An invitation: derived from its public key.
    InvitationId, 16
);
byte_id!(
    /// The Ed25519 public key of an invitation; whoever holds the link's secret can sign for it.
    InvitationKey,
    32
);
byte_id!(
    /// The first half of an Automerge actor id: ties every Change to the Device that made it.
    ActorPrefix,
    8
);
byte_id!(
    /// A Document of one Group. The server never sees it.
    DocumentId, 16
);
byte_id!(
    /// One database of a server: made anew with it, so that an emptied or exchanged one is noticed.
    StoreId, 16
);
byte_id!(
    /// A server: its Ed25519 public key, which signs heads.
    ServerKey, 32
);
byte_id!(
    /// A SHA-256 hash.
    Hash, 32
);
byte_id!(
    /// An Ed25519 signature.
    Signature, 64
);
byte_id!(
    /// What a server asks a connection to sign: fresh, short-lived, bound to that server.
    Challenge, 32
);

counter!(
    /// The number of a Record in its Group's Log, from 1; 0 is "before the first".
    Position, u64
);
counter!(
    /// The number of an Entry among its Device's, from 1; 0 is "none yet".
    Sequence, u64
);
counter!(
    /// The number of a Group's key, from 0.
    Epoch, u32
);
counter!(
    /// Which history of a Log this is; a server that lost Records opens the next one.
    Generation, u32
);

impl MemberId {
    /// The member whose first device this is.
    pub fn of_first_device(device: &DeviceId) -> Self {
        Self(truncated(&Hash::of("porchlight/member/1", &[device.as_bytes()])))
    }
}

impl InvitationId {
    /// The invitation with this public key.
    pub fn of_key(key: &InvitationKey) -> Self {
        Self(truncated(&Hash::of("porchlight/invitation/1", &[key.as_bytes()])))
    }
}

impl ActorPrefix {
    /// The prefix that every Change of this device carries.
    pub fn of_device(device: &DeviceId) -> Self {
        Self(truncated(&Hash::of("porchlight/actor/1", &[device.as_bytes()])))
    }
}

impl Hash {
    /// Thirty-two zeros: the hash before the first.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 over a label and parts. All parts but the last must have a fixed length, or the parts run together.
    pub fn of(label: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(label.as_bytes());
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

fn truncated<const LENGTH: usize>(hash: &Hash) -> [u8; LENGTH] {
    let mut short = [0; LENGTH];
    for (to, from) in short.iter_mut().zip(hash.0) {
        *to = from;
    }
    short
}

fn from_hex(text: &str, to: &mut [u8]) -> Option<()> {
    if text.len() != to.len().checked_mul(2)? {
        return None;
    }
    let digits = text.as_bytes().chunks_exact(2);
    for (byte, pair) in to.iter_mut().zip(digits) {
        let &[high, low] = pair else { return None };
        let digit = |c: u8| char::from(c).to_digit(16);
        *byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_both_ways_and_refuses_other_lengths() {
        let id = MemberId::from_bytes([0xab; 16]);
        assert_eq!(MemberId::from_hex(&id.to_string()), Some(id));
        assert_eq!(MemberId::from_hex("abc"), None);
        assert_eq!(MemberId::from_hex(&"zz".repeat(16)), None);
    }

    #[test]
    fn an_id_of_another_length_does_not_decode() {
        let encoded = minicbor::to_vec(Hash::ZERO).unwrap();
        assert!(minicbor::decode::<Hash>(&encoded).is_ok());
        assert!(minicbor::decode::<Signature>(&encoded).is_err());
    }
}
