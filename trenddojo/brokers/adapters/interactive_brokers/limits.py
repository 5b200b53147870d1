"""How many seconds a gateway has for what: a dead one must hold nobody up for longer."""

OPEN = 6.0
"""To take a connection and say whose it is."""
SYNC = 8.0
"""For each of the questions that a connection begins with."""
CONNECT = 30.0
"""For all of that together."""
ASK = 8.0
"""For the answer to a question."""
ANSWER = 8.0
"""To say what it makes of an order. Afterwards it is unknown, unless IBKR has given it its permanent id."""
SEND = 10.0
"""For all of a sending."""
PROBE = 5.0
"""To tell the time, which shows that it is alive."""
QUOTE = 4.0
"""For the first price of a line of market data."""
BARS = 30.0
"""For past bars."""
CLOSE = 2.0
"""To see a connection closed."""
