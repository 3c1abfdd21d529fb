//! Each lie alone: refused for its own reason, by everybody, and nothing else suffers.

use porchlight_device::AsideReason;
use porchlight_documents::DocumentName;
use porchlight_documents::contacts::{self, Details};
use porchlight_server::store::{ReadStore, SnapshotRow};

use super::{EntryLie, Lie, SnapshotLie};
use crate::world::World;

/// Three phones in step, each with a contact in the list.
fn street() -> World {
    let mut world = World::new(11, 3, None).unwrap();
    (0..3).for_each(|who| drop(add(&mut world, who)));
    world
}

fn add(world: &mut World, who: usize) -> String {
    let name = world.model.text();
    let details = Details { name: name.clone(), ..Details::default() };
    let done = world
        .edit(who, &DocumentName::contacts(), |editor| contacts::add(editor, details, None).ok().map(drop));
    assert_eq!(done, Ok(Some(())));
    world.pass(3_000).unwrap();
    name
}

fn reasons(world: &World, who: usize) -> Vec<AsideReason> {
    let aside = world.phones[who].device.as_ref().unwrap().set_aside(world.group).unwrap();
    aside.into_iter().map(|aside| aside.reason).collect()
}

/// Everybody goes on, somebody new comes in, and all is as it should be.
fn goes_on(mut world: World, lie: Lie) {
    for who in 0..3 {
        let name = add(&mut world, who);
        for other in [0, 2] {
            assert!(world.texts(other).unwrap().contains(&name), "{lie:?}: phone {other}");
        }
    }
    world.invite().unwrap();
    world.settle().unwrap();
    assert_eq!(world.texts(3), world.texts(0), "{lie:?}");
    world.look_at_rest().unwrap();
}

#[test]
fn what_a_hostile_member_writes_is_set_aside_by_everybody_for_the_same_reason() {
    for lie in EntryLie::ALL {
        let expected = match lie {
            // The server takes no such thing.
            EntryLie::Jump | EntryLie::Oversize => None,
            EntryLie::Noise | EntryLie::NoPayload | EntryLie::NotPacked | EntryLie::Bomb => {
                Some(AsideReason::Unreadable)
            }
            EntryLie::NoChange => Some(AsideReason::Change),
            EntryLie::Twice => Some(AsideReason::Change),
            EntryLie::OtherActor => Some(AsideReason::Authorship),
            EntryLie::LeftOut => Some(AsideReason::Dependency),
            // It is a good Change, and the Claims count for nothing.
            EntryLie::FalseClaim | EntryLie::Nothing => None,
            // It is kept for those who will know it.
            EntryLie::Later => None,
        };
        let mut world = street();
        let before = world.texts(0).unwrap().len();
        world.lie(1, Lie::Entry(lie)).unwrap();
        world.pass(5_000).unwrap();
        for who in [0, 2] {
            assert_eq!(
                reasons(&world, who),
                expected.into_iter().collect::<Vec<_>>(),
                "{lie:?}: phone {who}"
            );
            let more = world.texts(who).unwrap().len() - before;
            match lie {
                EntryLie::FalseClaim | EntryLie::Nothing => assert_eq!(more, 1, "{lie:?}: phone {who}"),
                // The first of the two was good. And phone 1 makes anew what was refused for what it was built on.
                EntryLie::Twice | EntryLie::LeftOut => assert!(more <= 1, "{lie:?}: phone {who}"),
                _ => assert_eq!(more, 0, "{lie:?}: phone {who}"),
            }
        }
        goes_on(world, Lie::Entry(lie));
    }
}

/// The Snapshots that the server keeps.
fn kept(world: &World) -> Vec<SnapshotRow> {
    let row = world.row().unwrap();
    world.hosts[0].log.as_ref().unwrap().store().snapshots(row.number).unwrap()
}

fn snapshot(world: &mut World, who: usize) {
    let group = world.group;
    world.with(who, |device, now| device.make_snapshot(group, now).ok()).unwrap();
    world.pass(5_000).unwrap();
}

#[test]
fn what_a_hostile_member_says_of_snapshots_is_objected_to_and_nothing_is_dropped() {
    for lie in SnapshotLie::ALL {
        let mut world = street();
        if lie == SnapshotLie::Objects {
            snapshot(&mut world, 2);
        }
        world.lie(1, Lie::Snapshot(lie)).unwrap();
        world.pass(5_000).unwrap();
        // The server looks at positions, chains and who may say what.
        let refused = matches!(lie, SnapshotLie::Position | SnapshotLie::Chain | SnapshotLie::Forgets);
        assert_eq!(kept(&world).len(), usize::from(!refused), "{lie:?}");
        if lie != SnapshotLie::Objects {
            snapshot(&mut world, 0);
        }
        assert!(kept(&world).iter().all(|one| one.objected || refused), "{lie:?}");
        assert!(kept(&world).iter().all(|one| one.endorsed.is_none()), "{lie:?}");
        world.pass(120_000).unwrap();
        world.prune().unwrap();
        assert_eq!(world.row().unwrap().base.position.get(), 0, "{lie:?}");
        // A good one is believed afterwards.
        add(&mut world, 2);
        snapshot(&mut world, 2);
        snapshot(&mut world, 0);
        let good = kept(&world).pop().unwrap();
        assert!(good.endorsed.is_some() && !good.objected, "{lie:?}: {good:?}");
        goes_on(world, Lie::Snapshot(lie));
    }
}
