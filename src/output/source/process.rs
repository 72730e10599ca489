//! The statements of one process in C: each step with its comment, what it needs from other processes, its call and its turn.
//! The C of a call comes from the lesson.

use std::collections::BTreeSet;

use super::plan::{Plan, Program};
use super::steps::{execs, forks, makes, removes};
use super::words::{comment, left_out, meaning};
use crate::lesson::{Expect, Expr, Function, Lesson, Statement, is_address, variable};
use crate::text::quote;

/// The statements of one process.
struct Body<'p, 'a> {
    plan: &'p Plan<'a>,
    program: &'p Program<'a>,
    role: &'a str,
    declared: BTreeSet<String>,
    /// The identifiers of the segments that it has made and not removed.
    made: Vec<&'p str>,
    text: String,
}

pub fn body<'a>(plan: &Plan<'a>, program: &Program<'a>, role: &'a str) -> String {
    let mut body =
        Body { plan, program, role, declared: BTreeSet::new(), made: Vec::new(), text: String::new() };
    body.all();
    body.text
}

impl Body<'_, '_> {
    fn all(&mut self) {
        let mut told = BTreeSet::new();
        for (number, block) in self.plan.blocks.iter().enumerate() {
            if block.role != self.role {
                continue;
            }
            for (place, at) in block.steps.iter().enumerate() {
                self.left_out_before(*at, &mut told);
                self.text.push('\n');
                if place == 0 && !self.program.alone {
                    self.code(&format!("my_turn({});", at + 1));
                    self.text.push('\n');
                }
                let last = (place + 1 == block.steps.len()).then(|| self.plan.after(number));
                self.step(*at, last);
            }
        }
        self.left_out_before(self.plan.end(), &mut told);
        if self.plan.stay.contains(self.role) {
            let end = self.plan.end();
            self.text.push('\n');
            self.line(comment("Stay until the last step is over.", 4).trim_end());
            self.code(&format!("my_turn({end});\npass_turn({end});"));
        }
    }

    /// The steps of this process up to here that the program does not make, each reason once.
    fn left_out_before(&mut self, before: usize, told: &mut BTreeSet<usize>) {
        let lesson = self.plan.lesson;
        let mine = |at: &usize| lesson.script.actions[*at].roles().any(|role| role == self.role);
        let mut rest: Vec<_> = self
            .plan
            .left_out
            .iter()
            .filter(|(at, _)| **at < before && !told.contains(*at) && mine(at))
            .collect();
        while let Some((_, why)) = rest.first().copied() {
            let (same, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(_, other)| *other == why);
            let places: Vec<_> = same.into_iter().map(|(at, _)| *at).collect();
            self.text.push('\n');
            self.text += &comment(&left_out(&places, why), 4);
            told.extend(places);
            rest = others;
        }
    }

    /// A step: its comment, what it needs from others, the call, and whose turn is next.
    fn step(&mut self, at: usize, next: Option<usize>) {
        let (plan, lesson) = (self.plan, self.plan.lesson);
        let action = plan.action(at);
        let say = meaning(&lesson.words[at]);
        let heading = format!("Step {} of {}, {}. {say}", at + 1, lesson.len(), action.call.title());
        self.text += &comment(&heading, 4);
        for name in plan.asks.get(&at).into_iter().flatten() {
            self.ask(name);
        }
        self.declare(at);
        let next = next.filter(|_| !self.program.alone);
        if let Some(next) = next {
            if execs(action).is_some() {
                self.code(&format!("pass_turn_to_execl({next});"));
            } else if plan.ends_in(at) {
                self.code(&format!("pass_turn_at_the_end({next});"));
            } else if action.expect == Expect::Blocks {
                self.code(&format!("pass_turn_asleep({next});"));
            }
        }
        if let Expect::Signal(signal) = &action.expect {
            self.text += &comment(&format!("Meant to crash: {}.", signal.name), 4);
        }
        self.call(at);
        if action.expect == Expect::Blocks && plan.wakes.values().any(|sleeping| *sleeping == at) {
            self.code(&format!("awake({});", at + 1));
        }
        if let Some(sleeping) = plan.wakes.get(&at) {
            self.code(&format!("wait_until_awake({});", sleeping + 1));
        }
        let passed = plan.ends_in(at) || action.expect == Expect::Blocks || execs(action).is_some();
        if let Some(next) = next.filter(|_| !passed) {
            self.code(&format!("pass_turn({next});"));
        }
    }

