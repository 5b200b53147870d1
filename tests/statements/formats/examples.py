"""One file of each format, in the layout that the broker writes and with trades that nobody made."""

SCHWAB = """"Transactions  for account Individual ...417 as of 03/28/2024 16:20:11 ET"
"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"
"03/25/2024","Stock Split","WMT","WALMART INC 3 FOR 1 FORWARD SPLIT","100","","",""
"03/18/2024 as of 03/15/2024","Expired","NVDA 03/15/2024 1000.00 C","CALL NVIDIA CORP $1000 EXP 03/15/24","-2","","",""
"03/14/2024","Sell to Close","AAPL 04/19/2024 170.00 P","PUT APPLE INC $170 EXP 04/19/24","1","$2.41","$0.66","$240.34"
"03/12/2024","Buy to Open","AAPL 04/19/2024 170.00 P","PUT APPLE INC $170 EXP 04/19/24","1","$1.85","$0.66","-$185.66"
"03/11/2024","Qualified Dividend","MSFT","MICROSOFT CORP","","","","$37.50"
"03/08/2024","Reinvest Shares","SCHD","SCHWAB US DIVIDEND EQUITY ETF","1.2345","$79.10","","-$97.65"
"03/07/2024","Buy to Cover","PLTR","PALANTIR TECHNOLOGIES","400","$25.02","","-$10,008.00"
"03/06/2024","Sell Short","PLTR","PALANTIR TECHNOLOGIES","400","$26.10","$0.33","$10,439.67"
"03/05/2024","Sell","MSFT","MICROSOFT CORP","50","$402.6501","$0.57","$20,131.94"
"03/04/2024","Buy","MSFT","MICROSOFT CORP","50","$414.92","","-$20,746.00"
"03/04/2024","MoneyLink Transfer","","Tfr ALLY BANK","","","","$25,000.00"
"03/01/2024","Credit Interest","","SCHWAB1 INT 01/30-02/28","","","","$1.12"
"02/29/2024","ADR Mgmt Fee","TSM","TAIWAN SEMICONDUCTOR ADR","","","","-$2.00"
"Transactions Total","","","","","","","$24,921.35"
"""

SCHWAB_LOTS = """"Realized Gain/Loss - Lot Details for ...417 as of 03/28/2024"
"Symbol","Name","Closed Date","Opened Date","Quantity","Proceeds Per Share","Cost Per Share","Proceeds","Cost Basis (CB)","Gain/Loss ($)","Gain/Loss (%)","Term","Wash Sale?"
"MSFT","MICROSOFT CORP","03/05/2024","03/04/2024","50","$402.64","$414.92","$20,131.94","$20,746.00","-$614.06","-2.96%","Short Term","No"
"NVDA","NVIDIA CORP","02/20/2024","11/03/2023","10","$690.00","$450.00","$6,900.00","$4,500.00","$2,400.00","53.33%","Short Term","No"
"Total","","","","","","","$27,031.94","$25,246.00","$1,785.94","","",""
"""

THINKORSWIM = """\ufeffAccount Statement for D-70001234 (margin) since 3/1/24 through 3/31/24

Cash Balance
DATE,TIME,TYPE,REF #,DESCRIPTION,Misc Fees,Commissions & Fees,AMOUNT,BALANCE
3/4/24,01:00:00,BAL,,Cash balance at the start of business day 04.03 CST,,,,"50,000.00"
3/4/24,09:31:07,TRD,="1005000001",BOT +100 AAPL @150.25,,,"-15,025.00","34,975.00"
3/4/24,10:15:40,TRD,="1005000002",SOLD -2 VERTICAL SPX 100 (Weeklys) 15 MAR 24 5000/4990 PUT @2.10,-2.28,-2.60,420.00,"35,390.12"
3/5/24,11:00:02,TRD,="1005000003","SOLD -1,000 PLTR @25.10",-0.63,,"25,100.00","60,489.49"
3/6/24,12:00:00,TRD,="1005000004",BOT +1 NVDA 100 (Weeklys) 22 MAR 24 900 CALL @12.50 CBOE,-0.02,-0.65,"-1,250.00","59,238.82"
3/11/24,02:10:00,DOI,="1005000005",ORDINARY DIVIDEND~MSFT,,,37.50,"59,276.32"
3/12/24,08:00:00,EFN,="1005000006",CLIENT REQUESTED ELECTRONIC FUNDING DISBURSEMENT (FUNDS NOW),,,"-1,000.00","58,276.32"
3/15/24,23:25:44,RAD,="1005000007",Removed due to Expiration PUT S & P 500 INDEX $5000 EXP 03/15/24: EXP: 2.0 .SPXW240315P5000,,,,"58,276.32"
3/15/24,23:25:55,RAD,="1005000008",Removed due to Expiration PUT S & P 500 INDEX $4990 EXP 03/15/24: EXP: -2.0 .SPXW240315P4990,,,,"58,276.32"
,,,,TOTAL,($2.93),($3.25),"$8,282.50","$58,276.32"

Futures Statements
Trade Date,Exec Date,Exec Time,Type,Ref #,Description,Misc Fees,Commissions & Fees,Amount,Balance

Account Order History
Notes,,Time Placed,Spread,Side,Qty,Pos Effect,Symbol,Exp,Strike,Type,PRICE,,TIF,Status
,,3/4/24 09:31:00,STOCK,BUY,+100,TO OPEN,AAPL,,,STOCK,150.25,LMT,DAY,FILLED

Account Trade History
,Exec Time,Spread,Side,Qty,Pos Effect,Symbol,Exp,Strike,Type,Price,Net Price,Order Type
,3/6/24 12:00:00,SINGLE,BUY,+1,TO OPEN,NVDA,22 MAR 24,900,CALL,12.50,12.50,LMT
,3/5/24 11:00:01,STOCK,SELL,-400,TO OPEN,PLTR,,,STOCK,25.10,25.10,MKT
,3/5/24 11:00:01,STOCK,SELL,-600,TO OPEN,PLTR,,,STOCK,25.10,25.10,MKT
,3/4/24 10:15:40,VERTICAL,SELL,-2,TO OPEN,SPX,15 MAR 24,5000,PUT,7.60,2.10,LMT
,,,BUY,+2,TO OPEN,SPX,15 MAR 24,4990,PUT,5.50,CREDIT,
,3/4/24 09:31:06,STOCK,BUY,+100,TO OPEN,AAPL,,,STOCK,150.25,150.25,LMT

Profits and Losses
Symbol,Description,P/L Open,P/L %,P/L Day
AAPL,APPLE INC,120.00,0.80%,20.00
"""

