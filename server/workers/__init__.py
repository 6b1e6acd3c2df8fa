"""Filters at work: processes that decode, filter and encode, and what looks after them.

What runs in the server's own process imports neither numpy, cv2, av nor `rooms.filters`: `streams`,
`wire`, `channel`, `nursery`, `stream`, `workers`, `library` and what these import. The rest runs in
processes of its own.
"""
