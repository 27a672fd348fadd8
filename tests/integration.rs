//! Every test that runs more than one module, in one binary.

#[path = "integration/audits/mod.rs"]
mod audits;
#[path = "integration/floors/mod.rs"]
mod floors;
#[path = "integration/laws/mod.rs"]
mod laws;
#[path = "integration/many/mod.rs"]
mod many;
#[path = "integration/memory/mod.rs"]
mod memory;
#[path = "integration/process/mod.rs"]
mod process;
#[path = "integration/refusals.rs"]
mod refusals;
#[path = "integration/scenarios/mod.rs"]
mod scenarios;
#[path = "integration/supply.rs"]
mod supply;
#[path = "integration/wire/mod.rs"]
mod wire;
