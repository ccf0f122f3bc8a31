"""Where counsel works: the board, a party's screen, and what is done from there."""
