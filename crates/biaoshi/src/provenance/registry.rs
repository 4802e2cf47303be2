use std::collections::BTreeMap;

use super::ProviderTag;

/// A provider of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its code, as ContentProducer has it.
    pub code: String,
    /// Its name for people; may be empty.
    pub name: String,
}

/// Provider codes and names, found by the tag in a payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    providers: BTreeMap<ProviderTag, Vec<Provider>>,
}

impl Registry {
    /// Adds a provider. Each code is to be added once.
    pub fn add(&mut self, provider: Provider) {
        self.providers.entry(ProviderTag::new(&provider.code)).or_default().push(provider);
    }

    /// The providers with a tag, in the order in which they were added: none when nobody has it, several when it does not
    /// tell which of them it is.
    pub fn find(&self, tag: ProviderTag) -> &[Provider] {
        self.providers.get(&tag).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These two codes have one tag, found by trying.
    #[test]
    fn all_providers_of_a_tag_are_told() {
        let provider = |code: &str| Provider { code: code.into(), name: format!("name of {code}") };
        let [a, b] = ["001191110000EXAMPLE03Q02516", "001191110000EXAMPLE03Q03596"].map(provider);
        let mut registry = Registry::default();
        registry.add(a.clone());
        assert_eq!(registry.find(ProviderTag::new(&a.code)), std::slice::from_ref(&a));
        assert_eq!(registry.find(ProviderTag::new("x")), []);
        registry.add(b.clone());
        assert_eq!(registry.find(ProviderTag::new(&a.code)), [a, b]);
    }
}
