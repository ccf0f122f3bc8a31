"""Whether it is enough: positions, thresholds, tabulations, and the status that is reported."""
