//! One file a command, a page each: from options to a run, and no further.

pub mod actor;
pub mod banks;
pub mod clean;
pub mod client;
pub mod compare;
pub mod completions;
pub mod demo;
pub mod export;
pub mod help;
pub mod home;
pub mod library;
pub mod list;
pub mod man;
pub mod new_task;
pub mod orders;
pub mod path;
pub mod quiz;
pub mod reset;
pub mod schema;
pub mod server;
pub mod step_through;
pub mod task;
pub mod tasks;
pub mod terminals;
pub mod trace;
pub mod validate;
