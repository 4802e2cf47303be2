//! What the command says of itself: one description of each command in the language in force, from what clap knows of it. Help,
//! manual pages and the tables of the reference are three ways to write it.
//!
//! The doc comment of an argument or command has two paragraphs, English and Chinese: clap keeps them as its long help, and here
//! one is chosen. Words that arguments share (headings, names of values) stand in tables with both languages side by side.

mod dump;
mod manual;
mod screen;
mod usage;
mod words;

use biaoshi::report::Lang;
use std::ffi::OsString;

use clap::builder::{Resettable, StyledStr};
use clap::{Arg, ArgAction, Command, CommandFactory};
use serde::Serialize;

use crate::args::{Args, GENERAL};

pub(crate) use dump::dump;
pub(crate) use manual::manual;
pub(crate) use usage::shown;
pub(crate) use words::order;

use words::{exits, heading, value_name};

/// What is said of one command.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    /// All its names: `biaoshi watermark embed`.
    name: String,
    about: String,
    usage: String,
    /// The commands inside, and what they do.
    commands: Vec<(String, String)>,
    groups: Vec<Group>,
    examples: Vec<String>,
    /// Exit codes and when.
    exits: Vec<(u8, String)>,
}

/// Arguments under one heading.
#[derive(Debug, Serialize)]
struct Group {
    /// The heading in English, by which documents ask for it.
    name: &'static str,
    heading: String,
    entries: Vec<Entry>,
}

/// One argument.
#[derive(Debug, Serialize)]
struct Entry {
    /// As it is written: `-q, --quiet`, `--out DIR`, `PATH...`.
    written: String,
    text: String,
    /// Its default, where that is one value.
    default: Option<String>,
    /// What it takes, where that is a list.
    values: Vec<String>,
    /// Only the long help has it.
    long: bool,
}

impl Page {
    /// The name of its manual page.
    pub(crate) fn file(&self) -> String {
        self.name.replace(' ', "-")
    }

    /// The description of a command, whose outer names are given, in a language.
    pub(crate) fn new(command: &Command, outer: &[&str], lang: Lang) -> Self {
        let names = [outer, &[command.get_name()]].concat();
        let inner = command.get_subcommands().filter(|sub| !sub.is_hide_set());
        Self {
            name: names.join(" "),
            about: about(command, lang),
            usage: usage::line(command, &names, lang),
            commands: inner.map(|sub| (sub.get_name().to_owned(), about(sub, lang))).collect(),
            groups: groups(command, lang),
            examples: command.get_after_help().map(examples).unwrap_or_default(),
            exits: exits(&names, lang),
        }
    }
}

/// The command line, with help and version as arguments like all others.
pub(crate) fn command() -> Command {
    // A number below zero is a wrong value, not an option that nobody knows.
    fn negative(command: Command) -> Command {
        let of =
            |arg: Arg| if takes_value(&arg) && !arg.is_positional() { arg.allow_negative_numbers(true) } else { arg };
        command.mut_args(of).mut_subcommands(negative)
    }
    let flag = |id: &'static str, short, action, said| {
        Arg::new(id).short(short).long(id).action(action).global(true).help_heading(GENERAL).long_help(said)
    };
    negative(Args::command())
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(flag(
            "help",
            'h',
            ArgAction::Help,
            "Print help: short with -h, whole with --help\n\n显示帮助:-h 为简短,--help 为完整",
        ))
        .arg(flag("version", 'V', ArgAction::Version, "Print the version\n\n显示版本"))
}

/// `help label` asks for what `label --help` does.
pub(crate) fn rewritten(mut line: Vec<OsString>) -> Vec<OsString> {
    if line.get(1).is_some_and(|word| word == "help") {
        line.remove(1);
        line.push("--help".into());
    }
    line
}

/// The pages of all commands, from the outer ones to the inner ones.
pub(crate) fn pages(lang: Lang) -> Vec<Page> {
    let mut root = command();
    root.build();
    below(&root, &[], lang)
}

