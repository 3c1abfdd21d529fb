//! What can be said about a person on the command line.

use clap::Args;
use porchlight_documents::contacts::{Address, Details, Labelled, Messenger, Phone, TextField, language};

/// Texts are replaced, and cleared by an empty one; lists are added to.
#[derive(Debug, Default, PartialEq, Args)]
pub(crate) struct Fields {
    /// The name to show
    #[arg(long, value_name = "TEXT")]
    pub(super) name: Option<String>,
    /// Given name
    #[arg(long, value_name = "TEXT")]
    given: Option<String>,
    /// Family name
    #[arg(long, value_name = "TEXT")]
    family: Option<String>,
    /// What friends say
    #[arg(long, value_name = "TEXT")]
    nickname: Option<String>,
    /// The organization they are of
    #[arg(long, value_name = "TEXT")]
    organization: Option<String>,
    /// What they do there
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Roughly where, as cross streets
    #[arg(long, value_name = "TEXT")]
    area: Option<String>,
    /// The house number, only if they wish it to be known
    #[arg(long, value_name = "TEXT")]
    house_number: Option<String>,
    /// When they can be asked
    #[arg(long, value_name = "TEXT")]
    availability: Option<String>,
    /// Whom to call if something happens to them
    #[arg(long, value_name = "TEXT")]
    emergency_name: Option<String>,
    /// That person's number
    #[arg(long, value_name = "NUMBER")]
    emergency_phone: Option<String>,
    /// Birthday, such as 1990-01-31 or --01-31
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    birthday: Option<String>,
    /// The day on which they last said that all this is right
    #[arg(long, value_name = "DATE")]
    confirmed: Option<String>,
    /// Anything else
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    note: Option<String>,
    /// A phone number, as NUMBER or mobile:NUMBER; may be repeated
    #[arg(long, value_name = "[LABEL:]NUMBER")]
    phone: Vec<String>,
    /// An e-mail address, as ADDRESS or home:ADDRESS; may be repeated
    #[arg(long, value_name = "[LABEL:]ADDRESS")]
    email: Vec<String>,
    /// A name or number at a messenger, such as signal:+12025550143; may be repeated
    #[arg(long, value_name = "SERVICE:HANDLE")]
    messenger: Vec<String>,
    /// A web page; may be repeated
    #[arg(long, value_name = "URL")]
    link: Vec<String>,
    /// A postal address in one line; may be repeated
    #[arg(long, value_name = "TEXT")]
    address: Vec<String>,
    /// Languages they speak, such as "vi, English"; may be repeated
    #[arg(long, value_name = "LANGUAGES")]
    speaks: Vec<String>,
    /// Languages they want to be spoken to in; may be repeated
    #[arg(long, value_name = "LANGUAGES")]
    prefers: Vec<String>,
    /// Languages they can interpret; may be repeated
    #[arg(long, value_name = "LANGUAGES")]
    interprets: Vec<String>,
    /// Something they can do; may be repeated
    #[arg(long, value_name = "TEXT")]
    skill: Vec<String>,
    /// Something they can lend or bring; may be repeated
    #[arg(long, value_name = "TEXT")]
    equipment: Vec<String>,
    /// A tag; may be repeated
    #[arg(long, value_name = "TEXT")]
    tag: Vec<String>,
    /// Whether they have no device and must be called or visited
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes",
          value_parser = yes_or_no)]
    no_device: Option<bool>,
}

impl Fields {
    /// Writes what was typed over what is there.
    pub(super) fn write(self, details: &mut Details, country: Option<&str>) {
        let texts = [
            (TextField::Name, self.name),
            (TextField::Given, self.given),
            (TextField::Family, self.family),
            (TextField::Nickname, self.nickname),
            (TextField::Organization, self.organization),
            (TextField::Title, self.title),
            (TextField::Area, self.area),
            (TextField::HouseNumber, self.house_number),
            (TextField::Availability, self.availability),
            (TextField::EmergencyName, self.emergency_name),
            (TextField::EmergencyPhone, self.emergency_phone),
            (TextField::Birthday, self.birthday),
            (TextField::Confirmed, self.confirmed),
            (TextField::Note, self.note),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                *details.text_mut(field) = text;
            }
        }
        if let Some(no_device) = self.no_device {
            details.no_device = no_device;
        }
        details.phones.extend(self.phone.iter().map(|typed| phone(typed, country)));
        details.emails.extend(self.email.iter().map(|typed| labelled(typed)));
        details.messengers.extend(self.messenger.iter().map(|typed| messenger(typed)));
        let link = |value| Labelled { value, ..Labelled::default() };
        details.links.extend(self.link.into_iter().map(link));
        let address = |street| Address { street, ..Address::default() };
        details.addresses.extend(self.address.into_iter().map(address));
        details.speaks.extend(self.speaks.iter().flat_map(|typed| language::read_list(typed)));
        details.prefers.extend(self.prefers.iter().flat_map(|typed| language::read_list(typed)));
        details.interprets.extend(self.interprets.iter().flat_map(|typed| language::read_list(typed)));
        details.skills.extend(self.skill);
        details.equipment.extend(self.equipment);
        details.tags.extend(self.tag);
    }
}

