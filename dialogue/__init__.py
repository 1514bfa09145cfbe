"""How we talk: a pure room. A step is a function of session, event and facts; it knows no clock, no key, no wire."""