TRADESTATION = """Account,Entered,Order Status,Type,Symbol,Contract Exp Date,Qty Filled,Filled Price,Commission
11223344,1/5/2024 9:30:15 AM,Filled,Buy,AAPL,,100,181.99,0
11223344,1/5/2024 10:02:00 AM,Canceled,Buy,MSFT,,0,,
11223344,1/8/2024 3:59:01 PM,Filled,Sell,AAPL,,100,185.56,1.00
11223344,1/9/2024 11:00:00 AM,Filled,Buy to Open,AAPL 240119C185,1/19/2024,2,2.15,1.20
11223344,1/9/2024 11:30:00 AM,UROut,Sell Short,TSLA,,30,234.10,0.50
"""

WEBULL = """Name,Symbol,Side,Status,Filled,Total Qty,Price,Avg Price,Time-in-Force,Placed Time,Filled Time
SoundHound AI,SOUN,Buy,Filled,10,10,@16.53,16.5300000000,DAY,09/19/2025 13:31:39 EDT,09/19/2025 13:31:40 EDT
SPY 09/03/2026 766.00 Call,SPY260903C00766000,Buy,Filled,7,7,@1.65,1.6490000000,GTC,01/02/2026 15:50:00 EST,01/02/2026 15:50:11 EST
Walmart,WMT,Short,Filled,40,40,@102.84,102.8400000000,DAY,09/19/2025 11:31:27 EDT,09/19/2025 11:36:41 EDT
Apple,AAPL,Buy,Cancelled,0,10,@200,,DAY,09/03/2025 10:00:00 EDT,
Ford,F,Sell,Cancelled,25,100,@11.10,11.1000000000,DAY,09/22/2025 10:00:00 EDT,09/22/2025 10:00:05 EDT
Nvidia,NVDA,Buy,Partial Filled,5,10,@170,170.0000000000,DAY,09/23/2025 10:00:00 EDT,09/23/2025 10:00:04 EDT
"""

WEBULL_BARE = """Symbol,B/S,Side Type,Qty,Filled Qty,Filled Avg Price,Commission,Fee,Filled Time,Status
AAPL,Buy,Open,100,100,$150.00,$0.00,$0.02,01/02/2025 09:30:00,Filled
AAPL,Sell,Close,100,100,$155.00,$0.00,$0.31,01/03/2025 10:00:00,Filled
"""

TRADERVUE = """Date,Time,Symbol,Quantity,Price,Side,Commission,TransFee,ECNFee
2024-03-04,09:31:06,AAPL,100,150.25,B,1,0,0
2024-03-04,10:31:06,AAPL,100,151.5,S,1,0.02,-0.25
2024-03-05,11:00:00,PLTR,1000,25.1,SS,1,0,0
2024-03-06,11:00:00,PLTR,1000,24.9,BC,1,0,0
2024-03-06,12:00:00,NVDA240322C00900000,1,12.5,B,0.65,0,0
"""

TRADERVUE_TRADES = """Open Datetime,Close Datetime,Symbol,Side,Volume,Exec Count,Entry Price,Exit Price,Gross P&L,Gross P&L (%),Shared,Notes,Tags,Commissions,Fees
2024-03-04 09:31:06,2024-03-06 10:31:06,AAPL,L,100,4,150.25,151.5,125.00,0.83,false,"Held over two days,
as planned","breakout,swing",2.00,0.02
2024-03-05 11:00:00,2024-03-06 11:00:00,PLTR,S,1000,2,25.1,24.9,200.00,0.8,false,,,2.00,0.00
"""

MAPPED = """Ausführung;Uhrzeit;Wertpapier;Menge;Kurs;Gebühr;Währung
28.03.2024;09:31:06;SAP;100;1.178,50;-4,90;EUR
04.03.2024;10:00:00;SAP;-100;181,25;-4,90;EUR
"""
MAPPED_COLUMNS = {
    "date": "Ausführung",
    "time": "Uhrzeit",
    "symbol": "Wertpapier",
    "quantity": "Menge",
    "price": "Kurs",
    "commission": "Gebühr",
    "currency": "Währung",
}

EXAMPLES = {
    "schwab_transactions": SCHWAB,
    "schwab_lots": SCHWAB_LOTS,
    "thinkorswim": THINKORSWIM,
    "tradestation": TRADESTATION,
    "webull": WEBULL,
    "webull_bare": WEBULL_BARE,
    "tradervue": TRADERVUE,
    "tradervue_trades": TRADERVUE_TRADES,
}
