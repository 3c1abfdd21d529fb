//! Golden vectors of what words find and open.

use super::{Story, Text};
use crate::typed_code::CodeKeys;

/// Six words, what they make, and the invitation behind them.
pub(super) fn write(text: &mut Text, story: &Story) -> Option<()> {
    const WORDS: &str = "abandon ability zoo zone young above";
    text.section("words");
    text.word("code", WORDS);
    let keys = CodeKeys::of(WORDS, &story.roster.server()).ok()?;
    text.value("code locator", keys.locator.as_bytes());
    text.value("code key", keys.key.expose_secret_bytes());
    let sealed = keys.seal(&story.link, [28; 24])?;
    text.value("code, sealed invitation", &sealed);
    (keys.open(&sealed)? == story.link).then_some(())
}
