//! How long a lesson takes, reckoned from its words and its steps. No file has a number of minutes, so none grows
//! old when a lesson changes. It does not measure students, and knows nothing of the machine.

use super::{Lesson, Step};

/// Words a minute: how fast a speaker reads aloud so that others can follow, and how fast one reads what has to be
/// compared with a screen.
const WORDS_A_MINUTE: usize = 150;
/// What a step takes besides its words: to read the call, to predict, to press two keys, to compare the evidence. Eighteen
/// lessons with 359 steps were played and read in 143 minutes. Their 6491 words take 43 of these; the others come to this
/// for each step.
const SECONDS_A_STEP: usize = 17;

impl Lesson {
    /// Minutes to play all of it.
    pub fn minutes(&self) -> usize {
        minutes(words(&self.title) + words(&self.goal) + self.steps().map(told).sum::<usize>(), self.len())
    }

    /// Minutes to demonstrate it: these steps, by their places from 0, and the words beside them.
    pub fn minutes_to_demonstrate(&self, shown: &[usize]) -> usize {
        let told = shown.iter().map(|at| told(self.step(*at))).sum::<usize>();
        minutes(words(&self.title) + told, shown.len())
    }
}

/// How many words of a step everybody reads: not those behind a key.
fn told(step: Step<'_>) -> usize {
    let asked = step.words.ask.iter().chain(&step.words.theory);
    words(&step.words.say) + asked.map(|text| words(text)).sum::<usize>()
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Never less than one, and a minute that has begun counts.
fn minutes(words: usize, steps: usize) -> usize {
    let seconds = words * 60 / WORDS_A_MINUTE + steps * SECONDS_A_STEP;
    seconds.div_ceil(60).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn minutes_are_words_and_steps() {
        assert_eq!(minutes(0, 0), 1);
        assert_eq!(minutes(150, 0), 1);
        assert_eq!(minutes(151, 4), 3);
        assert_eq!(minutes(6491, 359), 145);
    }

    #[test]
    fn what_is_behind_a_key_costs_nothing_and_a_demonstration_is_shorter() {
        let step = |call: &str, more: &str| {
            format!(
                "[[step]]\nwho = \"a\"\ncall = \"{call}\"\nexpect = \"EINVAL\"\nsay = \"It fails.\"\n{more}"
            )
        };
        let lesson = |more: &str| {
            let steps = step("shmdt(NULL)", more) + &step("shmat(-1, NULL, 0)", "").repeat(9);
            let text = format!("title = \"Short\"\ngoal = \"Ten steps.\"\n{steps}");
            read("1-shmdt.toml", &text, false, false).expect("a lesson")
        };
        let long = format!("more = \"{}\"\n", "word ".repeat(900));
        assert_eq!(lesson("").minutes(), 3);
        assert_eq!(lesson(&long).minutes(), 3);
        assert_eq!(lesson(&long.replace("more", "theory")).minutes(), 9);
        assert_eq!(lesson("").minutes_to_demonstrate(&[0]), 1);
    }
}
