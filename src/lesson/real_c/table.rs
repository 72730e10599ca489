//! The calls of the notation as C has them: a row each with the prototype, what each parameter is, and where the
//! notation is shorter than C the lines that do it. It knows no lesson. The tests compile every row.

use crate::lesson::functions::Function;

/// A call in C.
pub struct Row {
    pub function: Function,
    /// As the manual page has it, in one line; none for what only lab knows.
    pub prototype: Option<&'static str>,
    /// What each parameter of the prototype is, in its order.
    pub params: &'static [&'static str],
    /// The C behind a shorthand: `$0` is the first argument, `$"0` the same without its quotes, and a line that begins
    /// with `$=` keeps the result in the step's name, and is left out where the step has none.
    pub template: Option<&'static str>,
}

const fn real(function: Function, prototype: &'static str, params: &'static [&'static str]) -> Row {
    Row { function, prototype: Some(prototype), params, template: None }
}

const fn short(function: Function, prototype: Option<&'static str>, template: &'static str) -> Row {
    Row { function, prototype, params: &[], template: Some(template) }
}

const INCREASE: &str = "/* in both processes at the same time: */
volatile long *counter = (volatile long *) $0;
for (long i = 0; i < $1; i++)
    (*counter)++;
$=*counter;";

const ATOMIC_INCREASE: &str = "/* in both processes at the same time, with <stdatomic.h>: */
_Atomic long *counter = (_Atomic long *) $0;
for (long i = 0; i < $1; i++)
    atomic_fetch_add(counter, 1);
$=*counter;";

const TEAR: &str = "/* one process writes, until the other one is done: */
for (long i = 0; i < 16L * $1; i++)
    memset($0, i % 2 == 0 ? 'B' : 'A', 24);
/* the other one copies, until a copy holds both letters: */
char copy[25] = \"\";
for (long i = 0; i < $1; i++) {
    memcpy(copy, $0, 24);
    if (memcmp(copy, copy + 1, 23) != 0)
        break;
}
$=copy;";

const CHURN: &str = "for (int i = 0; i < $0; i++) {
    int made = shmget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    shmctl(made, IPC_RMID, NULL);
}";

const CREATE: &str = "int fd = open($0, O_RDWR | O_CREAT | O_EXCL, 0600);
close(fd);";

