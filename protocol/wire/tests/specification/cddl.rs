//! A small reader of CDDL (RFC 8610): the part that the specification uses, and nothing else.
//!
//! Types: `uint`, `bytes`, `text`, `bool`, `null`, `any`, numbers, names, `bytes .size N`, `bytes .cbor type`, choices with
//! `/`, arrays and maps whose members may be `?` optional or `*` repeated. A map also takes keys that no member names: a
//! later version may add them.

use std::collections::BTreeMap;

use minicbor::Decoder;
use minicbor::data::Type as CborType;

/// A CBOR item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Uint(u64),
    Bytes(Vec<u8>),
    Text,
    Bool,
    Null,
    Array(Vec<Value>),
    Map(Vec<(Value, Value)>),
}

impl Value {
    /// Reads exactly one item.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut decoder = Decoder::new(bytes);
        let value = item(&mut decoder).map_err(|error| error.to_string())?;
        if decoder.position() == bytes.len() { Ok(value) } else { Err("something follows the item".into()) }
    }
}

fn item(decoder: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    Ok(match decoder.datatype()? {
        CborType::U8 | CborType::U16 | CborType::U32 | CborType::U64 => Value::Uint(decoder.u64()?),
        CborType::Bytes => Value::Bytes(decoder.bytes()?.to_vec()),
        CborType::String => decoder.str().map(|_| Value::Text)?,
        CborType::Bool => decoder.bool().map(|_| Value::Bool)?,
        CborType::Null => decoder.null().map(|()| Value::Null)?,
        CborType::Array => {
            let count = decoder.array()?.ok_or_else(|| minicbor::decode::Error::message("endless"))?;
            Value::Array((0..count).map(|_| item(decoder)).collect::<Result<_, _>>()?)
        }
        CborType::Map => {
            let count = decoder.map()?.ok_or_else(|| minicbor::decode::Error::message("endless"))?;
            let pair = |decoder: &mut Decoder<'_>| Ok((item(decoder)?, item(decoder)?));
            Value::Map((0..count).map(|_| pair(decoder)).collect::<Result<_, minicbor::decode::Error>>()?)
        }
        other => return Err(minicbor::decode::Error::message(format!("{other} is not used here"))),
    })
}

/// The rules of a specification, by name.
#[derive(Debug)]
pub(crate) struct Rules(BTreeMap<String, Type>);

#[derive(Clone, Debug)]
enum Type {
    Name(String),
    Number(u64),
    Sized(u64),
    Inside(Box<Type>),
    Choice(Vec<Type>),
    Array(Vec<Member>),
    Map(Vec<(u64, Member)>),
}

#[derive(Clone, Debug)]
struct Member {
    occurs: Occurs,
    of: Type,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Occurs {
    Once,
    Perhaps,
    Often,
}

impl Rules {
    /// Reads all rules of a text.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut tokens = Tokens(tokens(text));
        let mut rules = BTreeMap::new();
        while let Some(name) = tokens.next() {
            tokens.expect("=").map_err(|error| format!("{name}: {error}"))?;
            let rule = tokens.choice().map_err(|error| format!("{name}: {error}"))?;
            if rules.insert(name.clone(), rule).is_some() {
                return Err(format!("{name} is defined twice"));
            }
        }
        Ok(Self(rules))
    }

    /// Whether there is such a rule.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Checks bytes against a rule; the error says where they differ.
    pub(crate) fn check(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.fits(&Type::Name(name.to_owned()), &Value::read(bytes)?)
    }

    /// Names that are used and not defined.
    pub(crate) fn undefined(&self) -> Vec<String> {
        let mut missing = Vec::new();
        self.0.values().for_each(|rule| self.names(rule, &mut missing));
        missing
    }

    fn names(&self, rule: &Type, missing: &mut Vec<String>) {
        match rule {
            Type::Name(name) if !self.has(name) && !BUILT_IN.contains(&name.as_str()) => {
                missing.push(name.clone());
            }
            Type::Name(_) | Type::Number(_) | Type::Sized(_) => {}
            Type::Inside(inner) => self.names(inner, missing),
            Type::Choice(choices) => choices.iter().for_each(|one| self.names(one, missing)),
            Type::Array(members) => members.iter().for_each(|one| self.names(&one.of, missing)),
            Type::Map(members) => members.iter().for_each(|(_, one)| self.names(&one.of, missing)),
        }
    }

