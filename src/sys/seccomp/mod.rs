//! Filters on system calls (seccomp(2)): those that let a tracer stop at some, and the one that refuses some. Each is
//! written in a few statements of classic BPF; none decides anything about a lesson.

pub mod bpf;
pub mod deny;
pub mod orders;
pub mod trace;
