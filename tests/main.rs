//! Everything `lab` promises, tested from outside: the real binary against the real kernel. One binary for all
//! tests, a file a subject; the harness in `common` says what every run is held to.

mod common;

mod authors;
mod clean;
mod compare;
mod crowd;
mod demo;
mod doctor;
mod endings;
mod fuzz;
mod help;
mod house;
mod keys;
mod lane_reports;
mod lessons;
mod machine;
mod mistakes;
mod new;
mod orders;
mod other_users;
mod pages;
mod path;
mod programs;
mod progress;
mod quiz;
mod quiz_screen;
mod readme;
mod reports;
mod safe_text;
mod second_user;
mod sheet;
mod shells;
mod source;
mod strangers;
mod streams;
mod tasks;
mod terminal;
mod terminals;
mod trace;
mod trace_diagnoses;
mod trace_escapes;
mod trace_strangers;
mod usage;
mod why;
