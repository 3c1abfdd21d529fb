//! Decisions: what counts, what does not, and that all phones come to the same.

use std::collections::BTreeMap;

use porchlight_documents::decisions::{
    self, Answer, Ballot, Decision, Method, Moment, OnBehalf, Outcome, Part, People, Proposal, Stage,
    Standing, Terms, Voter, Wording,
};
use porchlight_documents::ledger::{Ledger, Place};
use porchlight_documents::{DocumentName, Incoming, Kind, markdown, notes};
use porchlight_wire::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::phones::Phone;

mod taken_off;

/// Phones, and the log that orders what they send.
struct Circle {
    phones: Vec<Phone>,
    people: People,
    ledger: Ledger,
    name: DocumentName,
    position: u64,
}

fn time(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

impl Circle {
    /// The first is an organizer.
    fn new(count: u8) -> Self {
        let phones: Vec<Phone> = (0..count).map(|number| Phone::new(Kind::Decision, number)).collect();
        let voters = phones.iter().enumerate().map(|(number, phone)| Voter {
            member: format!("m{number}"),
            name: format!("Person {number}"),
            contact: None,
            devices: vec![phone.who()],
            part: if number == 0 { Part::Organizer } else { Part::Member },
            since: time(0),
            until: None,
        });
        let people = People { voters: voters.collect(), ..People::default() };
        let name = DocumentName::decision("d");
        Self { phones, people, ledger: Ledger::new(), name, position: 0 }
    }

    /// What this phone made reaches the log at a time, and then all others.
    fn send(&mut self, who: usize, millis: u64) {
        let phone = self.phones[who].clone();
        for change in &phone.known {
            let incoming = Incoming::parse(change.as_bytes()).unwrap();
            if incoming.actor().prefix() == phone.who() {
                self.position += 1;
                let place = Place { generation: 1, position: self.position, index: 0, time: time(millis) };
                self.ledger.insert(&self.name, incoming.hash(), place);
            }
        }
        self.phones.iter_mut().for_each(|other| other.take(&phone));
    }

    fn propose(&mut self, proposal: &Proposal) {
        self.phones[0].edit(|editor| decisions::create(editor, proposal));
        self.send(0, 1);
    }

    fn vote(&mut self, who: usize, answer: Answer, reason: &str, millis: u64) {
        self.ballot(who, &ballot("", answer, reason), millis);
    }

    fn ballot(&mut self, who: usize, ballot: &Ballot, millis: u64) {
        self.phones[who].edit(|editor| decisions::vote(editor, ballot));
        self.send(who, millis);
    }

    /// The decision, after having found it the same on all phones.
    fn read(&self, newest: u64) -> Decision {
        let moment = Moment { newest: time(newest), now: time(newest) };
        let read = |phone: &Phone| {
            decisions::decision(&phone.document, &self.name, &self.ledger, &self.people, moment)
        };
        let decision = read(&self.phones[0]);
        for phone in &self.phones {
            assert_eq!(read(phone), decision);
        }
        decision
    }
}

fn ballot(option: &str, answer: Answer, reason: &str) -> Ballot {
    let answers = BTreeMap::from([(option.to_owned(), answer)]);
    Ballot { answers, reason: reason.into(), on_behalf: None }
}

fn proposal(title: &str, quorum: &str) -> Proposal {
    let terms = Terms { quorum: Some(quorum.into()), deadline: Some(1_000), ..Terms::default() };
    Proposal { title: title.into(), terms, ..Proposal::default() }
}

fn by_phone(contact: &str, name: &str) -> Option<OnBehalf> {
    let (how, day) = ("by phone".into(), "2026-05-02".into());
    Some(OnBehalf { contact: contact.into(), name: name.into(), how, day })
}

/// A committee of seven with an empty seat; Irma has no phone at first, and Noor blocks.
#[test]
fn votes_for_others_quorum_and_a_block() {
    let mut circle = Circle::new(6);
    circle.people.voters[5].since = time(50);
    circle.people.voters[5].contact = Some("irma".into());
    circle.propose(&proposal("Paint the shed", "5"));
    let agree = Ballot { on_behalf: by_phone("irma", "Irma"), ..ballot("", Answer::Agree, "") };
    circle.ballot(0, &agree, 20);
    let early = circle.read(30);
    assert_eq!((early.answered, early.eligible, early.missing.len()), (1, 6, 5));
    let vote = &early.votes[0];
    assert_eq!((vote.name.as_str(), vote.by.who), ("Irma", circle.phones[0].who()));
    assert_eq!(vote.on_behalf, by_phone("irma", "Irma"));
    circle.vote(5, Answer::Disagree, "I would rather not help", 60);
    circle.vote(0, Answer::Agree, "", 61);
    circle.vote(1, Answer::Agree, "", 62);
    circle.vote(2, Answer::Abstain, "", 63);
    circle.vote(3, Answer::Abstain, "", 64);
    circle.vote(4, Answer::Block, "the paint is toxic", 65);
    let open = circle.read(1_000);
    assert_eq!((open.stage, &open.outcome, open.missing.len()), (Stage::Open, &Outcome::Open, 0));
    let closed = circle.read(1_001);
    assert_eq!(closed.votes.len(), 7, "all stay in the history");
    assert_eq!(closed.votes[0].standing, Standing::Replaced);
    assert_eq!(closed.choices[0].tally.disagree, 1);
    let Outcome::Blocked { by } = &closed.outcome else { panic!("{closed:?}") };
    assert_eq!(by, &[("Person 4".to_owned(), "the paint is toxic".to_owned())]);
    let expected = "Blocked by Person 4 (“the paint is toxic”); 6 of 6 current members answered (5 needed).";
    assert_eq!(closed.sentence, expected);
    let exported = markdown::decision(&closed, |_| "Max".to_owned());
    let told = "- Irma: agree, told to Max by phone, 2026-05-02 - replaced by a later answer\n";
    assert!(exported.contains(told), "{exported}");
    assert!(exported.contains("- Person 5: disagree (I would rather not help)\n"), "{exported}");
    assert!(!exported.contains("passed") && !exported.contains("Agreed"));
}

#[test]
fn who_may_not_vote_is_not_counted() {
    let mut circle = Circle::new(3);
    circle.people.voters[2].part = Part::Reader;
    circle.propose(&proposal("Meet on Mondays", "50%"));
    circle.vote(2, Answer::Block, "no", 10);
    // Only an organizer writes down the votes of others.
    let other = Ballot { on_behalf: by_phone("irma", "Irma"), ..ballot("", Answer::Agree, "") };
    circle.ballot(1, &other, 11);
    circle.ballot(0, &other, 12);
    circle.ballot(0, &other, 13);
    circle.vote(1, Answer::Agree, "", 14);
    circle.vote(0, Answer::Abstain, "", 1_500);
    let closed = circle.read(1_500);
    let standing: Vec<_> = closed.votes.iter().map(|vote| vote.standing).collect();
    use Standing::{Counted, Late, NotAllowed, Replaced};
    assert_eq!(standing, [NotAllowed, NotAllowed, Replaced, Counted, Counted, Late]);
    assert_eq!(closed.sentence, "Agreed by consent: 2 agree; 2 of 3 current members answered (2 needed).");
    assert_eq!(closed.missing, ["m0"]);
}

#[test]
fn a_quorum_that_is_not_met_decides_nothing_and_an_organizer_may_extend() {
    let mut circle = Circle::new(4);
    circle.propose(&proposal("Buy a trailer", "3"));
    circle.vote(1, Answer::Agree, "", 10);
    circle.vote(2, Answer::Agree, "", 11);
    assert_eq!(circle.read(1_001).outcome, Outcome::NoQuorum);
    let extend = Terms { deadline: Some(3_000), ..Terms::default() };
    // Anybody else's word does not count.
    circle.phones[2].edit(|editor| decisions::rule(editor, &extend));
    circle.send(2, 1_100);
    assert_eq!(circle.read(1_100).stage, Stage::Closed);
    circle.phones[0].edit(|editor| decisions::rule(editor, &extend));
    circle.send(0, 1_200);
    assert_eq!(circle.read(1_200).stage, Stage::Open);
    circle.vote(3, Answer::Disagree, "too dear", 1_300);
    assert_eq!(circle.read(3_001).outcome, Outcome::Agreed);
    circle.phones[0].edit(|editor| decisions::rule(editor, &Terms { close: true, ..Terms::default() }));
    circle.send(0, 1_400);
    assert_eq!(circle.read(1_400).stage, Stage::Closed, "no further record is needed");
}

#[test]
fn a_time_to_answer_runs_from_the_log_whatever_the_clock_of_who_proposed_it() {
    const DAY: u64 = 24 * 3_600_000;
    let mut circle = Circle::new(3);
    let now = 20_000 * DAY;
    let terms = Terms { span: Some(3 * DAY), ..Terms::default() };
    let proposal = Proposal { title: "Buy a trailer".into(), terms, ..Proposal::default() };
    // The clock of this phone stands at the beginning of 1970.
    circle.phones[0].edit(|editor| decisions::create(editor, &proposal));
    circle.send(0, now);
    let open = circle.read(now + 2 * DAY);
    assert_eq!((open.stage, open.deadline), (Stage::Open, now + 3 * DAY));
    circle.vote(1, Answer::Agree, "", now + 2 * DAY);
    let closed = circle.read(now + 3 * DAY + 1);
    assert_eq!((closed.stage, closed.outcome), (Stage::Closed, Outcome::Agreed));
    // As long as it waits to be sent, its author sees what their clock makes of it.
    circle.phones[0].edit(|editor| decisions::rule(editor, &Terms { span: Some(DAY), ..Terms::default() }));
    circle.send(0, now + 4 * DAY);
    assert_eq!(circle.read(now + 4 * DAY).deadline, now + 5 * DAY);
    let moment = Moment { newest: time(0), now: time(0) };
    let mut alone = Circle::new(1);
    alone.phones[0].edit(|editor| decisions::create(editor, &proposal));
    let waiting =
        decisions::decision(&alone.phones[0].document, &alone.name, &alone.ledger, &alone.people, moment);
    assert!((3 * DAY..4 * DAY).contains(&waiting.deadline), "{}", waiting.deadline);
}

#[test]
fn by_majority_more_must_agree_than_disagree() {
    for (answers, outcome) in [
        ([Answer::Agree, Answer::Agree, Answer::Disagree], Outcome::Agreed),
        ([Answer::Agree, Answer::Abstain, Answer::Disagree], Outcome::NotAgreed),
        ([Answer::Abstain, Answer::Abstain, Answer::Agree], Outcome::Agreed),
    ] {
        let mut circle = Circle::new(3);
        let mut proposal = proposal("Longer shifts", "");
        proposal.terms.method = Some(Method::Majority);
        circle.propose(&proposal);
        for (who, answer) in answers.into_iter().enumerate() {
            circle.vote(who, answer, "", 10);
        }
        assert_eq!(circle.read(2_000).outcome, outcome, "{answers:?}");
    }
}

/// Days are the same days for everyone: nothing but the day is stored or shown, and no zone is taken for one.
#[test]
fn days_are_days_and_times_have_zones() {
    let mut circle = Circle::new(3);
    let day = |text: &str| Wording { text: text.into(), zone: String::new() };
    let days = ["2026-06-05", "2026-06-06", "2026-06-07"];
    let proposal =
        Proposal { options: days.map(day).to_vec(), ..proposal("Which day for the barbecue?", "") };
    circle.propose(&proposal);
    let open = circle.read(5);
    assert_eq!(open.title, "Which day for the barbecue?");
    let shown: Vec<_> =
        open.choices.iter().map(|choice| (choice.text.as_str(), choice.zone.as_str())).collect();
    assert_eq!(shown, days.map(|day| (day, "")), "in the order in which they were proposed");
    let key = |day: &str| open.choices.iter().find(|choice| choice.text == day).unwrap().key.clone();
    for (who, liked) in [(0, days[1]), (1, days[1]), (2, days[2])] {
        circle.ballot(who, &ballot(&key(liked), Answer::Agree, ""), 10);
    }
    assert_eq!(circle.read(20).missing.len(), 3, "who left days out is still asked");
    let closed = circle.read(1_001);
    assert_eq!(closed.outcome, Outcome::Chosen { option: key(days[1]) });
    assert_eq!(closed.sentence, "Chosen: 2026-06-06, 2 agree; 3 of 3 current members answered.");
    let zoned = |text: &str, zone: &str| Wording { text: text.into(), zone: zone.into() };
    let phone = &mut circle.phones[0];
    for wrong in [zoned("2026-06-05", "America/Chicago"), zoned("2026-06-05T18:00", ""), zoned(" ", "")] {
        assert!(phone.try_edit(|editor| decisions::add_option(editor, &wrong)).is_err(), "{wrong:?}");
    }
    assert!(
        phone
            .try_edit(|editor| decisions::add_option(editor, &zoned("2026-06-05T18:00", "America/Chicago")))
            .is_ok()
    );
}

#[test]
fn an_option_worded_anew_keeps_its_votes_and_asks_again() {
    let mut circle = Circle::new(3);
    let word = |text: &str| Wording { text: text.into(), zone: String::new() };
    let options = vec![word("red"), word("blue")];
    circle.propose(&Proposal { options, ..proposal("Which color?", "") });
    let open = circle.read(2);
    let key = |text: &str| open.choices.iter().find(|choice| choice.text == text).unwrap().key.clone();
    let (red, blue) = (key("red"), key("blue"));
    for who in 0..3 {
        let answers = BTreeMap::from([(red.clone(), Answer::Agree), (blue.clone(), Answer::Abstain)]);
        circle.ballot(who, &Ballot { answers, ..Ballot::default() }, 10);
    }
    assert!(circle.read(11).missing.is_empty());
    // Two word it anew at once.
    circle.phones[1].edit(|editor| decisions::set_option(editor, &red, &word("dark red")));
    circle.phones[2].edit(|editor| decisions::set_option(editor, &red, &word("bright red")));
    circle.send(1, 20);
    circle.send(2, 21);
    let asked = circle.read(22);
    let of = |decision: &Decision| decision.choices.iter().find(|choice| choice.key == red).unwrap().clone();
    assert_eq!((of(&asked).text.as_str(), of(&asked).others), ("bright red", vec!["dark red".to_owned()]));
    assert_eq!((of(&asked).tally.asked, of(&asked).tally.agree, asked.votes.len()), (3, 0, 3));
    assert_eq!(asked.missing.len(), 3);
    circle.ballot(0, &ballot(&red, Answer::Agree, ""), 30);
    assert_eq!(of(&circle.read(31)).tally.agree, 1);
    // What is worded after closing changes nothing.
    circle.phones[1].edit(|editor| decisions::set_option(editor, &red, &word("no red at all")));
    circle.send(1, 2_000);
    assert_eq!(of(&circle.read(2_001)).text, "bright red");
    let refused =
        circle.phones[0].try_edit(|editor| decisions::vote(editor, &ballot("?", Answer::Agree, "")));
    assert!(refused.is_err());
    assert!(
        circle.phones[0]
            .try_edit(|editor| decisions::vote(editor, &ballot(&red, Answer::Block, "")))
            .is_err()
    );
}

#[test]
fn two_who_change_what_is_asked_are_both_shown_and_answers_to_the_other_question_are_asked_again() {
    let mut circle = Circle::new(3);
    let word = |text: &str| Wording { text: text.into(), zone: String::new() };
    let options = vec![word("red"), word("blue")];
    circle.propose(&Proposal { options, ..proposal("Fence", "") });
    let open = circle.read(2);
    let key = |text: &str| open.choices.iter().find(|choice| choice.text == text).unwrap().key.clone();
    let (red, blue) = (key("red"), key("blue"));
    circle.phones[1].edit(|editor| decisions::set_option(editor, "", &word("Fence of the garden")));
    circle.phones[1].edit(|editor| decisions::set_option(editor, &red, &word("dark red")));
    circle.phones[2].edit(|editor| decisions::set_option(editor, "", &word("Fence of the yard")));
    circle.phones[2].edit(|editor| decisions::drop_option(editor, &red));
    for phone in [1, 2] {
        circle.phones[phone].edit(|editor| decisions::vote(editor, &ballot(&blue, Answer::Agree, "")));
    }
    circle.send(2, 20);
    circle.send(1, 21);
    let both = circle.read(22);
    assert_eq!(
        (both.title.as_str(), both.other_titles.join("/").as_str()),
        ("Fence of the garden", "Fence of the yard")
    );
    let of = |decision: &Decision, key: &str| {
        decision.choices.iter().find(|choice| choice.key == *key).unwrap().clone()
    };
    assert_eq!((of(&both, &red).text.as_str(), of(&both, &red).dropped), ("dark red", true));
    assert!(!of(&both, &blue).dropped);
    let tally = of(&both, &blue).tally;
    assert_eq!((tally.agree, tally.asked), (1, 1), "only whoever answered to this question");
    let told = markdown::decision(&both, |_| String::new());
    assert!(told.contains("- Person 2: blue: agree (to other words; asked again)"), "{told}");

    // Somebody settles it: those who had answered to these words need not do so again.
    circle.phones[0].edit(|editor| decisions::set_option(editor, "", &word("Fence of the garden")));
    circle.phones[0].edit(|editor| decisions::drop_option(editor, &red));
    circle.send(0, 30);
    let settled = circle.read(31);
    assert_eq!((settled.other_titles.len(), settled.choices.len()), (0, 1));
    let tally = of(&settled, &blue).tally;
    assert_eq!((tally.agree, tally.asked), (1, 1));
    circle.ballot(2, &ballot(&blue, Answer::Disagree, ""), 32);
    let tally = of(&circle.read(33), &blue).tally;
    assert_eq!((tally.agree, tally.disagree, tally.asked), (1, 1, 0));
}

/// The server's times in the log close a decision; the clock of a phone only says that it is about to.
#[test]
fn every_device_closes_at_the_first_record_past_the_deadline_whatever_its_own_clock_says() {
    let mut circle = Circle::new(2);
    circle.propose(&proposal("Meet", ""));
    circle.vote(0, Answer::Agree, "", 10);
    for (newest, now, stage) in [
        (999, 999, Stage::Open),
        (1_000, 1_000, Stage::Open),
        (1_000, 5_000, Stage::Closing),
        (1_001, 1_001, Stage::Closed),
        (1_001, 3, Stage::Closed),
    ] {
        let moment = Moment { newest: time(newest), now: time(now) };
        for phone in &circle.phones {
            let decision =
                decisions::decision(&phone.document, &circle.name, &circle.ledger, &circle.people, moment);
            assert_eq!(decision.stage, stage, "newest record {newest}, own clock {now}");
        }
    }
}

/// A slip in the year, or a phone that was without a network until it was over.
#[test]
fn what_comes_after_its_own_deadline_still_has_a_title() {
    let mut circle = Circle::new(2);
    circle.phones[0].edit(|editor| decisions::create(editor, &proposal("Meet", "")));
    circle.send(0, 1_001);
    let closed = circle.read(1_002);
    assert_eq!((closed.stage, closed.title.as_str()), (Stage::Closed, "Meet"));
}

#[test]
fn a_vote_that_arrives_after_closing_is_late_shown_and_not_counted() {
    let mut circle = Circle::new(3);
    circle.propose(&proposal("Meet", ""));
    circle.vote(0, Answer::Agree, "", 10);
    // Written in time without a network; in the log too late.
    circle.vote(1, Answer::Block, "no", 1_001);
    let closed = circle.read(1_001);
    assert_eq!((closed.votes[1].standing, closed.votes[1].received), (Standing::Late, Some(1_001)));
    assert_eq!((closed.answered, &closed.outcome), (1, &Outcome::Agreed));
    let exported = markdown::decision(&closed, |_| String::new());
    assert!(exported.contains("- Person 1: block (no) - late, not counted\n"), "{exported}");
}

#[test]
fn a_quorum_is_a_number_of_people_or_a_part_of_them_rounded_up() {
    for (quorum, needed, outcome) in [
        ("", 0, Outcome::Agreed),
        ("2", 2, Outcome::Agreed),
        ("3", 3, Outcome::NoQuorum),
        ("40%", 2, Outcome::Agreed),
        ("50%", 3, Outcome::NoQuorum),
        ("100%", 5, Outcome::NoQuorum),
    ] {
        let mut circle = Circle::new(5);
        circle.propose(&proposal("Meet", quorum));
        circle.vote(0, Answer::Agree, "", 10);
        circle.vote(1, Answer::Abstain, "", 11);
        let closed = circle.read(1_001);
        assert_eq!((closed.needed, &closed.outcome), (needed, &outcome), "{quorum}");
    }
    for wrong in ["many", "101%", "-1", "2.5"] {
        let mut circle = Circle::new(1);
        let terms = Terms { quorum: Some(wrong.into()), ..Terms::default() };
        assert!(circle.phones[0].try_edit(|editor| decisions::rule(editor, &terms)).is_err(), "{wrong}");
    }
}

#[test]
fn one_agrees_abstains_disagrees_or_blocks_and_a_block_needs_a_reason() {
    let mut circle = Circle::new(4);
    circle.propose(&proposal("Meet", ""));
    circle.vote(0, Answer::Agree, "", 10);
    circle.vote(1, Answer::Abstain, "", 11);
    circle.vote(2, Answer::Disagree, "", 12);
    let refused = circle.phones[3].try_edit(|e| decisions::vote(e, &ballot("", Answer::Block, " ")));
    assert_eq!(refused.unwrap_err().to_string(), "whoever blocks says why");
    circle.vote(3, Answer::Block, "too loud", 13);
    let tally = circle.read(20).choices[0].tally;
    assert_eq!((tally.agree, tally.abstain, tally.disagree, tally.block), (1, 1, 1, 1));
    // By consent somebody who only disagrees stops nothing.
    circle.vote(3, Answer::Agree, "", 14);
    assert_eq!(circle.read(1_001).outcome, Outcome::Agreed);
}

#[test]
fn the_outcome_is_one_sentence_and_the_minutes_hold_it() {
    let day = |text: &str| Wording { text: text.into(), zone: String::new() };
    /// Options, quorum, who says what to which of them, and the sentence.
    type Case = (&'static [&'static str], &'static str, &'static [(usize, usize, Answer)], &'static str);
    let cases: [Case; 6] = [
        (&[], "", &[(0, 0, Answer::Agree)], "Agreed by consent: 1 agree; 1 of 2 current members answered."),
        (&[], "", &[], "Not agreed: nobody answered; 0 of 2 current members answered."),
        (
            &[],
            "2",
            &[(0, 0, Answer::Agree)],
            "Not decided, too few answered: 1 of 2 current members answered (2 needed).",
        ),
        (&[], "", &[(0, 0, Answer::Block)], "Blocked by Person 0 (“why”); 1 of 2 current members answered."),
        (
            &["2026-06-05", "2026-06-06"],
            "",
            &[(0, 1, Answer::Agree)],
            "Chosen: 2026-06-06, 1 agree; 1 of 2 current members answered.",
        ),
        (
            &["2026-06-05", "2026-06-06"],
            "",
            &[(0, 0, Answer::Agree), (1, 1, Answer::Agree)],
            "A tie: 2026-06-05, 2026-06-06; 2 of 2 current members answered.",
        ),
    ];
    for (options, quorum, votes, sentence) in cases {
        let mut circle = Circle::new(2);
        let options: Vec<Wording> = options.iter().map(|text| day(text)).collect();
        circle.propose(&Proposal { options: options.clone(), ..proposal("Meet", quorum) });
        for (who, option, answer) in votes {
            let text = options.get(*option).map(|option| option.text.clone()).unwrap_or_default();
            let choices = circle.read(5).choices;
            let key =
                choices.iter().find(|choice| choice.text == text || text.is_empty()).unwrap().key.clone();
            circle.ballot(*who, &ballot(&key, *answer, "why"), 10);
        }
        let closed = circle.read(1_001);
        assert_eq!(closed.sentence, sentence);
        let mut minutes = Phone::new(Kind::Note, 9);
        minutes.edit(|editor| notes::link_decision(editor, "d"));
        let note = notes::note(&minutes.document);
        assert_eq!(note.decisions, ["d"]);
        let text = markdown::note(&note, std::slice::from_ref(&closed));
        assert!(text.ends_with(&format!("## Decisions\n\n- Meet: {sentence}\n")), "{text}");
    }
}

#[test]
fn a_vote_that_waits_is_shown_as_waiting() {
    let mut circle = Circle::new(2);
    circle.propose(&proposal("Meet", ""));
    circle.phones[1].edit(|editor| decisions::vote(editor, &ballot("", Answer::Agree, "")));
    let moment = Moment { newest: time(5), now: time(1_001) };
    let seen =
        decisions::decision(&circle.phones[1].document, &circle.name, &circle.ledger, &circle.people, moment);
    assert_eq!((seen.votes[0].standing, seen.answered, seen.stage), (Standing::Waiting, 0, Stage::Closing));
    circle.send(1, 999);
    assert_eq!(circle.read(1_001).outcome, Outcome::Agreed);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_voted_in_whatever_order_all_come_to_the_same_and_no_vote_is_lost(
        count in 2..=5_u8,
        deeds in prop::collection::vec((any::<Index>(), 0..8_u8, any::<Index>()), 1..30),
    ) {
        let mut circle = Circle::new(count);
        let options = vec![Wording { text: "a".into(), zone: String::new() }; 2];
        circle.propose(&Proposal { options, ..proposal("?", "50%") });
        let mut clock = 10;
        let mut cast = 0;
        for (who, deed, which) in deeds {
            let who = who.index(usize::from(count));
            let choices = circle.read_one(who).choices;
            let option = choices.get(which.index(choices.len().max(1))).map(|c| c.key.clone()).unwrap_or_default();
            let wording = Wording { text: format!("w{clock}"), zone: String::new() };
            let phone = &mut circle.phones[who];
            match deed {
                0..=2 => {
                    let answer = [Answer::Agree, Answer::Disagree, Answer::Block][usize::from(deed)];
                    if phone.try_edit(|editor| decisions::vote(editor, &ballot(&option, answer, "why"))).is_ok() {
                        cast += 1;
                    }
                }
                3 => drop(phone.try_edit(|editor| decisions::set_option(editor, &option, &wording))),
                4 => drop(phone.try_edit(|editor| decisions::add_option(editor, &wording))),
                // Somebody tells somebody else, who may be no organizer, what they say.
                7 => {
                    let contact = format!("contact{}", which.index(3));
                    let told = Ballot {
                        on_behalf: by_phone(&contact, "Irma"),
                        ..ballot(&option, Answer::Agree, "")
                    };
                    if phone.try_edit(|editor| decisions::vote(editor, &told)).is_ok() {
                        cast += 1;
                    }
                }
                5 if !option.is_empty() => drop(phone.try_edit(|editor| decisions::drop_option(editor, &option))),
                _ => {
                    clock += 40;
                    circle.send(who, clock);
                }
            }
        }
        for who in 0..usize::from(count) {
            clock += 1;
            circle.send(who, clock);
        }
        for who in 0..usize::from(count) {
            let all = circle.phones[who].clone();
            circle.phones.iter_mut().for_each(|phone| phone.take(&all));
        }
        let decision = circle.read(2_000);
        prop_assert_eq!(decision.votes.len(), cast);
        prop_assert_eq!(decision.stage, Stage::Closed);
        let counted = decision.votes.iter().filter(|vote| vote.standing == Standing::Counted);
        let mut people: Vec<_> = counted.clone().map(|vote| vote.person.clone()).collect();
        let all = people.len();
        people.sort();
        people.dedup();
        prop_assert_eq!(people.len(), all);
        // Whoever said nothing about the words as they are now has not answered.
        let is_present = |vote: &&decisions::Vote| {
            let given = |choice: &decisions::Choice| vote.answers.get(&choice.key).is_some_and(|given| !given.asked);
            decision.choices.iter().any(given)
        };
        prop_assert_eq!(counted.filter(is_present).count(), decision.answered);
    }
}

impl Circle {
    fn read_one(&self, who: usize) -> Decision {
        let moment = Moment { newest: time(5), now: time(5) };
        decisions::decision(&self.phones[who].document, &self.name, &self.ledger, &self.people, moment)
    }
}

/// Half of four must answer. Two do, then the words change, and one of all four agrees to the new ones.
#[test]
fn a_quorum_is_of_answers_to_the_present_words() {
    let mut circle = Circle::new(4);
    circle.propose(&proposal("Buy a ladder", "50%"));
    circle.vote(1, Answer::Agree, "", 10);
    circle.vote(2, Answer::Disagree, "too dear", 11);
    let wording = Wording { text: "Buy a long ladder".into(), ..Wording::default() };
    circle.phones[0].edit(|editor| decisions::set_option(editor, "", &wording));
    circle.send(0, 20);
    let open = circle.read(21);
    assert_eq!((open.answered, open.needed, open.choices[0].tally.asked, open.missing.len()), (0, 2, 2, 4));
    circle.vote(0, Answer::Agree, "", 30);
    let closed = circle.read(1_001);
    assert_eq!((closed.answered, &closed.outcome), (1, &Outcome::NoQuorum));
}
