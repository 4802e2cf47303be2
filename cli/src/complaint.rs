//! What clap finds wrong with a command line or a setting, in one line of either language: where, what, and what to do.

use biaoshi::report::{Lang, Message, clean, said};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, Error};

use crate::args::values::Bad;
use crate::help::shown;

/// What clap says, about a command.
pub(crate) struct Complaint<'a> {
    error: &'a Error,
    /// The whole command line.
    root: &'a Command,
    /// The names of the command.
    names: &'a [&'a str],
    /// The command.
    command: &'a Command,
}

impl<'a> Complaint<'a> {
    pub(crate) fn new(error: &'a Error, root: &'a Command, names: &'a [&'a str]) -> Self {
        let inner = |command: &'a Command, name: &&str| command.find_subcommand(name);
        let command = names.iter().try_fold(root, inner).unwrap_or(root);
        Self { error, root, names, command }
    }

    /// The line, with the place where more is to be read.
    pub(crate) fn line(&self) -> Message {
        let name = self.name();
        let what = match self.argument().filter(|_| self.is_about_value()) {
            Some(arg) => said!("{}: {}", "{}:{}", bare(arg), self.what()),
            None => self.what(),
        };
        said!("{}; see {} --help", "{};参见 {} --help", what, name)
    }

    /// What is wrong, without the name of the argument where it is about its value.
    pub(crate) fn what(&self) -> Message {
        let invalid = self.text(ContextKind::InvalidArg);
        match self.error.kind() {
            ErrorKind::InvalidValue => self.value(),
            ErrorKind::ValueValidation => self.rejected(),
            ErrorKind::UnknownArgument => self.unknown(&invalid),
            ErrorKind::InvalidSubcommand => self.no_command(),
            ErrorKind::MissingSubcommand => {
                said!("a command is missing; there are {}", "缺少命令;可用 {}", self.commands())
            }
            ErrorKind::ArgumentConflict => self.conflict(&invalid),
            ErrorKind::MissingRequiredArgument => {
                let missing = self.list(ContextKind::InvalidArg).iter().map(|a| self.written(a)).collect();
                said!("missing: {}", "缺少:{}", joined(missing, ", ", "、"))
            }
            ErrorKind::TooManyValues if self.is_count() => {
                let value = quoted(&self.text(ContextKind::InvalidValue));
                said!(
                    "{} is no number; write how often the option counts, such as 2",
                    "{} 不是数字;应写次数,如 2",
                    value
                )
            }
            ErrorKind::TooManyValues if self.is_flag() => self.rejected(),
            ErrorKind::TooManyValues => {
                said!("{} is one value too many", "{} 是多余的值", quoted(&self.text(ContextKind::InvalidValue)))
            }
            ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues | ErrorKind::NoEquals => self.missing_value(),
            ErrorKind::InvalidUtf8 => said!("an argument is not UTF-8", "参数不是 UTF-8 文本"),
            _ => Message::term(clean(self.error.to_string().lines().next().unwrap_or_default())),
        }
    }

    /// A value that is none of a list, or is not there at all.
    fn value(&self) -> Message {
        let (value, values) = (self.text(ContextKind::InvalidValue), self.list(ContextKind::ValidValue));
        let values = joined(values.into_iter().map(Message::term).collect(), ", ", "、");
        if value.is_empty() && self.argument().is_none_or(|arg| !arg.is_positional()) {
            return self.missing_value();
        }
        if values.tell(Lang::En).is_empty() {
            return said!("an empty value names nothing; leave it out", "空值没有意义;请去掉");
        }
        let meant = self.meant(ContextKind::SuggestedValue);
        said!("{} is none of {}{}", "{} 不在可选值中:{}{}", quoted(&value), values, meant)
    }

    /// A value that the argument's own reader refuses.
    fn rejected(&self) -> Message {
        let value = quoted(&self.text(ContextKind::InvalidValue));
        let source = std::error::Error::source(self.error);
        if let Some(Bad(message)) = source.and_then(|e| e.downcast_ref()) {
            return message.clone();
        }
        if self.is_flag() {
            return said!("{} is neither true nor false", "{} 既非 true 也非 false", value);
        }
        let source = source.map(ToString::to_string).unwrap_or_default();
        said!("{} is not taken: {}", "{} 无效(原文:{})", value, source)
    }

    fn missing_value(&self) -> Message {
        let shown = self.argument().map_or_else(|| Message::term(""), both);
        said!("a value is missing: {}", "缺少值,应写作 {}", shown)
    }

    /// An argument that the command does not have: one of another command, a misspelt one, or one too many.
    fn unknown(&self, invalid: &str) -> Message {
        if !invalid.starts_with('-') {
            return said!("{} is one argument too many", "多余的参数 {}", quoted(invalid));
        }
        let has = |command: &Command| argument(command, invalid).is_some_and(|arg| !arg.is_hide_set());
        let owners: Vec<String> = leaves(self.root, "").into_iter().filter(|(_, c)| has(c)).map(|(n, _)| n).collect();
        let name = self.name();
        let bare = clean(invalid.split('=').next().unwrap_or(invalid));
        if !owners.is_empty() && self.command.has_subcommands() {
            return said!("{} stands behind the command", "{} 应写在命令之后", bare);
        }
        if !owners.is_empty() {
            return said!(
                "{} has no option {}; it is for {}",
                "{} 没有选项 {};该选项用于 {}",
                name,
                bare,
                owners.join(", ")
            );
        }
        let meant = self.meant(ContextKind::SuggestedArg);
        let path = match self.error.get(ContextKind::TrailingArg) {
            Some(ContextValue::Bool(true)) if meant.tell(Lang::En).is_empty() => {
                said!("; a path that begins with - stands behind --", ";以 - 开头的路径应写在 -- 之后")
            }
            _ => Message::term(""),
        };
        said!("{} has no option {}{}{}", "{} 没有选项 {}{}{}", name, bare, meant, path)
    }

    fn no_command(&self) -> Message {
        let (name, invalid) = (self.name(), quoted(&self.text(ContextKind::InvalidSubcommand)));
        let meant = self.meant(ContextKind::SuggestedSubcommand);
        if !meant.tell(Lang::En).is_empty() {
            return said!("{} has no command {}{}", "{} 没有命令 {}{}", name, invalid, meant);
        }
        said!("{} has no command {}; there are {}", "{} 没有命令 {};可用 {}", name, invalid, self.commands())
    }

    /// The commands inside.
    fn commands(&self) -> String {
        self.command.get_subcommands().map(Command::get_name).collect::<Vec<_>>().join(", ")
    }

    fn conflict(&self, invalid: &str) -> Message {
        let prior = self.list(ContextKind::PriorArg);
        let name = |text: &str| argument(self.command, text).map_or_else(|| Message::term(text), bare);
        if prior.iter().any(|other| other == invalid) {
            return said!("{} is given twice; give it once", "{} 只能给出一次", name(invalid));
        }
        let others = joined(prior.iter().map(|other| name(other)).collect(), ", ", "、");
        said!(
            "{} and {} exclude each other; give one of them",
            "{} 与 {} 不能同时使用;请只用其一",
            name(invalid),
            others
        )
    }

    /// What somebody may have meant, as the end of a sentence.
    fn meant(&self, kind: ContextKind) -> Message {
        match self.list(kind).into_iter().next() {
            Some(one) => said!("; did you mean {}?", ",是否指 {}?", one),
            None => Message::term(""),
        }
    }

    fn name(&self) -> String {
        [&[self.root.get_name()], self.names].concat().join(" ")
    }

    /// Whether it is about an option that takes no value but true and false.
    fn is_flag(&self) -> bool {
        self.argument().is_some_and(|arg| !arg.get_action().takes_values())
    }

    /// Whether it is about an option that counts how often it is given.
    fn is_count(&self) -> bool {
        self.argument().is_some_and(|arg| matches!(arg.get_action(), ArgAction::Count))
    }

    fn is_about_value(&self) -> bool {
        matches!(
            self.error.kind(),
            ErrorKind::InvalidValue
                | ErrorKind::ValueValidation
                | ErrorKind::TooManyValues
                | ErrorKind::TooFewValues
                | ErrorKind::WrongNumberOfValues
                | ErrorKind::NoEquals
        )
    }

    /// The argument that it is about.
    fn argument(&self) -> Option<&'a Arg> {
        argument(self.command, &self.text(ContextKind::InvalidArg))
    }

    /// How an argument that clap names is written.
    fn written(&self, text: &str) -> Message {
        argument(self.command, text).map_or_else(|| Message::term(text), both)
    }

    fn text(&self, kind: ContextKind) -> String {
        self.list(kind).into_iter().next().unwrap_or_default()
    }

    fn list(&self, kind: ContextKind) -> Vec<String> {
        match self.error.get(kind) {
            Some(ContextValue::String(one)) => vec![one.clone()],
            Some(ContextValue::Strings(all)) => all.clone(),
            _ => Vec::new(),
        }
    }
}

