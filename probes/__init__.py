"""Ask the portal how it is: configured probes go in, observations come out."""
