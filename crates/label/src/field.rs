/// The seven fields of the label, in the order of Annex E.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `"1"` is, `"2"` may be, `"3"` is suspected to be AI-generated.
    Label,
    /// Name or code of the provider that generated the content.
    ContentProducer,
    /// The producer's number for this content.
    ProduceID,
    /// The producer's security data, or empty.
    ReservedCode1,
    /// Name or code of the platform that spreads the content.
    ContentPropagator,
    /// The propagator's number for this content.
    PropagateID,
    /// The propagator's security data, or empty.
    ReservedCode2,
}

/// One value for each [`Field`], by its position; `None` where the label lacks it.
pub type Fields = [Option<String>; 7];

impl Field {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Label,
        Self::ContentProducer,
        Self::ProduceID,
        Self::ReservedCode1,
        Self::ContentPropagator,
        Self::PropagateID,
        Self::ReservedCode2,
    ];

    /// The key, as Annex E spells it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Label => "Label",
            Self::ContentProducer => "ContentProducer",
            Self::ProduceID => "ProduceID",
            Self::ReservedCode1 => "ReservedCode1",
            Self::ContentPropagator => "ContentPropagator",
            Self::PropagateID => "PropagateID",
            Self::ReservedCode2 => "ReservedCode2",
        }
    }

    /// Whether Annex E demands a value (the others are written, possibly empty).
    pub fn is_required(self) -> bool {
        matches!(self, Self::Label | Self::ContentProducer | Self::ProduceID)
    }

    /// The field that a key of a found label means, and how it is spelt.
    pub fn from_key(key: &str) -> Option<(Self, Spelling)> {
        /// Misspellings seen in files of real services.
        const MISSPELT: [(&str, Field); 6] = [
            ("ReserveCode1", Field::ReservedCode1),
            ("ReserveCode2", Field::ReservedCode2),
            ("Propagator", Field::ContentPropagator),
            ("PropatorID", Field::PropagateID),
            ("PropagatorID", Field::PropagateID),
            ("ProducerID", Field::ProduceID),
        ];
        let exact = Self::ALL.into_iter().find(|f| f.key() == key).map(|f| (f, Spelling::Right));
        let folded = || Self::ALL.into_iter().find(|f| f.key().eq_ignore_ascii_case(key)).map(|f| (f, Spelling::Case));
        let misspelt =
            || MISSPELT.into_iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, f)| (f, Spelling::Wrong));
        exact.or_else(folded).or_else(misspelt)
    }

    /// This field's value.
    pub fn of(self, fields: &Fields) -> Option<&str> {
        fields.get(self as usize).and_then(Option::as_deref)
    }

    /// Sets this field's value.
    pub fn set(self, fields: &mut Fields, value: Option<String>) {
        if let Some(slot) = fields.get_mut(self as usize) {
            *slot = value;
        }
    }
}

/// How a key is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As Annex E spells it.
    Right,
    /// With other upper and lower case.
    Case,
    /// With other letters: what it means is a guess, however good.
    Wrong,
}
