"""The signalling server: who is in which room, and messages from browser to browser."""

from server.signalling.service import Signalling

__all__ = ["Signalling"]
