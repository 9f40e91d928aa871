# SPDX-License-Identifier: GPL-3.0-or-later
"""Off again, as by default: nothing is left that takes requests. Runs after test_requests.py."""


def test_nothing_is_left_that_takes_requests(host, story):
    page = "/r/" + story.say().rpartition("/r/")[2]
    assert "/exception" not in story.browse(page)
    assert story.browse(f"{page}/exception", f"mailbox={story.mailbox}", wanted=403)
    assert host.run("systemctl cat ptrgate-requests.socket").rc != 0
    assert host.run("ptrgate requests list").rc == 1
    assert host.run("systemctl is-failed ptrgate-page ptrgate-requests").rc != 0
