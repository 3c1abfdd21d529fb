//! Each lie of a server alone.

use super::Added;
use crate::script::Act;
use crate::world::World;

/// Three phones in step on a server that is about to lie.
fn street() -> World {
    World::new(21, 3, None).unwrap()
}

fn act(world: &mut World, act: Act) {
    world.act(act).unwrap();
    world.pass(3_000).unwrap();
    world.look().unwrap();
}

fn comes_to_rest(mut world: World) -> World {
    world.settle().unwrap();
    world.look_at_rest().unwrap();
    world
}

#[test]
fn a_member_whom_the_server_makes_up_is_believed_by_nobody_and_what_was_written_meanwhile_arrives() {
    for who in [0, 1, 2] {
        let mut world = street();
        act(&mut world, Act::Invent { who, what: Added::Member });
        (0..3).for_each(|who| act(&mut world, Act::Add { who }));
        assert_eq!(world.counts.faults.get("hostile server made up a member"), Some(&1));
        let world = comes_to_rest(world);
        assert_eq!(world.model.saved.len(), 3);
    }
}

#[test]
fn an_entry_that_the_server_adds_once_more_is_passed_over_and_its_author_goes_on() {
    for who in [0, 1, 2] {
        let mut world = street();
        (0..3).for_each(|who| act(&mut world, Act::Add { who }));
        act(&mut world, Act::Invent { who, what: Added::Entry });
        (0..3).for_each(|who| act(&mut world, Act::Add { who }));
        assert_eq!(world.counts.faults.get("hostile server added an entry twice"), Some(&1));
        (0..3).for_each(|who| act(&mut world, Act::Add { who }));
        comes_to_rest(world);
    }
}

#[test]
fn two_histories_are_noticed_and_become_one() {
    let mut world = street();
    act(&mut world, Act::TwoHistories);
    for who in [0, 1, 2, 1, 0] {
        act(&mut world, Act::Add { who });
    }
    // Phone 1 saw nothing of the others', and they nothing of its.
    let (one, other) = (world.texts(0).unwrap(), world.texts(1).unwrap());
    assert!(one.is_disjoint(&other), "{one:?} {other:?}");
    comes_to_rest(world);
}

#[test]
fn what_is_held_back_or_said_again_loses_nothing() {
    let mut world = street();
    act(&mut world, Act::Withhold { who: 2, millis: 20_000 });
    for who in [0, 1, 2, 0] {
        act(&mut world, Act::Add { who });
        (0..3).for_each(|who| act(&mut world, Act::SayAgain { who }));
    }
    comes_to_rest(world);
}