/// Takes a value out of whichever lists hold it; says whether any did.
pub(super) fn take_out(details: &mut Details, value: &str, country: Option<&str>) -> bool {
    let value = value.trim();
    let number = Phone::typed(value, country).key();
    let lists = |details: &Details| {
        let words = [&details.speaks, &details.prefers, &details.interprets, &details.skills];
        let words = words.into_iter().chain([&details.equipment, &details.tags]).map(Vec::len).sum::<usize>();
        let others = details.phones.len() + details.emails.len() + details.messengers.len();
        words + others + details.links.len() + details.addresses.len()
    };
    let before = lists(details);
    details.phones.retain(|phone| phone.number != value && (number.is_empty() || phone.key() != number));
    details.emails.retain(|email| email.value != value);
    details.messengers.retain(|messenger| messenger.handle != value);
    details.links.retain(|link| link.value != value);
    details.addresses.retain(|address| address.street != value);
    let tag = language::read(value);
    for languages in [&mut details.speaks, &mut details.prefers, &mut details.interprets] {
        languages.retain(|language| *language != tag && language != value);
    }
    for words in [&mut details.skills, &mut details.equipment, &mut details.tags] {
        words.retain(|word| word != value);
    }
    lists(details) < before
}

fn phone(typed: &str, country: Option<&str>) -> Phone {
    let (label, number) = split_label(typed);
    Phone { label: label.to_owned(), ..Phone::typed(number, country) }
}

fn labelled(typed: &str) -> Labelled {
    let (label, value) = split_label(typed);
    Labelled { value: value.to_owned(), label: label.to_owned(), preferred: false }
}

fn messenger(typed: &str) -> Messenger {
    let (service, handle) = split_label(typed);
    Messenger { service: service.to_owned(), handle: handle.to_owned() }
}

/// What stands before the first colon is a label if it is a word.
fn split_label(typed: &str) -> (&str, &str) {
    match typed.split_once(':') {
        Some((label, value)) if !label.is_empty() && label.chars().all(|c| c.is_alphabetic() || c == ' ') => {
            (label.trim(), value.trim())
        }
        _ => ("", typed.trim()),
    }
}

fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("say yes or no"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_words_before_a_colon() {
        assert_eq!(split_label("mobile: 202 555 0143"), ("mobile", "202 555 0143"));
        assert_eq!(split_label("202 555 0143"), ("", "202 555 0143"));
        assert_eq!(split_label("tel:+1"), ("tel", "+1"));
        assert_eq!(split_label("5:30"), ("", "5:30"));
    }

    #[test]
    fn texts_are_replaced_and_lists_added_to() {
        let mut details = Details { name: "Ana".into(), note: "old".into(), ..Details::default() };
        let fields = Fields {
            note: Some(String::new()),
            phone: vec!["home:(202) 555-0143".into()],
            speaks: vec!["Vietnamese, en".into()],
            ..Fields::default()
        };
        fields.write(&mut details, Some("US"));
        assert_eq!((details.name.as_str(), details.note.as_str()), ("Ana", ""));
        assert_eq!(details.phones[0].e164.as_deref(), Some("+12025550143"));
        assert_eq!(details.speaks, ["vi", "en"]);
        assert!(take_out(&mut details, "+1 202 555 0143", Some("US")));
        assert!(take_out(&mut details, "english", Some("US")));
        assert!(!take_out(&mut details, "nothing", Some("US")));
        assert!(details.phones.is_empty());
        assert_eq!(details.speaks, ["vi"]);
    }
}
