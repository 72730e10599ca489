//! Numbers that no program can foresee, from the kernel. Not for a quiz: those are drawn from a seed, so that a class can
//! have the same.

/// A number from 0 to one less than `end`; 0 where `end` is 0.
pub fn below(end: u64) -> u64 {
    let mut bytes = [0; 8];
    // SAFETY: the kernel writes at most as many bytes as the call says that the buffer has.
    let read = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    let number = match usize::try_from(read) {
        Ok(8) => u64::from_ne_bytes(bytes),
        // A machine that refuses: the clock is another one in every play as well.
        _ => super::since_1970().as_nanos() as u64,
    };
    number.checked_rem(end).unwrap_or_default()
}

/// The numbers below `end` in an order of chance.
pub fn shuffled(end: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..end).collect();
    for at in (1..end).rev() {
        order.swap(at, below(at as u64 + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_comes_and_every_number_is_below() {
        let orders: std::collections::BTreeSet<Vec<usize>> = (0..500).map(|_| shuffled(3)).collect();
        assert_eq!(orders.len(), 6);
        assert!((0..500).all(|_| below(3) < 3) && below(0) == 0);
    }
}
