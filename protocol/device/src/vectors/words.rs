//! Golden vectors of what words find and open.

use porchlight_wire::roster::Purpose;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{Story, TIME, Text};
use crate::recovery::list::{List, Listed};
use crate::recovery::{RecoveryRoot, added};
use crate::typed_code::CodeKeys;
use crate::words;

/// Words, what they make, and what is behind them.
pub(super) fn write(text: &mut Text, story: &Story) -> Option<()> {
    const WORDS: &str = "abandon ability zoo zone young above";
    text.section("words");
    text.word("code", WORDS);
    let keys = CodeKeys::of(WORDS, &story.roster.server()).ok()?;
    text.value("code locator", keys.locator.as_bytes());
    text.value("code key", keys.key.expose_secret_bytes());
    let sealed = keys.seal(&story.link, [28; 24])?;
    text.value("code, sealed invitation", &sealed);
    if keys.open(&sealed)? != story.link {
        return None;
    }
    recovery(text, story)
}

/// Twelve words, what they make, and the list behind them.
fn recovery(text: &mut Text, story: &Story) -> Option<()> {
    const WORDS: &str =
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
    text.word("recovery words", WORDS);
    let words = words::read_recovery(WORDS).ok()?;
    let root = RecoveryRoot::of(&words).ok()?;
    let keys = root.keys(&story.group);
    text.value("recovery device id", keys.id().as_bytes());
    text.value("recovery sealing key hash", super::sealing_hash(keys.sealing()).as_bytes());
    let stored = root.stored();
    text.value("list locator", stored.locator(&story.roster.server()).as_bytes());
    text.value("list key hash", super::sealing_hash(&root.list_secret()).as_bytes());
    let listed = Listed {
        group: story.group,
        server: story.roster.server(),
        url: story.link.url.clone(),
        head: story.roster.head(),
        name: story.link.name.clone(),
    };
    let list = List { groups: vec![listed], time: TIME };
    text.encoded("list", &list);
    let locator = stored.locator(&story.roster.server());
    let mut entropy = ChaCha20Rng::from_seed([30; 32]);
    let sealed = list.seal(&locator, &stored.list_key, &mut entropy)?;
    text.value("list, sealed", &sealed);
    let change = added(&story.group, &story.roster.head(), (&keys, Purpose::Recovery), &story.alice);
    story.roster.verify(&change, TIME).ok()?;
    text.value("recovery words, added", &change);
    (List::open(&sealed, &locator, &root.list_secret())? == list).then_some(())
}
