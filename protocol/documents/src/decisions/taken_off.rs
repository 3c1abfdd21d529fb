//! Options that were taken off: nobody's vote is deleted by that, so what was said to them stays to be read.

use std::collections::BTreeMap;

use porchlight_wire::Timestamp;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::count::{Placed, Standing, Vote, Wordings, in_time, is_said, replaced};
use crate::contacts::Stamp;

/// An option that was taken off. What was said to it counts for nothing any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenOff {
    /// Its key.
    pub key: String,
    /// Its last words, day or time.
    pub text: String,
    /// The zone of a time.
    pub zone: String,
    /// Who took it off, and when by their clock.
    pub by: Stamp,
    /// Who had said what to it, and what they are called.
    pub answers: Vec<(String, Answer)>,
}

/// The options of which nothing is left, in the order in which they came; `votes` reads the votes by what they say to these.
pub(super) fn taken_off(
    options: &[Placed],
    closing: Option<Timestamp>,
    votes: impl Fn(&Wordings<'_>) -> Vec<Vote>,
) -> Vec<TakenOff> {
    let mut by_key = BTreeMap::<String, Vec<&Placed>>::new();
    let mut order = Vec::new();
    for placed in options.iter().filter(|placed| in_time(placed, closing)) {
        let key = placed.entry.item.get("option");
        if !order.contains(&key) {
            order.push(key.clone());
        }
        by_key.entry(key).or_default().push(placed);
    }
    let mut gone = Vec::new();
    let mut said = BTreeMap::new();
    for (key, of) in order.iter().filter_map(|key| Some((key, by_key.get(key)?))) {
        let replaced = replaced(of);
        let mut heads = of.iter().filter(|placed| !replaced.contains(&placed.entry.key));
        let last = of.iter().rfind(|placed| is_said(placed));
        let (Some(last), Some(off)) = (last, of.iter().rfind(|placed| !is_said(placed))) else { continue };
        if heads.any(|placed| is_said(placed)) {
            continue;
        }
        let words: Vec<String> = of.iter().map(|placed| placed.entry.key.clone()).collect();
        said.insert(key.as_str(), words);
        let item = &last.entry.item;
        gone.push(TakenOff {
            key: key.clone(),
            text: item.text.clone(),
            zone: item.get("zone"),
            by: off.by,
            answers: Vec::new(),
        });
    }
    if gone.is_empty() {
        return gone;
    }
    let options = said.iter().map(|(key, words)| (*key, words.as_slice())).collect();
    let votes = votes(&Wordings { options, question: None });
    for option in &mut gone {
        // The last word of each person: later votes say nothing to what was gone by then.
        let mut last = BTreeMap::new();
        for vote in
            votes.iter().filter(|vote| !matches!(vote.standing, Standing::Late | Standing::NotAllowed))
        {
            if let Some(given) = vote.answers.get(&option.key) {
                last.insert(&vote.person, (vote.name.clone(), given.answer));
            }
        }
        option.answers = last.into_values().collect();
    }
    gone
}
