//! A show of hands, as whoever demonstrates types it: how many of the room said what. It reads text, and refuses what a
//! room can't have.

/// More people than this raise no hands that anybody counts.
pub const LARGEST_ROOM: usize = 9999;

/// How many of a room said what: `1:12 2:7`; where there are no options, they said numbers: `4096:12 0:7`. None if that is
/// not what it says.
pub fn hands(text: &str, options: usize) -> Option<Vec<(usize, usize)>> {
    // A sign is not a digit, although a number can be read with one.
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<usize>().ok())?;
    let pairs = text.split_whitespace().map(|pair| {
        let (label, count) = pair.split_once(':')?;
        let (label, count) = (number(label)?, number(count)?);
        let known = options == 0 || (1..=options).contains(&label);
        (known && count <= LARGEST_ROOM).then_some((label, count))
    });
    let pairs = pairs.collect::<Option<Vec<_>>>()?;
    let once = pairs.iter().all(|(label, _)| pairs.iter().filter(|(other, _)| other == label).count() == 1);
    (once && !pairs.is_empty()).then_some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_are_options_and_counts_each_option_once() {
        assert_eq!(hands("1:12 2:7", 3), Some(vec![(1, 12), (2, 7)]));
        assert_eq!(hands(" 3:0\t01:9999 ", 3), Some(vec![(3, 0), (1, 9999)]));
        assert_eq!(hands("4096:12 0:7", 0), Some(vec![(4096, 12), (0, 7)]));
        for text in ["", "4096", "4096:", "-1:3", "0x1000:3", "1:1 01:2", "1:10000", "one:1"] {
            assert_eq!(hands(text, 0), None, "{text:?}");
        }
        let wrong = [
            "",
            " ",
            "1",
            "1:",
            ":3",
            "1:2:3",
            "9:3",
            "0:3",
            "4:1",
            "-1:3",
            "1:-3",
            "1:+3",
            "+1:3",
            "1: 3",
            "1:12,2:7",
            "1:1 1:2",
            "1:10000",
            "1:99999999999999999999999",
            "99999999999999999999999:1",
            "1:12 abc",
            "abc",
            "1:x",
            "1:\u{663}",
        ];
        for text in wrong {
            assert_eq!(hands(text, 3), None, "{text:?}");
        }
    }
}
