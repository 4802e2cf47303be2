//! What is said of labels that are there and are not ours to change (Measures Art. 10).

use biaoshi_container::{Message, said};
use biaoshi_security::Party;

pub(super) fn label(who: &str) -> Message {
    said!(
        "the file carries the label of another producer, {}; a platform that spreads it writes its elements with biaoshi propagate",
        "已有其他服务提供者 {} 的标识;传播平台请用 biaoshi propagate 写入传播要素",
        format!("{who:?}")
    )
}

pub(super) fn assumed() -> Message {
    said!(
        "the file carries a label that a platform wrote without knowing the producer, in whose place it names itself; its elements are written with biaoshi propagate, and --level names the level of a label of your own",
        "已有的标识由不知道生成者的传播平台写入,以自身代替生成者;传播要素请用 biaoshi propagate 写入,若确为自有标识请用 --level 写明其级别"
    )
}

pub(super) fn propagator(who: &str) -> Message {
    said!(
        "ContentPropagator of the label is another platform, {}; write your elements with biaoshi propagate",
        "标识的 ContentPropagator 是另一平台 {};请用 biaoshi propagate 写入传播要素",
        format!("{who:?}")
    )
}

pub(super) fn contradicting_itself() -> Message {
    said!(
        "the label states a key more than once, with values that contradict each other, and none of them may be lost; its producer replaces it with biaoshi label --replace, others for a --reason (Measures Art. 10)",
        "标识中同一键重复出现且取值相互矛盾,不得丢失其中任何一个;生成者可用 label 的 --replace 替换,其他人还须给出 --reason(《标识办法》第十条)"
    )
}

pub(super) fn without_reason(who: &str) -> Message {
    said!(
        "what another provider, {}, wrote is replaced only for a reason; give --reason TEXT with --replace (Measures Art. 10), or keep it with biaoshi propagate",
        "替换其他服务提供者 {} 所写的标识须有理由;请在 --replace 之外给出 --reason 文本(《标识办法》第十条),或用 biaoshi propagate 保留该标识",
        format!("{who:?}")
    )
}

pub(super) fn not_carried() -> Message {
    said!(
        "the file carries another label than the source; --replace replaces it, for a --reason where it is of another producer (Measures Art. 10)",
        "已有与来源文件不同的标识;--replace 可替换,若属于其他生成者还须给出 --reason(《标识办法》第十条)"
    )
}

pub(super) fn explicit() -> Message {
    said!(
        "the file carries an explicit label, and labels are never removed (Measures Art. 10); name the original without one",
        "文件含有显式标识,而标识不可删除(《标识办法》第十条);请给出不含显式标识的原件"
    )
}

pub(super) fn signature(party: Party) -> Message {
    said!(
        "the signature in {} would not be valid any more (other content, or a value in another form); --sign signs anew, --layers metadata leaves the content as it is",
        "{} 中的签名将失效(内容改变,或某个值须改写形式);--sign 可重新签名,--layers metadata 不改动内容",
        party.reserved().key()
    )
}
