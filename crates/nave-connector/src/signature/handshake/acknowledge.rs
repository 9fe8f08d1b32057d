//! How a delivery that was kept is acknowledged, where a vendor wants more than a status.

use serde::{Deserialize, Serialize};

use super::Reply;

/// How a delivery that was taken is acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgement {
    /// 200 without a body.
    #[default]
    Empty,
    /// Twilio's markup without an instruction: nothing is said or sent back.
    Twiml,
    /// The SOAP answer that keeps Salesforce from sending an outbound message again.
    SalesforceAck,
}

const TWIML: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
const SALESFORCE_ACK: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>"#,
    r#"<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>"#,
    "</notificationsResponse></soapenv:Body></soapenv:Envelope>",
);

impl Acknowledgement {
    /// The answer.
    pub fn reply(self) -> Reply {
        let text = match self {
            Acknowledgement::Empty => return Reply::empty(200),
            Acknowledgement::Twiml => TWIML,
            Acknowledgement::SalesforceAck => SALESFORCE_ACK,
        };
        Reply::of("text/xml", text.as_bytes())
    }
}
