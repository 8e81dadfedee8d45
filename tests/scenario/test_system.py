"""The harness itself: processes start, answer, end with 0 on SIGTERM, and a killed one is seen."""


def test_a_process_starts_answers_and_ends(system):
    system.start("dgi_sim")
    assert system.sim("GET", "/_sim/health").json()["status"]
    assert system["dgi_sim"].stop() == 0


def test_a_wrong_end_is_told(system):
    process = system.start("dgi_sim")
    process.kill()
    assert system.close() == []
    process.expect = 0
    assert system.close() == ["dgi_sim ended with -9, not 0"]
    process.expect = None


def test_a_sanitizer_report_is_told(system):
    process = system.start("dgi_sim")
    with open(process.log, "a") as log:
        log.write("x.c:1:2: runtime error: shift of negative value\n")
    process.stop()
    assert "runtime error" in process.faults()[0]
    process.log.write_text("")
