//! What processes are called: never two alike, never longer than a line, and found at once however many there were.

use std::collections::HashMap;

/// The longest role, in characters; a program's name may have thousands.
const MAX_ROLE_CHARS: usize = 60;
/// How many roles are remembered. Later ones end in a number that counts all.
const MAX_REMEMBERED_ROLES: usize = 10_000;

/// The roles that there are or were.
#[derive(Debug, Default)]
pub struct Roles {
    /// Each, and the next number to try behind it.
    taken: HashMap<String, u64>,
    given: u64,
}

impl Roles {
    /// This role, with a number if it is or was another process's.
    pub fn free(&mut self, role: &str) -> String {
        let role: String = role.chars().take(MAX_ROLE_CHARS).collect();
        self.given += 1;
        if self.taken.len() >= MAX_REMEMBERED_ROLES {
            return format!("{role} #{}", self.given);
        }
        let Some(mut number) = self.taken.get(&role).copied() else {
            self.taken.insert(role.clone(), 2);
            return role;
        };
        let name = loop {
            let name = format!("{role} {number}");
            number += 1;
            if !self.taken.contains_key(&name) {
                break name;
            }
        };
        self.taken.insert(role, number);
        self.taken.insert(name.clone(), 2);
        name
    }
}

/// What the `number`th child of a process is called: `child 2` of the program's first one, `child 2.1` of that, and
/// `child 1 of reader` where a program began that the first one has started.
pub fn of_child(parent: &str, number: usize, first: bool) -> String {
    let short =
        |name: String| if name.chars().count() > MAX_ROLE_CHARS - 20 { "descendant".into() } else { name };
    match parent.strip_prefix("child ") {
        // One child of the other, many times: the way to it is longer than a name may be.
        Some(place) if place.contains('#') => "descendant".into(),
        Some(place) => match place.split_once(" of ") {
            Some((place, root)) => short(format!("child {place}.{number} of {root}")),
            None => short(format!("child {place}.{number}")),
        },
        None if parent.starts_with("descendant") => "descendant".into(),
        None if first => format!("child {number}"),
        None => short(format!("child {number} of {parent}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_roles_are_alike() {
        let mut roles = Roles::default();
        let names = ["true", "true 2", "true", "true", "true 2"].map(|name| roles.free(name));
        assert_eq!(names, ["true", "true 2", "true 3", "true 4", "true 2 2"]);
        assert_eq!(roles.free(&"x".repeat(5000)).len(), MAX_ROLE_CHARS);
        let mut all: Vec<String> = (0..3 * MAX_REMEMBERED_ROLES).map(|_| roles.free("sh")).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 3 * MAX_REMEMBERED_ROLES);
        assert!(roles.taken.len() <= MAX_REMEMBERED_ROLES + 1);
    }

    #[test]
    fn a_long_line_of_children_has_short_names() {
        let mut role = of_child("server", 1, true);
        assert_eq!((role.as_str(), of_child("child 1", 2, false).as_str()), ("child 1", "child 1.2"));
        assert_eq!(of_child("reader", 1, false), "child 1 of reader");
        assert_eq!(of_child("child 1 of reader", 2, false), "child 1.2 of reader");
        for _ in 0..1000 {
            role = of_child(&role, 1, false);
            assert!(role.len() <= MAX_ROLE_CHARS);
        }
        assert_eq!(role, "descendant");
    }
}
