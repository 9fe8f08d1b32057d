//! Bearer: a token in the `Authorization` header (RFC 6750). It also carries tokens of OAuth 2.0 and
//! OpenID Connect that were got elsewhere.

use http::header::AUTHORIZATION;
use nave_connector::connector::Scheme;
use nave_model::Fault;

use super::{Example, Head, Kind, Parameter, Values, sensitive};

pub(super) const KIND: Kind = Kind {
    name: "bearer",
    summary: "Sends a bearer token.",
    parameters: &[Parameter { name: "secret", required: true, summary: "The token." }],
    examples: &[
        Example {
            scheme: || Scheme::Bearer,
            values: &[("secret", "xoxb-1")],
            sends: "authorization: Bearer xoxb-1",
        },
        Example {
            scheme: || Scheme::OpenIdConnect { url: "https://id.example".to_owned() },
            values: &[("secret", "eyJ.x.y")],
            sends: "authorization: Bearer eyJ.x.y",
        },
    ],
    fits: |scheme| matches!(scheme, Scheme::Bearer | Scheme::OAuth2 { .. } | Scheme::OpenIdConnect { .. }),
    attach,
};

fn attach(_: &Scheme, values: &Values, head: &mut Head<'_>) -> Result<(), Fault> {
    let token = values.secret()?.reveal();
    head.headers.insert(AUTHORIZATION, sensitive(&format!("Bearer {token}"))?);
    Ok(())
}
