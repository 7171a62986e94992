"""A server set up for a login shows nothing before it; any other asks for none."""

import pytest

from tests.opened import assert_unharmed, open_page, open_script, words


def test_no_login_is_asked_for_without_an_auth_section() -> None:
    app = open_page()
    assert "Log in" not in [button.label for button in app.button]
    assert len(app.metric) == 4


def test_nothing_is_shown_before_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.user_info.get_secrets_auth_section", lambda: {"client_id": "x"})
    app = open_script().run()
    assert_unharmed(app)
    assert [button.label for button in app.button] == ["Log in"]
    assert len(app.metric) == 0
    assert "patients" not in words(app)
