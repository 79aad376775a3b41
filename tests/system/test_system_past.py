"""``vahta demo --past``: ninety made-up days, marked so, and kept apart from everything true."""


async def test_a_demo_begins_with_made_up_days_and_nothing_true_is_mixed_with_them(
    start, vahta, free_port, tmp_path
) -> None:
    port, state = free_port(), str(tmp_path / "state")
    args = ("-m", "vahta", "demo", "--past", "90d", "--port", str(port), "--state", state)
    demo = await start(*args, port=port)
    russian, english = await demo.text("/"), await demo.text("/en/")
    assert "выдумано для показа" in russian
    assert "is made up, for show" in english
    incidents = (await demo.json("/api/v2/incidents.json"))["incidents"]
    assert len(incidents) > 8
    assert {one["status"] for one in incidents} == {"resolved"}
    assert (await demo.json("/mailbox/letters.json")) == []  # nobody is told of what never was
    page = await demo.text("/components/sms.html")
    assert "Коды по СМС не приходят" in page
    assert "Нет данных" in page
    await demo.kill()

    again = await start(*args, port=port)
    assert (await again.json("/api/v2/incidents.json"))["incidents"] == incidents
    await again.kill()

    config = tmp_path / "real.toml"
    config.write_text('[portal]\nname = "Портал"\n[http]\nlisten = "127.0.0.1:0"\n')
    code, _, told = await vahta("run", "-c", str(config), "--state", state)
    assert code == 2
    assert "made up" in told
    assert "--state" in told


async def test_a_state_with_a_true_day_takes_no_made_up_ones(vahta, free_port, tmp_path) -> None:
    state = str(tmp_path / "state")
    code, _, _ = await vahta(
        "incident", "open", "login", "Не войти", "--state", state, "-c", "config.toml"
    )
    assert code == 0
    code, out, told = await vahta(
        "demo", "--past", "90d", "--port", str(free_port()), "--state", state
    )
    assert (code, out) == (2, "")
    assert "true days" in told


async def test_the_length_of_the_past_is_checked(vahta, tmp_path) -> None:
    for wrong in ("soon", "5m", "400d"):
        code, out, told = await vahta("demo", "--past", wrong, "--state", str(tmp_path / "state"))
        assert (code, out) == (2, "")
        assert wrong in told
