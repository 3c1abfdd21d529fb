//! Options that were taken off.

use porchlight_documents::decisions::{self, Answer, Proposal, Wording};
use porchlight_documents::markdown;

use super::{Circle, ballot, proposal};

#[test]
fn an_option_that_was_taken_off_is_still_told_with_its_answers_and_counts_for_nothing() {
    let mut circle = Circle::new(3);
    let word = |text: &str| Wording { text: text.into(), zone: String::new() };
    circle.propose(&Proposal { options: vec![word("red"), word("blue")], ..proposal("Which gate?", "1") });
    let open = circle.read(2);
    let red = open.choices.iter().find(|choice| choice.text == "red").unwrap().key.clone();
    circle.ballot(1, &ballot(&red, Answer::Agree, ""), 10);
    assert!(circle.read(11).taken_off.is_empty());
    circle.phones[2].edit(|editor| decisions::drop_option(editor, &red));
    circle.send(2, 20);
    let decision = circle.read(21);
    assert_eq!(decision.choices.iter().map(|choice| choice.text.as_str()).collect::<Vec<_>>(), ["blue"]);
    let [off] = decision.taken_off.as_slice() else { panic!("{:?}", decision.taken_off) };
    assert_eq!(
        (off.text.as_str(), off.answers.as_slice()),
        ("red", &[("Person 1".into(), Answer::Agree)][..])
    );
    assert_ne!(off.by.who, decision.votes[0].by.who, "whoever took it off, not whoever answered");
    assert_eq!(decision.answered, 0);
    let told = markdown::decision(&decision, |_| "Person 2".into());
    assert!(told.contains("- ~~red~~ (taken off) Person 1: agree"), "{told}");

    // A later answer to what is left does not take back what was said then; a ballot of one who had said nothing adds none.
    let blue = decision.choices[0].key.clone();
    circle.ballot(1, &ballot(&blue, Answer::Disagree, ""), 30);
    circle.ballot(0, &ballot(&blue, Answer::Agree, ""), 31);
    let decision = circle.read(32);
    assert_eq!(decision.taken_off[0].answers, [("Person 1".into(), Answer::Agree)]);
    assert_eq!(decision.answered, 2);
}
