//! The arguments that bound what one file may cost.

use biaoshi::Limits;
use clap::Args as ClapArgs;

use super::headings::LIMITS;
use super::values::{label_size, number, size};

/// What one file may cost.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LIMITS)]
pub(crate) struct LimitArgs {
    /// Largest input in bytes (K, M, G allowed)
    ///
    /// 最大输入,单位字节(可用 K、M、G)
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64G", hide_short_help = true)]
    limit_input: u64,
    /// Largest text document
    ///
    /// 最大文本文档
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64M", hide_short_help = true)]
    limit_text: u64,
    /// Most lines of a text document
    ///
    /// 文本文档的最多行数
    #[arg(long, value_name = "N", default_value_t = 4_000_000, value_parser = number(0, usize::MAX), hide_short_help = true)]
    limit_lines: usize,
    /// Largest metadata part
    ///
    /// 最大元数据块
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64M", hide_short_help = true)]
    limit_part: u64,
    /// Most parts of one file
    ///
    /// 单个文件的最多组成部分数
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = number(0, usize::MAX), hide_short_help = true)]
    limit_parts: usize,
    /// Largest inflated stream
    ///
    /// 最大解压流
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "16M", hide_short_help = true)]
    limit_inflated: u64,
    // The stack of a thread bears so much.
    /// Deepest nesting of XML elements and of values in PDF
    ///
    /// XML 元素及 PDF 值的最大嵌套深度
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = number(1_usize, 512), hide_short_help = true)]
    limit_xml_depth: usize,
    /// Most attributes of one XML element
    ///
    /// 单个 XML 元素的最多属性数
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = number(0, usize::MAX), hide_short_help = true)]
    limit_xml_attributes: usize,
    /// Largest text of one label
    ///
    /// 单个标识的最大文本
    #[arg(long, value_name = "SIZE", value_parser = label_size, default_value = "64K", hide_short_help = true)]
    limit_label: usize,
    // Each is compared with the others.
    /// Most labels of one file
    ///
    /// 单个文件的最多标识数
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = number(1_usize, 4096), hide_short_help = true)]
    limit_records: usize,
    /// Largest picture side in pixels
    ///
    /// 图像的最大边长,单位像素
    #[arg(long, value_name = "PIXELS", default_value_t = 16_384, value_parser = number(0, u32::MAX), hide_short_help = true)]
    limit_side: u32,
    /// Largest decoded picture
    ///
    /// 解码后图像的最大字节数
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "1G", hide_short_help = true)]
    limit_decoded: u64,
    /// Longest sound in seconds
    ///
    /// 音频的最长时长,单位秒
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = number(0, u64::MAX), hide_short_help = true)]
    limit_seconds: u64,
    /// Most work on the pixels or samples of one layer of a file of up to 4 MiB, in steps of about five nanoseconds; a larger
    /// file may cost as much for each 4 MiB
    ///
    /// 不超过 4 MiB 的文件,单个标识层处理像素或采样的最大工作量,单位为步(约 5 纳秒);更大的文件每 4 MiB 可用同样多
    #[arg(long, value_name = "STEPS", value_parser = size, default_value = "400M", hide_short_help = true)]
    limit_work: u64,
    /// Memory for decoded media of all threads together
    ///
    /// 所有线程解码媒体合计可用的内存
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "2G", hide_short_help = true)]
    pub(crate) limit_memory: u64,
}

impl LimitArgs {
    /// The limits of one file.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            input: self.limit_input,
            text: self.limit_text,
            lines: self.limit_lines,
            part: self.limit_part,
            parts: self.limit_parts,
            xml_depth: self.limit_xml_depth,
            xml_attributes: self.limit_xml_attributes,
            inflated: self.limit_inflated,
            label: self.limit_label,
            records: self.limit_records,
            side: self.limit_side,
            decoded: self.limit_decoded,
            seconds: self.limit_seconds,
            work: self.limit_work,
        }
    }
}
