"""The parts of the procedural performer: each reads a line and gives curves by channel name."""
