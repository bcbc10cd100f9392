"""The press: turns parameterised notebooks into reports; knows nothing of any subject."""
