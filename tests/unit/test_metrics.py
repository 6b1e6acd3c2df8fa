import asyncio
import itertools

from server.metrics import LagProbe, Metrics


def test_two_servers_count_apart() -> None:
    one, other = Metrics("1"), Metrics("1")
    one.joins.inc()
    assert b"greenroom_joins_total 1.0" in one.render()
    assert b"greenroom_joins_total 0.0" in other.render()


def test_the_version_and_the_process_are_told() -> None:
    text = Metrics("1.2.3").render()
    assert b'greenroom_build_info{version="1.2.3"} 1.0' in text
    assert b"process_resident_memory_bytes" in text
    assert b"_created" not in text


async def test_a_loop_that_wakes_late_is_noticed() -> None:
    metrics = Metrics("1")
    readings = itertools.chain([10.0, 10.0 + 0.3], itertools.repeat(20.0))
    measured = asyncio.Event()

    def clock() -> float:
        reading = next(readings)
        if reading == 20.0:
            measured.set()
        return reading

    probe = LagProbe(metrics.event_loop_lag, interval_s=0.0, clock=clock)
    probe.start()
    async with asyncio.timeout(5):
        await measured.wait()
    await probe.close()
    samples = {s.name: s.value for s in next(iter(metrics.event_loop_lag.collect())).samples}
    assert samples["greenroom_event_loop_lag_seconds_sum"] >= 0.29


async def test_closing_a_probe_that_never_ran_is_fine() -> None:
    await LagProbe(Metrics("1").event_loop_lag).close()
