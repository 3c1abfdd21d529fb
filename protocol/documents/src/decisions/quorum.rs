//! How many must answer, and whose answers count for that.

use std::collections::BTreeMap;

use super::count::{Choice, Given};
use crate::contacts::item::Item;

/// How many must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quorum {
    People(usize),
    Percent(usize),
}

impl Quorum {
    pub(super) fn read(text: &str) -> Option<Self> {
        match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse().ok().filter(|percent| *percent <= 100).map(Self::Percent),
            None => text.parse().ok().map(Self::People),
        }
    }

    pub(super) fn needed(self, eligible: usize) -> usize {
        match self {
            Self::People(people) => people,
            Self::Percent(percent) => eligible.saturating_mul(percent).div_ceil(100),
        }
    }
}

/// Whose answers fill the quorum. What was closed by earlier rulings stays as it came out then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whom {
    /// Everybody's who ever answered: as rulings without a word about it mean it.
    #[default]
    Everybody,
    /// Those to the words as they are now. Whoever is asked again has not answered.
    Present,
}

impl Whom {
    /// The part of a ruling that says so, and what it says.
    pub(super) const PRESENT: (&'static str, &'static str) = ("fills", "present");

    pub(super) fn read(ruling: &Item) -> Self {
        let (part, present) = Self::PRESENT;
        if ruling.get(part) == present { Self::Present } else { Self::Everybody }
    }

    pub(super) fn count<'a>(
        self,
        answers: impl Iterator<Item = &'a BTreeMap<String, Given>>,
        choices: &[Choice],
    ) -> usize {
        let is_present = |answers: &&BTreeMap<String, Given>| {
            choices.iter().any(|choice| answers.get(&choice.key).is_some_and(|given| !given.asked))
        };
        match self {
            Self::Everybody => answers.count(),
            Self::Present => answers.filter(is_present).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decisions::{Answer, Tally};

    #[test]
    fn a_ruling_without_a_word_about_it_means_what_it_meant_when_it_was_written() {
        let choice = Choice {
            key: String::new(),
            text: "Buy a ladder".to_owned(),
            zone: String::new(),
            others: Vec::new(),
            dropped: false,
            tally: Tally::default(),
        };
        let given = |asked| BTreeMap::from([(String::new(), Given { answer: Answer::Agree, asked })]);
        let answers = [given(true), given(false)];
        let (part, present) = Whom::PRESENT;
        let count = |ruling: &Item| Whom::read(ruling).count(answers.iter(), std::slice::from_ref(&choice));
        assert_eq!((count(&Item::new("")), count(&Item::new("").with(part, present))), (2, 1));
    }
}