    fn fits(&self, rule: &Type, value: &Value) -> Result<(), String> {
        let wrong = || Err(format!("{value:?} is not {rule:?}").chars().take(400).collect());
        match (rule, value) {
            (Type::Name(name), value) => match (name.as_str(), value) {
                ("any", _)
                | ("uint", Value::Uint(_))
                | ("bytes", Value::Bytes(_))
                | ("text", Value::Text)
                | ("bool", Value::Bool)
                | ("null", Value::Null) => Ok(()),
                _ => match self.0.get(name) {
                    Some(rule) => self.fits(rule, value).map_err(|error| format!("{name}: {error}")),
                    None => wrong(),
                },
            },
            (Type::Number(number), Value::Uint(found)) if number == found => Ok(()),
            (Type::Sized(size), Value::Bytes(bytes)) if bytes.len() as u64 == *size => Ok(()),
            (Type::Inside(inner), Value::Bytes(bytes)) => self.fits(inner, &Value::read(bytes)?),
            (Type::Choice(choices), value) => {
                let errors: Vec<String> =
                    choices.iter().map_while(|choice| self.fits(choice, value).err()).collect();
                if errors.len() < choices.len() { Ok(()) } else { Err(errors.join(" | ")) }
            }
            (Type::Array(members), Value::Array(items)) => self.fits_array(members, items),
            (Type::Map(members), Value::Map(pairs)) => self.fits_map(members, pairs),
            _ => wrong(),
        }
    }

    fn fits_array(&self, members: &[Member], items: &[Value]) -> Result<(), String> {
        let mut items = items.iter().peekable();
        for member in members {
            match member.occurs {
                Occurs::Often => {
                    for item in items.by_ref() {
                        self.fits(&member.of, item)?;
                    }
                }
                Occurs::Perhaps => {
                    if let Some(item) = items.next() {
                        self.fits(&member.of, item)?;
                    }
                }
                Occurs::Once => self.fits(&member.of, items.next().ok_or("an item is missing")?)?,
            }
        }
        if items.next().is_none() { Ok(()) } else { Err("there are more items than the rule says".into()) }
    }

    fn fits_map(&self, members: &[(u64, Member)], pairs: &[(Value, Value)]) -> Result<(), String> {
        for (key, member) in members {
            match pairs.iter().find(|(found, _)| *found == Value::Uint(*key)) {
                Some((_, value)) => {
                    self.fits(&member.of, value).map_err(|error| format!("key {key}: {error}"))?
                }
                None if member.occurs == Occurs::Perhaps => {}
                None => return Err(format!("key {key} is missing")),
            }
        }
        Ok(())
    }
}

const BUILT_IN: [&str; 6] = ["any", "uint", "bytes", "text", "bool", "null"];

struct Tokens(std::collections::VecDeque<String>);

impl Tokens {
    fn next(&mut self) -> Option<String> {
        self.0.pop_front()
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        match self.next() {
            Some(found) if found == wanted => Ok(()),
            found => Err(format!("'{wanted}' was expected, not {found:?}")),
        }
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.0.front().is_some_and(|token| token == wanted);
        if found {
            self.0.pop_front();
        }
        found
    }

    fn choice(&mut self) -> Result<Type, String> {
        let mut choices = vec![self.one()?];
        while self.take("/") {
            choices.push(self.one()?);
        }
        Ok(if choices.len() == 1 { choices.remove(0) } else { Type::Choice(choices) })
    }

    fn one(&mut self) -> Result<Type, String> {
        let token = self.next().ok_or("the text ends in a rule")?;
        match token.as_str() {
            "[" => {
                let mut members = Vec::new();
                while !self.take("]") {
                    let occurs = self.occurs();
                    members.push(Member { occurs, of: self.choice()? });
                    self.take(",");
                }
                Ok(Type::Array(members))
            }
            "{" => {
                let mut members = Vec::new();
                while !self.take("}") {
                    let occurs = self.occurs();
                    let key = self.next().and_then(|key| key.parse().ok()).ok_or("a key is a number")?;
                    self.expect(":")?;
                    members.push((key, Member { occurs, of: self.choice()? }));
                    self.take(",");
                }
                Ok(Type::Map(members))
            }
            "bytes" if self.take(".size") => {
                let size = self.next().and_then(|size| size.parse().ok()).ok_or("a size is a number")?;
                Ok(Type::Sized(size))
            }
            "bytes" if self.take(".cbor") => Ok(Type::Inside(Box::new(self.one()?))),
            _ if token.starts_with(|c: char| c.is_ascii_digit()) => {
                Ok(Type::Number(token.parse().map_err(|_| format!("{token} is no number"))?))
            }
            _ if token.starts_with(|c: char| c.is_ascii_alphabetic()) => Ok(Type::Name(token)),
            _ => Err(format!("'{token}' begins no type")),
        }
    }

    fn occurs(&mut self) -> Occurs {
        if self.take("?") {
            Occurs::Perhaps
        } else if self.take("*") {
            Occurs::Often
        } else {
            Occurs::Once
        }
    }
}

fn tokens(text: &str) -> std::collections::VecDeque<String> {
    let mut tokens: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.split(';').next().unwrap_or_default();
        let mut word = String::new();
        for c in line.chars().chain([' ']) {
            if c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_' {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
        }
    }
    tokens.into()
}
