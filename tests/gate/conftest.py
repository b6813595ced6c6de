"""The sample is a project of its own: its tests are run by its own gate."""

collect_ignore = ["sample"]
