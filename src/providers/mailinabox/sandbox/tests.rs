//! The simulator against the recordings of the real daemon, and what recordings cannot show.

mod behaviour;
mod domains;
mod recording;
mod replay;
