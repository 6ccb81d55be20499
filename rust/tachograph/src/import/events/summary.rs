//! The values of a summary, as `tensorflow/core/framework/summary.proto` has them.

use super::tensor;
use crate::types::Kind;
use crate::wire::proto::{Field, Fields, Malformed};

/// What one value of a summary is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Content<'a> {
    /// A number in the older form, its 32 bits.
    Simple(u32),
    /// A tensor; what it means is said by its plugin.
    Tensor(&'a [u8]),
    /// Something that is no curve.
    Other(&'static str),
    /// Nothing but metadata.
    Nothing,
}

/// One value of a summary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SummaryValue<'a> {
    pub(super) tag: &'a [u8],
    pub(super) content: Content<'a>,
    pub(super) metadata: Option<&'a [u8]>,
}

impl<'a> SummaryValue<'a> {
    #[inline]
    pub(super) fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut value = Self { tag: &[], content: Content::Nothing, metadata: None };
        for field in Fields::of(message) {
            match field? {
                (1, Field::Bytes(tag)) => value.tag = tag,
                (2, Field::Fixed32(bits)) => value.content = Content::Simple(bits),
                (3, Field::Bytes(_)) => value.content = Content::Other("old histograms"),
                (4, Field::Bytes(_)) => value.content = Content::Other("images"),
                (5, Field::Bytes(_)) => value.content = Content::Other("histograms"),
                (6, Field::Bytes(_)) => value.content = Content::Other("audio"),
                (8, Field::Bytes(tensor)) => value.content = Content::Tensor(tensor),
                (9, Field::Bytes(metadata)) => value.metadata = Some(metadata),
                (1..=6 | 8 | 9, _) => return Err(Malformed),
                _ => {}
            }
        }
        Ok(value)
    }
}

/// The messages of the values of a summary.
pub(super) fn values(summary: &[u8]) -> impl Iterator<Item = Result<SummaryValue<'_>, Malformed>> {
    Fields::of(summary).filter_map(|field| match field {
        Ok((1, Field::Bytes(value))) => Some(SummaryValue::read(value)),
        Ok((1, _)) | Err(_) => Some(Err(Malformed)),
        Ok(_) => None,
    })
}

/// Which plugin a tag belongs to. Writers may say so only once a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plugin {
    Scalars,
    Hparams,
    Other(Box<str>),
}

/// The class of data that scalars have, whichever plugin shows them.
const DATA_CLASS_SCALAR: u64 = 1;

/// What metadata says: the plugin, and what it keeps there.
pub(super) fn plugin(metadata: &[u8]) -> Result<(Plugin, &[u8]), Malformed> {
    let (mut name, mut content, mut class): (&[u8], &[u8], u64) = (&[], &[], 0);
    for field in Fields::of(metadata) {
        match field? {
            (1, Field::Bytes(data)) => {
                for field in Fields::of(data) {
                    match field? {
                        (1, Field::Bytes(bytes)) => name = bytes,
                        (2, Field::Bytes(bytes)) => content = bytes,
                        _ => {}
                    }
                }
            }
            (4, Field::Varint(number)) => class = number,
            _ => {}
        }
    }
    let plugin = match name {
        b"scalars" => Plugin::Scalars,
        b"hparams" => Plugin::Hparams,
        _ if class == DATA_CLASS_SCALAR => Plugin::Scalars,
        [] => Plugin::Other("tensors".into()),
        name => Plugin::Other(String::from_utf8_lossy(name).chars().take(40).collect()),
    };
    Ok((plugin, content))
}

/// The number that a value has, or what else it is.
#[inline]
pub(super) fn number<'a>(
    content: Content<'_>,
    plugin: Option<&'a Plugin>,
) -> Result<Result<(Kind, u64), &'a str>, Malformed> {
    Ok(match (content, plugin) {
        (Content::Simple(bits), _) => Ok(tensor::single(bits)),
        (Content::Tensor(message), Some(Plugin::Scalars)) => {
            tensor::scalar(message)?.ok_or("scalars of no single number")
        }
        (Content::Tensor(_), Some(Plugin::Other(name))) => Err(name),
        (Content::Tensor(_), Some(Plugin::Hparams)) => Err("hparams"),
        (Content::Tensor(_), None) => Err("tensors"),
        (Content::Other(kind), _) => Err(kind),
        (Content::Nothing, _) => Err("values without content"),
    })
}
