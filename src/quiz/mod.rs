//! Questions whose answers the kernel gives: what decides one, how it is asked, what was answered. A proof is
//! played in a process and a sandbox of its own; this room judges by what came back and never by a field.

pub mod answer;
pub mod check;
pub mod draw;
pub mod judge;
pub mod proof;
pub mod record;
pub mod run;
