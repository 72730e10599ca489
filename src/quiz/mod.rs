//! Questions whose answers the kernel gives: what decides one, how it is asked, what was answered. A proof is
//! a script that is played in a process of its own; this room judges by what came back.

pub mod across;
pub mod answer;
pub mod deal;
pub mod decide;
pub mod draw;
pub mod judge;
pub mod proof;
pub mod record;
