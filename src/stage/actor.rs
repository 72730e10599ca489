//! An actor: a process that waits for a call, makes it, and answers. It decides nothing, prints nothing and
//! ends when the narrator's end of the wire closes.

use super::request::{Reply, Request};
use crate::kernel::wire::{Received, Wire};
use crate::kernel::{memory, process, shm};

/// The most bytes that `puts` reads when no NUL comes: a page.
const LONGEST: usize = 4096;

/// Serves until the narrator is done with this actor; the exit status.
pub fn serve(wire: &Wire, role: &str) -> i32 {
    process::set_name(role);
    memory::report_faults(wire.number());
    while let Ok(Received::Packet(packet)) = wire.receive(None) {
        let Ok(request) = serde_json::from_slice::<Request>(&packet) else { return 1 };
        let reply = perform(request);
        let Ok(packet) = serde_json::to_vec(&reply) else { return 1 };
        if wire.send(&packet).is_err() {
            return 1;
        }
    }
    0
}

fn perform(request: Request) -> Reply {
    match request {
        Request::Ftok { path, project } => {
            Reply::value(shm::ftok(path.as_ref(), project).map(|key| i64::from(key.cast_unsigned())))
        }
        Request::Shmget { key, size, flags } => Reply::value(shm::shmget(key, size, flags).map(i64::from)),
        Request::Shmat { id, address, flags } => {
            Reply::value(shm::shmat(id, address, flags).map(u64::cast_signed))
        }
        Request::Shmdt { address } => Reply::value(shm::shmdt(address).map(|()| 0)),
        Request::Shmctl { id, command: libc::IPC_STAT, buffer: true } => {
            let stat = shm::stat(id);
            Reply { stat: stat.as_ref().ok().cloned(), ..Reply::value(stat.map(|_| 0)) }
        }
        Request::Shmctl { id, command, .. } => Reply::value(shm::shmctl(id, command).map(|()| 0)),
        Request::Store { address, bytes } => {
            memory::store(address, &bytes);
            Reply::value(Ok(0))
        }
        Request::Puts { address } => Reply::text(memory::string(address, LONGEST)),
        Request::Peek { address, length } => Reply::text(memory::load(address, length)),
        Request::Exit { status } => process::exit_now(status),
    }
}

impl Reply {
    fn value(result: Result<i64, i32>) -> Reply {
        Reply { result, text: None, stat: None }
    }

    fn text(bytes: Vec<u8>) -> Reply {
        Reply { text: Some(bytes), ..Reply::value(Ok(0)) }
    }
}
