"""The archive: everything that a person owns as one ZIP, written and read back. docs/YOUR_DATA.md has the format.

`contents` says what is in it, `fields` how a row is written; `writing` makes one, `reading` opens what somebody sent,
`examining` looks through it, `bringing` brings it in.
"""
