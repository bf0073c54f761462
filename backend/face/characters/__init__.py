"""An artist's own character: which of its shapes and bones answer to which channels, found by name, shown, edited and kept."""
