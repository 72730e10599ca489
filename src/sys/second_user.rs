//! A second user in a user namespace, for whoever is not root. The kernel lets an ordinary user map only themselves;
//! shadow-utils' setuid helpers `newuidmap` and `newgidmap` also map a number of the range that the administrator gave
//! that user in /etc/subuid and /etc/subgid. They are foreign programs: run by path from three folders and never from
//! $PATH, with an empty environment, for a bounded time. Where anything is missing or fails there is no second user.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::Duration;

use super::channel::{Channel, Received};
use super::process;

/// Where the helpers may be.
const FOLDERS: [&str; 3] = ["/usr/bin", "/bin", "/usr/local/bin"];
/// How long both of them may.
const BOTH_WITHIN: Duration = Duration::from_secs(5);
/// How much of a file of the machine's is read.
const MAX_FILE: u64 = 1 << 20;
/// What the helper's caller is sent once the namespace exists, and what it answers with success.
const GO: &[u8] = b"go";

/// A child that stays outside of the namespace that we are about to enter, and can have its maps written.
#[derive(Debug)]
pub struct Mapper {
    pid: i32,
    channel: Channel,
}

impl Mapper {
    /// Starts one that maps us to ourselves and a number of our range to `other`. None: this machine has no second
    /// user for us.
    pub fn start(other: u32) -> Option<Mapper> {
        let (uid, gid) = (nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw());
        if uid == 0 || [uid, gid].contains(&other) || !others_may_run_us() {
            return None;
        }
        let user = name_of(uid, &read("/etc/passwd")?);
        let spare = |path: &str| first_spare(&read(path)?, user.as_deref(), uid);
        let groups = command("newgidmap", gid, other, spare("/etc/subgid")?)?;
        let users = command("newuidmap", uid, other, spare("/etc/subuid")?)?;
        let (channel, theirs) = Channel::pair().ok()?;
        let pid = process::spawn(false, || {
            channel.close_copy();
            let asked = matches!(theirs.receive_quietly(), Ok(Received::Packet(..)));
            // The groups first: without them the map of users alone would be of no use.
            let mapped = asked && [groups, users].iter().all(|command| run(command));
            i32::from(!mapped || theirs.send(GO).is_err())
        })
        .ok()?;
        Some(Mapper { pid, channel })
    }

    /// Maps the namespace that we are in now; whether the second user is there.
    pub fn map(self) -> bool {
        let answer = self.channel.send(GO).and_then(|()| self.channel.receive_from(self.pid, BOTH_WITHIN));
        matches!(answer, Ok(Received::Packet(..)))
    }
}

impl Drop for Mapper {
    /// It has done its work, or is not needed.
    fn drop(&mut self) {
        process::end(self.pid, Duration::ZERO);
    }
}

/// Whether both helpers are there.
pub fn has_helpers() -> bool {
    ["newuidmap", "newgidmap"].iter().all(|helper| path_of(helper).is_some())
}

/// Where a helper is.
fn path_of(helper: &str) -> Option<String> {
    FOLDERS.iter().map(|folder| format!("{folder}/{helper}")).find(|path| only_roots(path))
}

/// A user without any rights of ours must be able to read and run this very binary, which its process becomes.
fn others_may_run_us() -> bool {
    fs::metadata("/proc/self/exe").is_ok_and(|meta| meta.permissions().mode() & 0o005 == 0o005)
}

/// A helper's command line: our number inside and outside, and the second user's.
fn command(helper: &str, own: u32, other: u32, spare: u32) -> Option<Vec<CString>> {
    let path = path_of(helper)?;
    let numbers = [process::own_pid().to_string()].into_iter();
    let numbers = numbers.chain([own, own, 1, other, spare, 1].map(|number| number.to_string()));
    std::iter::once(path).chain(numbers).map(|word| CString::new(word).ok()).collect()
}

/// Whether it is a file that only root can have put there.
fn only_roots(path: &str) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.uid() == 0 && meta.mode() & 0o022 == 0)
}

/// Runs a helper to its end, with an empty environment.
fn run(command: &[CString]) -> bool {
    process::works(|| {
        process::silence(&[0, 1, 2]);
        process::close_all_but(&[]);
        let _ = nix::unistd::execve::<_, CString>(&command[0], command, &[]);
        false
    })
}

fn read(path: &str) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(MAX_FILE).read_to_string(&mut text).ok()?;
    Some(text)
}

/// A user's name by the text of /etc/passwd. Read without the C library, whose name services may start threads.
fn name_of(uid: u32, passwd: &str) -> Option<String> {
    let uid = uid.to_string();
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

/// The first number that a file like /etc/subuid gives a user, by name or by number.
fn first_spare(ranges: &str, user: Option<&str>, uid: u32) -> Option<u32> {
    let uid = uid.to_string();
    ranges.lines().find_map(|line| {
        let mut fields = line.trim().split(':');
        let owner = fields.next().filter(|owner| Some(*owner) == user || *owner == uid);
        let (start, count): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        (owner.is_some() && start > 0 && count > 0).then_some(start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n:x:1000::\nada:x:1000:1000::/home/ada:/bin/sh\n";

    #[test]
    fn a_name_is_the_one_of_the_line_with_the_number() {
        assert_eq!(name_of(1000, PASSWD).as_deref(), Some("ada"));
        assert_eq!(name_of(100, PASSWD), None);
        assert_eq!(name_of(1000, "ada\nada:x\n"), None);
    }

    #[test]
    fn a_range_is_found_by_name_or_by_number_and_an_empty_one_is_passed_over() {
        let ranges = "bob:100000:65536\nada:165536:0\nada:0:9\nada:nine:9\nada:231072:65536\n1001:7:1\n";
        assert_eq!(first_spare(ranges, Some("ada"), 1000), Some(231_072));
        assert_eq!(first_spare(ranges, None, 1001), Some(7));
        assert_eq!(first_spare(ranges, Some("eve"), 1002), None);
        assert_eq!(first_spare("", Some("ada"), 1000), None);
    }

    #[test]
    fn a_helper_that_others_could_have_put_there_is_refused() {
        assert!(!only_roots("/"), "a folder is not a helper");
        assert!(!only_roots("/nowhere"));
        let ours = std::env::temp_dir().join(format!("lab-helper-{}", std::process::id()));
        fs::write(&ours, "").expect("a file");
        fs::set_permissions(&ours, fs::Permissions::from_mode(0o777)).expect("a mode");
        let found = only_roots(ours.to_str().expect("a path"));
        fs::remove_file(&ours).expect("it is there");
        assert!(!found, "every user can write to it");
    }
}
