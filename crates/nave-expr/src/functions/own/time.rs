//! Instants, zones and their texts, as the date functions share them. The zones are those of the IANA time
//! zone database in the binary; the machine's own are never looked at.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};
use nave_model::similar::did_you_mean;

use super::amount::{rounded, say};
use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::signature::Objection;
use crate::functions::tables::beginning;
use crate::value::Value;

/// The zone of a name such as `Europe/Berlin`, in any case.
///
/// # Errors
/// There is none.
pub(super) fn zone(name: &str) -> Result<TimeZone, Objection> {
    let zones = TimeZoneDatabase::bundled();
    zones.get(name.trim()).map_err(|_| {
        let names: Vec<String> = zones.available().map(|name| name.as_str().to_owned()).collect();
        let hint = did_you_mean(name, names.iter().map(String::as_str));
        let hint = hint.unwrap_or_else(|| "zones have names such as \"Europe/Berlin\" and \"UTC\"".into());
        (format!("\"{}\" is no time zone of the IANA database", beginning(name)), Some(hint))
    })
}

/// The zone an argument names.
///
/// # Errors
/// It names none.
pub(super) fn zone_of<'a>(meter: &Meter, argument: &Value<'_>) -> Result<TimeZone, Error<'a>> {
    match argument {
        Value::Text(name) => zone(name.as_str()).map_err(|objection| say(meter, &objection)),
        other => Err(type_error(other, "is no time zone")),
    }
}

/// The instant of a date and time with an offset (RFC 3339), of a date at its beginning in the zone, or of
/// seconds since 1970, seen in the zone.
///
/// # Errors
/// It is none of these, or beyond the years -9999 to 9999.
pub(super) fn instant<'a>(value: &Value<'_>, zone: &TimeZone) -> Result<Zoned, Error<'a>> {
    let refused =
        || type_error(value, "is no date and time with an offset, no date, and no seconds since 1970");
    let instant = match value {
        Value::Text(text) => {
            let text = text.as_str().trim();
            match text.parse::<Timestamp>() {
                Ok(instant) => instant,
                Err(_) if text.len() == 10 => {
                    let date: Date = text.parse().map_err(|_| refused())?;
                    return date.to_zoned(zone.clone()).map_err(|_| refused());
                }
                Err(_) => return Err(refused()),
            }
        }
        Value::Number(number) => {
            // Jiff counts nanoseconds; what is finer is rounded.
            let seconds = number.as_decimal().and_then(|seconds| rounded(&seconds, 9)).ok_or_else(refused)?;
            let nanoseconds = seconds.replace('.', "").parse::<i128>().map_err(|_| refused())?;
            Timestamp::from_nanosecond(nanoseconds).map_err(|_| refused())?
        }
        _ => return Err(refused()),
    };
    Ok(instant.to_zoned(zone.clone()))
}

/// RFC 3339 with the offset of the zone at that time, `Z` where the zone is UTC; fractions where there are any.
pub(super) fn written(instant: &Zoned) -> String {
    if instant.time_zone() == &TimeZone::UTC {
        return instant.timestamp().to_string();
    }
    instant.timestamp().display_with_offset(instant.offset()).to_string()
}
