//! The app's messages are complete in every language, and hold the same placeholders in all of them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use porchlight_tests::repository;
use serde_json::Value;

use crate::fault::{Fault, assert_none, assert_one};

/// Where the message files are, one JSON object of keys and texts each, named by language.
const FOLDER: &str = "server/web/src/messages/";

/// The language that the others are compared with.
const FIRST: &str = "en";

type Language = BTreeMap<String, String>;

#[test]
fn every_language_says_everything() -> Result<()> {
    let mut languages = BTreeMap::new();
    for file in repository::files()? {
        if let Some(name) = file.path.strip_prefix(FOLDER).and_then(|name| name.strip_suffix(".json")) {
            let language = parse(&file.text).with_context(|| file.path.clone())?;
            languages.insert(name.to_owned(), language);
        }
    }
    assert!(
        languages.contains_key(FIRST) && languages.contains_key("es"),
        "English and Spanish must be there"
    );
    assert_none(&faults(&languages));
    Ok(())
}

#[test]
fn a_message_that_a_language_lacks_is_found() -> Result<()> {
    let languages = sample(r#"{"a": "Save", "b": "Send"}"#, r#"{"a": "Guardar"}"#)?;
    assert_one(&faults(&languages), "lacks 'b'");
    Ok(())
}

#[test]
fn a_message_that_only_a_translation_has_is_found() -> Result<()> {
    let languages = sample(r#"{"a": "Save"}"#, r#"{"a": "Guardar", "z": "Nada"}"#)?;
    assert_one(&faults(&languages), "'z' is in no other");
    Ok(())
}

#[test]
fn an_empty_message_and_a_lost_placeholder_are_found() -> Result<()> {
    assert_one(&faults(&sample(r#"{"a": "Save"}"#, r#"{"a": " "}"#)?), "'a' is empty");
    assert_one(
        &faults(&sample(r#"{"a": "Hi {name}"}"#, r#"{"a": "Hola {nombre}"}"#)?),
        "placeholders of 'a'",
    );
    Ok(())
}

#[test]
fn a_language_has_the_plural_forms_that_it_needs() -> Result<()> {
    let english = r#"{"a": {"one": "One friend", "other": "{count} friends"}}"#;
    assert_none(&faults(&sample(english, r#"{"a": {"other": "{count} bạn"}}"#)?));
    assert_one(&faults(&sample(english, r#"{"a": {"other": "bạn"}}"#)?), "placeholders of 'a'");
    Ok(())
}

#[test]
fn nested_messages_are_read_by_their_path() -> Result<()> {
    let languages = sample(r#"{"a": {"b": "Save"}}"#, r#"{"a": {}}"#)?;
    assert_one(&faults(&languages), "lacks 'a.b'");
    Ok(())
}

fn sample(english: &str, spanish: &str) -> Result<BTreeMap<String, Language>> {
    Ok(BTreeMap::from([("en".to_owned(), parse(english)?), ("es".to_owned(), parse(spanish)?)]))
}

fn parse(text: &str) -> Result<Language> {
    let mut messages = Language::new();
    flatten("", &serde_json::from_str(text)?, &mut messages);
    Ok(messages)
}

fn flatten(path: &str, value: &Value, messages: &mut Language) {
    match value {
        // The forms of one message, by what is counted: which of them there are depends on the language.
        Value::Object(forms) if forms.contains_key("other") => {
            let texts: Vec<&str> = forms.values().filter_map(Value::as_str).collect();
            messages.insert(path.to_owned(), texts.join("\n"));
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, value, messages);
            }
        }
        Value::String(text) => drop(messages.insert(path.to_owned(), text.clone())),
        other => drop(messages.insert(path.to_owned(), other.to_string())),
    }
}

fn faults(languages: &BTreeMap<String, Language>) -> Vec<Fault> {
    let Some(first) = languages.get(FIRST) else { return vec![Fault::new(FOLDER, 0, "has no English")] };
    let mut faults = Vec::new();
    for (name, language) in languages {
        let path = format!("{FOLDER}{name}.json");
        for (key, english) in first {
            match language.get(key) {
                None => faults.push(Fault::new(&path, 0, format!("lacks '{key}'"))),
                Some(text) if text.trim().is_empty() => {
                    faults.push(Fault::new(&path, 0, format!("'{key}' is empty")));
                }
                Some(text) if placeholders(text) != placeholders(english) => {
                    faults.push(Fault::new(&path, 0, format!("the placeholders of '{key}' differ")));
                }
                Some(_) => {}
            }
        }
        for key in language.keys().filter(|key| !first.contains_key(*key)) {
            faults.push(Fault::new(&path, 0, format!("'{key}' is in no other language")));
        }
    }
    faults
}

/// The names in braces.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}
