//! What the XML parser complains of, which speaks English only, in both languages.

use quick_xml::Error;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::attributes::AttrError;
use quick_xml::name::NamespaceError;

use crate::Message;

/// What it complains of in a text.
pub(super) fn of_text(error: &Error) -> Message {
    let chinese = match error {
        Error::Syntax(error) => syntax(error).to_owned(),
        Error::IllFormed(error) => ill_formed(error),
        Error::InvalidAttr(error) => attribute(error),
        Error::Namespace(error) => namespace(error),
        _ => "XML 无法解析".to_owned(),
    };
    Message::pair(error.to_string(), chinese)
}

/// What it complains of in an attribute.
pub(super) fn of_attribute(error: &AttrError) -> Message {
    Message::pair(error.to_string(), attribute(error))
}

fn syntax(error: &SyntaxError) -> &'static str {
    match error {
        SyntaxError::InvalidBangMarkup => "<! 之后不是已知的标记",
        SyntaxError::UnclosedPI => "处理指令未闭合",
        SyntaxError::UnclosedXmlDecl => "XML 声明未闭合",
        SyntaxError::UnclosedComment => "注释未闭合",
        SyntaxError::UnclosedDoctype => "DOCTYPE 未闭合",
        SyntaxError::UnclosedCData => "CDATA 未闭合",
        SyntaxError::UnclosedTag => "标签未闭合",
        SyntaxError::UnclosedSingleQuotedAttributeValue | SyntaxError::UnclosedDoubleQuotedAttributeValue => {
            "属性值未闭合"
        }
    }
}

fn ill_formed(error: &IllFormedError) -> String {
    match error {
        IllFormedError::MissingDeclVersion(_) => "XML 声明没有以 version 开头".to_owned(),
        IllFormedError::UnknownVersion => "XML 版本不是 1.0 或 1.1".to_owned(),
        IllFormedError::MissingDoctypeName => "DOCTYPE 没有名称".to_owned(),
        IllFormedError::MissingEndTag(name) => format!("元素 {name} 没有结束标签"),
        IllFormedError::UnmatchedEndTag(name) => format!("结束标签 {name} 没有对应的起始标签"),
        IllFormedError::MismatchedEndTag { expected, found } => {
            format!("元素 {expected} 的结束标签是 {found}")
        }
        IllFormedError::DoubleHyphenInComment => "注释中有 --".to_owned(),
        IllFormedError::UnclosedReference => "实体引用未闭合".to_owned(),
    }
}

fn attribute(error: &AttrError) -> String {
    match error {
        AttrError::ExpectedEq(at) => format!("位置 {at}:属性名之后应为 ="),
        AttrError::ExpectedValue(at) => format!("位置 {at}:= 之后应为属性值"),
        AttrError::UnquotedValue(at) => format!("位置 {at}:属性值没有引号"),
        AttrError::ExpectedQuote(at, _) => format!("位置 {at}:属性值的引号未闭合"),
        AttrError::Duplicated(at, first) => format!("位置 {at}:属性重复,首次位于 {first}"),
    }
}

fn namespace(error: &NamespaceError) -> String {
    match error {
        NamespaceError::UnknownPrefix(prefix) => format!("命名空间前缀 {prefix:?} 未声明"),
        NamespaceError::InvalidXmlPrefixBind(uri) | NamespaceError::InvalidXmlnsPrefixBind(uri) => {
            format!("保留的命名空间前缀不可指向 {uri:?}")
        }
        NamespaceError::InvalidPrefixForXml(prefix) | NamespaceError::InvalidPrefixForXmlns(prefix) => {
            format!("前缀 {prefix:?} 不可指向保留的命名空间")
        }
        NamespaceError::TooManyBindings(most) => format!("同时有效的命名空间声明超过 {most} 个"),
        NamespaceError::TooDeeplyNested(most) => format!("元素嵌套超过 {most} 层"),
    }
}
