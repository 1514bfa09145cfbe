"""What happens by itself: a metronome, the postman and the sweep. No promise is kept in memory here."""