const SAVE: &str = "/* as many editors do: a new file under the old name */
int fd = open(\"lab.new\", O_RDWR | O_CREAT | O_EXCL, 0600);
close(fd);
rename(\"lab.new\", $0);";

const TWINS: &str = "/* two files with one st_dev and one st_ino & 0xffff, found by trying */
extern const char *found[2];
symlink(found[0], $0);
symlink(found[1], $1);";

const SECCOMP: &str = "/* with <linux/seccomp.h>, <linux/filter.h>, <sys/prctl.h> */
struct sock_filter rows[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_$\"0, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | $1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
struct sock_fprog filter = { .len = 4, .filter = rows };
prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);";

const SEMOP: &str = "struct sembuf op = { .sem_num = $1, .sem_op = $2, .sem_flg = 0 };
semop($0, &op, 1);";

const SETRLIMIT: &str = "struct rlimit limit = { .rlim_cur = $1, .rlim_max = $1 };
setrlimit($0, &limit);";

/// In the order of the notation's own table. A call without a row is C as it is written.
#[rustfmt::skip]
pub static ROWS: &[Row] = &[
    short(Function::AtomicIncrease, None, ATOMIC_INCREASE),
    real(Function::Chmod, "int chmod(const char *pathname, mode_t mode);", &["the file", "the new mode bits"]),
    short(Function::Churn, None, CHURN),
    short(Function::Create, None, CREATE),
    real(Function::Execl, "int execl(const char *pathname, const char *arg, ...);", &["the program's file", "its argv[0]; the others and NULL follow"]),
    real(Function::Exit, "void exit(int status);", &["what the parent's wait() gets"]),
    real(Function::Fork, "pid_t fork(void);", &[]),
    real(Function::Ftok, "key_t ftok(const char *pathname, int proj_id);", &["a file that exists", "only 8 bits of it count"]),
    short(Function::Increase, None, INCREASE),
    real(Function::Kill, "int kill(pid_t pid, int sig);", &["the process", "the signal"]),
    real(Function::Link, "int link(const char *oldpath, const char *newpath);", &["the file", "its second name"]),
    real(Function::Malloc, "void *malloc(size_t size);", &["how many bytes"]),
    real(Function::Memset, "void *memset(void *s, int c, size_t n);", &["where to begin", "the byte to store", "how many bytes"]),
    real(Function::Mkdir, "int mkdir(const char *pathname, mode_t mode);", &["the new folder", "its mode bits"]),
    real(Function::Mmap, "void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset);", &["where; NULL leaves that to the kernel", "how many bytes", "what may be done with them", "flags", "a file, or -1 for none", "where in the file"]),
    real(Function::Msgctl, "int msgctl(int msqid, int op, struct msqid_ds *buf);", &["which queue", "what to do with it", "the struct to fill or to read"]),
    real(Function::Msgget, "int msgget(key_t key, int msgflg);", &["the name to look up", "flags and mode bits"]),
    real(Function::Msgrcv, "ssize_t msgrcv(int msqid, void *msgp, size_t msgsz, long msgtyp, int msgflg);", &["which queue", "where the type and then the bytes go", "room for how many bytes", "which type; 0 takes any", "flags such as IPC_NOWAIT"]),
    real(Function::Msgsnd, "int msgsnd(int msqid, const void *msgp, size_t msgsz, int msgflg);", &["which queue", "the type, a long, and then the bytes", "how many bytes", "flags such as IPC_NOWAIT"]),
    real(Function::Pipe, "int pipe(int pipefd[2]);", &["two ints: the end to read and the end to write"]),
    real(Function::Printf, "int printf(const char *format, ...);", &["the text, with a % for each value"]),
    real(Function::Puts, "int puts(const char *s);", &["the text to print"]),
    real(Function::Read, "ssize_t read(int fd, void *buf, size_t count);", &["the end to read", "where the bytes go", "how many bytes at most"]),
    real(Function::Rename, "int rename(const char *oldpath, const char *newpath);", &["the file", "its new name"]),
    short(Function::Save, None, SAVE),
    short(Function::Seccomp, None, SECCOMP),
    real(Function::Semctl, "int semctl(int semid, int semnum, int op, ...);", &["which set of semaphores", "which one in the set", "what to do"]),
    real(Function::Semget, "int semget(key_t key, int nsems, int semflg);", &["the name to look up", "how many semaphores", "flags and mode bits"]),
    short(Function::Semop, Some("int semop(int semid, struct sembuf *sops, size_t nsops);"), SEMOP),
    short(Function::Setrlimit, Some("int setrlimit(int resource, const struct rlimit *rlp);"), SETRLIMIT),
    real(Function::Shmat, "void *shmat(int shmid, const void *shmaddr, int shmflg);", &["which segment", "where; NULL leaves that to the kernel", "flags such as SHM_RDONLY"]),
    real(Function::Shmctl, "int shmctl(int shmid, int op, struct shmid_ds *buf);", &["which segment", "what to do with it", "the struct to fill or to read"]),
    real(Function::Shmdt, "int shmdt(const void *shmaddr);", &["the address that shmat() returned"]),
    real(Function::Shmget, "int shmget(key_t key, size_t size, int shmflg);", &["the name to look up", "how many bytes", "flags and mode bits"]),
    real(Function::Strcpy, "char *strcpy(char *dest, const char *src);", &["where to", "from where, up to the NUL"]),
    real(Function::Symlink, "int symlink(const char *target, const char *linkpath);", &["where it leads", "the link's name"]),
    short(Function::Tear, None, TEAR),
    short(Function::Twins, None, TWINS),
    real(Function::Umask, "mode_t umask(mode_t mask);", &["the mode bits to take away from new files"]),
    real(Function::Unlink, "int unlink(const char *pathname);", &["the name to remove"]),
    real(Function::Unshare, "int unshare(int flags);", &["which namespaces to leave"]),
    real(Function::Usleep, "int usleep(useconds_t usec);", &["how many microseconds"]),
    real(Function::Wait, "pid_t wait(int *wstatus);", &["where to store the status, or NULL"]),
    real(Function::Write, "ssize_t write(int fd, const void *buf, size_t count);", &["the end to write", "where the bytes are", "how many bytes"]),
];

/// The C behind this call, where it is a shorthand.
pub fn template(function: Function) -> Option<&'static str> {
    row(function)?.template
}

/// The row of this call.
pub fn row(function: Function) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.function == function)
}
