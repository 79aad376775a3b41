"""What was: uptime, latency, times, reports, estimates, postmortems."""
