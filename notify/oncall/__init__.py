"""Who is on call: rotations by the wall clock, overrides by people, and what follows from both."""
