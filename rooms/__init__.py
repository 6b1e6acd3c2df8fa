"""The domain: rooms, participants, permissions, events and wire messages.

Nothing here does I/O, reads a clock or knows of asyncio: time is passed in, and every change
answers with the events that tell what happened.
"""
