//! `code`.

use biaoshi::label::code::{ProviderCode, Service, Subject};
use biaoshi::report::{Lang, clean};
use serde_json::json;

use crate::args::{CodeCommand, Common, ServiceArg};
use crate::exit::{Exit, Stop};
use crate::out::{Out, Tone};

/// Makes or checks provider codes.
pub(crate) fn run(command: &CodeCommand, common: &Common) -> Result<Exit, Stop> {
    match command {
        CodeCommand::Check { codes, .. } => check(codes, common),
        CodeCommand::Make { subject, individual, service, extension, .. } => {
            let kind = if *individual { Subject::Individual } else { Subject::Organisation };
            let service = service.map(|s| match s {
                ServiceArg::Generation => Service::Generation,
                ServiceArg::Propagation => Service::Propagation,
            });
            let made = ProviderCode::make(kind, subject, service, extension);
            let code = made.map_err(|e| {
                Stop::usage(format!("{}: {e}", clean(subject)), format!("{}:{}", clean(subject), e.to_chinese()))
            })?;
            let mut out = Out::new(common);
            out.line(&if common.json {
                json!({ "schema": "biaoshi.code/1", "code": code, "valid": true }).to_string()
            } else {
                code
            })?;
            out.flush()?;
            Ok(Exit::Done)
        }
    }
}

fn check(codes: &[String], common: &Common) -> Result<Exit, Stop> {
    let (mut out, mut exit, lang) = (Out::new(common), Exit::Done, common.lang());
    for text in codes {
        let parsed = ProviderCode::parse(text);
        if parsed.is_err() {
            exit = Exit::Findings;
        }
        if common.json {
            let error = parsed.as_ref().err().map(|e| if lang == Lang::Zh { e.to_chinese() } else { e.to_string() });
            let code = parsed.as_ref().ok();
            out.line(
                &json!({
                    "schema": "biaoshi.code/1", "code": text, "valid": parsed.is_ok(), "error": error,
                    "subject": code.map(|c| match c.subject { Subject::Organisation => "organisation", Subject::Individual => "individual" }),
                    "subject_code": code.map(|c| c.subject_code.as_str()),
                    "service": code.and_then(|c| c.service).map(|s| match s { Service::Generation => "generation", Service::Propagation => "propagation" }),
                    "extension": code.map(|c| c.extension.as_str()),
                })
                .to_string(),
            )?;
            continue;
        }
        let (well, row) = match &parsed {
            Ok(code) => {
                (true, format!("{} {text} {}", if lang == Lang::Zh { "正确" } else { "ok" }, describe(code, lang)))
            }
            Err(e) if lang == Lang::Zh => (false, format!("错误 {} {}", clean(text), e.to_chinese())),
            Err(e) => (false, format!("wrong {} {e}", clean(text))),
        };
        out.rows(if well { Tone::Well } else { Tone::Wrong }, &[row])?;
    }
    out.flush()?;
    Ok(exit)
}

fn describe(code: &ProviderCode, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    let subject = match code.subject {
        Subject::Organisation if zh => "组织",
        Subject::Organisation => "organisation",
        Subject::Individual if zh => "个人",
        Subject::Individual => "individual",
    };
    let service = match code.service {
        Some(Service::Generation) if zh => "生成服务",
        Some(Service::Generation) => "generation",
        Some(Service::Propagation) if zh => "传播服务",
        Some(Service::Propagation) => "propagation",
        None if zh => "未声明服务类型",
        None => "no service type",
    };
    format!("{subject} {} {service} {}", code.subject_code, code.extension)
}
