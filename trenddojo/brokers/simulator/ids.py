"""The ids that an exchange gives: a pure function of a connection and a count."""

from uuid import UUID, uuid5

from trenddojo.brokers.simulator.profile import IdFormat

_SPACE = UUID("5d0d6c2e-3f0b-5a3e-9a67-0c5b7f1e4a11")
_FIRST_LONG = 10**12


class Ids:
    """Ids in a broker's format."""

    def __init__(self, connection: str, id_format: IdFormat) -> None:
        self._connection = connection
        self._format = id_format

    def order(self, number: int) -> str:
        """The id of the order with this number."""
        return self._id("order", number)

    def execution(self, number: int) -> str:
        """The id of the fill with this number: unique among fills."""
        return self._id("fill", number)

    def client(self, number: int) -> str:
        """The client id that the broker makes up for an attached exit."""
        return self._uuid("client", number)

    def _id(self, kind: str, number: int) -> str:
        match self._format:
            case IdFormat.UUID:
                return self._uuid(kind, number)
            case IdFormat.INTEGER:
                return str(number)
            case IdFormat.LONG_INTEGER:
                return str(_FIRST_LONG + number)
            case IdFormat.NAMED:
                return f"SIM-{number:06d}"

    def _uuid(self, kind: str, number: int) -> str:
        return str(uuid5(_SPACE, f"{self._connection}/{kind}/{number}"))
