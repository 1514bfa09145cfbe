"""Whole-talk transcripts."""
