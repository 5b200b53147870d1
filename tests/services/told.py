"""A statement of Interactive Brokers that tells more than can be read of it."""

ACTIVITY = """Statement,Header,Field Name,Field Value
Statement,Data,BrokerName,Interactive Brokers LLC
Statement,Data,Period,"March 2, 2026 - March 31, 2026"
Account Information,Header,Field Name,Field Value
Account Information,Data,Account,U1234567
Account Information,Data,Base Currency,USD
Cash Report,Header,Currency Summary,Currency,Total,Securities,Futures,
Cash Report,Data,Starting Cash,Base Currency Summary,100000,100000,0,
Cash Report,Data,Commissions,Base Currency Summary,-3,-3,0,
Cash Report,Data,Other Fees,Base Currency Summary,-4.5,-4.5,0,
Cash Report,Data,Ending Cash,Base Currency Summary,99541.5,99541.5,0,
Cash Report,Data,Starting Cash,USD,100000,100000,0,
Cash Report,Data,Commissions,USD,-3,-3,0,
Cash Report,Data,Other Fees,USD,-4.5,-4.5,0,
Cash Report,Data,Ending Cash,USD,99541.5,99541.5,0,
Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,Cost Price,\
Cost Basis,Close Price,Value,Unrealized P/L,Code
Open Positions,Data,Summary,Stocks,USD,NVDA,10,1,100.2,1002,104,1040,38,
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,\
C. Price,Proceeds,Comm/Fee,Basis,Realized P/L,MTM P/L,Code
Trades,Data,Order,Stocks,USD,AAPL,"2026-03-02, 10:30:00",100,150.25,151,-15025,-1,15026,0,75,O
Trades,Data,Order,Stocks,USD,AAPL,"2026-03-05, 15:10:00",-100,155.75,156,15575,-1,-15026,548,-25,C
Trades,Data,Order,Stocks,USD,NVDA,"2026-03-09, 11:00:00",ten,100.1,101,-1001,-1,1002,0,9,O
Realized & Unrealized Performance Summary,Header,Asset Category,Symbol,Cost Adj.,Realized Total,\
Unrealized Total,Total,Code
Realized & Unrealized Performance Summary,Data,Stocks,AAPL,0,548,0,548,
"""
"""Its purchase of NVDA is refused, and of its other fees it has the sum alone. It began with 100,000 in cash."""
