//! Events to words: lines, the picture, the screen, JSON. It makes no system call about shared memory and
//! computes no fact; what it says is in the event it was given.

mod code;
pub mod compare;
mod display;
pub mod doctor;
pub mod evidence;
pub mod export;
pub mod fields;
pub mod findings;
pub mod gift;
pub mod json;
mod layout;
pub mod lesson_report;
pub mod line;
pub mod markdown;
pub mod narrate;
pub mod narrow;
pub mod notes;
pub mod orders;
pub mod page;
pub mod phrase;
mod picture;
pub mod predict;
pub mod quiz;
pub mod quiz_json;
pub mod quiz_report;
pub mod reasons;
pub mod report;
pub mod screen;
pub mod source;
pub mod task;
pub mod task_report;
pub mod timeline;
pub mod trace;
pub mod trace_output;
pub mod trace_report;
mod wrap;
