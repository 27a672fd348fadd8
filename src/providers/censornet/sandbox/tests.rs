//! The simulator against its own rules, one test for each, and against the samples of the document.

mod caller;
mod complete;
mod document;
mod r01_login;
mod r09_headers;
mod r19_list;
mod r28_create;
mod r40_delete;
mod r48_rest;
mod scale;