/// The argument that clap names: `--jobs <N>`, `-o <FILE>`, `--durable[=<DURABLE>]`, `[PATH]...`.
fn argument<'a>(command: &'a Command, text: &str) -> Option<&'a Arg> {
    let is_end = |c: char| matches!(c, ' ' | '=' | '[');
    let mut all = command.get_arguments();
    if let Some(long) = text.strip_prefix("--") {
        let name = long.split(is_end).next()?;
        return all.find(|arg| arg.get_long() == Some(name));
    }
    if let Some(short) = text.strip_prefix('-') {
        return all.find(|arg| short.chars().next().is_some_and(|c| arg.get_short() == Some(c)));
    }
    let name = text.trim_matches(['<', '>', '[', ']', '.']);
    let is_named = |arg: &Arg| match arg.get_value_names() {
        Some(names) => names.iter().any(|n| n == name),
        None => arg.get_id().as_str().eq_ignore_ascii_case(name),
    };
    command.get_positionals().find(|arg| is_named(arg))
}

/// All commands that have no others inside, by their names without the outermost.
fn leaves<'a>(command: &'a Command, outer: &str) -> Vec<(String, &'a Command)> {
    let of = |sub: &'a Command| {
        let name = format!("{outer}{}", sub.get_name());
        if sub.has_subcommands() { leaves(sub, &format!("{name} ")) } else { vec![(name, sub)] }
    };
    command.get_subcommands().flat_map(of).collect()
}

/// An argument's name; of a positional one, that of its value.
fn bare(arg: &Arg) -> Message {
    match (arg.get_long(), arg.get_short()) {
        (Some(long), _) => Message::term(format!("--{long}")),
        (None, Some(short)) => Message::term(format!("-{short}")),
        (None, None) => both(arg),
    }
}

/// An argument with its value, as the help has it.
fn both(arg: &Arg) -> Message {
    Message::pair(shown(arg, Lang::En), shown(arg, Lang::Zh))
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn joined(parts: Vec<Message>, en: &str, zh: &str) -> Message {
    let tell = |lang| parts.iter().map(|part| part.tell(lang)).collect::<Vec<_>>();
    Message::pair(tell(Lang::En).join(en), tell(Lang::Zh).join(zh))
}
