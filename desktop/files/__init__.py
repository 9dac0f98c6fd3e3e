"""Opening, pasting, dropping, copying and revealing files."""
