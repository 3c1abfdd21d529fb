//! Which encoding a text that is not Unicode is most likely in: the one in which most of its letters are of one language.

use super::{Encoding, decode_as};

/// What is looked at: enough for a language to show.
const SAMPLE: usize = 16 * 1024;
/// What a sign in the middle of a word weighs against letters that make sense.
const BAD: i64 = 3;

/// The likeliest encoding of a text that is not UTF-8. It stays a guess, and people must be told so.
pub(super) fn guess(bytes: &[u8]) -> Encoding {
    let sample = sample(bytes);
    let mut best = (i64::MIN, Encoding::Windows1252);
    let mut read: Option<(Encoding, String, i64)> = None;
    for (encoding, letters) in TONGUES {
        if read.as_ref().is_none_or(|(of, ..)| of != encoding) {
            let text = decode_as(&sample, *encoding);
            let bad = faults(&text);
            read = Some((*encoding, text, bad));
        }
        let Some((_, text, bad)) = &read else { continue };
        let known = match pairs(*encoding) {
            Some(weigh) => weighed(&sample, *encoding, weigh),
            None => {
                let next = text.chars().skip(1).chain([' ']);
                text.chars()
                    .zip(next)
                    .filter(|(letter, next)| is_known(*letter, *next, letters))
                    .map(|_| 1)
                    .sum()
            }
        };
        let score = known - BAD * bad;
        if score > best.0 {
            best = (score, *encoding);
        }
    }
    best.1
}

/// The lines that hold more than ASCII.
fn sample(bytes: &[u8]) -> Vec<u8> {
    let mut sample = Vec::new();
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_ascii()) {
        sample.extend_from_slice(line.get(..SAMPLE).unwrap_or(line));
        sample.push(b'\n');
        if sample.len() >= SAMPLE {
            break;
        }
    }
    sample
}

/// Marks of writing that stand in texts of every language.
const MARKS: &str = "’‘“”„–—…«»¿¡€\u{a0}";
/// Signs that stand at the edge of a word.
const EDGES: &str = "ªº²³°©®™£";

fn is_known(letter: char, next: char, letters: &str) -> bool {
    // Where ã is written as well, õ has an e behind it; elsewhere it is more often Hungarian's ő.
    let is_lost = matches!(letter, 'õ' | 'Õ') && letters.contains('ã') && !matches!(next, 'e' | 'E');
    !letter.is_ascii()
        && !is_lost
        && (MARKS.contains(letter)
            || letters.contains(letter)
            || letter.to_lowercase().any(|small| small != letter && letters.contains(small)))
}

/// What no writer would put down: signs within words, capitals behind small letters, words of two scripts.
fn faults(text: &str) -> i64 {
    let broken = text.chars().map(|letter| match letter {
        '\u{fffd}' => 5,
        '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' => 2,
        _ => 0,
    });
    let is_apart = |letter: char| {
        letter.is_whitespace()
            || MARKS.contains(letter)
            || (letter.is_ascii() && !letter.is_ascii_alphanumeric())
    };
    broken.sum::<i64>() + text.split(is_apart).filter(|word| !word.is_ascii()).map(word_faults).sum::<i64>()
}

fn word_faults(word: &str) -> i64 {
    let word: Vec<char> = word.trim_matches(|letter| EDGES.contains(letter)).chars().collect();
    let has_small = word.iter().any(|letter| letter.is_lowercase());
    let (mut bad, mut run) = (0, 0);
    for (place, letter) in word.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| word.get(place));
        if !letter.is_alphanumeric() && !is_mark(*letter) {
            bad += 1;
        }
        let is_ours = |letter: &char| letter.is_ascii();
        let Some(before) = before else { continue };
        let is_late = letter.is_uppercase() && has_small && !(is_ours(letter) && is_ours(before));
        let is_digit = (before.is_ascii_digit() && letter.is_alphabetic() && !is_ours(letter))
            || (letter.is_ascii_digit() && before.is_alphabetic() && !is_ours(before));
        let is_other = matches!((script(*before), script(*letter)), (Some(a), Some(b)) if a != b);
        bad += i64::from(is_late) + i64::from(is_digit) + i64::from(is_other);
        // Latin letters with marks stand among others without.
        run = if [before, letter].iter().all(|l| !is_ours(l) && script(**l) == Some(Script::Latin)) {
            run + 1
        } else {
            0
        };
        bad += i64::from(run >= 2);
    }
    let is_cyrillic = word.len() >= 4 && word.iter().all(|letter| script(*letter) == Some(Script::Cyrillic));
    let is_vowel = |letter: &char| letter.to_lowercase().any(|small| "аеёиоуыэюяіїє".contains(small));
    bad + i64::from(is_cyrillic && !word.iter().any(is_vowel))
}

/// Whether it is a mark on the letter before.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{652}' | '\u{e31}'..='\u{e4e}')
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Thai,
    Hangul,
    /// Chinese characters and those that Japanese has beside them.
    East,
}

