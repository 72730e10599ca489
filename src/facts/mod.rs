//! What happened, as data: an event, a segment's row, what a call returned. Everybody may hold facts; they import
//! nothing of ours, word nothing and make no call.

pub mod event;
pub mod outcome;
