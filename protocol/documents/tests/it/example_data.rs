//! The example list of 400 made-up neighbors in `examples/data`: made here, always the same, in four kinds of file.

use std::path::PathBuf;

use porchlight_documents::contacts::{self, Address, Contact, Details, Labelled, Messenger, Phone};
use porchlight_documents::csv::{self, Delimiter};
use porchlight_documents::vcard::{self, Version};

use crate::support::List;

const PEOPLE: usize = 400;

/// Given names, family names, the language, and whether the family name stands first.
struct Community {
    given: &'static [&'static str],
    family: &'static [&'static str],
    language: &'static str,
    order: Order,
}

#[derive(Clone, Copy)]
enum Order {
    GivenFirst,
    FamilyFirst,
    /// No blank between them either.
    FamilyJoined,
}

const COMMUNITIES: [Community; 16] = [
    Community {
        given: &["Maya", "Caleb", "Ruth", "Desmond", "Ivy", "Walter", "June", "Otis"],
        family: &["Fairbanks", "Oakley", "Winslow", "Treadwell", "Hollis", "Penrose", "Quimby"],
        language: "en",
        order: Order::GivenFirst,
    },
    Community {
        given: &["María José", "Íñigo", "Lucía", "Ramón", "Begoña", "Andrés", "Itzel", "Ñusta"],
        family: &["Peña Ortiz", "Muñoz", "Zúñiga", "Echeverría", "De la Cruz", "Güemes", "Ibáñez"],
        language: "es",
        order: Order::GivenFirst,
    },
    Community {
        given: &["Thị Mai", "Văn Đức", "Ngọc Ánh", "Quốc Bảo", "Thu Hằng", "Hữu Phước"],
        family: &["Nguyễn", "Trần", "Phạm", "Đặng", "Vũ", "Lê", "Bùi"],
        language: "vi",
        order: Order::FamilyFirst,
    },
    Community {
        given: &["ليلى", "يوسف", "سلمى", "عمر", "نور", "هدى", "كريم"],
        family: &["حداد", "النجار", "منصور", "الخطيب", "سعيد", "زيدان"],
        language: "ar",
        order: Order::GivenFirst,
    },
    Community {
        given: &["美玲", "建国", "晓雯", "志强", "雅婷", "子轩"],
        family: &["陈", "王", "欧阳", "林", "黄", "赵", "周"],
        language: "zh",
        order: Order::FamilyJoined,
    },
    Community {
        given: &["Оксана", "Тарас", "Соломія", "Богдан", "Ярина", "Єгор"],
        family: &["Шевчук", "Бондаренко", "Їжакевич", "Ґалаґан", "Мельник", "Кравець"],
        language: "uk",
        order: Order::GivenFirst,
    },
    Community {
        given: &["Анна", "Фёдор", "Людмила", "Артём", "Зоя"],
        family: &["Соловьёва-Пример", "Ёлкин", "Щукин", "Тихая", "Юрьев"],
        language: "ru",
        order: Order::GivenFirst,
    },
    Community {
        given: &["Widlène", "Jean-Robert", "Fabiola", "Mackenson", "Guerline", "Évens"],
        family: &["Toussaint", "Désir", "Pierre-Louis", "Célestin", "Beauvoir", "Jean-Baptiste"],
        language: "ht",
        order: Order::GivenFirst,
    },
    Community {
        given: &["አበበ", "ሰላማዊት", "ዮናስ", "ሕይወት", "ብርሃኑ", "ትዕግሥት"],
        family: &["ተስፋዬ", "ገብረ", "ወልደ", "አለሙ", "መኮንን"],
        language: "am",
        order: Order::GivenFirst,
    },
    Community {
        given: &["서연", "민준", "지우", "도윤", "하은"],
        family: &["김", "이", "박", "남궁", "정"],
        language: "ko",
        order: Order::FamilyJoined,
    },
    Community {
        given: &["Ayaan", "Hodan", "Cabdi", "Sahra", "Liibaan"],
        family: &["Warsame", "Xasan", "Cali", "Faarax", "Nuur"],
        language: "so",
        order: Order::GivenFirst,
    },
    Community {
        given: &["अनीता", "राजेश", "सुनीता", "दीपक", "काव्या"],
        family: &["शर्मा", "थापा", "वर्मा", "गुरुङ"],
        language: "hi",
        order: Order::GivenFirst,
    },
    Community {
        given: &["Łucja", "Zbigniew", "Świętosława", "Grażyna", "Michał"],
        family: &["Wójcik", "Żółć", "Dąbrowska", "Ćwikła"],
        language: "pl",
        order: Order::GivenFirst,
    },
    Community {
        given: &["Adébáyọ̀", "Ọláìtán", "Fúnmiláyọ̀", "Ṣadé", "Kọ́lá"],
        family: &["Ògúnbíyí", "Adéṣínà", "Ọbáfẹ́mi", "Àjàyí"],
        language: "yo",
        order: Order::GivenFirst,
    },
    Community {
        given: &["Pajkub", "Tooj", "Maiv", "Kaus Nploog", "Ntxhi"],
        family: &["Vaj", "Lis", "Xyooj", "Hawj"],
        language: "hmn",
        order: Order::GivenFirst,
    },
    Community {
        given: &["Ligaya", "Crisanto", "Dalisay", "Rodel", "Maria Corazon"],
        family: &["Dimaculangan", "Bautista-Halimbawa", "Magsaysay", "Dela Peña"],
        language: "tl",
        order: Order::GivenFirst,
    },
];

