//! What a column of a sheet holds, guessed from its heading or from its cells, and changed by whoever knows better.

use serde::{Deserialize, Serialize};

use crate::contacts::TextField;
use crate::field;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Column {
    /// Nothing that is wanted.
    Ignore,
    /// One of the single texts.
    Text {
        /// Which.
        field: TextField,
    },
    /// Something for the note, with the heading before it.
    Other,
    /// Whether the person has no device: yes, x, 1.
    NoDevice,
    /// Phone numbers, one or several in a cell.
    Phone {
        /// What they are for.
        label: String,
    },
    /// What the number in the next column of numbers is for.
    PhoneLabel,
    /// The number in the last column of numbers, as it was typed.
    PhoneTyped,
    /// E-mail addresses, one or several in a cell.
    Email {
        /// What they are for.
        label: String,
    },
    /// What the address in the next column of e-mail addresses is for.
    EmailLabel,
    /// The service of the next messenger column.
    MessengerService,
    /// A name or number at a service.
    Messenger {
        /// Which service, unless a column tells.
        service: String,
    },
    /// What the link in the next column of links is for.
    LinkLabel,
    /// A web page.
    Link,
    /// What an address is for.
    AddressLabel {
        /// Which address: those of one number are parts of one.
        number: u32,
    },
    /// A part of an address, or all of it in one.
    Address {
        /// Which address.
        #[serde(default)]
        number: u32,
        /// Which part.
        part: AddressPart,
        /// What the address is for.
        label: String,
    },
    /// A list of languages or words.
    Words {
        /// Which list.
        list: WordList,
    },
    /// The id that another address book knows the person by.
    Uid,
}

/// The parts of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddressPart {
    /// Street and number, or the whole address.
    Street,
    /// Floor, door.
    Extra,
    /// Post office box.
    PostBox,
    /// Town.
    Town,
    /// State or province.
    Region,
    /// Postal code.
    Postcode,
    /// Country.
    Country,
    /// All of it as it is written on an envelope: where nothing is said of its parts.
    Whole,
}

/// The lists of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WordList {
    /// Languages spoken.
    Speaks,
    /// Languages preferred.
    Prefers,
    /// Languages interpreted.
    Interprets,
    /// Skills.
    Skills,
    /// Equipment.
    Equipment,
    /// Tags.
    Tags,
    /// Further ids.
    Uids,
}

impl Column {
    /// Columns of one number are parts of one address.
    fn of_number(self, number: u32) -> Self {
        match self {
            Self::Address { part, label, .. } => Self::Address { number, part, label },
            Self::AddressLabel { .. } => Self::AddressLabel { number },
            other => other,
        }
    }
}

/// What a heading says that the column holds.
pub(super) fn known(heading: &str) -> Option<Column> {
    let heading = field::fold(&heading.replace(['_', '*', ':'], " "));
    let heading = heading.trim();
    plain(heading).or_else(|| explained(heading)).or_else(|| counted(heading))
}

fn plain(heading: &str) -> Option<Column> {
    exact(heading)
        .or_else(|| numbered(heading).and_then(|(bare, number)| Some(exact(&bare)?.of_number(number))))
        .or_else(|| google(heading))
        .or_else(|| labelled(heading))
}

/// "Phone (mobile)", "Name (first)"
fn explained(heading: &str) -> Option<Column> {
    let (before, rest) = heading.split_once('(')?;
    let (inner, after) = rest.split_once(')')?;
    let (bare, inner) = (field::fold(&format!("{before} {after}")), inner.trim());
    if bare.is_empty() {
        return None;
    }
    plain(&format!("{inner} {bare}")).or_else(|| match (known(&bare)?, exact(inner)) {
        (Column::Phone { label }, Some(phone @ Column::Phone { .. })) if label.is_empty() => Some(phone),
        (column, _) => Some(column),
    })
}

/// "Phone #", "Tel. no."
fn counted(heading: &str) -> Option<Column> {
    let bare = ["#", "no.", "no", "nr.", "nr", "№", "n°", "nº"]
        .iter()
        .find_map(|word| heading.strip_suffix(word).filter(|bare| bare.ends_with(' ') || *word == "#"))?;
    plain(bare.trim()).filter(|column| matches!(column, Column::Phone { .. }))
}

