"""What the masker knows: one module per family of identifiers, their keywords apart. Pure."""
