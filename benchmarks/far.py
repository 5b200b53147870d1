"""The far side of the network: one port that answers at once, and one that takes connections and never says a word.

Run: python -m benchmarks.far; prints both ports, and answers how many connections wait in silence at present.
"""

import asyncio

_WAITING: set[asyncio.StreamWriter] = set()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            body = f'{{"waiting": {len(_WAITING)}}}'
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _WAITING.add(writer)
    try:
        while await reader.read(4096):
            pass
    except ConnectionError:
        pass
    finally:
        _WAITING.discard(writer)
        writer.close()


async def main() -> None:
    """Serve both until killed."""
    servers = [await asyncio.start_server(act, "127.0.0.1", 0, backlog=256) for act in (_answer, _hang)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main())
