//! Basic: user name and password in one header (RFC 7617).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use nave_connector::connector::Scheme;
use nave_model::fault::codes;
use nave_model::{Fault, Secret};

use super::{Example, Head, Kind, Parameter, Values, sensitive};

pub(super) const KIND: Kind = Kind {
    name: "basic",
    summary: "Sends a user name and a password.",
    parameters: &[
        Parameter {
            name: "username",
            required: true,
            summary: "The user name; for some systems an API key.",
        },
        Parameter { name: "password", required: false, summary: "The password; empty where absent." },
    ],
    examples: &[
        Example {
            scheme: || Scheme::Basic,
            values: &[("username", "Aladdin"), ("password", "open sesame")],
            sends: "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        },
        Example {
            scheme: || Scheme::Basic,
            values: &[("username", "sk_test_1")],
            sends: "authorization: Basic c2tfdGVzdF8xOg==",
        },
    ],
    fits: |scheme| matches!(scheme, Scheme::Basic),
    attach,
};

fn attach(_: &Scheme, values: &Values, head: &mut Head<'_>) -> Result<(), Fault> {
    let username = values.username()?.reveal();
    if username.contains(':') {
        let message = "a user name with a colon cannot be sent by basic authentication (RFC 7617 section 2)";
        return Err(Fault::new(codes::CREDENTIAL_MISSING, message));
    }
    let password = values.password.as_ref().map_or("", Secret::reveal);
    let pair = STANDARD.encode(format!("{username}:{password}"));
    head.headers.insert(AUTHORIZATION, sensitive(&format!("Basic {pair}"))?);
    Ok(())
}
