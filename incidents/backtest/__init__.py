"""What other rules would have made of the recorded past. All but ``recorded`` is pure."""
