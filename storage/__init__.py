"""What we keep: the database, its tables, and the only code that reads or writes them."""
