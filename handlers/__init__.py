"""The doors: what comes in is on disk before anybody is told, and handled once."""
