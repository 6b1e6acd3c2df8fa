"""Benchmarks. `make bench` prints one JSON line per figure; see bench/README.md."""
