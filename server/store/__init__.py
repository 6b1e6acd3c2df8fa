"""Where rooms and chat are kept."""

from server.config import Config
from server.store.memory import MemoryStore
from server.store.protocol import DuplicateMessage, RoomStore, StoreClosed
from server.store.records import NewerRecord
from server.store.sqlite import SqliteStore

__all__ = [
    "DuplicateMessage",
    "MemoryStore",
    "NewerRecord",
    "RoomStore",
    "SqliteStore",
    "StoreClosed",
    "open_store",
]


async def open_store(config: Config) -> RoomStore:
    """Open the store that the configuration names; the caller closes it."""
    store: RoomStore
    if config.store == "memory":
        store = MemoryStore(config.max_chat_messages)
    else:
        store = SqliteStore(config.data_dir / "greenroom.sqlite3", config.max_chat_messages)
    await store.open()
    return store
