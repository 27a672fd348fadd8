//! The program as people run it: arguments in, standard output, standard error and a status out.
//!
//! Each test has a folder of its own, in which the program runs, so that paths are the same on every machine.

mod at_once;
mod audit;
pub(crate) mod bench;
mod brakes;
mod ci;
mod company;
mod documents;
mod faults;
mod forms;
mod large;
mod lines;
mod newcomers;
mod proxies;
mod quickstart;
mod saved_plans;
mod security;
mod signals;
mod sqlite_files;
mod standard;

use bench::{Bench, Ran, shows};
