"""Blocks that several networks share. Each says how far a frame depends on its neighbours, so that windows leave no seam."""
