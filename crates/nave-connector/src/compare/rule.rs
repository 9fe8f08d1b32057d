//! Every sort of change that is told apart, with the word it is printed as.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! rules {
    ($($ident:ident = $name:literal, $doc:literal;)*) => {
        /// A sort of change. `docs/changes.md` says for each how it is classed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $doc] $ident,)*
        }

        impl Rule {
            /// Every rule, in the order of this file.
            pub const ALL: &[Rule] = &[$(Rule::$ident),*];

            /// The word used in output: stable, may be retired, never reused.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Rule::$ident => $name,)*
                }
            }
        }
    };
}

rules! {
    OperationRemoved = "operation-removed", "An operation is gone.";
    OperationUnusable = "operation-unusable", "An operation is still described, in a way that cannot be used.";
    OperationAdded = "operation-added", "An operation is new.";
    OperationRenamed = "operation-renamed", "The same method and path has another name.";
    OperationMoved = "operation-moved", "The same name stands for another method or path.";
    PathVersion = "path-version", "Only the version in the path changed.";
    ArgumentRemoved = "argument-removed", "A parameter is gone.";
    ArgumentAdded = "argument-added", "A parameter is new and optional.";
    ArgumentRequired = "argument-required", "A parameter must be given now.";
    ArgumentOptional = "argument-optional", "A parameter need not be given any more.";
    ArgumentRenamed = "argument-renamed", "An argument has another name.";
    ArgumentMoved = "argument-moved", "A parameter travels elsewhere.";
    ArgumentEncoding = "argument-encoding", "A value is written in another way.";
    BodyAdded = "body-added", "A body may be sent now.";
    BodyRemoved = "body-removed", "No body is taken any more.";
    BodyRequired = "body-required", "A body must be sent now.";
    BodyOptional = "body-optional", "A body need not be sent any more.";
    MediaRemoved = "media-removed", "A media type is gone.";
    MediaAdded = "media-added", "A media type is new.";
    AnswerRemoved = "answer-removed", "A described status is gone.";
    AnswerAdded = "answer-added", "A status is described that was not.";
    AnswerStatus = "answer-status", "Success is answered with another status.";
    ContentRemoved = "content-removed", "An answer has no content any more.";
    ContentAdded = "content-added", "An answer has content now.";
    HeaderRemoved = "header-removed", "An answer's header is gone.";
    HeaderAdded = "header-added", "An answer's header is new.";
    HeaderOptional = "header-optional", "An answer's header may be missing now.";
    HeaderRequired = "header-required", "An answer's header is always there now.";
    SecurityChanged = "security-changed", "Other credentials or scopes are required.";
    SchemeChanged = "scheme-changed", "A security scheme works in another way.";
    ServerChanged = "server-changed", "The address of the system changed.";
    EventRemoved = "event-removed", "A webhook or callback is gone.";
    EventAdded = "event-added", "A webhook or callback is new.";
    FieldRemoved = "field-removed", "A field is gone.";
    FieldAdded = "field-added", "A field is new.";
    FieldRequired = "field-required", "A field must be there now.";
    FieldOptional = "field-optional", "A field may be missing now.";
    FieldHidden = "field-hidden", "A field is now only answered (`readOnly`) or only sent (`writeOnly`).";
    FieldShown = "field-shown", "A field that was only answered or only sent is now both.";
    TypeChanged = "type-changed", "A value has another type.";
    NullAdded = "null-added", "A value may be null now.";
    NullRemoved = "null-removed", "A value can no longer be null.";
    ValuesAdded = "values-added", "An enumeration has more values, or there is none any more.";
    ValuesRemoved = "values-removed", "An enumeration has fewer values.";
    ValuesLimited = "values-limited", "A value that was free is one of an enumeration now.";
    BoundTightened = "bound-tightened", "A bound allows less.";
    BoundLoosened = "bound-loosened", "A bound allows more.";
    BoundChanged = "bound-changed", "A pattern, format or other condition changed.";
    BranchAdded = "branch-added", "A value has one more alternative shape.";
    BranchRemoved = "branch-removed", "A value has one alternative shape less.";
    ObjectClosed = "object-closed", "Fields without a name of their own are not allowed any more.";
    ObjectOpened = "object-opened", "Fields without a name of their own are allowed now.";
    DefaultChanged = "default-changed", "What counts where nothing is given changed.";
    Deprecated = "deprecated", "The vendor says not to use it any more.";
    Documentation = "documentation", "Only text for people changed.";
    Unfinished = "unfinished", "The descriptions could not be compared to the end.";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
