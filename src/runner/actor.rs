//! An actor: a process that waits for a call, makes it, and answers. It decides nothing, prints nothing and ends when
//! the main process closes its end of the wire. The one `match` over calls is here, where they are made.

mod refusals;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use super::carriers::Pipes;
use super::loops;
use super::request::{self, Arg, Args, Half, Refusal, Reply, Request};
use crate::lesson::{Function, text_format};
use crate::sys::barrier::Barrier;
use crate::sys::channel::{Channel, Received};
use crate::sys::reach::Reach;
use crate::sys::seccomp::deny;
use crate::sys::shm::Owner;
use crate::sys::{confine, errno_of, mark, memory, process, sem, shm, status};

/// The most bytes that `puts` reads when no NUL comes: a page.
const MAX_TEXT: usize = 4096;
/// The most rounds of a race, so that a lesson from a stranger ends.
const MAX_ROUNDS: i64 = 100_000_000;

/// What a process of a lesson has besides its address space.
struct Actor {
    channel: Channel,
    role: String,
    variables: BTreeMap<String, i64>,
    /// Its `struct shmid_ds ds`: the fields that IPC_SET reads.
    owner: Owner,
    reach: Reach,
    pipes: Pipes,
}

/// Confines itself unless it is `confined` already, says that it is there, and serves until the main process is done
/// with this actor; the exit status.
pub fn serve(channel: Channel, role: &str, confined: bool) -> i32 {
    process::set_name(role);
    memory::report_faults(channel.number());
    memory::steady_heap();
    let reach = Reach::new();
    let walls = if confined { Ok(()) } else { confine::confine() };
    let mut actor = Actor {
        channel,
        role: role.into(),
        variables: BTreeMap::new(),
        owner: shm::Owner::own(),
        reach,
        pipes: Pipes::default(),
    };
    let ready = Reply::done(walls.map_err(|error| errno_of(&error)));
    if !actor.answer(&ready) || ready.result.is_err() {
        return 1;
    }
    actor.serve()
}

impl Actor {
    fn serve(&mut self) -> i32 {
        while let Ok(Received::Packet(packet, gift)) = self.channel.receive(None) {
            let Ok(request) = serde_json::from_slice::<Request>(&packet) else { return 1 };
            if let Request::Call { announce: true, .. } = request
                && !self.answer(&Reply { starting: true, ..Reply::done(Ok(())) })
            {
                return 1;
            }
            let reply = match (self.refusal(&request), request) {
                (why, Request::Race(half)) => self.race(half, why, gift),
                (Some(why), _) => Reply::refused(why),
                (None, request) => self.done(request, gift),
            };
            if !self.answer(&reply) {
                return 1;
            }
        }
        0
    }

    /// One half of a race. Whoever takes no part says so, or the other one would wait.
    fn race(&self, half: Half, refusal: Option<Refusal>, gift: Option<OwnedFd>) -> Reply {
        let barrier = gift.as_ref().map_or_else(|| Err(io::ErrorKind::NotFound.into()), Barrier::of);
        match (barrier, refusal) {
            (Ok(barrier), Some(why)) => {
                barrier.leave();
                Reply::refused(why)
            }
            (Err(_), Some(why)) => Reply::refused(why),
            (Ok(barrier), None) => {
                let rounds = half.rounds.clamp(0, MAX_ROUNDS);
                mark::marked(|| loops::race(&Half { rounds, ..half }, &barrier))
            }
            (Err(error), None) => Reply::failed(errno_of(&error)),
        }
    }

    fn done(&mut self, request: Request, gift: Option<OwnedFd>) -> Reply {
        match request {
            Request::Call { function: Function::Fork, .. } => self.fork(gift),
            Request::Call { function: Function::Execl, .. } => self.exec(),
            Request::Call { function, args, times, .. } => {
                let args = Args(&args);
                let reply = mark::marked(|| self.repeated(function, args, times));
                self.owns(function, args, &reply);
                reply
            }
            other => mark::marked(|| self.plain(other)),
        }
    }