const STREETS: [&str; 7] = ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo"];
const TAGS: [&str; 8] =
    ["driver", "night", "kitchen", "school gate", "block captain", "phone tree", "first aid", "new"];
const SKILLS: [&str; 7] = [
    "nurse",
    "electrician",
    "sign language",
    "carpentry, small repairs",
    "childcare",
    "cooking for 50",
    "radio",
];
const EQUIPMENT: [&str; 6] =
    ["van", "ladder", "generator; 2 kW", "folding tables", "cargo bike", "sound system"];
const WHEN: [&str; 5] =
    ["weekday evenings", "Sat & Sun", "mornings before 9", "any time, call first", "not on Fridays"];
const NOTES: [&str; 6] = [
    "Prefers a call to a text.",
    "Has two dogs; ring twice.\nBack door is the one to use.",
    "=looks like a formula, is a note",
    "Can host up to 12 people, has ramp \\ lift.",
    "@ the corner house, blue door",
    "Allergic to nuts; says \"no peanuts, please\".",
];
/// Area codes in which the numbers 555-0100 to 555-0199 are kept free for fiction.
const AREA_CODES: [u32; 6] = [202, 312, 415, 503, 612, 713];

/// Makes the same numbers on every machine (a 64-bit xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    fn pick(&mut self, values: &[&str]) -> String {
        values[self.roll(values.len())].to_owned()
    }
}

/// The number of a place in the row of fictional numbers.
fn number(place: usize) -> String {
    let place = u32::try_from(place).unwrap();
    format!("+1{}5550{}", AREA_CODES[usize::try_from(place / 100).unwrap()], 100 + place % 100)
}

fn person(place: usize, dice: &mut Dice) -> Details {
    let community = &COMMUNITIES[place % COMMUNITIES.len()];
    let (given, family) = (dice.pick(community.given), dice.pick(community.family));
    let name = match community.order {
        Order::GivenFirst => format!("{given} {family}"),
        Order::FamilyFirst => format!("{family} {given}"),
        Order::FamilyJoined => format!("{family}{given}"),
    };
    let mut details = Details {
        name,
        given,
        family,
        uids: vec![format!("willow-street-{place:03}")],
        ..Details::default()
    };
    details.no_device = dice.one_in(25);
    if !details.no_device {
        let label = dice.pick(&["mobile", "mobile", "mobile", "home", ""]);
        details.phones.push(Phone { label, ..Phone::typed(&number(place), None) });
        if place < 150 && dice.one_in(2) {
            details
                .phones
                .push(Phone { label: "work".into(), ..Phone::typed(&number(PEOPLE + place), None) });
        }
    }
    if dice.one_in(2) {
        let value = format!("neighbor{place:03}@example.org");
        details.emails.push(Labelled { value, label: dice.pick(&["home", "work", ""]), preferred: false });
    }
    if dice.one_in(6) {
        let service = dice.pick(&["signal", "whatsapp", "telegram"]);
        details.messengers.push(Messenger { service, handle: format!("willow.{place:03}") });
    }
    words(&mut details, community.language, dice);
    place_and_time(&mut details, dice);
    details.tidy(None)
}

