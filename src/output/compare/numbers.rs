//! Numbers with units, and no more digits than they carry: how many depends on how far the rounds were from each other.

use crate::runner::compare::{Measured, Spread};

/// How many digits of a median mean something.
fn digits(spread: Spread) -> i32 {
    match spread.part() {
        part if part < 0.01 => 3,
        part if part < 0.2 => 2,
        _ => 1,
    }
}

/// A number rounded to `digits` digits, with the prefix of its unit: 0 to 999 and one of `prefixes`, each a thousand
/// times the one before.
fn scaled(number: f64, digits: i32, prefixes: &[&str]) -> String {
    if number <= 0.0 || !number.is_finite() {
        return format!("0{}", prefixes.first().unwrap_or(&""));
    }
    let place = |number: f64| number.log10().floor() as i32;
    // What is rounded may have one digit more: 999.6 is 1000.
    let unit = 10_f64.powi(place(number) - digits + 1);
    let rounded = (number / unit).round() * unit;
    let last = i32::try_from(prefixes.len()).unwrap_or(1) - 1;
    let thousands = (place(rounded * (1.0 + 1e-9)).div_euclid(3)).clamp(0, last);
    let shown = rounded / 1000_f64.powi(thousands);
    let behind = (digits - 1 - place(shown * (1.0 + 1e-9))).max(0) as usize;
    format!("{shown:.behind$}{}", prefixes[thousands as usize])
}

/// Round trips in a second: `102k`.
pub fn trips(measured: &Measured) -> String {
    scaled(1.0 / measured.trip.median, digits(measured.trip), &["", "k", "M", "G"])
}

/// Bytes in a second: `6.5 MB`.
pub fn bytes(measured: &Measured, bytes: u64) -> String {
    let prefixes = [" B", " kB", " MB", " GB", " TB"];
    scaled(bytes as f64 / measured.trip.median, digits(measured.trip), &prefixes)
}

/// A duration: `9.8 us`.
pub fn time(spread: Spread) -> String {
    scaled(spread.median * 1e9, digits(spread), &[" ns", " us", " ms", " s"])
}

/// How many times: `48`, `1.1`.
pub fn times(ratio: f64) -> String {
    scaled(ratio, 2, &[""])
}

/// A part as a percentage: `3%`, `under 1%`.
pub fn percent(part: f64) -> String {
    match (part * 100.0).ceil() {
        most if most <= 1.0 => "1%".into(),
        most => format!("{most:.0}%"),
    }
}

/// A message's size: `64 B`, `4 KiB`.
pub fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    match bytes {
        bytes if bytes > 0 && bytes.is_multiple_of(KIB * KIB) => format!("{} MiB", bytes / KIB / KIB),
        bytes if bytes > 0 && bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        bytes => format!("{bytes} B"),
    }
}

/// A number for a tool, without the digits that no measurement gave.
pub fn for_tools(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return 0.0;
    }
    let unit = 10_f64.powi(3 - number.abs().log10().floor() as i32);
    (number * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_digits_that_it_carries() {
        let units = ["", "k", "M", "G"];
        for (number, digits, text) in [
            (102_345.0, 3, "102k"),
            (102_345.0, 2, "100k"),
            (98_765.0, 1, "100k"),
            (9_876.0, 2, "9.9k"),
            (9_996.0, 3, "10.0k"),
            (999_600.0, 3, "1.00M"),
            (5_123_456.0, 2, "5.1M"),
            (42.4, 2, "42"),
            (4.24, 2, "4.2"),
            (0.424, 2, "0.42"),
            (1e13, 2, "10000G"),
            (0.0, 2, "0"),
        ] {
            assert_eq!(scaled(number, digits, &units), text, "{number}");
        }
        assert_eq!((times(48.3), times(1.08), times(150.0)), ("48".into(), "1.1".into(), "150".into()));
        assert_eq!((percent(0.001), percent(0.025), percent(0.4)), ("1%".into(), "3%".into(), "40%".into()));
    }

    #[test]
    fn sizes_are_as_people_say_them() {
        assert_eq!(
            [64, 1024, 4096, 1 << 20, 192, 1088].map(size),
            ["64 B", "1 KiB", "4 KiB", "1 MiB", "192 B", "1088 B"]
        );
        assert_eq!(for_tools(123_456.7), 123_500.0);
        assert_eq!(for_tools(0.012_345), 0.01235);
    }
}
