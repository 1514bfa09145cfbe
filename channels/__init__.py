"""How words travel: one file a channel. It knows a dialogue's words, and not what is decided or kept."""
