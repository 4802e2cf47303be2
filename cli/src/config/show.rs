//! `--show-config`: the settings of a command, and where each of them was written.

use biaoshi::report::{Lang, clean};
use serde_json::{Value, json};

use super::{Origin, Setting, Settings};
use crate::args::Common;
use crate::exit::{Exit, Stop};
use crate::out::Out;

/// Prints the settings; nothing else is done.
pub(crate) fn show(settings: &Settings, common: &Common) -> Result<Exit, Stop> {
    let (mut out, lang) = (Out::new(common), common.lang());
    let text = |s: &Setting| s.values.iter().map(|v| clean(&v.to_string_lossy())).collect::<Vec<_>>();
    if common.json {
        let one = |s: &Setting| json!({ "name": s.name, "value": value(&text(s)), "source": source(&s.origin), "where": place(&s.origin) });
        let object = json!({
            "schema": "biaoshi.config/1", "command": settings.command.join(" "),
            "file": settings.file.as_ref().map(|f| f.to_string_lossy()),
            "settings": settings.all.iter().map(one).collect::<Vec<_>>(), "unknown": settings.unknown,
        });
        out.line(&object.to_string())?;
        out.flush()?;
        return Ok(Exit::Done);
    }
    for setting in &settings.all {
        let values = text(setting).join(",");
        let values = if values.is_empty() { "-" } else { &values };
        out.line(&format!("{:<22} {values:<32} {}", setting.name, setting.origin.shown(lang)))?;
    }
    for name in &settings.unknown {
        out.line(&match lang {
            Lang::En => format!("{} is in the environment and sets nothing", clean(name)),
            Lang::Zh => format!("环境变量 {} 不对应任何设置", clean(name)),
        })?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// None, one or several.
fn value(values: &[String]) -> Value {
    match values {
        [] => Value::Null,
        [one] => one.as_str().into(),
        several => several.into(),
    }
}

fn source(origin: &Origin) -> &'static str {
    match origin {
        Origin::CommandLine => "command-line",
        Origin::Environment(_) => "environment",
        Origin::File(..) => "file",
        Origin::Default => "default",
    }
}

/// The variable, or the file and line.
fn place(origin: &Origin) -> Option<String> {
    match origin {
        Origin::Environment(_) | Origin::File(..) => Some(origin.shown(Lang::En)),
        Origin::CommandLine | Origin::Default => None,
    }
}
