"""The press: turns parameterised notebooks into reports; its surface is the command, and it imports nothing by itself."""

__all__: list[str] = []
