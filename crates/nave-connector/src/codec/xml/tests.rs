//! Examples of XML.
