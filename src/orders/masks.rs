//! What a program prints is compared without what differs in every run: addresses and process ids.

/// A hexadecimal number with this number of digits or more is taken for an address.
const DIGITS: usize = 8;

/// The text with `0x...` and `<pid of server>` in their place. `pids`: of the processes, each with its name.
pub fn hidden(text: &[u8], pids: &[(String, &str)]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let word = text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        match &text[at..at + word] {
            [] => {
                shown.push(text[at]);
                at += 1;
                continue;
            }
            [b'0', b'x', digits @ ..]
                if digits.len() >= DIGITS && digits.iter().all(u8::is_ascii_hexdigit) =>
            {
                shown.extend_from_slice(b"0x...");
            }
            whole => match pids.iter().find(|(pid, _)| pid.as_bytes() == whole) {
                Some((_, role)) => shown.extend_from_slice(format!("<pid of {role}>").as_bytes()),
                None => shown.extend_from_slice(whole),
            },
        }
        at += word;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_pids_are_left_out_and_nothing_else() {
        let pids = [("4211".to_owned(), "server"), ("17".to_owned(), "client")];
        let hide = |text: &str| String::from_utf8(hidden(text.as_bytes(), &pids)).expect("text");
        assert_eq!(
            hide("at 0x7f12345678 by 4211, not 42110 or 0x1234\n"),
            "at 0x... by <pid of server>, not 42110 or 0x1234\n"
        );
        assert_eq!(hide("17:a17"), "<pid of client>:a17");
        assert_eq!(hidden(&[0xff, b' ', 0], &pids), [0xff, b' ', 0]);
    }
}
