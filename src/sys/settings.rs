//! How this machine is set: its limits, pages, namespaces, and what its administrator allows. Reading only.

use std::fs;

use super::proc;

/// What stands in a file of /proc or /sys, without the blanks around it; nothing where it can't be read.
fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// A number that stands there alone.
fn number(path: &str) -> Option<u64> {
    text(path).parse().ok()
}

/// Whether a new program gets another address space layout each time: the machine does so, and whoever started us has
/// not switched it off for us and our children, as setarch -R does.
pub fn randomises_addresses() -> bool {
    let kept = u32::from_str_radix(&text("/proc/self/personality"), 16)
        .is_ok_and(|bits| bits & libc::ADDR_NO_RANDOMIZE.cast_unsigned() != 0);
    !kept && number("/proc/sys/kernel/randomize_va_space").is_some_and(|value| value != 0)
}

/// Whether memory comes in pages of 4096 bytes, one at a time: no other page size, no huge pages for segments.
pub fn small_pages() -> bool {
    page_size() == 4096 && matches!(huge_pages_for_segments().as_str(), "never" | "advise" | "deny")
}

/// When the kernel gives a segment huge pages in place of small ones; never where it has none.
pub fn huge_pages_for_segments() -> String {
    let huge = text("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
    let chosen = huge.split_whitespace().find_map(|word| word.strip_prefix('[')?.strip_suffix(']'));
    chosen.unwrap_or("never").to_owned()
}

/// How many huge pages this machine keeps for whoever asks for them; none where the kernel has none.
pub fn huge_pages() -> Option<u64> {
    number("/proc/sys/vm/nr_hugepages")
}

/// Whether the kernel has huge pages and keeps them from an ordinary user of ours.
pub fn refuses_huge_pages() -> bool {
    let Some(group) = number("/proc/sys/vm/hugetlb_shm_group") else { return false };
    let ours = nix::unistd::getgroups().unwrap_or_default();
    let ours = ours.into_iter().chain([nix::unistd::getegid()]).any(|gid| u64::from(gid.as_raw()) == group);
    // Root plays an ordinary user without groups.
    nix::unistd::geteuid().is_root() || !ours
}

/// Whether the kernel refuses to promise more memory than the machine has.
pub fn limits_promises() -> bool {
    number("/proc/sys/vm/overcommit_memory").is_some_and(|value| value != 1)
}

/// Whether an ordinary process can't map page 0.
pub fn guards_page_zero() -> bool {
    number("/proc/sys/vm/mmap_min_addr").is_some_and(|value| value != 0)
}

/// Whether the machine removes every segment that no process has attached.
pub fn removes_unattached() -> bool {
    limit("shm_rmid_forced") == Some(1)
}

/// This boot's id: a record from another boot speaks of segments that are gone.
pub fn boot_id() -> String {
    text("/proc/sys/kernel/random/boot_id")
}

/// The IPC namespace this process is in, such as `ipc:[4026531839]`; empty without /proc.
pub fn ipc_namespace() -> String {
    proc::link("self", "ns/ipc").unwrap_or_default()
}

/// The PID namespace this process is in; empty without /proc.
pub fn pid_namespace() -> String {
    proc::link("self", "ns/pid").unwrap_or_default()
}

/// The size of a page, in bytes.
pub fn page_size() -> u64 {
    let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten();
    size.and_then(|size| u64::try_from(size).ok()).unwrap_or(4096)
}

/// Why ptrace is refused here, and what to change.
pub fn why_no_ptrace() -> &'static str {
    let traced = proc::field(&text("/proc/self/status"), "TracerPid:").is_some_and(|pid| pid != "0");
    match text("/proc/sys/kernel/yama/ptrace_scope").as_str() {
        _ if traced => {
            "another tracer (a debugger, strace, lab itself) follows lab, and a process can have only one: run it without"
        }
        "2" => "kernel.yama.ptrace_scope is 2: run as root, or have an administrator set it to 1",
        "3" => "kernel.yama.ptrace_scope is 3, which holds until the machine restarts",
        _ => "in a container, start it with --cap-add=SYS_PTRACE or a seccomp profile that allows ptrace",
    }
}

/// What stands below /proc/sys/kernel, such as the four numbers of sem, with one blank between words.
pub fn kernel_text(name: &str) -> String {
    text(&format!("/proc/sys/kernel/{name}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a file of /proc can be read.
pub fn is_readable(path: &str) -> bool {
    fs::File::open(path).is_ok()
}

/// A limit below /proc/sys/kernel, such as shmmax.
pub fn limit(name: &str) -> Option<u64> {
    number(&format!("/proc/sys/kernel/{name}"))
}
