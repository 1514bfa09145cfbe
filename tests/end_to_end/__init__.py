"""The product as its own process, over HTTP against the sandbox as another: what a user would run."""
