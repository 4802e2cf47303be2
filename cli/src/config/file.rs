//! A file of settings: options under their long names, at the top for every command that has them, in a table of its name
//! for one command.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use biaoshi::no_toml;
use biaoshi::report::{Lang, Message, clean, said, trouble};
use clap::{Arg, ArgAction, Command};
use toml::de::{DeTable, DeValue};

use super::{Called, FILE, Origin, Setting, UNSETTABLE, check, is_flag, leaves, meant, name_of, options, user_file};
use crate::exit::Stop;

/// Largest file of settings in bytes.
const LARGEST: u64 = 1 << 20;

/// The file that counts: the one that was named, else that of the current folder, else the user's own.
pub(super) fn find(named: Option<&Path>) -> Result<Option<PathBuf>, Stop> {
    let variable = || std::env::var_os("BIAOSHI_CONFIG").filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(path) = named.map(Path::to_owned).or_else(variable) {
        return Ok(Some(path));
    }
    Ok([Some(PathBuf::from(FILE)), user_file()].into_iter().flatten().find(|path| path.exists()))
}

/// The settings for one command, by name. The whole file is checked, also what is said about other commands.
pub(super) fn read(path: &Path, called: &Called<'_>) -> Result<BTreeMap<String, Setting>, Stop> {
    let shown = clean(&path.to_string_lossy());
    let wrong = |what: Message| Stop::Usage(said!("{}: {}", "{}:{}", &shown, what));
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|e| wrong(trouble(&e)))?;
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(|e| {
        let is_text = e.kind() != std::io::ErrorKind::InvalidData;
        wrong(if is_text {
            trouble(&e)
        } else {
            said!("the text is not UTF-8; save it as UTF-8", "不是 UTF-8 文本;请另存为 UTF-8")
        })
    })?;
    if text.len() as u64 > LARGEST {
        return Err(wrong(said!(
            "more than {} bytes; name a file of settings",
            "超过 {} 字节;请给出设置文件",
            LARGEST
        )));
    }
    let text = text.trim_start_matches('\u{feff}');
    let reader = Reader { path, text, called };
    let table = DeTable::parse(text).map_err(|e| {
        let line = reader.line(e.span().map_or(0, |s| s.start));
        Stop::Usage(said!("{}:{}: {}", "{}:{}:{}", &shown, line, no_toml::message(&clean(e.message()))))
    })?;
    let mut found = BTreeMap::new();
    let mut sections = Vec::new();
    for (key, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(section) => sections.push((key, section)),
            other => {
                let setting = reader.setting(None, key.get_ref(), key.span().start, other)?;
                found.extend(setting.map(|s| (s.name.clone(), s)));
            }
        }
    }
    for (key, section) in sections {
        let Some(of) = called.root.find_subcommand(&**key.get_ref()) else {
            let known = called.root.get_subcommands().map(Command::get_name);
            // A table in the place of a value.
            if let Some(arg) = leaves(called.root, &[])
                .into_iter()
                .flat_map(|(_, c)| options(c))
                .find(|arg| name_of(arg) == *key.get_ref())
            {
                return Err(reader.kind(arg, key.get_ref(), key.span().start));
            }
            return Err(reader.unknown(None, key.get_ref(), key.span().start, known));
        };
        for (name, value) in section {
            let setting = reader.setting(Some(of), name.get_ref(), name.span().start, value.get_ref())?;
            found.extend(setting.map(|s| (s.name.clone(), s)));
        }
    }
    Ok(found)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    called: &'a Called<'a>,
}

