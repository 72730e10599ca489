//! What happened, as data: an event, a segment's row, what a call returned. Everybody may hold facts; they stand
//! on the tables of constants and on text alone, word nothing and make no call.

pub mod changes;
pub mod event;
pub mod machine;
pub mod meaning;
pub mod outcome;
pub mod traced_call;