fn script(letter: char) -> Option<Script> {
    Some(match letter {
        'a'..='z' | 'A'..='Z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
            Script::Latin
        }
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{600}'..='\u{6ff}' => Script::Arabic,
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        '\u{3005}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff66}'..='\u{ff9f}' => Script::East,
        _ => return None,
    })
}

/// What two bytes weigh as one letter: those in use much, those in use some, none.
fn pairs(encoding: Encoding) -> Option<fn(u8, u8) -> i64> {
    Some(match encoding {
        Encoding::EucKr => |lead, trail| match (lead, trail) {
            (0xb0..=0xc8, 0xa1..) => 2,
            (0xa1..=0xa3, 0xa1..) => 0,
            _ => -2,
        },
        Encoding::Gb18030 => |lead, trail| match (lead, trail) {
            (0xb0..=0xd7, 0xa1..) => 2,
            (0xd8..=0xf7, 0xa1..) => 1,
            (0xa1..=0xa3, 0xa1..) => 0,
            _ => -3,
        },
        Encoding::Big5 => |lead, _| match lead {
            0xa4..=0xc6 => 2,
            0xa1..=0xa3 | 0xc9..=0xf9 => 0,
            _ => -3,
        },
        Encoding::ShiftJis => |lead, trail| match (lead, trail) {
            (0x82, 0x9f..=0xf1) | (0x83, 0x40..=0x96) | (0x88..=0x97, _) => 2,
            (0x81, _) => 0,
            (0x98..=0x9f | 0xe0..=0xea, _) => 0,
            _ => -3,
        },
        Encoding::EucJp => |lead, trail| match (lead, trail) {
            (0xa4 | 0xa5 | 0xb0..=0xcf, 0xa1..) => 2,
            (0xa1..=0xa3 | 0xd0..=0xf4, 0xa1..) => 0,
            _ => -3,
        },
        _ => return None,
    })
}

fn weighed(bytes: &[u8], encoding: Encoding, weigh: fn(u8, u8) -> i64) -> i64 {
    let (mut sum, mut bytes) = (0, bytes.iter());
    while let Some(lead) = bytes.next() {
        let is_alone = encoding == Encoding::ShiftJis && (0xa1..=0xdf).contains(lead);
        if *lead >= 0x80 && !is_alone {
            sum += bytes.next().map_or(-1, |trail| weigh(*lead, *trail));
        }
    }
    sum
}

