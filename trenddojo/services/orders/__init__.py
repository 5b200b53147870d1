"""The order engine: orders are written down before they are sent, sent once, and followed until they end.

`placing`, `changing` and `closing` are what people ask for; `passes` is what the house does by itself; `sending` is the
one way to a broker, `facts` and `booking` the one way back.
"""
