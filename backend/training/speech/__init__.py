"""Speech with exact phone times, from synthesisers, for the ear to learn from."""
