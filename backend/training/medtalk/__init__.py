"""MEDTalk's recipe: losses, stages in order, and what is measured of the result. ``docs/medtalk.md``."""
