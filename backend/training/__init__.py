"""How the shipped weights were made: data, recipes, measurements. Nothing else in the house imports it."""
