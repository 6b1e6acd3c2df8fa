"""Make a room and print its link: `python new_room.py http://localhost:8080 "Monday meeting"`."""

import json
import sys
from urllib.request import Request, urlopen


def new_room(server: str, title: str) -> str:
    """Ask a Greenroom server for a room; the answer is the link to send around."""
    request = Request(
        f"{server.rstrip('/')}/api/rooms",
        data=json.dumps({"title": title}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as response:
        room = json.load(response)
    return str(room["url"])


if __name__ == "__main__":
    print(new_room(sys.argv[1], sys.argv[2]))
