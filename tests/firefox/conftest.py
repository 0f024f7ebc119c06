"""These checks need a built book and Firefox, so plain `pytest` leaves them out: `make firefox` runs them."""


def pytest_ignore_collect(collection_path, config):
    asked_for = any("firefox" in argument for argument in config.args)
    return None if asked_for else True
