"""What the operator touches: settings, the doctor, the command line."""
