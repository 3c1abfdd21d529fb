//! Invitations told as six words.

use porchlight_device::{Device, Event, InviteOptions};
use porchlight_wire::frame::Code;
use porchlight_wire::limits;

use crate::town::{HOUR, Town};

/// Rosa's words for an invitation.
fn told(town: &mut Town) -> String {
    let (group, now) = (town.group, town.now);
    let rosa = &mut town.phones[0].device;
    let link = rosa.invite(group, InviteOptions::usual(now), now).unwrap();
    let words = rosa.tell_in_words(group, &link, now).unwrap();
    town.pass(2_000);
    words
}

/// What a new phone finds behind words.
fn found(town: &mut Town, words: &str) -> Result<String, Code> {
    let number = town.stranger();
    let (url, now) = (town.servers[0].url.clone(), town.now);
    town.phones[number].device.find_by_words(&url, words, now).unwrap();
    town.pass(2_000);
    let found = town.phones.pop().unwrap().events.into_iter().find_map(|event| match event {
        Event::CodeFound { invitation } => Some(Ok(invitation.link())),
        Event::CodeNotFound { code } => Some(Err(code)),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn six_words_find_an_invitation_for_a_day_and_then_no_more() {
    let mut town = Town::of(1);
    let group = town.group;
    let words = told(&mut town);
    assert!(town.phones[0].events.contains(&Event::CodeKept { group }));
    let link = found(&mut town, &words.to_uppercase()).unwrap();
    let ben = town.newcomer(&link);
    town.pass(3_000);
    town.add(ben, "Ana");
    town.assert_all_alike(&["Ana"]);
    let other = told(&mut town);
    assert_ne!(words, other);
    let mixed = words.split(' ').take(3).chain(other.split(' ').skip(3)).collect::<Vec<_>>().join(" ");
    assert_eq!(found(&mut town, &mixed), Err(Code::NOT_FOUND));
    town.pass_days(1);
    town.now = town.now.plus_millis(HOUR);
    assert_eq!(found(&mut town, &words), Err(Code::NOT_FOUND));
}

#[test]
fn words_that_were_made_without_a_network_work_once_there_is_one() {
    let mut town = Town::of(1);
    let group = town.group;
    town.set_online(0, false);
    let words = told(&mut town);
    assert_eq!(found(&mut town, &words), Err(Code::NOT_FOUND));
    assert!(!town.phones[0].events.contains(&Event::CodeKept { group }));
    town.set_online(0, true);
    assert!(town.phones[0].events.contains(&Event::CodeKept { group }));
    assert!(found(&mut town, &words).is_ok());
}

#[test]
fn what_is_behind_words_opens_with_nothing_that_the_server_has() {
    let mut town = Town::of(1);
    let words = told(&mut town);
    let link = found(&mut town, &words).unwrap();
    let secret = link.rsplit('/').next().unwrap().as_bytes();
    town.back_up(0, "seized");
    let disk = town.file("seized");
    let holds = |text: &[u8]| disk.windows(text.len()).any(|window| window == text);
    assert!(!holds(secret) && !words.split(' ').all(|word| holds(word.as_bytes())));
    // Nor is any of it on the phone that made them.
    let stored: Vec<u8> = town.phones[0].ever.iter().flat_map(|(_, value)| value.clone()).collect();
    assert!(!stored.windows(words.len()).any(|window| window == words.as_bytes()));
}

#[test]
fn a_search_ends_with_what_was_asked_last_or_when_it_is_given_up() {
    let mut town = Town::of(1);
    let words = told(&mut town);
    let number = town.stranger();
    let (url, now) = (town.servers[0].url.clone(), town.now);
    let device: &mut Device = &mut town.phones[number].device;
    device.find_by_words("https://nowhere.example.org", &words, now).unwrap();
    device.find_by_words(&url, &words, now).unwrap();
    town.pass(2_000);
    let found = |event: &&Event| matches!(event, Event::CodeFound { .. });
    assert_eq!(town.phones[number].events.iter().filter(found).count(), 1);
    town.phones[number].device.find_by_words("https://nowhere.example.org", &words, now).unwrap();
    town.phones[number].device.end_search();
    town.pass(limits::CODE_MILLIS);
    assert_eq!(town.phones[number].events.iter().filter(found).count(), 1);
}