fn exact(heading: &str) -> Option<Column> {
    let is_among = |words: &str| words.split('|').any(|word| word == heading);
    if let Some((field, _)) = TEXTS.iter().find(|(_, words)| is_among(words)) {
        return Some(Column::Text { field: *field });
    }
    if let Some((list, _)) = WORDS.iter().find(|(_, words)| is_among(words)) {
        return Some(Column::Words { list: *list });
    }
    if let Some((part, _)) = PARTS.iter().find(|(_, words)| is_among(words)) {
        return Some(Column::Address { number: 0, part: *part, label: String::new() });
    }
    if let Some((label, _)) = PHONES.iter().find(|(_, words)| is_among(words)) {
        return Some(Column::Phone { label: (*label).to_owned() });
    }
    if let Some((service, _)) = SERVICES.iter().find(|(_, words)| is_among(words)) {
        return Some(Column::Messenger { service: (*service).to_owned() });
    }
    OTHERS.iter().find(|(_, words)| is_among(words)).map(|(column, _)| column.clone())
}

/// A heading with a number in it ("Phone 2", "2. Telefon", "E-mail 2 address"), without the number.
fn numbered(heading: &str) -> Option<(String, u32)> {
    let number = |word: &str| word.trim_end_matches('.').trim_start_matches('#').parse::<u32>().ok();
    let words: Vec<_> = heading.split(' ').collect();
    if let Some(found) = words.iter().find_map(|word| number(word)) {
        let bare: Vec<_> = words.into_iter().filter(|word| number(word).is_none()).collect();
        return Some((bare.join(" "), found));
    }
    let trimmed = heading.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = heading.strip_prefix(trimmed)?.parse().ok()?;
    Some((trimmed.trim().to_owned(), number))
}

/// The number in a heading.
pub(super) fn number(heading: &str) -> Option<u32> {
    numbered(&field::fold(&heading.replace(['_', '*', ':'], " "))).map(|(_, number)| number)
}

/// The headings of Google Contacts: "Phone 1 - Value", "Address 1 - City"; of others "Phone 1 Value".
fn google(heading: &str) -> Option<Column> {
    const WITHOUT_HYPHEN: [&str; 6] = ["value", "type", "label", "service", "formatted", "city"];
    let bare = || heading.rsplit_once(' ').filter(|(_, part)| WITHOUT_HYPHEN.contains(part));
    let (thing, part) = heading.split_once(" - ").or_else(bare)?;
    let (thing, number) = numbered(thing).unwrap_or_else(|| (thing.to_owned(), 0));
    match (thing.as_str(), part) {
        ("phone", "value") => Some(Column::Phone { label: String::new() }),
        ("phone", "label" | "type") => Some(Column::PhoneLabel),
        ("e-mail" | "email", "value" | "address") => Some(Column::Email { label: String::new() }),
        ("e-mail" | "email", "label" | "type") => Some(Column::EmailLabel),
        ("website", "value") => Some(Column::Link),
        ("website", "label" | "type") => Some(Column::LinkLabel),
        ("im", "value") => Some(Column::Messenger { service: String::new() }),
        ("im", "service" | "type" | "label") => Some(Column::MessengerService),
        ("address", "label" | "type") => Some(Column::AddressLabel { number }),
        ("address", "formatted") => {
            Some(Column::Address { number, part: AddressPart::Whole, label: String::new() })
        }
        ("address", "extended address") => {
            Some(Column::Address { number, part: AddressPart::Extra, label: String::new() })
        }
        ("address", part) => Some(exact(part)?.of_number(number)),
        ("organization", "name") => Some(Column::Text { field: TextField::Organization }),
        ("organization", "title") => Some(Column::Text { field: TextField::Title }),
        ("organization", "department") => Some(Column::Text { field: TextField::Unit }),
        _ => None,
    }
}

