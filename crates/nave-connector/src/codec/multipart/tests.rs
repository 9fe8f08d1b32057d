//! Examples of multipart content.
