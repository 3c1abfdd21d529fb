//! A small bundle as a sequence of QR codes, for two phones that have nothing but their screens and cameras.
//!
//! ```text
//! code  = "PORCH/" check "/" number "/" count "/" base32 (RFC 4648, upper case, no padding)
//! check = the first 4 bytes of SHA-256 of the bundle, as 8 upper-case hex digits
//! ```
//! Numbers count from 1. All letters are of the QR alphanumeric mode, which packs them tighter than bytes.

use porchlight_wire::{Hash, limits};

use crate::bundle::BundleError;

const MARK: &str = "PORCH/";

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A bundle as texts for a sequence of QR codes, in order. Refused if it is too large for them: then use a file.
pub fn to_codes(bundle: &[u8]) -> Result<Vec<String>, BundleError> {
    if bundle.len() > limits::MAX_QR_CODES * limits::QR_CODE_BYTES {
        return Err(BundleError::TooLargeForCodes);
    }
    let check = check(bundle);
    let parts: Vec<&[u8]> = bundle.chunks(limits::QR_CODE_BYTES).collect();
    let count = parts.len();
    let code = |(part, number): (&[u8], usize)| format!("{MARK}{check}/{number}/{count}/{}", encoded(part));
    Ok(parts.into_iter().zip(1..).map(code).collect())
}

/// Puts a bundle together from its codes, scanned in any order and any number of times.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    check: String,
    parts: Vec<Option<Vec<u8>>>,
}

impl Scanned {
    /// Takes the text of one code. The whole bundle once nothing is missing.
    pub fn add(&mut self, code: &str) -> Result<Option<Vec<u8>>, BundleError> {
        let rest = code.trim().strip_prefix(MARK).ok_or(BundleError::NotABundle)?;
        let mut fields = rest.splitn(4, '/');
        let mut field = || fields.next().ok_or(BundleError::Damaged);
        let (check_text, number, count, text) = (field()?, field()?, field()?, field()?);
        let number: usize = number.parse().map_err(|_| BundleError::Damaged)?;
        let count: usize = count.parse().map_err(|_| BundleError::Damaged)?;
        if count > limits::MAX_QR_CODES {
            return Err(BundleError::TooLargeForCodes);
        }
        if text.len() > encoded_length(limits::QR_CODE_BYTES) {
            return Err(BundleError::TooLargeForCodes);
        }
        let part = decoded(text).ok_or(BundleError::Damaged)?;
        if self.check != check_text || self.parts.len() != count {
            // Another bundle: start over with it.
            *self = Self { check: check_text.to_owned(), parts: vec![None; count] };
        }
        let slot = number.checked_sub(1).and_then(|at| self.parts.get_mut(at)).ok_or(BundleError::Damaged)?;
        *slot = Some(part);
        if self.missing() > 0 {
            return Ok(None);
        }
        let whole: Vec<u8> = self.parts.iter().flatten().flatten().copied().collect();
        if check(&whole) != self.check {
            *self = Self::default();
            return Err(BundleError::Damaged);
        }
        Ok(Some(whole))
    }

    /// How many codes are still missing.
    pub fn missing(&self) -> usize {
        self.parts.iter().filter(|part| part.is_none()).count()
    }
}

fn check(bundle: &[u8]) -> String {
    let hash = Hash::of("", &[bundle]);
    hash.as_bytes().iter().take(4).map(|byte| format!("{byte:02X}")).collect()
}

fn encoded_length(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// Five bits a letter.
fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(encoded_length(bytes.len()));
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(letter(bits >> count));
        }
    }
    if count > 0 {
        text.push(letter(bits << (5 - count)));
    }
    text
}

fn letter(bits: u32) -> char {
    let at = usize::try_from(bits & 31).unwrap_or(0);
    LETTERS.get(at).map_or('A', |letter| char::from(*letter))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = LETTERS.iter().position(|letter| *letter == byte)?;
        bits = (bits << 5) | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
        // What was written out already is not needed any more.
        bits &= 0xfff;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_together_in_any_order_and_another_bundle_starts_over() {
        let bundle: Vec<u8> = (0..3000_u32).flat_map(u32::to_be_bytes).take(2_500).collect();
        let codes = to_codes(&bundle).unwrap();
        assert_eq!(codes.len(), 2_500_usize.div_ceil(limits::QR_CODE_BYTES));
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '/';
        assert!(codes.iter().all(|code| code.chars().all(allowed)), "QR alphanumeric mode: {codes:?}");
        let mut scanned = Scanned::default();
        assert_eq!(scanned.add(&to_codes(b"another").unwrap()[0]), Ok(Some(b"another".to_vec())));
        for code in codes.iter().skip(1).rev().chain(codes.iter().skip(1)) {
            assert_eq!(scanned.add(code), Ok(None));
        }
        assert_eq!(scanned.missing(), 1);
        assert_eq!(scanned.add(&codes[0]), Ok(Some(bundle)));
    }

    #[test]
    fn codes_that_do_not_fit_are_refused() {
        let mut scanned = Scanned::default();
        assert_eq!(scanned.add("https://example.org"), Err(BundleError::NotABundle));
        for code in ["PORCH/", "PORCH/AB/1/1", "PORCH/AB/x/1/AA", "PORCH/AB/0/1/AA", "PORCH/AB/2/1/AA"] {
            assert_eq!(scanned.add(code), Err(BundleError::Damaged), "{code}");
        }
        assert_eq!(scanned.add("PORCH/AB/1/1/AA"), Err(BundleError::Damaged), "the check");
        let many = format!("PORCH/AB/1/{}/AA", limits::MAX_QR_CODES + 1);
        assert_eq!(scanned.add(&many), Err(BundleError::TooLargeForCodes));
        let large = vec![0; limits::MAX_QR_CODES * limits::QR_CODE_BYTES + 1];
        assert_eq!(to_codes(&large), Err(BundleError::TooLargeForCodes));
    }
}
