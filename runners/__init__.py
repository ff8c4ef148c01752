"""Who says so? The command line, isolation, reports, certificates and badges."""