impl Reader<'_> {
    /// The number of the line at an offset, from 1.
    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
    }

    /// One key, which stands at offset `at`, and its value, in the table of a command or at the top; the setting, where it is
    /// one of the command that was called. A value that this command would refuse is wrong, and so is one that no command takes.
    fn setting(
        &self,
        of: Option<&Command>,
        key: &str,
        at: usize,
        value: &DeValue<'_>,
    ) -> Result<Option<Setting>, Stop> {
        let root = self.called.root;
        let mut commands = match of {
            Some(of) => leaves(of, &[of.get_name()]),
            None => leaves(root, &[]),
        };
        commands.sort_by_key(|(names, _)| *names != self.called.names);
        let named = |command| options(command).find(|arg| name_of(arg) == key);
        let mut first = None;
        for (names, command) in &commands {
            let Some(arg) = named(*command) else { continue };
            match (self.one(names, arg, key, at, value), *names == self.called.names) {
                (Ok(setting), own) => return Ok(Some(setting).filter(|_| own)),
                (Err(stop), true) => return Err(stop),
                (Err(stop), false) => _ = first.get_or_insert(stop),
            }
        }
        Err(first.unwrap_or_else(|| {
            let all: BTreeSet<String> = commands.iter().flat_map(|(_, c)| options(c)).map(name_of).collect();
            self.unknown(of, key, at, all.iter().map(String::as_str))
        }))
    }

    /// A key as an option of one command.
    fn one(&self, names: &[&str], arg: &Arg, key: &str, at: usize, value: &DeValue<'_>) -> Result<Setting, Stop> {
        let origin = Origin::File(self.path.to_owned(), self.line(at));
        let values = values(arg, value).ok_or_else(|| self.kind(arg, key, at))?;
        let setting = Setting::new(arg, values.into_iter().map(Into::into).collect(), origin);
        check(self.called.root, names, arg, &setting)?;
        Ok(setting)
    }

    /// A value of another type than its option takes.
    fn kind(&self, arg: &Arg, key: &str, at: usize) -> Stop {
        let place = self.place(at);
        let (en, zh) = expected(arg);
        Stop::usage(format!("{place}: {key} must be {en}"), format!("{place}:{key} 应为{zh}"))
    }

    fn place(&self, at: usize) -> String {
        Origin::File(self.path.to_owned(), self.line(at)).shown(Lang::En)
    }

    /// A key that means nothing where it stands, in the table of a command or at the top.
    fn unknown<'k>(&self, of: Option<&Command>, key: &str, at: usize, known: impl Iterator<Item = &'k str>) -> Stop {
        let place = self.place(at);
        let has = |command: &Command| options(command).any(|arg| name_of(arg) == key);
        let owners =
            leaves(self.called.root, &[]).into_iter().filter(|(_, c)| has(c)).map(|(names, _)| names.join(" "));
        let owners: Vec<_> = owners.collect();
        if let Some(of) = of.filter(|_| !owners.is_empty()) {
            let (of, owners) = (of.get_name(), owners.join(", "));
            return Stop::usage(
                format!("{place}: {of} has no setting {key}; it is for {owners}"),
                format!("{place}:{of} 没有设置 {key};该设置用于 {owners}"),
            );
        }
        if UNSETTABLE.contains(&key.replace('-', "_").as_str()) {
            return Stop::usage(
                format!("{place}: {key} is for the command line only; take it out"),
                format!("{place}:{key} 只能用于命令行;请删去"),
            );
        }
        let (key, meant) = (clean(key), meant(key, known));
        let en = meant.map_or("; biaoshi COMMAND --help shows them".to_owned(), |m| format!("; did you mean {m}?"));
        let zh = meant.map_or(";可用 biaoshi 命令 --help 查看".to_owned(), |m| format!(";是否指 {m}?"));
        Stop::usage(format!("{place}: no setting is called {key}{en}"), format!("{place}:没有名为 {key} 的设置{zh}"))
    }
}

/// The values of an option; `None` where they are of another type.
fn values(arg: &Arg, value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Boolean(on) if is_flag(arg) => Some(vec![on.to_string()]),
        DeValue::String(text) if !is_flag(arg) => Some(vec![text.to_string()]),
        DeValue::Integer(number) if !is_flag(arg) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| vec![n.to_string()])
        }
        DeValue::Array(items) if matches!(arg.get_action(), ArgAction::Append) => {
            let one = |item: &DeValue<'_>| match item {
                DeValue::Array(_) => None,
                item => values(arg, item),
            };
            items.iter().map(|item| one(item.get_ref())).collect::<Option<Vec<_>>>().map(|all| all.concat())
        }
        _ => None,
    }
}

/// What an option wants, in English and Chinese.
fn expected(arg: &Arg) -> (&'static str, &'static str) {
    match arg.get_action() {
        _ if is_flag(arg) => ("true or false", " true 或 false"),
        ArgAction::Append => ("a text, a number, or a list of them", "文本、数字,或其列表"),
        _ => ("a text or a number", "文本或数字"),
    }
}
