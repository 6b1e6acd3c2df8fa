"""The active speaker, from levels in dBov."""

from server.media.speaker import ActiveSpeaker


def talk(
    speaker: ActiveSpeaker[str], start: float, ticks: int, **levels: float
) -> list[str | None]:
    """Ten looks a second; answers with each change."""
    changes = []
    for tick in range(ticks):
        if speaker.look(start + tick / 10, levels):
            changes.append(speaker.current)
    return changes


def test_a_voice_among_silent_ones_is_the_speaker() -> None:
    assert talk(ActiveSpeaker(), 0, 10, ana=-30.0, bo=-127.0) == ["ana"]


def test_a_quiet_room_has_no_speaker() -> None:
    assert talk(ActiveSpeaker(), 0, 50, ana=-60.0, bo=-70.0) == []


def test_the_last_speaker_stays_when_everybody_is_quiet() -> None:
    speaker: ActiveSpeaker[str] = ActiveSpeaker()
    talk(speaker, 0, 10, ana=-30.0, bo=-127.0)
    assert talk(speaker, 1, 50, ana=-80.0, bo=-80.0) == []
    assert speaker.current == "ana"


def test_a_short_noise_of_another_does_not_take_the_place() -> None:
    speaker: ActiveSpeaker[str] = ActiveSpeaker()
    talk(speaker, 0, 20, ana=-30.0, bo=-127.0)
    assert talk(speaker, 2, 1, ana=-30.0, bo=-20.0) == []
    assert talk(speaker, 2.1, 20, ana=-30.0, bo=-127.0) == []


def test_two_who_talk_at_once_do_not_flicker() -> None:
    speaker: ActiveSpeaker[str] = ActiveSpeaker()
    talk(speaker, 0, 20, ana=-30.0, bo=-31.0)
    changes = []
    for tick in range(200):
        louder, softer = ("ana", "bo") if tick % 2 else ("bo", "ana")
        changes += talk(speaker, 2 + tick / 10, 1, **{louder: -29.0, softer: -31.0})
    assert changes == []


def test_the_floor_passes_on_within_a_second() -> None:
    speaker: ActiveSpeaker[str] = ActiveSpeaker()
    talk(speaker, 0, 30, ana=-30.0, bo=-127.0)
    assert talk(speaker, 3, 10, ana=-127.0, bo=-30.0) == ["bo"]


def test_a_speaker_who_leaves_is_one_no_more() -> None:
    speaker: ActiveSpeaker[str] = ActiveSpeaker()
    talk(speaker, 0, 20, ana=-30.0, bo=-127.0)
    assert talk(speaker, 2, 1, bo=-127.0) == [None]
    assert talk(speaker, 2.1, 20) == []
