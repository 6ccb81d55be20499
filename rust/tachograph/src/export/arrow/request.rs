//! The types that a consumer asks for.

use crate::{Error, Result};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTimestampType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    ArrayRef, Float32Array, PrimitiveArray, RecordBatch, StringArray, StringViewArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;

/// Makes an array of one of a frame's own types one of another.
type Cast = fn(&ArrayRef, &DataType) -> Result<ArrayRef, ArrowError>;

/// Types other than a frame's own.
pub(super) struct Request {
    pub(super) schema: SchemaRef,
    casts: Vec<Cast>,
}

impl Request {
    /// `None` where nothing else than the frame's own types is asked for.
    pub(super) fn new(own: &Schema, requested: &Schema) -> Result<Option<Self>> {
        let names = |schema: &Schema| -> Vec<String> {
            schema.fields().iter().map(|field| field.name().clone()).collect()
        };
        if names(own) != names(requested) {
            let reason = format!("must have the columns {:?}; see select()", names(own));
            return Err(Error::invalid("requested_schema", reason));
        }
        let (mut fields, mut casts) = (Vec::new(), Vec::new());
        for (own, requested) in own.fields().iter().zip(requested.fields()) {
            let (from, to) = (own.data_type(), requested.data_type());
            let Some(cast) = cast_of(from, to) else {
                let reason = format!("column {:?} is {from} and cannot be {to}", own.name());
                return Err(Error::invalid("requested_schema", reason));
            };
            fields.push(Field::new(own.name(), to.clone(), own.is_nullable()));
            casts.push(cast);
        }
        let schema = Arc::new(Schema::new(fields));
        Ok((schema.fields() != own.fields()).then_some(Self { schema, casts }))
    }

    /// The arrays in the types that are asked for. A value that does not fit its type is an error.
    pub(super) fn batch(&self, arrays: &[ArrayRef]) -> Result<RecordBatch, ArrowError> {
        let fields = self.schema.fields().iter().zip(&self.casts);
        let cast = |(array, (field, cast)): (&ArrayRef, (&Arc<Field>, &Cast))| {
            let failed =
                |error| ArrowError::CastError(format!("column {:?}: {error}", field.name()));
            cast(array, field.data_type()).map_err(failed)
        };
        let arrays = arrays.iter().zip(fields).map(cast).collect::<Result<_, ArrowError>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }
}

/// `None` where values would lose their meaning; floats as integers would lose their fraction.
fn cast_of(from: &DataType, to: &DataType) -> Option<Cast> {
    Some(match (from, to) {
        (from, to) if from == to => |array, _| Ok(Arc::clone(array)),
        (DataType::Int64, DataType::Int8) => narrow::<Int8Type>,
        (DataType::Int64, DataType::Int16) => narrow::<Int16Type>,
        (DataType::Int64, DataType::Int32) => narrow::<Int32Type>,
        (DataType::Int64, DataType::UInt8) => narrow::<UInt8Type>,
        (DataType::Int64, DataType::UInt16) => narrow::<UInt16Type>,
        (DataType::Int64, DataType::UInt32) => narrow::<UInt32Type>,
        (DataType::Int64, DataType::UInt64) => narrow::<UInt64Type>,
        (DataType::Int64, DataType::Float32) => {
            |array, _| exact::<Float32Type>(array, |number| (number as f32, number as f32 as i128))
        }
        (DataType::Int64, DataType::Float64) => {
            |array, _| exact::<Float64Type>(array, |number| (number as f64, number as f64 as i128))
        }
        (DataType::Float64, DataType::Float32) => |array, _| {
            let floats: Float32Array = array.as_primitive::<Float64Type>().unary(|f| f as f32);
            Ok(Arc::new(floats))
        },
        (DataType::Timestamp(..), DataType::Timestamp(unit, _)) => match unit {
            TimeUnit::Second => |array, to| {
                times::<TimestampSecondType>(array, to, |time| Some(time.div_euclid(1_000_000)))
            },
            TimeUnit::Millisecond => |array, to| {
                times::<TimestampMillisecondType>(array, to, |time| Some(time.div_euclid(1000)))
            },
            TimeUnit::Microsecond => |array, to| times::<TimestampMicrosecondType>(array, to, Some),
            TimeUnit::Nanosecond => |array, to| {
                times::<TimestampNanosecondType>(array, to, |time| time.checked_mul(1000))
            },
        },
        (DataType::LargeUtf8, DataType::Utf8) => |array, _| {
            let texts = array.as_string::<i64>();
            if i32::try_from(texts.value_data().len()).is_err() {
                return Err(ArrowError::CastError("over 2 GiB of text in a batch".into()));
            }
            Ok(Arc::new(texts.iter().collect::<StringArray>()))
        },
        (DataType::LargeUtf8, DataType::Utf8View) => {
            |array, _| Ok(Arc::new(array.as_string::<i64>().iter().collect::<StringViewArray>()))
        }
        _ => return None,
    })
}

fn misfit(number: i64) -> ArrowError {
    ArrowError::CastError(format!("{number} does not fit"))
}

fn narrow<T: ArrowPrimitiveType>(array: &ArrayRef, _: &DataType) -> Result<ArrayRef, ArrowError>
where
    T::Native: TryFrom<i64>,
{
    let fit = |number| T::Native::try_from(number).map_err(|_| misfit(number));
    let narrowed: PrimitiveArray<T> = array.as_primitive::<Int64Type>().try_unary(fit)?;
    Ok(Arc::new(narrowed))
}

/// Integers as the floats that equal them.
fn exact<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    float: fn(i64) -> (T::Native, i128),
) -> Result<ArrayRef, ArrowError> {
    let fit = |number: i64| {
        let (float, back) = float(number);
        if back == i128::from(number) { Ok(float) } else { Err(misfit(number)) }
    };
    let floats: PrimitiveArray<T> = array.as_primitive::<Int64Type>().try_unary(fit)?;
    Ok(Arc::new(floats))
}

/// Instants stay what they are, in whatever zone they are to be shown.
fn times<T: ArrowTimestampType>(
    array: &ArrayRef,
    to: &DataType,
    of_micros: fn(i64) -> Option<i64>,
) -> Result<ArrayRef, ArrowError> {
    let fit = |time| of_micros(time).ok_or_else(|| misfit(time));
    let times: PrimitiveArray<T> =
        array.as_primitive::<TimestampMicrosecondType>().try_unary(fit)?;
    let zone = match to {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    Ok(Arc::new(times.with_timezone_opt(zone)))
}
