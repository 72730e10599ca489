//! A step as it stands in a file, with the places of its words: what the checks look at before it becomes a step.

use super::reader::Piece;
use super::{Action, Words};

/// A step and the places of its words, for the checks that need both.
pub(super) struct Draft {
    pub action: Action,
    pub words: Words,
    /// Whether the call could be read; if not, the step has another one in its place.
    pub readable: bool,
    pub who: Piece,
    pub call: Piece,
    pub expect: Piece,
    pub looks: Vec<Piece>,
    pub say: Piece,
    pub ask: Option<Piece>,
    pub more: Option<Piece>,
    pub theory: Option<Piece>,
}
