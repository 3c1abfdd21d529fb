//! What an import has to say about a row: stable codes with what fills them in, and the same in English.

use std::fmt;

use serde::Serialize;

use crate::contacts::{ContactId, TextField};

/// Something that a person should know about a row that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "camelCase")]
pub enum Flag {
    /// There was no full name; one was made of what there is.
    NameMade,
    /// The line with the name could not be read.
    NameUnreadable {
        /// The line in the file.
        line: u64,
        /// What it says.
        text: String,
    },
    /// A line could not be read and was left out.
    LineUnreadable {
        /// The line in the file.
        line: u64,
        /// What it says.
        text: String,
    },
    /// The card has no end; the next one began, or the file was over.
    NotClosed,
    /// The birthday is no date; it is kept as it was written.
    BirthdayUnreadable {
        /// What was written.
        text: String,
    },
    /// A spreadsheet destroyed this number; it is kept as it was written.
    NumberDamaged {
        /// What was written.
        text: String,
    },
    /// The number has no country and the group has no default; it is kept as it was written.
    NumberWithoutCountry {
        /// What was written.
        text: String,
    },
    /// The number seems to lack its area; it is kept as it was written.
    NumberWithoutArea {
        /// What was written.
        text: String,
    },
    /// This does not look like a number; it is kept as it was written.
    NumberUnclear {
        /// What was written.
        text: String,
    },
    /// Pictures, keys and other things that contacts do not have here were left out.
    NotKept {
        /// Their names in the card or the headings of their columns.
        what: Vec<String>,
    },
    /// A text was longer than anybody would read and was cut.
    CutShort {
        /// Which field.
        field: TextField,
    },
    /// A quote was opened and not closed.
    QuoteNotClosed,
    /// The row has more cells than the heading; they went to the note.
    ExtraCells {
        /// How many.
        count: usize,
    },
    /// What is here is from a newer card.
    Older,
    /// Somebody else here has the same number under a name that does not fit.
    SharesNumber {
        /// Who.
        contact: ContactId,
        /// Their name.
        name: String,
    },
    /// An earlier row has the same number under a name that does not fit.
    SharesNumberWithRow {
        /// The number of that row.
        row: usize,
        /// The name there.
        name: String,
    },
    /// Both say something else here; what was here before stays.
    Differs {
        /// Which field.
        field: TextField,
        /// What stays.
        here: String,
        /// What the row says.
        there: String,
    },
    /// Somebody had removed this contact; the row brings it back only if asked to.
    WasRemoved,
}

impl Flag {
    /// The stable code, as in JSON.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NameMade => "nameMade",
            Self::NameUnreadable { .. } => "nameUnreadable",
            Self::LineUnreadable { .. } => "lineUnreadable",
            Self::NotClosed => "notClosed",
            Self::BirthdayUnreadable { .. } => "birthdayUnreadable",
            Self::NumberDamaged { .. } => "numberDamaged",
            Self::NumberWithoutCountry { .. } => "numberWithoutCountry",
            Self::NumberWithoutArea { .. } => "numberWithoutArea",
            Self::NumberUnclear { .. } => "numberUnclear",
            Self::NotKept { .. } => "notKept",
            Self::CutShort { .. } => "cutShort",
            Self::QuoteNotClosed => "quoteNotClosed",
            Self::ExtraCells { .. } => "extraCells",
            Self::Older => "older",
            Self::SharesNumber { .. } => "sharesNumber",
            Self::SharesNumberWithRow { .. } => "sharesNumberWithRow",
            Self::Differs { .. } => "differs",
            Self::WasRemoved => "wasRemoved",
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameMade => f.write_str("had no full name, we made one"),
            Self::NameUnreadable { line, text } => {
                write!(f, "name line could not be read (line {line}: “{text}”)")
            }
            Self::LineUnreadable { line, text } => write!(f, "line {line} could not be read: “{text}”"),
            Self::NotClosed => f.write_str("not closed properly"),
            Self::BirthdayUnreadable { text } => {
                write!(f, "birthday could not be read and is kept as text: “{text}”")
            }
            Self::NumberDamaged { text } => write!(f, "spreadsheet damaged this number: “{text}”"),
            Self::NumberWithoutCountry { text } => {
                write!(f, "number without a country is kept as typed: “{text}”")
            }
            Self::NumberWithoutArea { text } => {
                write!(f, "number without its area is kept as typed: “{text}”")
            }
            Self::NumberUnclear { text } => {
                write!(f, "does not look like a phone number, kept as typed: “{text}”")
            }
            Self::NotKept { what } => write!(f, "left out: {}", what.join(", ")),
            Self::CutShort { field } => write!(f, "too long and cut: {}", field.key()),
            Self::QuoteNotClosed => f.write_str("a quote was not closed"),
            Self::ExtraCells { count } => write!(f, "{count} more cells than the heading, put into the note"),
            Self::Older => f.write_str("what is here is newer and stays"),
            Self::SharesNumber { name, .. } => write!(f, "{name} has the same number"),
            Self::SharesNumberWithRow { row, name } => write!(f, "{name} in row {row} has the same number"),
            Self::Differs { field, here, there } => {
                write!(f, "{}: “{here}” stays, the file says “{there}”", field.key())
            }
            Self::WasRemoved => f.write_str("was removed here before"),
        }
    }
}

/// Why a row was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "camelCase")]
pub enum Refusal {
    /// It says nothing that a person could be known by.
    Nothing,
    /// It is a list of other cards, not a person.
    CardList,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing in it to know a person by",
            Self::CardList => "a list of other cards, not a person",
        })
    }
}
