//! `--map`: what somebody says a column of a sheet holds, instead of what was guessed.

use porchlight_documents::contacts::TextField;
use porchlight_documents::csv::{AddressPart, Column, Mapping, WordList};

use crate::command::Failure;
use crate::command::words::plain;

/// Writes each `COLUMN=FIELD` over the guessed mapping.
pub(super) fn remap(mapping: &mut Mapping, wanted: &[String]) -> Result<(), Failure> {
    for text in wanted {
        let wrong = |why: &str| Failure::Usage(format!("--map '{}': {why}", plain(text)));
        let (place, field) = text.rsplit_once('=').ok_or_else(|| wrong("it is not COLUMN=FIELD"))?;
        let column = column(field.trim()).ok_or_else(|| wrong("there is no such field; see --help"))?;
        let heading = place.trim().to_lowercase();
        let named = mapping.columns.iter().position(|it| it.heading.trim().to_lowercase() == heading);
        let numbered = heading.parse().ok().and_then(|number: usize| number.checked_sub(1));
        let place = named.or(numbered).and_then(|place| mapping.columns.get_mut(place));
        place.ok_or_else(|| wrong("the sheet has no such column"))?.column = column;
    }
    Ok(())
}

fn column(field: &str) -> Option<Column> {
    let (word, label) = field.split_once(':').unwrap_or((field, ""));
    let label = label.trim().to_owned();
    let address = |part| Column::Address { number: 0, part, label: label.clone() };
    let column = match word.trim() {
        "ignore" => Column::Ignore,
        "other" => Column::Other,
        "no-device" => Column::NoDevice,
        "phone" => Column::Phone { label },
        "email" => Column::Email { label },
        "messenger" => Column::Messenger { service: label },
        "link" => Column::Link,
        "uid" => Column::Uid,
        "address" | "street" => address(AddressPart::Street),
        "town" => address(AddressPart::Town),
        "region" => address(AddressPart::Region),
        "postcode" => address(AddressPart::Postcode),
        "country" => address(AddressPart::Country),
        "speaks" => Column::Words { list: WordList::Speaks },
        "prefers" => Column::Words { list: WordList::Prefers },
        "interprets" => Column::Words { list: WordList::Interprets },
        "skills" => Column::Words { list: WordList::Skills },
        "equipment" => Column::Words { list: WordList::Equipment },
        "tags" => Column::Words { list: WordList::Tags },
        text => Column::Text { field: TextField::from_key(text)? },
    };
    Some(column)
}

#[cfg(test)]
mod tests {
    use porchlight_documents::csv::MappedColumn;

    use super::*;

    #[test]
    fn columns_are_named_by_heading_or_number() {
        let column = |heading: &str| MappedColumn {
            heading: heading.into(),
            column: Column::Ignore,
            samples: Vec::new(),
        };
        let columns = vec![column("Who"), column("Cell = mobile"), column("?")];
        let mut mapping = Mapping { delimiter: ',', has_heading: true, columns };
        let wanted = ["who=name", "Cell = mobile=phone:mobile", "3=speaks"].map(str::to_owned);
        remap(&mut mapping, &wanted).unwrap();
        let said: Vec<Column> = mapping.columns.iter().map(|it| it.column.clone()).collect();
        let phone = Column::Phone { label: "mobile".into() };
        let speaks = Column::Words { list: WordList::Speaks };
        assert_eq!(said, [Column::Text { field: TextField::Name }, phone, speaks]);
        for wrong in ["nothing", "4=name", "0=name", "Who=shoe size", "Whom=name"] {
            assert!(matches!(remap(&mut mapping, &[wrong.to_owned()]), Err(Failure::Usage(_))), "{wrong}");
        }
    }
}
