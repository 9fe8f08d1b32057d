//! Examples of forms.
