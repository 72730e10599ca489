//! From where a thread is up to its callers, by the tables that every function of a library has for exceptions
//! (.eh_frame): so a crash inside of a function of libc gets the line of the program that called it. Nothing is guessed:
//! where a table is missing or says more than a place on the stack, the way ends.

use addr2line::gimli::{
    BaseAddresses, CfaRule, EhFrame, EndianSlice, LittleEndian, RegisterRule, UnwindContext, UnwindSection,
};

/// DWARF's numbers of this machine's registers: the stack pointer, and how many there are with the return address.
const STACK: usize = 7;
const RETURN: usize = 16;
pub const REGISTERS: usize = 17;
/// No program that crashes in a library is deeper in it.
const MAX_FRAMES: usize = 64;

/// Registers by DWARF's numbers; none for one that is not known in a caller.
pub type Registers = [Option<u64>; REGISTERS];

/// A file's tables, and where they would be in memory.
#[derive(Debug, Clone, Copy)]
pub struct Tables {
    pub bytes: &'static [u8],
    pub address: u64,
}

/// The caller of the function that these registers are in. `address`: the instruction as the file counts it, `away`: how
/// far that is from where it is in memory; `first`: no call stands before it.
pub fn caller(
    tables: Tables,
    registers: &Registers,
    (address, first): (u64, bool),
    read: &impl Fn(u64) -> Option<u64>,
) -> Option<Registers> {
    let frames = EhFrame::from(EndianSlice::new(tables.bytes, LittleEndian));
    let bases = BaseAddresses::default().set_eh_frame(tables.address);
    let mut context = UnwindContext::new();
    // Behind a call that does not come back stands another function.
    let inside = if first { address } else { address.checked_sub(1)? };
    let row = frames.unwind_info_for_address(&bases, &mut context, inside, EhFrame::cie_from_offset).ok()?;
    let frame = match row.cfa() {
        CfaRule::RegisterAndOffset { register, offset } => {
            registers.get(usize::from(register.0)).copied().flatten()?.checked_add_signed(*offset)?
        }
        CfaRule::Expression(_) => return None,
    };
    let mut above = *registers;
    for (number, value) in above.iter_mut().enumerate() {
        let rule = row.register(addr2line::gimli::Register(u16::try_from(number).ok()?));
        *value = match rule {
            Some(RegisterRule::Offset(offset)) => read(frame.checked_add_signed(offset)?),
            Some(RegisterRule::ValOffset(offset)) => frame.checked_add_signed(offset),
            None | Some(RegisterRule::SameValue) => *value,
            _ => None,
        };
    }
    // A function that saves no return address has no caller.
    matches!(row.register(addr2line::gimli::Register(RETURN as u16)), Some(RegisterRule::Offset(_)))
        .then_some(())?;
    above[STACK] = Some(frame);
    Some(above)
}

/// The return addresses above a place, the nearest first. `tables`: of the file that is mapped at an address, with that
/// address as the file counts it.
pub fn callers(
    mut registers: Registers,
    mut tables: impl FnMut(u64) -> Option<(Tables, u64)>,
    read: impl Fn(u64) -> Option<u64>,
) -> Vec<u64> {
    let mut found = Vec::new();
    while found.len() < MAX_FRAMES {
        let Some(here) = registers[RETURN] else { break };
        let Some((of, address)) = tables(here) else { break };
        let Some(above) = caller(of, &registers, (address, found.is_empty()), &read) else { break };
        // The stack grows downwards: a caller's part of it is above.
        if above[STACK] <= registers[STACK] {
            break;
        }
        found.extend(above[RETURN]);
        registers = above;
    }
    found
}
