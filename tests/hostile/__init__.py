"""Makes files and folders that are meant to hang, swell, crash or mislead whatever reads them."""
