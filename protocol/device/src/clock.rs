//! A device's own clock, which people and networks set: what was planned by it moves along when it goes back.
//!
//! Phones come with clocks that are years ahead. Whatever was planned by such a clock would never be due once it is
//! right, and nobody would know why nothing is sent.

use porchlight_wire::Timestamp;

use crate::device::Device;

impl Device {
    /// Notes what time it is. Each entry of the device does that before anything is due, or at its end.
    pub(crate) fn look_at_clock(&mut self, now: Timestamp) {
        let ahead = self.seen.since(now);
        self.seen = now;
        if ahead > 0 {
            self.move_plans(ahead);
        }
    }

    /// No time has passed, as far as anybody knows: everything is due so many milliseconds earlier by the new clock.
    fn move_plans(&mut self, millis: u64) {
        for group in self.groups.values_mut() {
            let plans = [
                &mut group.due,
                &mut group.sealed_at,
                &mut group.snapshots.due,
                &mut group.mending.retry_at,
                &mut group.seeking.retry_at,
            ];
            plans.into_iter().flatten().for_each(|time| put_back(time, millis));
            group
                .stored
                .former
                .iter_mut()
                .for_each(|former| former.move_plans(|time| put_back(time, millis)));
            group.present.values_mut().for_each(|(_, heard)| put_back(heard, millis));
        }
        for link in self.links.values_mut() {
            link.move_plans(|time| put_back(time, millis));
        }
        self.forget_wake();
    }
}

fn put_back(time: &mut Timestamp, millis: u64) {
    *time = Timestamp::from_millis(time.millis().saturating_sub(millis));
}

#[cfg(test)]
mod tests {
    use porchlight_wire::Timestamp;

    use crate::io::Input;
    use crate::scene::Street;

    const YEARS: u64 = 3 * 365 * 24 * 60 * 60 * 1000;

    #[test]
    fn what_was_typed_while_the_clock_was_years_ahead_is_sent_once_it_is_right() {
        let mut street = Street::of(2);
        street.now = street.now.plus_millis(YEARS);
        street.add_quietly(0, "Mrs. Tran");
        street.add_quietly(0, "Mr. Okafor");
        street.now = Timestamp::from_millis(street.now.millis() - YEARS);
        street.pass(2_000);
        assert_eq!(street.names(1), ["Mr. Okafor", "Mrs. Tran"]);
    }

    #[test]
    fn a_server_is_tried_again_after_the_clock_went_back() {
        let mut street = Street::of(2);
        street.now = street.now.plus_millis(YEARS);
        street.go_offline(0);
        street.add_quietly(0, "Mrs. Tran");
        street.now = Timestamp::from_millis(street.now.millis() - YEARS);
        street.phones[0].online = true;
        street.pass(120_000);
        // Whoever sleeps looks up after a while, whatever the clock says.
        let now = street.now;
        street.phones[0].device.handle(Input::Tick, now);
        street.pass(2_000);
        assert_eq!(street.names(1), ["Mrs. Tran"]);
    }
}
