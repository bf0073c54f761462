"""MEDTalk (Liu et al. 2025): content and emotion in spaces of their own, driven by voice, words and guidance. ``docs/medtalk.md``."""
