//! What an instruction reads of memory, for the few that a loop that waits is made of: loads and comparisons with an
//! address in registers. An instruction that is not known reads nothing here. Where it ends is not asked: the
//! processor says that by going on.

/// By DWARF's numbers, the instruction's address last.
pub type Registers = [u64; 17];

/// Which of them an instruction means by its numbers.
const BY_NUMBER: [usize; 16] = [0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15];
pub const INSTRUCTION: usize = 16;

/// A byte before an instruction's own.
const OPERAND_SIZE: u8 = 0x66;
const PREFIXES: [u8; 5] = [OPERAND_SIZE, 0xf0, 0xf2, 0xf3, 0x3e];

/// The address that an instruction reads, and how many bytes; none for one that reads no memory, or is not known.
pub fn reads(code: &[u8], registers: &Registers) -> Option<(u64, usize)> {
    let mut at = 0;
    let mut wide = 4;
    while PREFIXES.contains(code.get(at)?) {
        wide = if code[at] == OPERAND_SIZE { 2 } else { wide };
        at += 1;
    }
    let rex = code.get(at).copied().filter(|byte| byte & 0xf0 == 0x40).unwrap_or_default();
    at += usize::from(rex != 0);
    if rex & 8 != 0 {
        wide = 8;
    }
    let (first, second) = (*code.get(at)?, code.get(at + 1).copied()?);
    let (width, modrm_at, immediate) = match (first, second) {
        // movzx and movsx of a byte or of two.
        (0x0f, 0xb6 | 0xbe) => (1, at + 2, 0),
        (0x0f, 0xb7 | 0xbf) => (2, at + 2, 0),
        (0x63, _) => (4, at + 1, 0),
        // mov, cmp, test, or, and, add with a register.
        (0x8a | 0x38 | 0x3a | 0x84, _) => (1, at + 1, 0),
        (0x8b | 0x39 | 0x3b | 0x85 | 0x03 | 0x0b | 0x23 | 0x33, _) => (wide, at + 1, 0),
        // cmp and test with a number.
        (0x80, modrm) if modrm >> 3 & 7 == 7 => (1, at + 1, 1),
        (0x81, modrm) if modrm >> 3 & 7 == 7 => (wide, at + 1, wide.min(4)),
        (0x83, modrm) if modrm >> 3 & 7 == 7 => (wide, at + 1, 1),
        (0xf6, modrm) if modrm >> 3 & 7 == 0 => (1, at + 1, 1),
        (0xf7, modrm) if modrm >> 3 & 7 == 0 => (wide, at + 1, wide.min(4)),
        _ => return None,
    };
    Some((address(code, modrm_at, rex, immediate, registers)?, width))
}

/// The address of an instruction's operand in memory; none if it is a register. `immediate`: how many bytes follow.
fn address(code: &[u8], at: usize, rex: u8, immediate: usize, registers: &Registers) -> Option<u64> {
    let modrm = *code.get(at)?;
    let (kind, low) = (modrm >> 6, modrm & 7);
    if kind == 3 {
        return None;
    }
    let register =
        |low: u8, bit: u8| registers[BY_NUMBER[usize::from(low | if rex & bit != 0 { 8 } else { 0 })]];
    let mut next = at + 1;
    let mut sum = 0_u64;
    let mut long = kind == 2;
    if low == 4 {
        let sib = *code.get(next)?;
        next += 1;
        let (scale, index, base) = (sib >> 6, sib >> 3 & 7, sib & 7);
        if index != 4 || rex & 2 != 0 {
            sum = sum.wrapping_add(register(index, 2) << scale);
        }
        if base == 5 && kind == 0 {
            long = true;
        } else {
            sum = sum.wrapping_add(register(base, 1));
        }
    } else if low == 5 && kind == 0 {
        let distance = i32::from_le_bytes(code.get(next..next + 4)?.try_into().ok()?);
        let end = registers[INSTRUCTION].wrapping_add((next + 4 + immediate) as u64);
        return Some(end.wrapping_add_signed(distance.into()));
    } else {
        sum = register(low, 1);
    }
    if long {
        let distance = i32::from_le_bytes(code.get(next..next + 4)?.try_into().ok()?);
        sum = sum.wrapping_add_signed(distance.into());
    } else if kind == 1 {
        sum = sum.wrapping_add_signed(i64::from(code.get(next)?.cast_signed()));
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: &[u8]) -> Option<(u64, usize)> {
        let mut registers = [0; 17];
        (0..16).for_each(|number| registers[BY_NUMBER[number]] = 0x1000 * (number as u64 + 1));
        registers[INSTRUCTION] = 0x40_0000;
        reads(code, &registers)
    }

    #[test]
    fn what_a_waiting_loop_reads() {
        // movzx eax, byte [rax]; cmp byte [rax], 'a'; mov eax, [rbp-8]; cmp dword [r12+4], 0.
        assert_eq!(read(&[0x0f, 0xb6, 0x00, 0, 0]), Some((0x1000, 1)));
        assert_eq!(read(&[0x80, 0x38, 0x61, 0, 0]), Some((0x1000, 1)));
        assert_eq!(read(&[0x8b, 0x45, 0xf8, 0, 0]), Some((0x6000 - 8, 4)));
        assert_eq!(read(&[0x41, 0x83, 0x7c, 0x24, 0x04, 0x00]), Some((0xd004, 4)));
        // mov rax, [rax+rcx*8]; mov eax, [rip+16]; cmp dword [rip+16], 1.
        assert_eq!(read(&[0x48, 0x8b, 0x04, 0xc8, 0]), Some((0x1000 + 0x2000 * 8, 8)));
        assert_eq!(read(&[0x8b, 0x05, 16, 0, 0, 0]), Some((0x40_0000 + 6 + 16, 4)));
        assert_eq!(read(&[0x83, 0x3d, 16, 0, 0, 0, 1]), Some((0x40_0000 + 7 + 16, 4)));
        // mov eax, ecx; jmp; mov [rax], ecx; nothing.
        for code in [&[0x8b, 0xc1, 0, 0][..], &[0xeb, 0xfe, 0], &[0x89, 0x08, 0], &[0x66], &[]] {
            assert_eq!(read(code), None);
        }
    }
}
