"""Putting the rooms together and keeping them running: settings, logs, the process, the doctor, the demo."""
