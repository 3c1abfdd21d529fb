//! `contacts`: the group's contact list, without a network: what is typed is saved, and 'sync' sends it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use porchlight_documents::contacts::{self, Contact};
use porchlight_documents::encoding::Encoding;
use porchlight_documents::{Document, DocumentName, Editor, index};
use porchlight_wire::ActorPrefix;

use crate::command::desk::Desk;
use crate::command::papers::Papers;
use crate::command::{Failure, file};

mod change;
mod columns;
mod fields;
mod page;
pub(crate) mod pick;
mod together;
mod transfer;
pub(crate) mod yearly;

use fields::Fields;

#[derive(Debug, Subcommand)]
pub(crate) enum Contacts {
    /// Print the list, or those in whom all the words occur
    List(List),
    /// Print all that is known of one person
    Show(Show),
    /// Add a person
    Add(Add),
    /// Change what is said about a person; what is not named stays
    Edit(Edit),
    /// Remove a person from the list, for everyone
    Remove(Remove),
    /// Keep a person whom somebody removed
    Keep(Show),
    /// Settle a text of which there are two versions
    Resolve(Resolve),
    /// Forget a person for good: the list is written anew without them and without any history
    Forget(Show),
    /// Print who did not say for a year that all about them is right
    Due,
    /// Note that people said today that all about them is right
    Confirm(yearly::Confirm),
    /// Print who may be in the list twice: people who share a number
    Duplicates,
    /// Make one contact of two
    Merge(together::Merge),
    /// Say that two who share a number are different people: they are not offered as duplicates again
    Apart(together::Apart),
    /// Print who calls whom in an emergency, each at most four, by language
    Tree(together::Tree),
    /// Bring in a file of cards (.vcf) or a sheet (.csv)
    Import(Import),
    /// Write the list as cards (.vcf) or as a sheet (.csv)
    Export(Export),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those in whom all these words or digits occur
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Only those who have no device and must be called or visited
    #[arg(long)]
    no_device: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The id, its beginning, or the whole name
    id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    #[command(flatten)]
    fields: Fields,
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The id, its beginning, or the whole name
    id: String,
    #[command(flatten)]
    fields: Fields,
    /// Take this number, address, language or word out of whichever list it is in; may be repeated
    #[arg(long, value_name = "VALUE")]
    without: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The id, its beginning, or the whole name
    id: String,
    /// Why, for the others to read
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The id, its beginning, or the whole name
    id: String,
    /// Which text, such as note
    field: String,
    #[command(flatten)]
    answer: Settlement,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Settlement {
    /// Take this version, by its number in 'show'
    #[arg(long, value_name = "NUMBER")]
    version: Option<usize>,
    /// Take all versions, one after the other
    #[arg(long)]
    both: bool,
    /// Take this text instead
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    what: file::Incoming,
    /// What a column of a sheet holds, as HEADING=FIELD or NUMBER=FIELD; may be repeated
    ///
    /// FIELD is a text (name, given, family, note, area …), phone, email, messenger or address with a label
    /// (phone:mobile), a list (speaks, prefers, interprets, skills, equipment, tags), no-device, link, other, or
    /// ignore.
    #[arg(long = "map", value_name = "COLUMN=FIELD", verbatim_doc_comment)]
    map: Vec<String>,
    /// How the letters are written as bytes, where names come out wrong; look with --preview first
    ///
    /// NAME is utf-8, utf-16le, utf-16be, windows-1250 to windows-1258 or windows-874, iso-8859-1, -2 or -15, koi8-r,
    /// koi8-u, macintosh, cp437, cp850, cp866, gb18030, big5, shift_jis, euc-jp or euc-kr.
    #[arg(long, value_name = "NAME", verbatim_doc_comment)]
    encoding: Option<Encoding>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// As what
    #[arg(long, value_enum)]
    format: Format,
    /// Which version of cards
    #[arg(long, value_enum, default_value = "3.0")]
    version: CardVersion,
    /// Into this file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Cards, for phones and address books
    Vcf,
    /// A sheet, for spreadsheets
    Csv,
    /// JSON, for programs
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CardVersion {
    /// What every phone reads
    #[value(name = "3.0")]
    V3,
    /// The newer one
    #[value(name = "4.0")]
    V4,
}

/// Carries out what was typed after `contacts`.
pub(crate) fn run(desk: &Desk, wanted: Contacts) -> Result<(), Failure> {
    let mut book = Book::open(desk)?;
    match wanted {
        Contacts::List(wanted) => page::list(desk, &mut book, &wanted),
        Contacts::Show(wanted) => page::show(desk, &mut book, &wanted.id),
        Contacts::Add(wanted) => change::add(desk, &mut book, wanted.fields),
        Contacts::Edit(wanted) => change::edit(desk, &mut book, wanted),
        Contacts::Remove(wanted) => change::remove(desk, &mut book, &wanted),
        Contacts::Keep(wanted) => change::keep(desk, &mut book, &wanted.id),
        Contacts::Resolve(wanted) => change::resolve(desk, &mut book, &wanted),
        Contacts::Forget(wanted) => yearly::forget(desk, &mut book, &wanted.id),
        Contacts::Due => yearly::due(desk, &mut book),
        Contacts::Confirm(wanted) => yearly::confirm(desk, &mut book, &wanted),
        Contacts::Duplicates => together::duplicates(desk, &mut book),
        Contacts::Merge(wanted) => together::merge(desk, &mut book, &wanted),
        Contacts::Apart(wanted) => together::apart(desk, &mut book, &wanted),
        Contacts::Tree(wanted) => together::tree(desk, &mut book, &wanted),
        Contacts::Import(wanted) => transfer::import(desk, &mut book, &wanted),
        Contacts::Export(wanted) => transfer::export(desk, &mut book, &wanted),
    }
}

/// One group's contact list on this computer.
struct Book {
    papers: Papers,
}

impl Book {
    fn open(desk: &Desk) -> Result<Self, Failure> {
        Ok(Self { papers: Papers::open(desk)? })
    }

    fn read<T>(&mut self, f: impl FnOnce(&Document) -> T) -> Result<T, Failure> {
        self.papers.read(&DocumentName::contacts(), f)
    }

    /// When this returns, the change is on the disk.
    fn edit<T, E>(&mut self, f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>) -> Result<T, Failure>
    where
        Failure: From<E>,
    {
        self.papers.edit(&DocumentName::contacts(), f)
    }

    fn contact(&mut self, id: &contacts::ContactId) -> Result<Contact, Failure> {
        let contact = self.read(|document| contacts::get(document, id))?;
        contact.ok_or_else(|| contacts::ContactError::Unknown(id.clone()).into())
    }

    /// How phone numbers without a country are read.
    fn country(&mut self) -> Result<Option<String>, Failure> {
        self.papers.read(&DocumentName::index(), |document| index::group(document).country)
    }

    /// What the member is called whose device wrote something.
    fn author(&mut self, prefix: ActorPrefix) -> Result<String, Failure> {
        Ok(self.papers.author(prefix)?.unwrap_or_else(|| "somebody".to_owned()))
    }
}
