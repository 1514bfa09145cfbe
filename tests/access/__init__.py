"""Who may do what: families, staff, strangers and operators against the real desk and database."""
