"""A TWS or IB Gateway on this machine, for tests: the TWS socket protocol over TCP, and a ledger to judge by.

    with gateway(clock) as there:
        there.set_price("AAPL", "190")
        there.faults.lose_answer("placeOrder")
        ib.connect("127.0.0.1", there.port, clientId=7)
        ...
        assert there.positions == {"AAPL": Decimal(10)}

`clock` is its time. Nothing happens between two messages or calls: before and after each, what is due by then happens,
and everybody concerned is told in order. It speaks server versions 157 to 178, at most 176 unless told, with any number
of clients at once.

Where it is            port, is_live; gateway(live=True) signs in to U1234567 instead of DU1234567, accounts=(...) to
                       others, cash= is what each begins with
The ledger             orders, open_orders, order(which), fills, positions, cash, accounts, figures(); `which` is an
                       order, its permId or its orderRef
What was asked         asked("placeOrder") with .id, .client_id, .fields and .ticket; wait_for(condition); clients
The market             set_price(name, price), price(name), settle(); names are AAPL, BRK B, EUR.USD, BTC.USD, SAP.EUR,
                       DUAL.NYSE and DUAL.LSEETF (one symbol, two listings), local symbols as "SPY   261218C00500000"
                       and ESZ6; instruments.add and .change; unfixed prices are the simulated market's
What IBKR does         fill(which, quantity, price), correct(fill, ...), reject, cancel, expire, release_commissions
Other people           type_in("BUY", "AAPL", 10, orderType="LMT", lmtPrice="180") is typed into TWS, place_as(9, ...)
                       is another API client's
Switches               see `Switches`: at the making, gateway(clock, read_only=True), or later, there.hold_fills = True
Faults by message      see `Faults`: lose_answer, lose_request, swallow, never_answer, delay, hold, refuse, cut,
                       garbage, wrong_length for what clients send; drop, mangle, repeat for what they are told
Faults of the lines    cut_off() and restore(data_lost=..., answers=...) are 1100 and 1101 or 1102; announce(2103) and
                       the like; go_down(), come_up(rewind_ids=...), restart(); move_port() is 1300; send_raw(bytes);
                       drop_connections(); is_silent; login = "hung" and let_in(); forget_clients()

Combos, conditions and algos are not spoken; of the order types MKT, LMT, STP, STP LMT, TRAIL, MOC and LOC are.
"""

from tests.brokers.interactive_brokers.gateway.venue import LIVE_ACCOUNTS, PAPER_ACCOUNTS, Gateway, gateway

__all__ = ["LIVE_ACCOUNTS", "PAPER_ACCOUNTS", "Gateway", "gateway"]