/// The letters beyond ASCII of the languages that are written in each encoding; the likelier ones first.
const TONGUES: &[(Encoding, &str)] = &[
    (Encoding::Windows1252, "áéíóúüñ"),
    (Encoding::Windows1252, "àâçéèêëîïôùûüÿœæ"),
    (Encoding::Windows1252, "äöüßéè"),
    (Encoding::Windows1252, "áâãàçéêíóôõúü"),
    (Encoding::Windows1252, "àèéìíòóùú"),
    (Encoding::Windows1252, "àçèéíïòóúü"),
    (Encoding::Windows1252, "åäöæøéü"),
    (Encoding::Windows1254, "çğıöşüâîû"),
    (Encoding::Windows1252, "áéíóúýþæðö"),
    (Encoding::Windows1250, "ąćęłńóśźż"),
    (Encoding::Windows1250, "áäčďéěíĺľňóôŕřšťúůýž"),
    (Encoding::Windows1250, "áéíóöőúüű"),
    (Encoding::Windows1250, "čćđšž"),
    (Encoding::Windows1250, "ăâîşţ"),
    (Encoding::Iso88592, "ąćęłńóśźż"),
    (Encoding::Iso88592, "áäčďéěíĺľňóôŕřšťúůýž"),
    (Encoding::Iso88592, "áéíóöőúüű"),
    (Encoding::Iso88592, "čćđšž"),
    (Encoding::Windows1257, "ąčęėįšųūžāēģīķļņõäöü"),
    (Encoding::Windows1258, "ăâđêôơưáàãéèíóòõúùý\u{300}\u{301}\u{303}\u{309}\u{323}"),
    (Encoding::Windows1255, "אבגדהוזחטיךכלםמןנסעףפץצקרשת"),
    (Encoding::Windows1256, "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگکہےٹڈڑ،"),
    (Encoding::Windows1251, "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    (Encoding::Windows1251, "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяў"),
    (Encoding::Windows1251, "абвгдђежзијклљмнњопрстћуфхцчџш"),
    (Encoding::Koi8R, "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    (Encoding::Koi8U, "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    (Encoding::Cp866, "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    (Encoding::Windows1253, "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋ"),
    (Encoding::Windows874, "กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรฤลวศษสหฬอฮะัาำิีึืุูเแโใไๅๆ็่้๊๋์"),
    (Encoding::MacRoman, "áéíóúüñ"),
    (Encoding::MacRoman, "àâçéèêëîïôùûüÿœæ"),
    (Encoding::MacRoman, "äöüßéè"),
    (Encoding::MacRoman, "áâãàçéêíóôõúü"),
    (Encoding::MacRoman, "åäöæøéü"),
    (Encoding::Cp850, "áéíóúüñ"),
    (Encoding::Cp850, "àâçéèêëîïôùûü"),
    (Encoding::Cp850, "äöüßéè"),
    (Encoding::Cp850, "áâãàçéêíóôõúü"),
    (Encoding::Cp850, "åäöæøéü"),
    (Encoding::EucKr, ""),
    (Encoding::Gb18030, ""),
    (Encoding::Big5, ""),
    (Encoding::ShiftJis, ""),
    (Encoding::EucJp, ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, label: &str) -> Vec<u8> {
        let (bytes, _, has_errors) = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(text);
        assert!(!has_errors, "{label} {text}");
        bytes.into_owned()
    }

    #[test]
    fn the_languages_of_many_neighborhoods_are_read_whatever_wrote_them() {
        use Encoding as E;
        for (encoding, label, text) in [
            (E::Windows1252, "windows-1252", "Name,Notiz\nJürgen Groß,Straße 5\nZoë O’Brien,don’t call\n"),
            (E::Windows1252, "windows-1252", "Nombre\nJosé Muñoz\nÁngela Núñez\n¿Cuántos m³ por £100?\n"),
            (E::Windows1252, "windows-1252", "Prénom\nFrançois Lefèvre\nHélène Bœuf\n"),
            (E::Windows1252, "windows-1252", "Nome\nJoão Conceição\nÂngela Simões\n"),
            (E::Windows1252, "windows-1252", "Nome\nNicolò Cantù\n"),
            (E::Windows1252, "windows-1252", "Navn\nBjørn Åsen\nSøren Kjær\n"),
            (E::Windows1254, "windows-1254", "Ad\nAyşe Yıldız\nİbrahim Çağlar\n"),
            (E::Windows1250, "windows-1250", "Imię\nMichał Wójcik\nŻaneta Gałązka\nŁódź\n"),
            (E::Windows1250, "windows-1250", "Jméno\nDvořák Jiří\nČapková Ludmila\n"),
            (E::Windows1250, "windows-1250", "Név\nErdős Győző\nKovács Ágnes\n"),
            (E::Iso88592, "iso-8859-2", "Imię\nMichał Gałązka\nŻaneta Śliwińska\n"),
            (E::Windows1251, "windows-1251", "Имя,Телефон\nИван Петров,\nОльга Щукина,\n"),
            (E::Windows1251, "windows-1251", "Ім’я\nЮлія Їжакевич\nГригорій Шевчук\n"),
            (E::Koi8R, "koi8-r", "Имя,Телефон\nИван Петров,\nОльга Щукина,\n"),
            (E::Cp866, "ibm866", "Имя,Телефон\nИван Петров,\nОльга Щукина,\n"),
            (E::Windows1253, "windows-1253", "Όνομα\nΓιώργος Παπαδόπουλος\nΕλένη Νικολάου\n"),
            (E::Windows1255, "windows-1255", "שם\nדוד כהן\nשרה לוי\n"),
            (E::Windows1256, "windows-1256", "الاسم\nمحمد علي\nفاطمة حسن\n"),
            (E::Windows1258, "windows-1258", "Tên\nNguye\u{302}\u{303}n"),
            (E::Windows874, "windows-874", "ชื่อ\nสมชาย ใจดี\n"),
            (E::MacRoman, "macintosh", "Name\nJürgen Groß\nJosé Muñoz\n"),
            (E::Gb18030, "gb18030", "姓名,电话\n张伟,\n王芳,\n李娜,\n刘洋,\n"),
            (E::Big5, "big5", "姓名,電話\n陳大文,\n黃小明,\n林美玲,\n"),
            (E::EucKr, "euc-kr", "이름,전화\n김철수,\n박영희,\n이민호,\n"),
            (E::ShiftJis, "shift_jis", "名前,電話\n山田太郎,\n佐藤花子,\n鈴木 さくら,\n"),
            (E::EucJp, "euc-jp", "名前,フリガナ\n山田太郎,ヤマダ タロウ\n佐藤花子,サトウ ハナコ\n"),
        ] {
            // In Windows-1258 a letter has its second mark behind it.
            let text = if encoding == E::Windows1258 {
                "Tên\nNguyê\u{303}n Văn Đư\u{301}c\nTrâ\u{300}n Thi\u{323} Hoa\n"
            } else {
                text
            };
            let bytes = encoded(text, label);
            assert_eq!(guess(&bytes), encoding, "{text}");
            assert_eq!(decode_as(&bytes, encoding), text);
        }
        let dos = b"Name\nJ\x81rgen Gro\xe1\nJos\x82 Mu\xa4oz\nM\xa0rquez\n";
        assert_eq!(guess(dos), E::Cp850);
        assert_eq!(decode_as(dos, E::Cp850), "Name\nJürgen Groß\nJosé Muñoz\nMárquez\n");
    }

    #[test]
    fn what_people_write_without_letters_of_their_own_stays_western() {
        for text in ["don’t call after 9", "Mon–Fri 9–17", "50 € “now”", "call me\u{a0}back", "O’Brien"]
        {
            assert_eq!(guess(&encoded(text, "windows-1252")), Encoding::Windows1252, "{text}");
        }
    }
}
