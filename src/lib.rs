//! mailwright keeps real mail services the way a Git repository says they should be.
//!
//! ```text
//! YAML files ──load──▶ Desired ─┐
//!                               ├─plan──▶ Plan ──render──▶ text · json
//! service ───observe──▶ Observed┘          ├─audit──▶ Findings ──render──▶ (the same)
//!                                          └─apply──▶ Events ──▶ progress · journal · Outcome
//! ```
//!
//! The modules in the order of that picture. A module uses only those on the floors below its own
//! (`tests/integration/floors` holds the list and fails on an arrow that breaks it):
//!
//! ```text
//! 6  cli
//! 5  render
//! 4  audit · apply · providers
//! 3  plan · config · http · sandbox
//! 2  provider
//! 1  model
//! ```

pub mod apply;
pub mod audit;
pub mod cli;
pub mod config;
pub mod http;
pub mod model;
pub mod plan;
pub mod provider;
pub mod providers;
pub mod render;
pub mod sandbox;
