//! The second user that a lesson about permissions takes: whoever is not root has one where newuidmap maps one. Where
//! it does not, what can't be shown takes one line, and the rest of the lesson is played.

use std::sync::Arc;

use super::common::{Desk, skip};

/// Steps that only hold if the stranger is another user, whose process has no rights of its own.
const TWO: &str = r#"title = "Two"
goal  = "Another user is refused."
users = { server = "ordinary", stranger = "other" }

[[step]]
who    = "server"
call   = "id = shmget(0x4c4142, 4096, IPC_CREAT | IPC_EXCL | 0600)"
expect = "ok"
say    = "The server made segment {id}."

[[step]]
who    = "stranger"
call   = "shmat(id, NULL, SHM_RDONLY)"
expect = "EACCES"
ask    = "The mode is 0600. What does shmat() return to another user?"
options = [
  { is = "ok", say = "An address", why = "That would be true with mode 0644." },
  { is = "EACCES", say = "EACCES" },
]
say    = "shmat() refused the stranger, because mode 0600 gives other users nothing."

[[step]]
who    = "stranger"
call   = "shmctl(id, IPC_RMID, NULL)"
expect = "EPERM"
say    = "shmctl() refused the stranger, because the segment belongs to another user."

[[step]]
who    = "stranger"
call   = "mine = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600)"
expect = "ok"
look   = "cpid == stranger"
say    = "The stranger made segment {mine} of its own."

[[step]]
who    = "server"
call   = "shmctl(id, IPC_RMID, NULL)"
expect = "ok"
look   = "gone(id)"
say    = "The server removed its segment, because the server is run by its owner."

[[step]]
who    = "stranger"
call   = "shmctl(mine, IPC_RMID, NULL)"
expect = "ok"
look   = "gone(mine)"
say    = "The stranger removed its own segment in the same way."
"#;

const WHY: &str =
    "it takes a second user, whom lab has as root, or where newuidmap and /etc/subuid give you one";

fn with_two(desk: Option<Arc<Desk>>) -> Option<Arc<Desk>> {
    desk.inspect(|desk| drop(desk.file("two.toml", TWO)))
}

#[test]
fn newuidmap_gives_an_ordinary_user_the_second_one() {
    let Some(desk) = with_two(Desk::of_user_with_range()) else { return };
    desk.lab(["validate", "--plain", "two.toml"])
        .run()
        .succeeds()
        .prints("two.toml  6 steps, ok\n1 passed, 0 failed\n");
    let text = desk.lab(["step-through", "--no-pause", "--plain", "who-may"]).run().succeeds().text();
    let skipped: Vec<&str> = text.lines().filter(|line| line.starts_with("SKIPPED")).collect();
    assert_eq!(skipped.len(), 1, "only what root sees is missing: {skipped:?}");
    assert!(skipped[0].ends_with("it shows what root sees, and you are not root"), "{skipped:?}");
    assert!(!text.contains("\nNOTE"), "the stranger's calls are observed like any other's:\n{text}");
}

#[test]
fn what_takes_a_second_user_is_told_in_one_line_where_there_is_none() {
    let Some(desk) = with_two(Desk::ordinary()) else { return };
    if desk.owner().is_none() {
        return skip("whoever runs the tests may have a second user");
    }
    without_second(&desk);
}

/// newuidmap is there and refuses: an exec gains no rights any more.
#[test]
fn a_helper_without_rights_leaves_the_sandbox_with_one_user() {
    let Some(desk) = with_two(Desk::of_user_with_range()) else { return };
    let lab = desk.lab(["validate", "--plain", "two.toml"]).through(["setpriv", "--no-new-privs"]);
    lab.run().succeeds().prints(&validated());
}

fn validated() -> String {
    format!("two.toml  6 steps, ok, 4 skipped\n  steps 2 to 4 and 6: {WHY}\n1 passed, 0 failed\n")
}

fn without_second(desk: &Arc<Desk>) {
    desk.lab(["validate", "--plain", "two.toml"]).run().succeeds().prints(&validated());
    let text = desk.lab(["step-through", "--no-pause", "--plain", "two.toml"]).run().succeeds().text();
    let told = format!("SKIPPED: steps 2 to 4 and 6 are not played here: {WHY}");
    let headings = |text: &str| text.lines().filter(|line| line.starts_with("Step ")).count();
    assert_eq!(text.lines().filter(|line| line.starts_with("SKIPPED")).collect::<Vec<_>>(), [told], "{text}");
    assert_eq!(headings(&text), 2, "{text}");
    // A tool hears of every step.
    let json = desk.lab(["step-through", "--json", "two.toml"]).run().succeeds().text();
    assert_eq!(json.matches("\"event\":\"step\"").count(), 6, "{json}");
}
