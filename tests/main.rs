//! The one test binary; a file a subject.

mod programs;
