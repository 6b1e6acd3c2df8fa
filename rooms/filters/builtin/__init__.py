"""The filters that every room has, written with what every author has: `rooms.filters`."""
