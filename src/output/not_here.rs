//! What of a lesson can't be shown on this machine: a line for each reason, with all the steps that it keeps away. A
//! heading and a question for each of them would only tell what there is not to see.

use super::line::{Line, labelled};

/// A line for each reason.
pub fn lines(reasons: &[(String, Vec<usize>)]) -> impl Iterator<Item = Line> {
    reasons.iter().map(|(why, steps)| {
        let are = if steps.len() == 1 { "is" } else { "are" };
        labelled("SKIPPED", format!("{} {are} not played here: {why}", steps_in_words(steps)))
    })
}

/// Steps by their numbers, which ascend: `step 7`, `steps 2 to 4, 8 and 9`.
pub fn steps_in_words(numbers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let mut words: Vec<String> = Vec::new();
    for (first, last) in runs {
        match last - first {
            0 => words.push(first.to_string()),
            1 => words.extend([first.to_string(), last.to_string()]),
            _ => words.push(format!("{first} to {last}")),
        }
    }
    let noun = if numbers.len() == 1 { "step" } else { "steps" };
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{noun} {} and {last}", before.join(", ")),
        _ => format!("{noun} {}", words.concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_told_as_a_run_and_the_last_one_after_and() {
        let told: [(&[usize], &str); 5] = [
            (&[7], "step 7"),
            (&[7, 8], "steps 7 and 8"),
            (&[2, 3, 4], "steps 2 to 4"),
            (&[2, 3, 4, 8, 9, 12], "steps 2 to 4, 8, 9 and 12"),
            (&[1, 3, 4, 5], "steps 1 and 3 to 5"),
        ];
        for (numbers, words) in told {
            assert_eq!(steps_in_words(numbers), words);
        }
    }
}