    fn call(&mut self, at: usize) {
        let (plan, lesson) = (self.plan, self.plan.lesson);
        let action = plan.action(at);
        let text =
            lesson.in_program(at, &|name| self.declared.contains(name) || self.program.shared.contains(name));
        let text = self.leaving_nothing(&with_line_end(&action.call.statement, &text));
        self.code(&text.replace("??", "?\\?"));
        self.made.extend(makes(action));
        self.made.retain(|id| removes(action) != Some(id));
        if let Some(name) = action.call.binds() {
            self.declared.insert(name.clone());
        }
        if let Some(child) = forks(action) {
            self.code(&format!("if ({child} == 0) {{\n    {child}_process();\n    exit(0);\n}}"));
        }
        let later = || {
            let used = |later: usize| {
                plan.action(later).call.names().contains(&action.call.bind.as_deref().unwrap_or(""))
            };
            plan.steps_of(self.role).filter(|later| *later > at).any(used)
        };
        let shared = action.call.bind.as_deref().is_some_and(|name| self.program.shared.contains(name));
        if lesson.is_to_see(at)
            || (lesson.keeps_unchecked(at) && !shared && !later() && !plan.tells.contains_key(&at))
        {
            lesson.shown(at).into_iter().for_each(|line| self.code(&line));
        }
        if action.call.to_string().contains("IPC_STAT, &ds") && action.expect == Expect::Ok {
            let values = "(unsigned long) ds.shm_nattch, ds.shm_segsz";
            self.code(&format!("printf(\"{}: nattch = %lu, size = %zu\\n\", {values});", self.role));
        }
        if let Some(name) = plan.tells.get(&at) {
            let address = lesson.bound_type(at).is_some_and(is_address);
            self.code(&format!(
                "tell({}, {}{name});",
                quote(name.as_bytes()),
                if address { "(long) " } else { "" }
            ));
        }
    }

    /// Reads a value that another process has made.
    fn ask(&mut self, name: &str) {
        let variables = self.plan.lesson.variables();
        let Some(of) = variables.get(name) else { return };
        let has = self.declared.contains(name) || self.program.shared.contains(name);
        let cast = if is_address(of) { format!("({of}) ") } else { String::new() };
        let left = if has { name.to_owned() } else { variable(of, name) };
        self.code(&format!("{left} = {cast}told({});", quote(name.as_bytes())));
        self.declared.insert(name.to_owned());
    }

    /// What the step needs beside the names that steps bind: a struct, or the text that the lesson asks for.
    fn declare(&mut self, at: usize) {
        let lesson: &Lesson = self.plan.lesson;
        let call = &self.plan.action(at).call;
        let field = matches!(call.statement, Statement::Field { .. });
        let buffer = call.args().iter().any(|arg| matches!(arg, Expr::Buffer(name) if name == "ds"));
        if (field || buffer) && self.declared.insert("ds".into()) {
            let fills = call.to_string().contains("IPC_STAT");
            self.code(if fills { "struct shmid_ds ds;" } else { "struct shmid_ds ds = { 0 };" });
        }
        let input = lesson.input.as_ref().filter(|input| call.names().contains(&input.name.as_str()));
        let Some(input) = input.filter(|input| self.declared.insert(input.name.clone())) else { return };
        let name = &input.name;
        let ends = self.leaving_nothing("    exit(1);");
        let prompt = quote(format!("{} ", input.prompt.replace('%', "%%")).as_bytes()).replace("??", "?\\?");
        self.code(&format!(
            "char {name}[{}];\nprintf({prompt});\nfflush(stdout);\nif (fgets({name}, sizeof {name}, stdin) == NULL) {{\n    fprintf(stderr, \"{name}: no line on standard input\\n\");\n{ends}\n}}\n{name}[strcspn({name}, \"\\n\")] = '\\0';",
            input.max + 1
        ));
    }

    /// Some lines, in which a process that ends because a call has failed removes what it has made.
    fn leaving_nothing(&self, text: &str) -> String {
        let mut lines = Vec::new();
        for line in text.lines() {
            if let Some(indent) = line.strip_suffix("exit(1);") {
                lines.extend(
                    self.made.iter().map(|id| {
                        format!("{indent}shmctl({id}, IPC_RMID, NULL); /* leave nothing behind */")
                    }),
                );
            }
            lines.push(line.to_owned());
        }
        lines.join("\n")
    }

    fn code(&mut self, text: &str) {
        for line in text.lines() {
            self.line(&if line.is_empty() { String::new() } else { format!("    {line}") });
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// A text that a program prints ends its line.
fn with_line_end(statement: &Statement, text: &str) -> String {
    match statement {
        Statement::Invoke { function: Function::Printf, args } => match args.first() {
            Some(Expr::Text(format)) if !format.ends_with('\n') => text.replacen("\", ", "\\n\", ", 1),
            _ => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}
