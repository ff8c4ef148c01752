"""Does this loop do it? The pytest suite and the faults that prove it."""
