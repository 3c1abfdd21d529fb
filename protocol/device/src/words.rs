//! Words that people tell each other or write down, and the secrets that are made of them.
//!
//! ```text
//! words = of the English list of BIP 39 (2,048 words), in lower case, a single space between two
//! slow  = Argon2id (RFC 9106; 32 MiB, 3 passes, 1 lane, 32 bytes) of the words
//! ```

use argon2::{Algorithm, Argon2, Params, Version};
use bip39::{Language, Mnemonic};
use rand_core::Rng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::keys::Secret;

/// Words of a typed code: 66 bits.
pub const CODE_WORDS: usize = 6;

/// Recovery words: 128 bits, and 4 that notice a wrong word.
pub const RECOVERY_WORDS: usize = 12;

/// Letters by which a word of the list can be told from all others.
const LETTERS: usize = 4;

/// Memory and passes of Argon2id: what a cheap phone bears, and each guess costs.
const COST: (u32, u32) = (32 * 1024, 3);

/// Draws the words of a code.
pub(crate) fn draw_code(entropy: &mut impl Rng) -> Zeroizing<String> {
    let list = Language::English.word_list();
    // The number of words divides what is drawn from, so every word is as likely.
    let mut word = || usize::try_from(entropy.next_u32()).ok().and_then(|at| list.get(at % list.len()));
    let words: Vec<&str> = (0..CODE_WORDS).filter_map(|_| word()).copied().collect();
    Zeroizing::new(words.join(" "))
}

/// Draws recovery words. The last one is partly made of the others, so that a wrong word is noticed.
pub(crate) fn draw_recovery(entropy: &mut impl Rng) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0; 16]);
    entropy.fill_bytes(bytes.as_mut());
    let words = Mnemonic::from_entropy_in(Language::English, bytes.as_ref()).ok()?;
    Some(Zeroizing::new(words.words().collect::<Vec<_>>().join(" ")))
}

/// Whether what was typed can be the words of a code: to say so before anything else is done.
pub fn check_code(typed: &str) -> Result<(), WordsError> {
    read_code(typed).map(drop)
}

/// Whether what was typed can be recovery words.
pub fn check_recovery_words(typed: &str) -> Result<(), WordsError> {
    read_recovery(typed).map(drop)
}

/// What was typed for a code, as the words of the list.
pub(crate) fn read_code(typed: &str) -> Result<Zeroizing<String>, WordsError> {
    recognize(typed, CODE_WORDS)
}

/// What was typed for recovery words, as the words of the list; refused if one of them must be wrong.
pub(crate) fn read_recovery(typed: &str) -> Result<Zeroizing<String>, WordsError> {
    let words = recognize(typed, RECOVERY_WORDS)?;
    Mnemonic::parse_in_normalized(Language::English, &words).map_err(|_| WordsError::DoNotFit)?;
    Ok(words)
}

/// Any case, anything but letters between, and the first four letters of a word are enough.
fn recognize(typed: &str, wanted: usize) -> Result<Zeroizing<String>, WordsError> {
    let mut words = Vec::new();
    let parts = typed.split(|c: char| !c.is_alphabetic()).filter(|part| !part.is_empty());
    for (part, place) in parts.zip(1..) {
        let part = Zeroizing::new(part.to_lowercase());
        let whole = Language::English.find_word(&part).map(usize::from);
        let whole = whole.and_then(|at| Language::English.word_list().get(at)).copied();
        let begun = || {
            let begun = Language::English.words_by_prefix(&part);
            begun.first().copied().filter(|_| part.chars().count() >= LETTERS)
        };
        let unknown = || WordsError::Unknown { place, word: part.chars().take(LONGEST_SHOWN).collect() };
        words.push(whole.or_else(begun).ok_or_else(unknown)?);
    }
    if words.len() != wanted {
        return Err(WordsError::OtherCount { typed: words.len(), wanted });
    }
    Ok(Zeroizing::new(words.join(" ")))
}

/// Makes a secret of words, slowly.
pub(crate) fn stretch(words: &str, salt: &[u8]) -> Result<Secret, WordsError> {
    let mut slow = Zeroizing::new([0; 32]);
    let params = Params::new(COST.0, COST.1, 1, Some(slow.len())).map_err(|_| WordsError::NoMemory)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(words.as_bytes(), salt, slow.as_mut())
        .map_err(|_| WordsError::NoMemory)?;
    Secret::from_slice(slow.as_ref()).ok_or(WordsError::NoMemory)
}

