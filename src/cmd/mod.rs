//! One file a command, a page each: from options to a run, and no further.

pub mod actor;
pub mod clean;
pub mod step_through;