    /// Remembers what a call has given the lesson, or taken from it.
    fn owns(&mut self, function: Function, args: Args<'_>, reply: &Reply) {
        let Ok(value) = reply.result else { return };
        let (at, asked) = (value.cast_unsigned(), |at| args.long(at));
        match function {
            // Where a filter of the lesson's hides the size, one page is sure.
            Function::Shmat => {
                let size = shm::stat(args.int(0)).map_or(1, |segment| segment.size);
                self.reach.attach(at, size);
            }
            Function::Shmdt => self.reach.detach(asked(0)),
            Function::Mmap => self.reach.add_pages(at, asked(1)),
            Function::Malloc if at != 0 => self.reach.add(at, asked(0)),
            _ => {}
        }
    }

    fn answer(&self, reply: &Reply) -> bool {
        serde_json::to_vec(reply).is_ok_and(|packet| self.channel.send(&packet).is_ok())
    }

    /// Forks. The child goes on as an actor of its own, with everything this one has, on the wire that came
    /// with the request.
    fn fork(&mut self, gift: Option<OwnedFd>) -> Reply {
        let Some(channel) = gift.map(Channel::from) else { return Reply::failed(libc::EINVAL) };
        let child = process::spawn(false, || {
            self.channel.close_copy();
            let mut child = Actor {
                channel,
                role: "child".into(),
                variables: self.variables.clone(),
                owner: self.owner.clone(),
                reach: self.reach.clone(),
                // The fork has given the child its own copies of the descriptors.
                pipes: std::mem::take(&mut self.pipes),
            };
            process::set_name(&child.role);
            process::leave_group();
            memory::report_faults(child.channel.number());
            child.serve()
        });
        Reply::value(child.map_err(|error| errno_of(&error)))
    }

    /// Runs this same program again in place of itself; it comes back as the same actor.
    fn exec(&self) -> Reply {
        let args = request::exec_args(&self.channel, &self.role, true);
        mark::mark();
        let _ = process::exec_self(&args);
        Reply::failed(libc::ENOENT)
    }

    /// C without a call.
    fn plain(&mut self, request: Request) -> Reply {
        match request {
            Request::Store { address, bytes } => {
                memory::store(address, &bytes);
                Reply::done(Ok(()))
            }
            Request::Load { address, length } => {
                let mut value = [0; size_of::<i64>()];
                value.iter_mut().zip(memory::load(address, length)).for_each(|(byte, loaded)| *byte = loaded);
                Reply::value(Ok(i64::from_le_bytes(value)))
            }
            Request::Peek { address, length } => Reply::text(memory::load(address, length)),
            Request::Literal { bytes } => {
                let length = bytes.len() as u64 + 1;
                let at = memory::keep(bytes);
                self.reach.add(at, length);
                Reply::value(Ok(at.cast_signed()))
            }
            Request::Assign { name, value } => {
                self.variables.insert(name, value);
                Reply::value(Ok(value))
            }
            Request::Field { path, value } => {
                request::set_field(&mut self.owner, &path, value);
                Reply::done(Ok(()))
            }
            Request::Fate { pid } => Reply::value(Ok(process::fate(pid))),
            Request::Call { .. } | Request::Race(_) => Reply::failed(libc::ENOSYS),
        }
    }

    /// Makes a call as often as the lesson wants, or until it fails.
    fn repeated(&mut self, function: Function, args: Args<'_>, times: u64) -> Reply {
        let mut reply = self.call(function, args);
        for _ in 1..times {
            if reply.result.is_err() {
                break;
            }
            reply = self.call(function, args);
        }
        reply
    }

