//! Languages by their BCP 47 tags, from tags or from the names people write.

use crate::field;

/// Reads one language: a tag as it should be written, or the words as they are where no tag is known.
pub fn read(text: &str) -> String {
    let line = field::clean_line(text);
    let folded = field::fold(&line);
    let known =
        NAMES.iter().find(|(_, names)| names.split('|').any(|name| name == folded)).map(|(tag, _)| *tag);
    known.map(str::to_owned).or_else(|| tag(&line)).unwrap_or(line)
}

/// Reads a list of languages as it stands in one cell: "de, en", "Spanish / English", "vi and en".
pub fn read_list(text: &str) -> Vec<String> {
    words(text).iter().map(|word| read(word)).filter(|language| !language.is_empty()).collect()
}

/// The words of such a list, as they stand there.
pub(crate) fn words(text: &str) -> Vec<String> {
    let joined = [" and ", " y ", " und ", " et ", " e "]
        .iter()
        .fold(text.to_owned(), |text, word| text.replace(word, ","));
    let words = joined.split([',', ';', '/', '&', '+', '\n', '|', '、', '،']);
    words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a word is what some language is called, or one of their tags as tags are written: what else looks like a tag
/// may be a short name.
pub(crate) fn is_name_or_tag(word: &str) -> bool {
    let folded = field::fold(word);
    NAMES.iter().any(|(_, names)| names.split('|').any(|name| name == folded)) || {
        let word = word.trim();
        let primary = word.split(['-', '_']).next().unwrap_or_default();
        tag(word).is_some() && NAMES.iter().any(|(tag, _)| *tag == primary)
    }
}

/// A tag in its usual capitals ("zh-Hant-TW"), if it looks like one.
fn tag(text: &str) -> Option<String> {
    let mut parts = text.split(['-', '_']);
    let primary = parts.next()?;
    if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut tag = primary.to_ascii_lowercase();
    for part in parts {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 if part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                let (first, rest) = part.split_at(1);
                tag.push_str(&first.to_ascii_uppercase());
                tag.push_str(&rest.to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

/// The languages of many neighborhoods, by what they are called in English, in Spanish, in German, in French where it
/// differs, and by those who speak them; all folded.
const NAMES: [(&str, &str); 56] = [
    ("am", "amharic|amárico|amharisch|amharique|አማርኛ"),
    ("ar", "arabic|árabe|arabisch|arabe|العربية|عربي"),
    ("bg", "bulgarian|búlgaro|bulgarisch|български"),
    ("bn", "bengali|bangla|bengalí|bengalisch|বাংলা"),
    ("cs", "czech|checo|tschechisch|čeština|česky"),
    ("de", "german|alemán|aleman|deutsch|allemand"),
    ("el", "greek|griego|griechisch|ελληνικά"),
    ("en", "english|inglés|ingles|englisch|anglais|inglês"),
    ("es", "spanish|español|espanol|castellano|spanisch|espagnol"),
    ("fa", "persian|farsi|dari|persa|persisch|فارسی"),
    ("ff", "fulani|fula|fulfulde|pulaar"),
    ("fr", "french|francés|frances|französisch|français|francais"),
    ("gu", "gujarati|guyaratí|ગુજરાતી"),
    ("ha", "hausa"),
    ("he", "hebrew|hebreo|hebräisch|עברית"),
    ("hi", "hindi|हिन्दी|हिंदी"),
    ("hmn", "hmong|hmoob"),
    ("hr", "croatian|croata|kroatisch|hrvatski"),
    ("ht", "haitian creole|haitian|kreyòl|kreyol|kreyòl ayisyen|criollo haitiano|haitianisch|créole haïtien"),
    ("hu", "hungarian|húngaro|ungarisch|magyar"),
    ("hy", "armenian|armenio|armenisch|հայերեն"),
    ("id", "indonesian|indonesio|indonesisch|bahasa indonesia"),
    ("ig", "igbo"),
    ("it", "italian|italiano|italienisch"),
    ("ja", "japanese|japonés|japanisch|日本語"),
    ("ka", "georgian|georgiano|georgisch|ქართული"),
    ("km", "khmer|cambodian|jemer|ខ្មែរ"),
    ("ko", "korean|coreano|koreanisch|한국어"),
    ("ku", "kurdish|kurdo|kurdisch|kurdî|kurmanji|sorani"),
    ("lo", "lao|laotian|laosiano|laotisch|ລາວ"),
    ("my", "burmese|birmano|birmanisch|မြန်မာ"),
    ("ne", "nepali|nepalí|nepalesisch|नेपाली"),
    ("nl", "dutch|neerlandés|holandés|niederländisch|nederlands"),
    ("om", "oromo|afaan oromo"),
    ("pa", "punjabi|panyabí|ਪੰਜਾਬੀ|پنجابی"),
    ("pl", "polish|polaco|polnisch|polski"),
    ("ps", "pashto|pastún|paschtu|پښتو"),
    ("pt", "portuguese|portugués|portugues|portugiesisch|português"),
    ("ro", "romanian|rumano|rumänisch|română"),
    ("ru", "russian|ruso|russisch|русский"),
    ("so", "somali|somalí|soomaali"),
    ("sq", "albanian|albanés|albanisch|shqip"),
    ("sr", "serbian|serbio|serbisch|srpski|српски"),
    ("sw", "swahili|suajili|suaheli|kiswahili"),
    ("ta", "tamil|தமிழ்"),
    ("te", "telugu|తెలుగు"),
    ("ti", "tigrinya|tigriña|tigrinisch|ትግርኛ"),
    ("tl", "tagalog|filipino|pilipino"),
    ("tr", "turkish|turco|türkisch|türkçe"),
    ("uk", "ukrainian|ucraniano|ukrainisch|українська"),
    ("ur", "urdu|اردو"),
    ("vi", "vietnamese|vietnamita|vietnamesisch|tiếng việt|vietnamien"),
    ("yi", "yiddish|yidis|jiddisch|ייִדיש"),
    ("yo", "yoruba|yorùbá"),
    ("yue", "cantonese|cantonés|kantonesisch|廣東話|广东话|粵語"),
    ("zh", "chinese|mandarin|chino|mandarín|chinesisch|mandarin chinese|中文|普通话|國語|汉语"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_read() {
        assert_eq!(read_list("de, en"), ["de", "en"]);
        assert_eq!(read_list("Spanish and Tiếng Việt / ZH-hant"), ["es", "vi", "zh-Hant"]);
        assert_eq!(read_list("Deutsch; Türkçe & Nahuatl;"), ["de", "tr", "Nahuatl"]);
        assert_eq!(read("pt_br"), "pt-BR");
        assert_eq!(read("lao"), "lo");
        assert_eq!(read("sign language"), "sign language");
        assert_eq!(read(""), "");
    }
}
