//! The calls of the notation: one row each, with its parameters, what it gives back and where to read more.
//! Parser, checks, stage and narrator all read this table; none of them knows a call by a branch of its own,
//! but for the one place where the stage makes it.

use crate::names::{self, Name};

/// Which call a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Create,
    Exit,
    Ftok,
    Puts,
    Shmat,
    Shmctl,
    Shmdt,
    Shmget,
    Strcpy,
}

/// What may stand in an argument's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Path,
    Project,
    Key,
    Size,
    GetFlags,
    Id,
    Address,
    AtFlags,
    Command,
    Buffer,
    Text,
    Status,
}

impl Kind {
    /// The constants that may be written here.
    pub fn constants(self) -> &'static [Name] {
        match self {
            Kind::Key => names::KEYS,
            Kind::GetFlags => names::GET_FLAGS,
            Kind::AtFlags => names::AT_FLAGS,
            Kind::Command => names::COMMANDS,
            _ => &[],
        }
    }

    /// In an error message: what this argument is.
    pub fn plain(self) -> &'static str {
        match self {
            Kind::Path => "a file name in quotes",
            Kind::Project => "a character such as 'L', or a number",
            Kind::Key => "a key: a name, a number or IPC_PRIVATE",
            Kind::Size => "a number of bytes",
            Kind::GetFlags => "flags such as IPC_CREAT | 0600",
            Kind::Id => "a segment's identifier: a name or a number",
            Kind::Address => "an address: a name, p + 1 or NULL",
            Kind::AtFlags => "0 or flags such as SHM_RDONLY",
            Kind::Command => "IPC_STAT or IPC_RMID",
            Kind::Buffer => "NULL or &ds",
            Kind::Text => "text in quotes, or a name",
            Kind::Status => "an exit status",
        }
    }
}

/// What a call gives back when it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yields {
    Key,
    Id,
    Address,
    Text,
    /// The number 0.
    Zero,
    /// No value: it is done when it comes back.
    Nothing,
}

/// Who makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A process of the lesson.
    Actor,
    /// The lab itself: a stage direction.
    Lab,
}

/// One call of the notation.
#[derive(Debug)]
pub struct Spec {
    pub function: Function,
    pub name: &'static str,
    /// The short word of headers and prompts.
    pub title: &'static str,
    pub params: &'static [Kind],
    pub yields: Yields,
    pub by: By,
    /// Where to read about it.
    pub page: &'static str,
}

/// Every call, in alphabetical order.
pub const FUNCTIONS: &[Spec] = &[
    Spec {
        function: Function::Create,
        name: "create",
        title: "key file",
        params: &[Kind::Path],
        yields: Yields::Nothing,
        by: By::Lab,
        page: "creat(2)",
    },
    Spec {
        function: Function::Exit,
        name: "exit",
        title: "exit",
        params: &[Kind::Status],
        yields: Yields::Nothing,
        by: By::Actor,
        page: "_exit(2)",
    },
    Spec {
        function: Function::Ftok,
        name: "ftok",
        title: "ftok",
        params: &[Kind::Path, Kind::Project],
        yields: Yields::Key,
        by: By::Actor,
        page: "ftok(3)",
    },
    Spec {
        function: Function::Puts,
        name: "puts",
        title: "read",
        params: &[Kind::Address],
        yields: Yields::Text,
        by: By::Actor,
        page: "puts(3)",
    },
    Spec {
        function: Function::Shmat,
        name: "shmat",
        title: "shmat",
        params: &[Kind::Id, Kind::Address, Kind::AtFlags],
        yields: Yields::Address,
        by: By::Actor,
        page: "shmop(2)",
    },
    Spec {
        function: Function::Shmctl,
        name: "shmctl",
        title: "shmctl",
        params: &[Kind::Id, Kind::Command, Kind::Buffer],
        yields: Yields::Zero,
        by: By::Actor,
        page: "shmctl(2)",
    },
    Spec {
        function: Function::Shmdt,
        name: "shmdt",
        title: "shmdt",
        params: &[Kind::Address],
        yields: Yields::Zero,
        by: By::Actor,
        page: "shmop(2)",
    },
    Spec {
        function: Function::Shmget,
        name: "shmget",
        title: "shmget",
        params: &[Kind::Key, Kind::Size, Kind::GetFlags],
        yields: Yields::Id,
        by: By::Actor,
        page: "shmget(2)",
    },
    Spec {
        function: Function::Strcpy,
        name: "strcpy",
        title: "write",
        params: &[Kind::Address, Kind::Text],
        yields: Yields::Nothing,
        by: By::Actor,
        page: "strcpy(3)",
    },
];

/// The row of the call with this name.
pub fn function(name: &str) -> Option<&'static Spec> {
    FUNCTIONS.iter().find(|spec| spec.name == name)
}

/// The row of this call.
pub fn spec(function: Function) -> &'static Spec {
    FUNCTIONS.iter().find(|spec| spec.function == function).unwrap_or(&FUNCTIONS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_its_own_row_and_the_rows_are_in_order() {
        for spec in FUNCTIONS {
            assert!(std::ptr::eq(super::spec(spec.function), spec), "{} has no row of its own", spec.name);
        }
        assert!(FUNCTIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
