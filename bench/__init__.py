"""How fast is it? The product against the usual way to write such a bot, in one run, on one machine: `make bench`."""
