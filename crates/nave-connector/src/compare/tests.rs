//! Pieces of descriptions in two versions, and the findings they give.
