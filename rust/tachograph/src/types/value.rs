//! Structured values: configurations, environments, arrays, anything that is no plain number.

/// How deep lists and maps may nest.
pub const MAX_NESTING: usize = 64;

/// An array of fixed-size numbers, row-major, little-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NdArray {
    /// NumPy's name of the element type with its byte order, for example `<f4`, `|b1`, `<c16`.
    pub dtype: String,
    /// The extent of each axis.
    pub shape: Vec<u64>,
    /// The elements.
    pub bytes: Vec<u8>,
}

/// A value with structure.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// An integer beyond 64 bits, in decimal digits with an optional minus sign.
    BigInt(String),
    /// A double, to the bit.
    Float(f64),
    /// Text.
    Str(String),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// An ordered list.
    List(Vec<Value>),
    /// Pairs in insertion order; keys may be any value without structure.
    Map(Vec<(Value, Value)>),
    /// A numeric array.
    Array(NdArray),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
    /// An object that has no counterpart here: the name of its type and its text form.
    Opaque {
        /// Qualified type name, for example `pathlib.PosixPath`.
        type_name: String,
        /// What `str()` said of it.
        text: String,
    },
}
