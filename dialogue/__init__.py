"""How we talk: a pure room. A step is a function of the session, the event and the facts; it knows no clock, key or wire."""
