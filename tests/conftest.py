"""What lies under tests/ and is none of ours to collect."""

collect_ignore = ["toyloop"]  # the repository of another project in all but place: it is copied away and used there
