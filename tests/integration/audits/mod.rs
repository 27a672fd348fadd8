//! Whole audits of services in memory: a situation for each rule, what is no finding, what does not depend on order, and
//! the ledger that plans obey.

pub(crate) mod bench;
mod ledger;
mod order;
mod pages;
mod quiet;
mod scope;
mod situations;