fn words(details: &mut Details, language: &str, dice: &mut Dice) {
    details.speaks.push(language.to_owned());
    if !dice.one_in(4) {
        details.speaks.push("en".to_owned());
        if language != "en" && dice.one_in(5) {
            details.interprets.push(language.to_owned());
        }
    } else {
        details.prefers.push(language.to_owned());
    }
    for _ in 0..dice.roll(3) {
        details.tags.push(dice.pick(&TAGS));
    }
    if dice.one_in(3) {
        details.skills.push(dice.pick(&SKILLS));
    }
    if dice.one_in(5) {
        details.equipment.push(dice.pick(&EQUIPMENT));
    }
}

fn place_and_time(details: &mut Details, dice: &mut Dice) {
    details.area = format!("{} & {}", dice.pick(&STREETS), ["1st", "2nd", "3rd", "4th", "5th"][dice.roll(5)]);
    if dice.one_in(5) {
        details.house_number = (1 + dice.roll(180)).to_string();
    }
    if dice.one_in(12) {
        let street = format!("{} {} Street", 1 + dice.roll(180), dice.pick(&STREETS));
        let town = "Springfield".to_owned();
        details.addresses.push(Address {
            street,
            town,
            postcode: "00501".into(),
            label: "home".into(),
            ..Address::default()
        });
    }
    if dice.one_in(3) {
        details.availability = dice.pick(&WHEN);
    }
    if dice.one_in(4) {
        details.note = dice.pick(&NOTES);
    }
    if dice.one_in(6) {
        let (month, day) = (1 + dice.roll(12), 1 + dice.roll(28));
        details.birthday = if dice.one_in(2) {
            format!("--{month:02}-{day:02}")
        } else {
            format!("{}-{month:02}-{day:02}", 1940 + dice.roll(65))
        };
    }
    if dice.one_in(8) {
        details.emergency_name = dice.pick(&["a sister", "next door", "the son in Duluth", "Grandpa Joe"]);
        details.emergency_phone = number(PEOPLE + 150 + dice.roll(50));
    }
}

fn everybody() -> Vec<Details> {
    let mut dice = Dice(0x706f_7263_686c_6967);
    (0..PEOPLE).map(|place| person(place, &mut dice)).collect()
}

