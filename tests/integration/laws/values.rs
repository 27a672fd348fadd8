//! The few values that cases are made of.

use mailwright::model::{
    AccountState, Address, ConnectionName, DomainName, Kind, Quota, Right, Standing, Value,
};

use super::case::POOL;

pub(super) fn address(number: usize) -> Address {
    Address::parse_or_domain(POOL[number]).expect("the pool holds addresses")
}

pub(super) fn domain(name: &str) -> DomainName {
    DomainName::parse(name).expect("a domain")
}

pub(super) fn connection(name: &str) -> ConnectionName {
    ConnectionName::new(name)
}

pub(super) fn addresses(numbers: &[usize]) -> Value {
    Value::Addresses(numbers.iter().map(|number| address(*number)).collect())
}

pub(super) fn name(number: u8) -> Value {
    Value::text(["", "Ann", "Bob"][usize::from(number)])
}

pub(super) fn quota(number: u8) -> Value {
    Value::Quota([Quota::Unlimited, Quota::Bytes(1 << 30), Quota::Bytes(5 << 30)][usize::from(number)])
}

pub(super) fn state(suspended: bool) -> Value {
    Value::State(if suspended { AccountState::Suspended } else { AccountState::Active })
}

pub(super) fn rights(bits: u8) -> Value {
    let has = |(bit, right): (usize, Right)| (bits >> bit & 1 == 1).then_some(right);
    Value::Rights(Right::ALL.into_iter().enumerate().filter_map(has).collect())
}

pub(super) fn words(bits: u8) -> Value {
    let all = ["*@spam.example", "bulk@ads.example"];
    Value::Words((0..2).filter(|bit| bits >> bit & 1 == 1).map(|bit| all[bit].to_owned()).collect())
}

pub(super) fn standing_of(number: u8) -> Standing {
    match number {
        1 => Standing::Foreign("the directory owns it".into()),
        2 => Standing::Default("made with the domain".into()),
        _ => Standing::Plain,
    }
}

pub(super) fn kind_of(number: u8) -> Kind {
    [
        Kind::Mailbox,
        Kind::Alias,
        Kind::Forward,
        Kind::Permission,
        Kind::SenderRules,
        Kind::Registration,
        Kind::Administrator,
    ][usize::from(number)]
}
