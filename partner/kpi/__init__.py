"""The ledger of figures: whether e-filing works, told by the events of the cases alone."""
