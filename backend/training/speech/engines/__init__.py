"""One module for each synthesiser: ``say(sentences, voice, random) -> Iterator[Said]``."""
