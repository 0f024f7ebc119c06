"""These checks need a built book and Chromium, so plain `pytest` leaves them out: `make browser` runs them."""


def pytest_ignore_collect(collection_path, config):
    asked_for = any("browser" in argument for argument in config.args)
    return None if asked_for else True