fn below(command: &Command, outer: &[&str], lang: Lang) -> Vec<Page> {
    let names = [outer, &[command.get_name()]].concat();
    let inner = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let inner = inner.flat_map(|sub| below(sub, &names, lang));
    std::iter::once(Page::new(command, outer, lang)).chain(inner).collect()
}

/// The command with all that clap shows in one language: its help is the pages, its completions have their words.
pub(crate) fn localize(mut command: Command, lang: Lang) -> Command {
    command.build();
    inside(command, &[], lang)
}

fn inside(command: Command, outer: &[&str], lang: Lang) -> Command {
    let page = Page::new(&command, outer, lang);
    let (short, long) = (screen::page(&page, false, lang), screen::page(&page, true, lang));
    let name = command.get_name().to_owned();
    let names = [outer, &[name.as_str()]].concat();
    let command = command.mut_args(|arg| {
        let said = said(arg.get_long_help().or(arg.get_help()), lang);
        arg.help(said).long_help(Resettable::Reset)
    });
    let about = page.about.clone();
    let command = command.mut_subcommands(|sub| inside(sub, &names, lang));
    command
        .about(about)
        .long_about(Resettable::Reset)
        .help_template("{before-help}")
        .before_help(short)
        .before_long_help(long)
}

/// What a command does.
fn about(command: &Command, lang: Lang) -> String {
    said(command.get_long_about().or(command.get_about()), lang)
}

/// The paragraph of a language: the first is English, the second Chinese.
fn said(text: Option<&StyledStr>, lang: Lang) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    let (en, zh) = text.split_once("\n\n").unwrap_or((&text, &text));
    match lang {
        Lang::En => en.trim().trim_end_matches('.').to_owned(),
        Lang::Zh => closed(zh.trim()),
    }
}

/// The lines behind a command's attributes that show it in use.
fn examples(text: &StyledStr) -> Vec<String> {
    let text = text.to_string();
    text.lines().map(str::trim).filter(|line| line.starts_with("biaoshi ")).map(str::to_owned).collect()
}

/// Chinese whose lines were joined by blanks, without those: a blank has no place beside a wide character on both sides.
fn closed(text: &str) -> String {
    let is_wide = |c: Option<char>| c.is_some_and(|c| u32::from(c) >= 0x2e80 || matches!(c, ',' | ';' | ':'));
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let between = c == ' ' && is_wide(out.chars().next_back()) && is_wide(chars.peek().copied());
        if !between {
            out.push(c);
        }
    }
    out
}

fn groups(command: &Command, lang: Lang) -> Vec<Group> {
    let mut groups: Vec<(usize, Group)> = Vec::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let (place, name, heading) = heading(arg.get_help_heading().unwrap_or_default(), lang);
        let entry = Entry::new(arg, lang);
        match groups.iter_mut().find(|(at, _)| *at == place) {
            Some((_, group)) => group.entries.push(entry),
            None => groups.push((place, Group { name, heading, entries: vec![entry] })),
        }
    }
    groups.sort_by_key(|(place, _)| *place);
    groups.into_iter().map(|(_, group)| group).collect()
}

impl Entry {
    fn new(arg: &Arg, lang: Lang) -> Self {
        let values = if takes_value(arg) { arg.get_possible_values() } else { Vec::new() };
        let defaults: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
        Self {
            written: usage::written(arg, lang),
            text: said(arg.get_long_help().or(arg.get_help()), lang),
            default: (takes_value(arg) && !defaults.is_empty()).then(|| defaults.join(",")),
            values: values.iter().filter(|v| !v.is_hide_set()).map(|v| v.get_name().to_owned()).collect(),
            long: arg.is_hide_short_help_set(),
        }
    }

    /// The text with default and values behind it.
    fn whole(&self, lang: Lang) -> String {
        let (default, values) = match lang {
            Lang::En => ("default: ", "possible values: "),
            Lang::Zh => ("默认:", "可选值:"),
        };
        let default = self.default.iter().map(|d| format!(" [{default}{d}]"));
        let values = Some(self.values.join(", ")).filter(|v| !v.is_empty()).map(|v| format!(" [{values}{v}]"));
        std::iter::once(self.text.clone()).chain(default).chain(values).collect()
    }
}

/// Whether an argument is followed by a value.
fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}
