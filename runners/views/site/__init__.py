"""The matrix site: static pages over many reports. Pure functions of them; `runners.verbs.matrix` writes the files."""