    fn call(&mut self, function: Function, args: Args<'_>) -> Reply {
        let (long, int, text) = (|at| args.long(at), |at| args.int(at), |at| args.text(at));
        match function {
            Function::Ftok => {
                let key = match args.first() {
                    Some(Arg::Text(path) | Arg::File(path)) => {
                        shm::ftok(Path::new(OsStr::from_bytes(path)), int(1))
                    }
                    _ => shm::ftok_at(long(0), int(1)),
                };
                Reply::value(key.map(i32::cast_unsigned))
            }
            Function::Shmget => Reply::value(shm::shmget(int(0), long(1), int(2))),
            Function::Shmat => Reply::value(shm::shmat(int(0), long(1), int(2)).map(u64::cast_signed)),
            Function::Shmdt => Reply::done(shm::shmdt(long(0))),
            Function::Shmctl => self.shmctl(int(0), int(1), matches!(args.get(2), Some(Arg::Buffer))),
            Function::Strcpy => {
                memory::store(long(0), text(1));
                memory::store(long(0).wrapping_add(text(1).len() as u64), &[0]);
                Reply::done(Ok(()))
            }
            Function::Memset => {
                memory::fill_fast(long(0), int(1).to_le_bytes()[0], long(2));
                Reply::done(Ok(()))
            }
            Function::Puts => printed(match args.first() {
                Some(Arg::Text(text)) => text.clone(),
                _ => memory::string(long(0), MAX_TEXT),
            }),
            Function::Printf => {
                let format = String::from_utf8_lossy(text(0));
                match (args.get(1), text_format(&format)) {
                    (Some(Arg::Int(_)), Some((before, behind))) => {
                        let text = memory::string(long(1), MAX_TEXT);
                        printed([before.as_bytes(), &text, behind.as_bytes()].concat())
                    }
                    (Some(Arg::Name(name)), None) if self.variables.contains_key(name) => {
                        printed(self.variables[name].to_string().into_bytes())
                    }
                    _ => Reply::failed(libc::EINVAL),
                }
            }
            Function::Exit => status::exit_now(int(0)),
            Function::Wait => Reply::value(process::wait_any()),
            Function::Malloc => Reply::value(Ok(memory::malloc(long(0)).cast_signed())),
            Function::Mmap => Reply::value(
                memory::mmap(long(0), long(1), int(2), int(3), int(4), long(5)).map(u64::cast_signed),
            ),
            Function::Seccomp => Reply::done(deny::refuse(String::from_utf8_lossy(text(0)).as_ref(), int(1))),
            Function::Umask => Reply::value(Ok(process::set_umask(int(0).cast_unsigned()))),
            Function::Setrlimit => Reply::done(process::limit(int(0), long(1))),
            Function::Unshare => Reply::done(process::leave_namespaces(int(0))),
            Function::Usleep => {
                std::thread::sleep(Duration::from_micros(long(0)));
                Reply::done(Ok(()))
            }
            Function::Semget => Reply::value(sem::semget(int(0), int(1), int(2))),
            Function::Semop => Reply::done(sem::semop(int(0), int(1), int(2))),
            Function::Semctl => Reply::done(sem::semctl(int(0), int(1), int(2))),
            Function::Churn => loops::churn(long(0).cast_signed().clamp(0, 10_000)),
            _ => self.pipes.call(function, args),
        }
    }

    fn shmctl(&mut self, id: i32, command: i32, buffer: bool) -> Reply {
        match (command, buffer) {
            (libc::IPC_STAT, true) => {
                let stat = shm::stat(id);
                if let Ok(stat) = &stat {
                    self.owner.read(stat);
                }
                Reply { stat: stat.as_ref().ok().cloned(), ..Reply::value(stat.map(|_| 0)) }
            }
            (libc::IPC_SET, true) => Reply::done(shm::set(id, &self.owner)),
            _ => Reply::done(shm::shmctl(id, command)),
        }
    }
}

/// Prints, on a stream that leads nowhere, and hands the text to the main process, which has the screen.
fn printed(text: Vec<u8>) -> Reply {
    process::print(&text);
    Reply::text(text)
}
