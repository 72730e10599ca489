//! What this machine can show: users to play, limits to lower, filters to put on. A step that needs what is
//! missing is reported as skipped, with the reason; nothing here makes a step pass.

use std::collections::BTreeMap;

use super::scratch::Scratch;
use super::{Ground, Stage};
use crate::constants;
use crate::lesson::{Action, LAB, Script, User};
use crate::sys::namespace::Way;
use crate::sys::seccomp::bpf;
use crate::sys::{process, settings};

/// The ordinary user that root plays: the one called `nobody`.
const ORDINARY_UID: u32 = 65534;
/// The other ordinary user: for root, and inside a sandbox that has a second user.
pub const OTHER_UID: u32 = 65533;

/// The users whose segments a run of ours can have left: our own user and, as root, those that a lesson's processes
/// become.
pub fn creators() -> Vec<u32> {
    match process::own_uid() {
        0 => vec![0, ORDINARY_UID, OTHER_UID],
        uid => vec![uid],
    }
}

impl Stage {
    /// The steps that this machine can't show, numbered from 1, by the reason: whatever is played before them.
    pub fn cannot_show(&self, script: &Script) -> Vec<(String, Vec<usize>)> {
        let mut asked = BTreeMap::new();
        let mut reasons: Vec<(String, Vec<usize>)> = Vec::new();
        for (number, step) in (1..).zip(&script.actions) {
            let mut can = |need| *asked.entry(need).or_insert_with(|| self.can(need));
            let Some(why) = self.machine_lacks(step, &mut can) else { continue };
            match reasons.iter_mut().find(|(told, _)| told == why) {
                Some((_, steps)) => steps.push(number),
                None => reasons.push((why.into(), vec![number])),
            }
        }
        reasons
    }

    /// What this machine lacks for a step, if it does.
    fn machine_lacks(
        &self,
        step: &Action,
        can: &mut dyn FnMut(&'static str) -> bool,
    ) -> Option<&'static str> {
        let users = step.roles().filter_map(|role| match self.users.get(role)? {
            User::Other => Some("other user"),
            User::Ordinary => Some("ordinary user"),
        });
        let needs = step.needs.iter().map(|need| need.name);
        let lacking = needs.chain(users).find(|need| !can(need))?;
        constants::named(constants::NEEDS, lacking).map(|row| row.plain)
    }

    /// Why a step can't be played here, if it can't.
    pub(super) fn lacks(&self, step: &Action) -> Option<String> {
        if let Some(why) = self.machine_lacks(step, &mut |need| self.can(need)) {
            return Some(why.into());
        }
        let unbound = step
            .call
            .names()
            .into_iter()
            .find(|name| !self.names.contains_key(*name) && !step.roles().any(|role| role == *name));
        unbound.map(|name| format!("it needs `{name}`, which no step before it has made"))
    }

    fn can(&self, need: &str) -> bool {
        let root = process::own_uid() == 0;
        match need {
            // In a user namespace of our own only one user exists, unless the machine gives us a second one.
            "other user" => match self.ground {
                Ground::Sandbox(way) => way == Way::UsersAndIpc || (root && way == Way::Ipc),
                Ground::Host(_) => root,
            },
            "ordinary user" => !root || self.can("other user"),
            "root" => root && self.can("other user"),
            "limits" => self.limits_hold,
            "small pages" => settings::small_pages(),
            "huge pages" => settings::refuses_huge_pages(),
            "commit limit" => settings::limits_promises(),
            "guarded page 0" => settings::guards_page_zero(),
            "filters" => bpf::available(),
            "twin files" => Scratch::find_twins().is_some(),
            "random addresses" => settings::randomises_addresses(),
            "namespaces" => process::can_leave_namespaces(),
            "sandbox" => !self.on_host(),
            _ => false,
        }
    }

    /// The user that plays a role; none: whoever runs lab.
    pub(super) fn uid_of(&self, role: &str) -> Option<u32> {
        if role == LAB || !self.can("other user") {
            return None;
        }
        let ours = process::own_uid() != 0;
        match self.users.get(role)? {
            // We are one ourselves.
            User::Ordinary if ours => None,
            User::Ordinary => Some(ORDINARY_UID),
            User::Other => Some(OTHER_UID),
        }
    }
}
