//! Every test that runs more than one module, in one binary.

#[path = "integration/audits/mod.rs"]
mod audits;
#[path = "integration/floors/mod.rs"]
mod floors;
#[path = "integration/fuzz/mod.rs"]
mod fuzz;
#[path = "integration/hostile/mod.rs"]
mod hostile;
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
#[path = "integration/secrets/mod.rs"]
mod secrets;
#[path = "integration/supply.rs"]
mod supply;
#[path = "integration/tally.rs"]
mod tally;
#[path = "integration/wire/mod.rs"]
mod wire;
