//! What typed codes and recovery words find: kept for those who are in, counted for everybody.

use porchlight_wire::frame::{Lookup, LookupKind};
use porchlight_wire::limits;

use super::*;
use crate::limits as bounds;

fn locator(number: u64) -> Hash {
    Hash::of("a locator", &[&number.to_be_bytes()])
}

fn put(group: GroupId, kind: LookupKind, number: u64, sealed: &[u8]) -> ClientFrame {
    let lookup = Lookup { locator: locator(number), sealed: sealed.to_vec().into() };
    ClientFrame::Lookup(LookupCall::Put(group, kind, lookup))
}

fn get(number: u64) -> ClientFrame {
    ClientFrame::Lookup(LookupCall::Get(locator(number)))
}

fn found(answers: &[ServerFrame]) -> &[u8] {
    let [.., ServerFrame::Lookup(lookup)] = answers else { panic!("{answers:?}") };
    &lookup.sealed
}

#[test]
fn anybody_finds_what_a_member_left_and_only_a_member_may_leave_it() {
    let mut desk = Desk::new();
    let (alice, id) = desk.alice();
    assert_eq!(found(&desk.say(id, &[put(alice.group, LookupKind::Code, 1, b"sealed")])), b"");
    let stranger = desk.connect(9);
    assert_eq!(found(&desk.say(stranger, &[get(1)])), b"sealed");
    let nothing = desk.say(stranger, &[get(2)]);
    assert_eq!(refusal_in(&nothing), (About::Lookup(locator(2)), Code::NOT_FOUND));
    let left = desk.say(stranger, &[put(alice.group, LookupKind::Code, 3, b"x")]);
    assert_eq!(refusal_in(&left), (About::Lookup(locator(3)), Code::NOT_OPEN));
}

#[test]
fn a_code_is_gone_after_a_day_and_from_the_disk_at_the_next_tick() {
    let mut desk = Desk::new();
    let (alice, id) = desk.alice();
    desk.say(id, &[put(alice.group, LookupKind::Code, 1, b"sealed")]);
    desk.say(id, &[put(alice.group, LookupKind::Recovery, 2, b"list")]);
    let later = NOON.plus_millis(limits::CODE_MILLIS + 1);
    for hours in 1..=24 {
        desk.log.tick(NOON.plus_millis(hours * 60 * 60 * 1000)).unwrap();
    }
    assert!(desk.log.store().lookup(&locator(1)).unwrap().is_some());
    desk.log.tick(later).unwrap();
    assert_eq!(desk.log.store().lookup(&locator(1)).unwrap(), None);
    assert!(desk.log.store().lookup(&locator(2)).unwrap().is_some(), "recovery words do not run out");
}

#[test]
fn codes_beyond_the_bounds_are_refused_and_a_member_has_one_list() {
    let mut desk = Desk::new();
    let (alice, id) = desk.alice();
    let large = put(alice.group, LookupKind::Code, 0, &vec![0; limits::MAX_CODE + 1]);
    assert_eq!(refusal_in(&desk.say(id, &[large])).1, Code::TOO_LARGE);
    let large = put(alice.group, LookupKind::Recovery, 0, &vec![0; limits::MAX_LOOKUP + 1]);
    assert_eq!(refusal_in(&desk.say(id, &[large])).1, Code::TOO_LARGE);
    desk.say(id, &[put(alice.group, LookupKind::Recovery, 1, b"older")]);
    desk.say(id, &[put(alice.group, LookupKind::Recovery, 2, b"newer")]);
    assert_eq!(desk.log.store().lookup(&locator(1)).unwrap(), None);
    let by = Some(Credential::Device(alice.device()));
    let mut code = |number: u64| {
        let lookup = Lookup { locator: locator(number), sealed: vec![0].into() };
        let call = SideCall::Lookup(LookupCall::Put(alice.group, LookupKind::Code, lookup));
        let order = Order::Side(Box::new(SideOrder { by, from: None, call }));
        desk.log.commit(vec![(id, order)], NOON).outcomes.remove(0)
    };
    for number in 0..limits::MAX_CODES as u64 {
        assert!(matches!(code(100 + number), Outcome::Side(..)), "{number}");
    }
    let Outcome::Refused(refused) = code(999) else { panic!("one too many was kept") };
    assert_eq!(refused[0].code, Code::FULL);
}

#[test]
fn who_looks_up_too_often_waits_and_others_do_not() {
    let mut desk = Desk::new();
    let (alice, id) = desk.alice();
    desk.say(id, &[put(alice.group, LookupKind::Code, 1, b"sealed")]);
    let from = |last: u8| Some(IpAddr::from([198, 51, 100, last]));
    let mut ask = |last: u8, number: u64, now: Timestamp| {
        let call = SideCall::Lookup(LookupCall::Get(locator(number)));
        let order = Order::Side(Box::new(SideOrder { by: None, from: from(last), call }));
        match desk.log.commit(vec![(id, order)], now).outcomes.remove(0) {
            Outcome::Refused(refused) => Err(refused[0].code),
            _ => Ok(()),
        }
    };
    for number in 0..bounds::LOOKUPS_PER_ADDRESS {
        assert_eq!(ask(1, 1000 + u64::from(number), NOON), Err(Code::NOT_FOUND));
    }
    assert_eq!(ask(1, 1, NOON), Err(Code::TOO_OFTEN), "even what is there");
    assert_eq!(ask(2, 1, NOON), Ok(()));
    let later = NOON.plus_millis(bounds::LOOKUP_WINDOW_MILLIS);
    assert_eq!(ask(1, 1, later), Ok(()));
    // Everybody together.
    let mut asked = 1;
    'all: for last in 2..=255 {
        for _ in 0..bounds::LOOKUPS_PER_ADDRESS {
            if asked == bounds::LOOKUPS {
                break 'all;
            }
            assert_eq!(ask(last, 1, later), Ok(()));
            asked += 1;
        }
    }
    assert_eq!(ask(1, 1, later), Err(Code::TOO_OFTEN));
    assert_eq!(ask(1, 1, later.plus_millis(bounds::LOOKUP_WINDOW_MILLIS)), Ok(()));
}