/// Each of the four files.
fn files() -> [(&'static str, Vec<u8>); 4] {
    let mut list = List::new(None);
    list.edit(|editor| {
        for details in everybody() {
            contacts::add(editor, details, None)?;
        }
        Ok(())
    });
    let mut all = list.contacts();
    all.sort_by(|one, other| one.details.uids.cmp(&other.details.uids));
    let grouped: Vec<Contact> = all
        .iter()
        .cloned()
        .map(|mut contact| {
            for phone in &mut contact.details.phones {
                phone.number = phone.shown(None);
            }
            contact
        })
        .collect();
    [
        ("contacts-2.1.vcf", old_cards(&all).into_bytes()),
        ("contacts-3.0.vcf", vcard::write(&all, Version::V3).into_bytes()),
        ("contacts-4.0.vcf", vcard::write(&all, Version::V4).into_bytes()),
        ("contacts.csv", csv::write(&grouped, Delimiter::Comma)),
    ]
}

/// Cards as an older phone writes them: vCard 2.1, quoted-printable, words without `TYPE=`. The project reads these
/// and never writes them, so the way to write them is here.
fn old_cards(contacts: &[Contact]) -> String {
    let mut text = String::new();
    for contact in contacts {
        let details = &contact.details;
        text.push_str("BEGIN:VCARD\r\nVERSION:2.1\r\n");
        old_line(&mut text, "N", &[&details.family, &details.given, "", "", ""]);
        old_line(&mut text, "FN", &[&details.name]);
        for phone in &details.phones {
            let kind = match phone.label.as_str() {
                "mobile" => ";CELL",
                "home" => ";HOME;VOICE",
                "work" => ";WORK;VOICE",
                _ => "",
            };
            old_line(&mut text, &format!("TEL{kind}"), &[phone.e164.as_deref().unwrap_or(&phone.number)]);
        }
        for email in &details.emails {
            let kind = if email.label.is_empty() {
                String::new()
            } else {
                format!(";{}", email.label.to_uppercase())
            };
            old_line(&mut text, &format!("EMAIL{kind}"), &[&email.value]);
        }
        for messenger in &details.messengers {
            old_line(&mut text, &format!("X-{}", messenger.service.to_uppercase()), &[&messenger.handle]);
        }
        for address in &details.addresses {
            old_line(
                &mut text,
                "ADR;HOME",
                &["", "", &address.street, &address.town, "", &address.postcode, ""],
            );
        }
        let lists = [
            ("LANG", &details.speaks),
            ("X-PORCHLIGHT-PREFERS", &details.prefers),
            ("X-PORCHLIGHT-INTERPRETS", &details.interprets),
            ("CATEGORIES", &details.tags),
            ("X-PORCHLIGHT-SKILL", &details.skills),
            ("X-PORCHLIGHT-EQUIPMENT", &details.equipment),
        ];
        for (name, values) in lists {
            for value in values {
                old_line(&mut text, name, &[value]);
            }
        }
        let texts = [
            ("X-PORCHLIGHT-AREA", &details.area),
            ("X-PORCHLIGHT-HOUSE-NUMBER", &details.house_number),
            ("X-PORCHLIGHT-AVAILABILITY", &details.availability),
            ("X-PORCHLIGHT-EMERGENCY-NAME", &details.emergency_name),
            ("X-PORCHLIGHT-EMERGENCY-PHONE", &details.emergency_phone),
            ("BDAY", &details.birthday),
            ("NOTE", &details.note),
            ("UID", &details.uids[0]),
        ];
        for (name, value) in texts {
            if !value.is_empty() {
                old_line(&mut text, name, &[value]);
            }
        }
        if details.no_device {
            old_line(&mut text, "X-PORCHLIGHT-NO-DEVICE", &["yes"]);
        }
        text.push_str("END:VCARD\r\n");
    }
    text
}

fn old_line(text: &mut String, name: &str, parts: &[&str]) {
    let escape = |part: &&str| part.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,");
    let value = parts.iter().map(escape).collect::<Vec<_>>().join(";");
    if value.is_ascii() && !value.contains(['\n', '=']) {
        text.push_str(&format!("{name}:{value}\r\n"));
        return;
    }
    let mut line = format!("{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:");
    for byte in value.replace('\n', "\r\n").bytes() {
        // A soft break may fall anywhere, also within a letter.
        if line.len() > 71 {
            text.push_str(&line);
            text.push_str("=\r\n");
            line.clear();
        }
        match byte {
            b'=' | 0..0x20 | 0x7f.. => line.push_str(&format!("={byte:02X}")),
            byte => line.push(char::from(byte)),
        }
    }
    text.push_str(&line);
    text.push_str("\r\n");
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/data")
}

/// The files are what this makes. After a change here, run it once with `WRITE_EXAMPLE_DATA=1`.
#[test]
fn the_example_files_are_the_ones_made_here() {
    for (name, bytes) in files() {
        let path = folder().join(name);
        if std::env::var_os("WRITE_EXAMPLE_DATA").is_some() {
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == bytes, "{name} is another one");
    }
}

#[test]
fn all_four_example_files_hold_the_same_400_people() {
    let by_number = |list: &List| -> Vec<Details> {
        let mut people = list.people();
        for phone in people.iter_mut().flat_map(|details| &mut details.phones) {
            phone.number = phone.e164.clone().unwrap();
        }
        people.sort_by(|one, other| one.uids.cmp(&other.uids));
        people
    };
    let expected: Vec<_> = everybody();
    assert_eq!(expected.len(), PEOPLE);
    for name in ["contacts-2.1.vcf", "contacts-3.0.vcf", "contacts-4.0.vcf", "contacts.csv"] {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        for country in [None, Some("US")] {
            let mut list = List::new(country);
            let report = list.import(&bytes);
            assert_eq!(report.summary(), "400 added", "{name}");
            for (one, other) in by_number(&list).iter().zip(&expected) {
                assert_eq!(one, other, "{name}");
            }
            assert_eq!(list.contacts().len(), PEOPLE);
            assert_eq!(list.import(&bytes).summary(), "400 unchanged", "{name}");
        }
    }
}
