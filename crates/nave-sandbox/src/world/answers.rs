//! Which of the described answers the sandbox gives: the usual successful one, and its media type.

use nave_connector::operation::{Codec, Media, Operation, Response, Status};
use nave_connector::{Connector, Schema};

/// A described answer that was chosen.
#[derive(Clone, Copy)]
pub(crate) struct Chosen<'a> {
    /// The status it is given with.
    pub(crate) status: u16,
    /// Its media type; none: no content.
    pub(crate) media: Option<&'a Media>,
}

impl<'a> Chosen<'a> {
    /// The schema of its content.
    pub(crate) fn schema(self, connector: &'a Connector) -> Option<Schema<'a>> {
        let place = self.media?.schema.as_ref()?;
        Schema::at(&connector.documents, place).ok()
    }
}

/// The usual successful answer: the first described 2xx, else `default`, else the lowest described
/// status below 400.
pub(crate) fn success(operation: &Operation) -> Chosen<'_> {
    let exact = operation.responses.iter().filter_map(|response| match response.status {
        Status::Exact(status) if (200..300).contains(&status) && status != 206 => Some((status, response)),
        _ => None,
    });
    let class = |wanted: Status, status: u16| {
        operation.responses.iter().find(|response| response.status == wanted).map(|found| (status, found))
    };
    let redirect = operation.responses.iter().filter_map(|response| match response.status {
        Status::Exact(status) if (200..400).contains(&status) => Some((status, response)),
        _ => None,
    });
    // An answer with content is worth more than an empty one beside it (202 beside 200).
    let found = exact
        .min_by_key(|(status, response)| (response.media.is_empty() && *status != 204, *status))
        .or_else(|| class(Status::Class(2), 200))
        .or_else(|| class(Status::Default, 200))
        .or_else(|| redirect.min_by_key(|(status, _)| *status));
    match found {
        Some((status, response)) => Chosen { status, media: media(response) },
        None => Chosen { status: 200, media: None },
    }
}

/// The media type to answer in: JSON where there is a choice.
pub(crate) fn media(response: &Response) -> Option<&Media> {
    let json = response.media.iter().find(|media| media.codec == Codec::Json);
    json.or_else(|| response.media.first())
}
