"""Who must sign and for how much: parties, chains, holdings, and the register as a file."""