/// The longest word of the list has 8 letters; of more that was typed not all needs to be shown.
const LONGEST_SHOWN: usize = 20;

/// Why what was typed are not the words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WordsError {
    /// One is not in the list; show which.
    #[error("word {place}, '{word}', is not one of the words; look or listen again how it is spelled")]
    Unknown {
        /// The how manieth it is, from 1.
        place: usize,
        /// What was typed.
        word: String,
    },
    /// Too few or too many.
    #[error("{wanted} words are needed, and {typed} were typed")]
    OtherCount {
        /// How many there are.
        typed: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// They are all in the list, and still one is wrong or at another place.
    #[error(
        "one of the words is not the right one, or two have changed places; compare them with your paper"
    )]
    DoNotFit,
    /// The words could not be worked with on this device.
    #[error("this device has not enough free memory for this; close other apps and try again")]
    NoMemory,
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn words_are_recognized_however_they_are_typed() {
        let wanted = "abandon ability zoo zone young above";
        for typed in [
            "Abandon ability  ZOO-zone, young above\n",
            "aban abil zoo zone youn abov",
            "1. abandon 2. ability 3. zoo 4. zone 5. young 6. above",
            "abando\tabili zoo zone\u{a0}young\u{202f}above.",
        ] {
            assert_eq!(*read_code(typed).unwrap(), wanted, "{typed}");
        }
        // A short word that others begin with is itself.
        assert_eq!(*read_code("act acti acto act act actu").unwrap(), "act action actor act act actual");
    }

    #[test]
    fn a_misspelt_word_is_named_with_its_place() {
        let unknown = |place, word: &str| Err(WordsError::Unknown { place, word: word.to_owned() });
        let read = |typed: &str| read_code(typed).map(|words| words.len());
        assert_eq!(read("abandon Abilitty zoo zone young above"), unknown(2, "abilitty"));
        assert_eq!(read("aba ability"), unknown(1, "aba"), "three letters of a longer word");
        assert_eq!(read("abandon añejo"), unknown(2, "añejo"));
        assert_eq!(read(&format!("{} zoo", "x".repeat(500))), unknown(1, &"x".repeat(20)));
        assert_eq!(read("zoo"), Err(WordsError::OtherCount { typed: 1, wanted: 6 }));
        assert_eq!(read(""), Err(WordsError::OtherCount { typed: 0, wanted: 6 }));
        let said = WordsError::Unknown { place: 2, word: "abilitty".to_owned() }.to_string();
        assert!(said.starts_with("word 2, 'abilitty'"), "{said}");
    }

    #[test]
    fn every_word_of_the_list_is_known_by_its_first_four_letters() {
        for word in Language::English.word_list() {
            let start: String = word.chars().take(LETTERS).collect();
            let typed = vec![start.to_uppercase(); CODE_WORDS].join(" ");
            assert_eq!(*read_code(&typed).unwrap(), [*word; CODE_WORDS].join(" "));
        }
    }

    #[test]
    fn words_are_drawn_from_the_whole_list_and_read_again() {
        let mut entropy = ChaCha20Rng::from_seed([1; 32]);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..4_000 {
            let code = draw_code(&mut entropy);
            assert_eq!(read_code(&code).as_deref(), Ok(&*code));
            seen.extend(code.split(' ').map(str::to_owned));
        }
        assert_eq!(seen.len(), 2048);
    }

    #[test]
    fn a_wrong_recovery_word_is_noticed_before_anything_is_asked() {
        let mut entropy = ChaCha20Rng::from_seed([2; 32]);
        let mut missed = 0;
        for _ in 0..64 {
            let words = draw_recovery(&mut entropy).unwrap();
            assert_eq!(read_recovery(&words.to_uppercase()).as_deref(), Ok(&*words));
            let mut list: Vec<&str> = words.split(' ').collect();
            list.swap(0, 1);
            missed += usize::from(list[0] != list[1] && read_recovery(&list.join(" ")).is_ok());
        }
        assert!(missed < 16, "of 64 swaps one in 16 may go unnoticed, and {missed} did");
        assert_eq!(read_recovery("zoo zoo"), Err(WordsError::OtherCount { typed: 2, wanted: 12 }));
        assert_eq!(read_recovery(&["abandon"; 12].join(" ")), Err(WordsError::DoNotFit));
    }
}
