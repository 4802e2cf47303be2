//! Names of providers that are no codes: told, as a slip matches no label.

use biaoshi::judge::Policy;
use biaoshi::label::code::ProviderCode;
use biaoshi::report::{Message, said};

use crate::args::Common;
use crate::out;

/// Tells which producers a policy expects by what is no code.
pub(crate) fn tell_expected(policy: &Policy, common: &Common) {
    policy.producers.iter().for_each(|producer| tell("expect-producer", producer, common));
}

/// Tells that a provider is named by what is no code: labels are compared with it word for word, so that a slip matches none.
pub(crate) fn tell(place: &str, provider: &str, common: &Common) {
    let Err(fault) = ProviderCode::parse(provider) else { return };
    if !common.worker {
        let fault = Message::pair(fault.to_string(), fault.to_chinese());
        let said = said!(
            "warning: {} {} is no provider code ({}); it is taken for a plain name, as labels have it word for word",
            "警告:{} {} 不是服务提供者编码({});按名称处理,须与标识中的写法完全一致",
            place.to_owned(),
            format!("{provider:?}"),
            fault
        );
        out::error(&said.tell(common.lang()));
    }
}
