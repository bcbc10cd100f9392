"""Messages: what the pages say in each language, from gettext catalogues."""

import functools
from pathlib import Path


@functools.cache
def read(file, lang):
    """Return a gettext catalogue (.po) as English text to translation; fuzzy and empty messages are left out."""
    from babel.messages.pofile import read_po

    if not Path(file).is_file():
        return {}
    with open(file, "rb") as stream:
        return {m.id: m.string for m in read_po(stream, locale=lang) if m.id and m.string and not m.fuzzy}


class Messages:
    """The messages of the press itself in one language; English where a message has no translation."""

    def __init__(self, lang):
        self.lang = lang
        self._texts = read(Path(__file__).parent / "locale" / lang / "LC_MESSAGES" / "press.po", lang)

    def __call__(self, text, **values):
        text = self._texts.get(text, text)
        return text.format(**values) if values else text
