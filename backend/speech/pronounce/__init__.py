"""How words are said, language by language."""
