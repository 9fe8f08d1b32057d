//! The connectors that ship with Nave, as files inside the binary. This is the one list of them; a
//! test compares it with the folder `connectors/`.

/// A file of the repository with its path.
macro_rules! embedded {
    ($path:literal) => {
        ($path, include_bytes!(concat!("../../../", $path)))
    };
}

/// Path as in a project (`connectors/NAME/FILE`) and content of every file, sorted by path.
const FILES: &[(&str, &[u8])] = &[
    embedded!("connectors/hubspot/cases/account.md"),
    embedded!("connectors/hubspot/cases/associations.md"),
    embedded!("connectors/hubspot/cases/companies.md"),
    embedded!("connectors/hubspot/cases/contacts.md"),
    embedded!("connectors/hubspot/cases/deals.md"),
    embedded!("connectors/hubspot/cases/notes.md"),
    embedded!("connectors/hubspot/cases/owners.md"),
    embedded!("connectors/hubspot/cases/pipelines.md"),
    embedded!("connectors/hubspot/cases/properties.md"),
    embedded!("connectors/hubspot/cases/tasks.md"),
    embedded!("connectors/hubspot/cases/tickets.md"),
    embedded!("connectors/hubspot/connector.yaml"),
    embedded!("connectors/hubspot/openapi.yaml"),
    embedded!("connectors/slack/cases/auth.md"),
    embedded!("connectors/slack/cases/chat.md"),
    embedded!("connectors/slack/cases/conversations.md"),
    embedded!("connectors/slack/cases/files.md"),
    embedded!("connectors/slack/cases/pins.md"),
    embedded!("connectors/slack/cases/reactions.md"),
    embedded!("connectors/slack/cases/team.md"),
    embedded!("connectors/slack/cases/users.md"),
    embedded!("connectors/slack/cases/views.md"),
    embedded!("connectors/slack/connector.yaml"),
    embedded!("connectors/slack/openapi.yaml"),
    embedded!("connectors/stripe/cases/balance.md"),
    embedded!("connectors/stripe/cases/charges.md"),
    embedded!("connectors/stripe/cases/checkout.md"),
    embedded!("connectors/stripe/cases/customers.md"),
    embedded!("connectors/stripe/cases/events.md"),
    embedded!("connectors/stripe/cases/invoices.md"),
    embedded!("connectors/stripe/cases/payment_intents.md"),
    embedded!("connectors/stripe/cases/payment_links.md"),
    embedded!("connectors/stripe/cases/prices.md"),
    embedded!("connectors/stripe/cases/products.md"),
    embedded!("connectors/stripe/cases/refunds.md"),
    embedded!("connectors/stripe/cases/subscriptions.md"),
    embedded!("connectors/stripe/cases/webhook_endpoints.md"),
    embedded!("connectors/stripe/connector.yaml"),
    embedded!("connectors/stripe/openapi.yaml"),
];

/// The paths of all files.
pub fn list() -> Vec<String> {
    FILES.iter().map(|(path, _)| (*path).to_owned()).collect()
}

/// The content of one file.
pub fn read(path: &str) -> Option<&'static [u8]> {
    let position = FILES.binary_search_by_key(&path, |(known, _)| known).ok()?;
    FILES.get(position).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests;
