//! No secret comes out: every secret that a run meets is a canary made for that run, and everything that the run shows
//! or leaves is searched for it, in whatever shape.
//!
//! `MAILWRIGHT_SECRETS_SEED` sets which canaries and cases, `MAILWRIGHT_SECRETS_CASES` how many of each suite.

mod canary;
mod children;
mod debug;
mod echo;
mod files;
mod literals;
mod outputs;
mod panics;
mod seed;
mod world;
