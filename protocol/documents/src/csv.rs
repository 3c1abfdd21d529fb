//! CSV files: from Excel, Sheets, LibreOffice and address books in, with columns that can be mapped; out so that
//! spreadsheets show every number in full and run nothing.

mod cells;
mod column;
mod guard;
mod labels;
mod layout;
mod read;
mod sheet;
mod write;

use serde::{Deserialize, Serialize};

pub use self::column::{AddressPart, Column, WordList};
pub(crate) use self::read::read;
pub use self::write::{Delimiter, write};

/// How a sheet is read: what stands between cells, whether its first row is a heading, what each column holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// What stands between cells.
    pub delimiter: char,
    /// Whether the first row names the columns.
    pub has_heading: bool,
    /// The columns from the left.
    pub columns: Vec<MappedColumn>,
}

/// One column of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappedColumn {
    /// What stands above it; empty without a heading.
    #[serde(default)]
    pub heading: String,
    /// What it holds.
    pub column: Column,
    /// Its first cells, to recognize it by.
    #[serde(default)]
    pub samples: Vec<String>,
}
