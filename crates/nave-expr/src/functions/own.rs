//! Functions of Nave's own: what integrations need every day and jq lacks. One file each.

mod amount;
mod blank_to_null;
mod chunk;
mod country_alpha3;
mod country_code;
mod country_name;
mod currency_code;
mod date_only;
mod decimal_text;
mod email;
mod email_domain;
mod format_date;
mod from_minor_units;
mod join_name;
mod mask;
mod mask_email;
mod one_line;
mod only_digits;
mod parse_date;
mod parse_decimal;
mod phone;
mod round_money;
mod sha256;
mod slug;
mod split_name;
mod stable_id;
mod time;
mod to_minor_units;
mod to_zone;
mod truncate_text;

use super::Function;

/// Every function, a file each; `amount` and `time` hold what some of them share.
pub(super) const FAMILIES: &[&[Function]] = &[
    to_minor_units::FUNCTIONS,
    from_minor_units::FUNCTIONS,
    round_money::FUNCTIONS,
    currency_code::FUNCTIONS,
    parse_decimal::FUNCTIONS,
    decimal_text::FUNCTIONS,
    country_code::FUNCTIONS,
    country_alpha3::FUNCTIONS,
    country_name::FUNCTIONS,
    phone::FUNCTIONS,
    email::FUNCTIONS,
    email_domain::FUNCTIONS,
    split_name::FUNCTIONS,
    join_name::FUNCTIONS,
    parse_date::FUNCTIONS,
    format_date::FUNCTIONS,
    to_zone::FUNCTIONS,
    date_only::FUNCTIONS,
    sha256::FUNCTIONS,
    stable_id::FUNCTIONS,
    mask::FUNCTIONS,
    mask_email::FUNCTIONS,
    only_digits::FUNCTIONS,
    slug::FUNCTIONS,
    truncate_text::FUNCTIONS,
    one_line::FUNCTIONS,
    blank_to_null::FUNCTIONS,
    chunk::FUNCTIONS,
];
