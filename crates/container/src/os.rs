//! What the operating system says, in both languages: its own words are English.

use std::io::{Error, ErrorKind};

use crate::Message;

/// An error of the operating system for people. In English its own words, without their number and what libraries put behind it;
/// in Chinese by kind, and where the kind says nothing, with the system's number.
pub fn trouble(error: &Error) -> Message {
    let zh = match (kind(error.kind()), error.raw_os_error()) {
        (Some(kind), _) => kind.to_owned(),
        (None, Some(number)) => format!("系统错误 {number}"),
        // An error of ours, or of a library, that came this way: its words are all there is.
        (None, None) => error.to_string(),
    };
    let en = error.to_string();
    Message::pair(en.split(" (os error ").next().unwrap_or_default(), zh)
}

fn kind(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::NotFound => "没有这个文件或文件夹",
        ErrorKind::PermissionDenied => "没有权限",
        ErrorKind::AlreadyExists => "已存在",
        ErrorKind::IsADirectory => "是文件夹,不是文件",
        ErrorKind::NotADirectory => "路径中有一段不是文件夹",
        ErrorKind::DirectoryNotEmpty => "文件夹非空",
        ErrorKind::ReadOnlyFilesystem => "文件系统只读",
        ErrorKind::StorageFull => "磁盘空间不足",
        ErrorKind::QuotaExceeded => "超出磁盘配额",
        ErrorKind::FileTooLarge => "文件过大",
        ErrorKind::InvalidFilename => "名称过长或不被允许",
        ErrorKind::TooManyLinks => "链接过多",
        ErrorKind::CrossesDevices => "跨越了不同的设备",
        ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => "正被占用",
        ErrorKind::NotSeekable => "不能在任意位置读取",
        ErrorKind::StaleNetworkFileHandle => "网络文件已失效",
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::NetworkDown => "网络不可达",
        ErrorKind::BrokenPipe => "读取方已关闭管道",
        ErrorKind::TimedOut => "超时",
        ErrorKind::Interrupted => "被中断",
        ErrorKind::OutOfMemory => "内存不足",
        ErrorKind::UnexpectedEof => "数据提前结束",
        ErrorKind::Unsupported => "系统不支持此操作",
        ErrorKind::InvalidInput => "系统不接受该参数",
        // What the standard library says of bytes that are to be a text.
        ErrorKind::InvalidData => "不是 UTF-8 文本",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;

    /// The numbers that a file can bring about, as Linux has them.
    #[test]
    fn errors_of_files_are_chinese() {
        for number in [1, 2, 4, 12, 13, 16, 17, 18, 20, 21, 22, 26, 27, 28, 29, 30, 31, 32, 36, 39, 95, 110, 116, 122] {
            let message = trouble(&Error::from_raw_os_error(number));
            let zh = message.tell(Lang::Zh);
            assert!(!zh.is_empty() && !zh.contains(|c: char| c.is_ascii_alphabetic()), "{number}: {zh}");
        }
        assert_eq!(trouble(&Error::from_raw_os_error(5)).tell(Lang::Zh), "系统错误 5");
    }

    #[test]
    fn numbers_are_for_nobody() {
        let error = Error::from_raw_os_error(2);
        assert_eq!(trouble(&error).tell(Lang::En), "No such file or directory");
        let wrapped = Error::new(error.kind(), format!("{error} at path \"/tmp/x\""));
        assert_eq!(trouble(&wrapped).tell(Lang::En), "No such file or directory");
    }
}
