//! Where mail ends in the live state, address by address, is what a delivery by brute force finds.

use mailwright::plan::Network;

use super::super::on;
use super::case::case;
use super::delivery::{Mail, Ways};
use super::expected::{Diff, Renamed};
use super::read_all;

#[test]
fn where_mail_ends_now_is_where_a_delivery_by_brute_force_ends() {
    on(case(), |case| {
        let bench = case.build();
        let observed = read_all(&bench);
        let network = Network::live(&bench.desired, &observed, &bench.capabilities);
        let mail = Mail::new(&bench, bench.snapshot());
        for address in Diff::new(&mail, &mail, &Renamed::new()).addresses() {
            let ends = network.ends(&address);
            assert!(
                ends.unknown.is_empty(),
                "{address}: everything was read, and {:?} was not",
                ends.unknown
            );
            let told = Ways {
                recipients: ends.recipients(),
                outside: ends.outside,
                dead: ends.bounces,
                circle: ends.circle,
            };
            let found = mail.ways(&address);
            assert!(told == found, "{address}\ntold  {told:?}\nfound {found:?}\nin\n{mail}");
        }
    });
}
