//! Every fault code, once. A code is stable: it may be retired, never reused. Each has a page in
//! `docs/faults/`, and a test keeps this list and the pages equal.

use super::{Blame, Code, Kind, Retry};

macro_rules! codes {
    ($($(#[$doc:meta])* $ident:ident = $name:literal, $kind:ident, $blame:ident, $retry:ident, $title:literal;)*) => {
        $(#[doc = $title] pub const $ident: Code = Code {
            name: $name, kind: Kind::$kind, blame: Blame::$blame, retry: Retry::$retry, title: $title,
        };)*
        /// All codes, in the order of this file.
        pub const ALL: &[Code] = &[$($ident),*];
    };
}

codes! {
    ARGUMENT_UNKNOWN = "E-ARG-UNKNOWN", Invalid, Caller, Never, "An argument has a name the operation does not know.";
    ARGUMENT_REQUIRED = "E-ARG-REQUIRED", Invalid, Caller, Never, "A required argument is missing.";
    ARGUMENT_TYPE = "E-ARG-TYPE", Invalid, Caller, Never, "An argument has the wrong type.";
    ARGUMENT_VALUE = "E-ARG-VALUE", Invalid, Caller, Never, "An argument has a value that is not allowed.";
    ARGUMENT_READ_ONLY = "E-ARG-READ-ONLY", Invalid, Caller, Never, "An argument is set by the system and cannot be sent.";
    ARGUMENT_BRANCH = "E-ARG-BRANCH", Invalid, Caller, Never, "An argument fits none of the allowed shapes.";
    ARGUMENT_AMBIGUOUS = "E-ARG-AMBIGUOUS", Invalid, Caller, Never, "A name stands for more than one argument.";
    ARGUMENT_SHAPE = "E-ARG-SHAPE", Invalid, Caller, Never, "The arguments are not one JSON object.";
    ARGUMENT_LIMIT = "E-ARG-LIMIT", Limited, Caller, Never, "The arguments are larger or deeper than can be checked.";
    REQUEST_BUILD = "E-REQUEST-BUILD", Unsupported, Connector, Never, "The checked arguments cannot be put into a request.";
    REQUEST_READ = "E-REQUEST-READ", Invalid, Caller, Never, "A request is not what the operation describes.";
    OPERATION_UNKNOWN = "E-OP-UNKNOWN", Unknown, Caller, Never, "No operation has this name.";
    OPERATION_UNUSABLE = "E-OP-UNUSABLE", Unsupported, Connector, Never, "The description of this operation cannot be used.";
    CONNECTOR_UNKNOWN = "E-CONNECTOR-UNKNOWN", Unknown, Caller, Never, "No connector has this name.";
    CONNECTION_UNKNOWN = "E-CONNECTION-UNKNOWN", Unknown, Caller, Never, "No connection has this name.";
    CONNECTION_INVALID = "E-CONNECTION-INVALID", Invalid, Connector, Never, "A connection document is wrong.";
    PROJECT_INVALID = "E-PROJECT-INVALID", Invalid, Connector, Never, "A project document is wrong.";
    MANIFEST_INVALID = "E-MANIFEST-INVALID", Invalid, Connector, Never, "A connector manifest is wrong.";
    CASE_INVALID = "E-CASE-INVALID", Invalid, Connector, Never, "A connector case is wrong or does not hold.";
    DOCUMENT_SYNTAX = "E-DOC-SYNTAX", Invalid, Connector, Never, "A document is not well-formed JSON, YAML or UTF-8.";
    DOCUMENT_LIMIT = "E-DOC-LIMIT", Limited, Connector, Never, "A document is larger, deeper or more expanding than can be read.";
    DOCUMENT_FORMAT = "E-DOC-FORMAT", Unsupported, Connector, Never, "A document is not in a description format Nave reads.";
    DOCUMENT_DUPLICATE = "E-DOC-DUPLICATE", Invalid, Connector, Never, "A key stands twice in one object.";
    REFERENCE_BROKEN = "E-REF-BROKEN", Invalid, Connector, Never, "A `$ref` leads nowhere.";
    REFERENCE_CYCLE = "E-REF-CYCLE", Invalid, Connector, Never, "A chain of `$ref`s leads back to itself without a value.";
    REFERENCE_OUTSIDE = "E-REF-OUTSIDE", Refused, Connector, Never, "A `$ref` leaves the document and no resolver may follow it.";
    SCHEMA_INVALID = "E-SCHEMA-INVALID", Invalid, Connector, Never, "A schema cannot be used as written.";
    PARAMETER_INVALID = "E-PARAM-INVALID", Invalid, Connector, Never, "A parameter cannot be used as written.";
    OVERLAY_INVALID = "E-OVERLAY-INVALID", Invalid, Connector, Never, "An overlay document is wrong.";
    OVERLAY_UNMATCHED = "E-OVERLAY-UNMATCHED", Mismatch, Connector, Never, "An overlay action matches nothing.";
    CREDENTIAL_MISSING = "E-AUTH-MISSING", Unauthenticated, Caller, Never, "The operation needs a credential the connection does not have.";
    CREDENTIAL_REJECTED = "E-AUTH-REJECTED", Unauthenticated, Caller, Never, "The system did not accept the credential.";
    FORBIDDEN = "E-FORBIDDEN", Refused, Caller, Never, "The system does not allow this credential to do that.";
    NOT_ALLOWED = "E-NOT-ALLOWED", Refused, Caller, Never, "The connection does not allow this caller to use the operation.";
    ADDRESS_REFUSED = "E-ADDRESS-REFUSED", Refused, Connector, Never, "The address is private, local or otherwise forbidden.";
    REDIRECT_REFUSED = "E-REDIRECT-REFUSED", Refused, System, Never, "A redirect was not followed.";
    UNREACHABLE = "E-UNREACHABLE", Unreachable, System, After, "No connection to the system could be made.";
    TLS = "E-TLS", Unreachable, System, Never, "The system's certificate or TLS handshake was not acceptable.";
    CONNECTION_LOST = "E-CONNECTION-LOST", Unreachable, System, IfIdempotent, "The connection broke before the answer was complete.";
    TIMEOUT = "E-TIMEOUT", Timeout, System, IfIdempotent, "The system did not answer in the time allowed.";
    NOT_FOUND = "E-NOT-FOUND", Unknown, Caller, Never, "The system does not know the thing asked for.";
    CONFLICT = "E-CONFLICT", Conflict, Caller, Never, "The state of the system forbids the call.";
    REJECTED = "E-REJECTED", Invalid, Caller, Never, "The system refused the call as wrong.";
    RATE_LIMITED = "E-RATE-LIMITED", Limited, System, After, "The system answered that there were too many calls.";
    QUEUE_FULL = "E-QUEUE-FULL", Limited, Hub, After, "Too many calls are already waiting for this connection.";
    QUEUE_TIMEOUT = "E-QUEUE-TIMEOUT", Limited, Hub, After, "The call waited longer than allowed for its turn.";
    BREAKER_OPEN = "E-BREAKER-OPEN", Unavailable, System, After, "The system failed repeatedly; calls are held back until it recovers.";
    UNAVAILABLE = "E-UNAVAILABLE", Unavailable, System, IfIdempotent, "The system failed or is not available.";
    DEFERRED = "E-DEFERRED", Unavailable, System, After, "The system takes nothing now and asks to try again later.";
    RESPONSE_LIMIT = "E-RESPONSE-LIMIT", Limited, System, Never, "The answer is larger than allowed.";
    RESPONSE_SYNTAX = "E-RESPONSE-SYNTAX", Mismatch, System, IfIdempotent, "The answer cannot be read.";
    DEPRECATED = "E-DEPRECATED", Mismatch, Connector, Never, "The system announced that it will withdraw the operation.";
    RESPONSE_DRIFT = "E-RESPONSE-DRIFT", Mismatch, System, Never, "The answer does not have the described shape.";
    PAGING = "E-PAGING", Mismatch, Connector, Never, "The next page cannot be found or repeats an earlier one.";
    EXPRESSION_SYNTAX = "E-EXPR-SYNTAX", Invalid, Connector, Never, "An expression cannot be read.";
    EXPRESSION_PROFILE = "E-EXPR-PROFILE", Unsupported, Connector, Never, "An expression uses something that may not end or that reaches outside.";
    EXPRESSION_NAME = "E-EXPR-NAME", Unknown, Connector, Never, "An expression uses a function or variable that does not exist.";
    EXPRESSION_TYPE = "E-EXPR-TYPE", Invalid, Connector, Never, "An expression works on a value of a type that it cannot work on.";
    EXPRESSION_FAILED = "E-EXPR-FAILED", Invalid, Connector, Never, "An expression failed on the value it was given.";
    EXPRESSION_LIMIT = "E-EXPR-LIMIT", Limited, Connector, Never, "An expression used up its budget.";
    MAPPING_FIELD = "E-MAP-FIELD", Unknown, Connector, Never, "A mapping reads a field that its source does not have.";
    MAPPING_REQUIRED = "E-MAP-REQUIRED", Invalid, Connector, Never, "A mapping leaves out a field that its target requires.";
    MAPPING_EXTRA = "E-MAP-EXTRA", Invalid, Connector, Never, "A mapping gives a field that its target does not have.";
    MAPPING_TYPE = "E-MAP-TYPE", Invalid, Connector, Never, "A mapping gives a value of a type that its target does not take.";
    MAPPING_NULL = "E-MAP-NULL", Invalid, Connector, Never, "A value that may be null or missing goes where one is required.";
    MAPPING_VALUE = "E-MAP-VALUE", Invalid, Connector, Never, "A mapping gives a value that its target does not allow.";
    MAPPING_COUNT = "E-MAP-COUNT", Invalid, Connector, Never, "A mapping gives no value or several where exactly one is needed.";
    MAPPING_UNKNOWN = "E-MAP-UNKNOWN", Invalid, Connector, Never, "A schema does not say what a mapping relies on.";
    FLOW_INVALID = "E-FLOW-INVALID", Invalid, Connector, Never, "A flow document is wrong.";
    FLOW_NAME = "E-FLOW-NAME", Unknown, Connector, Never, "A flow names a step, flow, connection, operation or event that does not exist.";
    FLOW_RESULT = "E-FLOW-RESULT", Invalid, Connector, Never, "A flow uses a step's result where it may not exist.";
    FLOW_UNREACHABLE = "E-FLOW-UNREACHABLE", Invalid, Connector, Never, "A step can never run.";
    FLOW_CYCLE = "E-FLOW-CYCLE", Invalid, Connector, Never, "Flows start each other in a circle.";
    FLOW_COVERAGE = "E-FLOW-COVERAGE", Invalid, Connector, Never, "No branch covers some values of the source.";
    FLOW_UNDO = "E-FLOW-UNDO", Invalid, Connector, Never, "A step inside a saga cannot be undone.";
    FLOW_UNSETTLED = "E-FLOW-UNSETTLED", Invalid, Connector, Never, "A step whose answer is lost cannot be settled without a person.";
    FLOW_SENSITIVE = "E-FLOW-SENSITIVE", Refused, Connector, Never, "A secret or personal field goes where it may not.";
    FLOW_LIMIT = "E-FLOW-LIMIT", Limited, Connector, Never, "A run may need more calls than its connection allows.";
    FLOW_RAISED = "E-FLOW-RAISED", Conflict, Connector, Never, "A flow raised this fault itself.";
    FLOW_TIMEOUT = "E-FLOW-TIMEOUT", Timeout, Connector, Never, "A run or a step used up its time limit.";
    FLOW_CANCELLED = "E-FLOW-CANCELLED", Conflict, Caller, Never, "A run was cancelled.";
    APPROVAL_REFUSED = "E-APPROVAL-REFUSED", Refused, Caller, Never, "A person refused an approval.";
    APPROVAL_EXPIRED = "E-APPROVAL-EXPIRED", Timeout, Caller, Never, "Nobody answered an approval in time.";
    POLICY_INVALID = "E-POLICY-INVALID", Invalid, Connector, Never, "A policy document is wrong.";
    POLICY_UNREACHABLE = "E-POLICY-UNREACHABLE", Invalid, Connector, Never, "A rule can never match.";
    POLICY_OVERLAP = "E-POLICY-OVERLAP", Invalid, Connector, Never, "Two rules match the same calls and answer differently.";
    POLICY_TEST = "E-POLICY-TEST", Invalid, Connector, Never, "An example of a policy does not hold.";
    POLICY_REFUSED = "E-POLICY-REFUSED", Refused, Caller, Never, "A policy refuses the call.";
    CHANGE_BREAKING = "E-CHANGE-BREAKING", Mismatch, Connector, Never, "A new version of a description breaks what uses the old one.";
    SETTING_INVALID = "E-SETTING-INVALID", Invalid, Caller, Never, "A setting or command-line value is wrong.";
    FILE = "E-FILE", Unreachable, Caller, Never, "A file cannot be read or written.";
    LISTEN = "E-LISTEN", Conflict, Caller, Never, "A port cannot be listened on.";
    STORE_FULL = "E-STORE-FULL", Unavailable, Hub, After, "There is no room left to keep anything.";
    STORE_FAILED = "E-STORE-FAILED", Unavailable, Hub, After, "The store cannot be read or written.";
    STORE_CORRUPT = "E-STORE-CORRUPT", Internal, Hub, Never, "A record is not what was written.";
    STORE_VERSION = "E-STORE-VERSION", Unsupported, Hub, Never, "The store was written by a newer version.";
    LANE_LOST = "E-LANE-LOST", Conflict, Hub, After, "Another node owns the lane by now.";
    RUN_UNKNOWN = "E-RUN-UNKNOWN", Unknown, Caller, Never, "There is no such run, event, question, call or delivery.";
    EVENT_INVALID = "E-EVENT-INVALID", Invalid, Caller, Never, "An event is not what it should be.";
    SIGNATURE_INVALID = "E-SIGNATURE-INVALID", Unauthenticated, Caller, Never, "A webhook is not signed as it should be.";
    OUTCOME_UNKNOWN = "E-OUTCOME-UNKNOWN", Conflict, System, IfIdempotent, "Nobody knows whether the call was done.";
    TOKEN_REJECTED = "E-TOKEN-REJECTED", Unauthenticated, Caller, Never, "The hub does not accept the token.";
    HOST_REFUSED = "E-HOST-REFUSED", Refused, Caller, Never, "A request names a host the hub does not have.";
    ENDPOINT_UNKNOWN = "E-ENDPOINT-UNKNOWN", Unknown, Caller, Never, "The hub's API has no such path or method.";
    HUB_BUSY = "E-HUB-BUSY", Unavailable, Hub, After, "The hub is starting or stopping.";
    HUB_AWAY = "E-HUB-AWAY", Unreachable, Caller, After, "No hub answers.";
    BATCH_INVALID = "E-BATCH-INVALID", Invalid, Caller, Never, "A record of a batch cannot be read.";
    DELIVERY_FAILED = "E-DELIVERY-FAILED", Unavailable, System, After, "An endpoint does not take its deliveries.";
    INTERNAL = "E-INTERNAL", Internal, Hub, IfIdempotent, "A defect in Nave.";
}