/// The headings of Outlook: "Home Phone", "Business City", "Mobile Phone 2".
fn labelled(heading: &str) -> Option<Column> {
    let (first, rest) = heading.split_once(' ')?;
    let label = match first {
        "home" | "private" | "privat" | "casa" => "home",
        "business" | "work" | "company" | "office" | "trabajo" => "work",
        "mobile" | "cell" => "mobile",
        "other" => "",
        _ => return None,
    };
    match numbered(rest)
        .and_then(|(bare, number)| Some(exact(&bare)?.of_number(number)))
        .or_else(|| exact(rest))?
    {
        Column::Phone { label: kind } => {
            let words: Vec<_> = [label, kind.as_str()].into_iter().filter(|word| !word.is_empty()).collect();
            Some(Column::Phone { label: words.join(" ") })
        }
        Column::Email { .. } => Some(Column::Email { label: label.to_owned() }),
        Column::Address { number, part, .. } => {
            Some(Column::Address { number, part, label: label.to_owned() })
        }
        _ => None,
    }
}

/// Headings in English, Spanish, German, French and Portuguese, folded.
const TEXTS: [(TextField, &str); 19] = [
    (
        TextField::Name,
        "name|full name|display name|contact|contact name|member|person|volunteer|neighbor|neighbour|nombre completo|\
         nombre y apellido|nombre y apellidos|contacto|voluntario|voluntaria|vollständiger name|anzeigename|kontakt|mitglied|\
         nom complet|nome completo|nome|imię i nazwisko|имя|фио|姓名|이름|họ tên|họ và tên|الاسم|non",
    ),
    (
        TextField::Given,
        "given name|given|first name|first|firstname|forename|nombre|nombres|vorname|prénom|prenom|primeiro nome|imię|imiona|prenon|tên|名|الاسم الأول|nome proprio",
    ),
    (
        TextField::Middle,
        "middle name|middle|additional name|segundo nombre|zweiter vorname|deuxième prénom|segundo nome|secondo nome|отчество|tên đệm",
    ),
    (
        TextField::Family,
        "family name|family|last name|last|lastname|surname|apellido|apellidos|nachname|familienname|nom|nom de famille|\
         sobrenome|apelido|primer apellido|segundo apellido|nazwisko|cognome|siyati|họ|姓|фамилия|اسم العائلة|اللقب",
    ),
    (TextField::Prefix, "prefix|name prefix|title prefix|honorific|anrede"),
    (TextField::Suffix, "suffix|name suffix|sufijo"),
    (TextField::Nickname, "nickname|handle|alias|goes by|apodo|spitzname|surnom|apelido carinhoso"),
    (
        TextField::Organization,
        "organization|organisation|organization name|company|company name|employer|organización|empresa|firma|verein|société",
    ),
    (TextField::Unit, "unit|department|team|organization department|departamento|abteilung|service"),
    (
        TextField::Title,
        "title|job title|organization title|role|position|job|cargo|puesto|rol|funktion|rolle|beruf|fonction",
    ),
    (
        TextField::Area,
        "area|cross streets|neighborhood|neighbourhood|zone|block|district|zona|barrio|sector|gegend|viertel|stadtteil|quartier|bairro",
    ),
    (TextField::HouseNumber, "house number|house no|house|número de casa|hausnummer|numéro"),
    (
        TextField::Availability,
        "availability|available|when|hours|disponibilidad|horario|verfügbarkeit|wann|disponibilité|disponibilidade",
    ),
    (
        TextField::EmergencyName,
        "emergency contact|emergency name|emergency contact name|in case of emergency|ice|contacto de emergencia|notfallkontakt|contact d'urgence",
    ),
    (
        TextField::EmergencyPhone,
        "emergency phone|emergency number|emergency contact phone|emergency contact number|teléfono de emergencia|notfallnummer|notfalltelefon",
    ),
    (
        TextField::Birthday,
        "birthday|birth date|birthdate|date of birth|dob|cumpleaños|fecha de nacimiento|geburtstag|geburtsdatum|anniversaire|date de naissance",
    ),
    (TextField::Confirmed, "confirmed|last confirmed|confirmado|bestätigt"),
    (TextField::Revision, "revision"),
    (
        TextField::Note,
        "note|notes|comment|comments|remarks|nota|notas|comentario|comentarios|notiz|notizen|bemerkung|bemerkungen|anmerkung|kommentar|remarque|remarques|observação|observaciones",
    ),
];
const WORDS: [(WordList, &str); 7] = [
    (
        WordList::Speaks,
        "speaks|language|languages|languages spoken|spoken languages|idioma|idiomas|lengua|lenguas|habla|sprache|sprachen|\
         spricht|langue|langues|línguas|língua",
    ),
    (
        WordList::Prefers,
        "prefers|preferred language|prefers language|idioma preferido|prefiere|bevorzugte sprache",
    ),
    (
        WordList::Interprets,
        "interprets|can interpret|interpreter|interpreter for|interpreta|dolmetscht|interprète",
    ),
    (WordList::Skills, "skill|skills|can help with|habilidades|fähigkeiten|kann|compétences"),
    (
        WordList::Equipment,
        "equipment|tools|can lend|can bring|equipo|herramientas|ausrüstung|geräte|werkzeug|matériel",
    ),
    (
        WordList::Tags,
        "tag|tags|label|labels|category|categories|group|group membership|groups|grupo|gruppe|etiqueta|etiquetas|categorías|kategorie|kategorien|schlagworte|catégories",
    ),
    (WordList::Uids, "other ids"),
];
const PARTS: [(AddressPart, &str); 7] = [
    (
        AddressPart::Street,
        "street|street address|address|postal address|address line 1|calle|dirección|direccion|domicilio|straße|strasse|adresse|anschrift|rue|endereço|rua|indirizzo|adres|adrès|地址|địa chỉ|العنوان",
    ),
    (AddressPart::Extra, "extra|address line 2|apartment|apt|floor|depto|piso|adresszusatz"),
    (AddressPart::PostBox, "po box|p.o. box|postbox|apartado postal|postfach"),
    (AddressPart::Town, "town|city|ciudad|municipio|ort|stadt|wohnort|ville|cidade"),
    (AddressPart::Region, "region|state|province|county|estado|provincia|bundesland|état|région"),
    (
        AddressPart::Postcode,
        "postcode|postal code|zip|zip code|zipcode|código postal|codigo postal|cp|plz|postleitzahl|code postal|cep",
    ),
    (AddressPart::Country, "country|country/region|país|pais|land|pays"),
];
const PHONES: [(&str, &str); 7] = [
    (
        "",
        "phone|phones|phone number|phone numbers|telephone|tel|tel.|number|contact number|primary phone|whatsapp number|\
         teléfono|telefono|teléfonos|número|número de teléfono|telefon|telefonnummer|rufnummer|téléphone|telefone|телефон|電話|\
         电话|전화|điện thoại|số điện thoại|الهاتف|رقم الهاتف|nr telefonu|numer telefonu|sđt|电话号码|联系电话|telefòn",
    ),
    (
        "mobile",
        "mobile|mobile number|cell|cell number|cellphone|celular|móvil|movil|handy|mobil|mobiltelefon|handynummer|portable|telemóvel|\
         teléfono móvil|teléfono celular|telefone celular|téléphone mobile|tél. mobile|téléphone portable|telefon komórkowy|\
         komórka|手机|手机号|手机号码|di động|cellulare|جوال|رقم الجوال",
    ),
    (
        "home",
        "landline|home number|teléfono fijo|fijo|festnetz|fixe|teléfono particular|telefon (privat)|telefon privat|\
         téléphone (domicile)|téléphone domicile|tél. domicile|telefone residencial",
    ),
    (
        "work",
        "teléfono del trabajo|telefon (geschäftlich)|telefon geschäftlich|téléphone (bureau)|téléphone bureau|tél. bureau|\
         telefone comercial",
    ),
    ("fax", "fax|fax number"),
    ("pager", "pager"),
    ("main", "main phone|company main phone"),
];
const SERVICES: [(&str, &str); 6] = [
    ("signal", "signal"),
    ("whatsapp", "whatsapp"),
    ("telegram", "telegram"),
    ("matrix", "matrix"),
    ("xmpp", "xmpp|jabber"),
    ("", "messenger|im"),
];
const OTHERS: [(Column, &str); 11] = [
    (
        Column::Email { label: String::new() },
        "email|e-mail|emails|mail|email address|e-mail address|e-mail-adresse|email-adresse|correo|correo electrónico|\
         correo electronico|courriel|e-mail adresse|adresse e-mail|\
         dirección de correo electrónico|dirección de correo|adresse de messagerie|endereço de email|endereço de e-mail|primary email|secondary email",
    ),
    (Column::NoDevice, "no device|no phone|without device|sin dispositivo|sin teléfono|ohne gerät"),
    (Column::PhoneLabel, "phone label|phone type"),
    (Column::PhoneTyped, "phone typed"),
    (Column::EmailLabel, "email label|email type"),
    (Column::MessengerService, "messenger service"),
    (Column::LinkLabel, "link label"),
    (Column::Link, "link|website|web page|web|url|homepage|sitio web|página web|webseite|site web"),
    (Column::AddressLabel { number: 0 }, "address label"),
    (Column::Uid, "id|uid|contact id"),
    (
        Column::Ignore,
        "#|no.|nr.|row|phonetic first name|phonetic middle name|phonetic last name|photo|file as",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_several_tongues() {
        let text = |field| Some(Column::Text { field });
        let phone = |label: &str| Some(Column::Phone { label: label.into() });
        assert_eq!(known("Name"), text(TextField::Name));
        assert_eq!(known(" NACHNAME "), text(TextField::Family));
        assert_eq!(known("Apellidos"), text(TextField::Family));
        assert_eq!(known("Telefon"), phone(""));
        assert_eq!(known("Phone_2"), phone(""));
        assert_eq!((known("Teléfono móvil"), known("Tél. mobile")), (phone("mobile"), phone("mobile")));
        assert_eq!((known("Telefon (privat)"), known("Telefon (privat) 2")), (phone("home"), phone("home")));
        assert_eq!(
            (known("Téléphone (domicile)"), known("Teléfono del trabajo")),
            (phone("home"), phone("work"))
        );
        for email in ["Dirección de correo electrónico", "Adresse de messagerie", "Endereço de email"] {
            assert_eq!(known(email), Some(Column::Email { label: String::new() }), "{email}");
        }
        assert_eq!(known("Phone 1 - Value"), phone(""));
        assert_eq!(known("Phone 12 - Label"), Some(Column::PhoneLabel));
        assert_eq!((known("Phone 1 Value"), known("Phone 1 Type")), (phone(""), Some(Column::PhoneLabel)));
        assert_eq!(known("Email 2 Type"), Some(Column::EmailLabel));
        assert_eq!(known("Home Phone 2"), phone("home"));
        assert_eq!(known("Business Fax"), phone("work fax"));
        assert_eq!(known("Teléfono:"), phone(""));
        assert_eq!(known("E-mail 2 Address"), Some(Column::Email { label: String::new() }));
        assert_eq!(known("Sprachen"), Some(Column::Words { list: WordList::Speaks }));
        let town = |number, label: &str| {
            Some(Column::Address { number, part: AddressPart::Town, label: label.into() })
        };
        assert_eq!((known("Address 1 - City"), known("Home City")), (town(1, ""), town(0, "home")));
        assert_eq!(
            (known("Town 2"), known("Address label 2")),
            (town(2, ""), Some(Column::AddressLabel { number: 2 }))
        );
        assert_eq!(known("Favourite colour"), None);
        assert_eq!(known(""), None);
    }

    #[test]
    fn headings_are_known_however_their_letters_are_put_together() {
        let phone = Some(Column::Phone { label: String::new() });
        assert_eq!((known("Te\u{301}le\u{301}phone"), known("Tele\u{301}fono")), (phone.clone(), phone));
        assert_eq!(known("Pre\u{301}nom"), Some(Column::Text { field: TextField::Given }));
    }
}
