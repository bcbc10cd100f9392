"""The explorer: what a choice gives, the widgets around it, and the page that Voilà serves, in a browser."""

import ast
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
import statsmodels.formula.api as smf

from helpers import effects, explore, paths, study
from helpers.effects import curve
from helpers.record import places, tables, terms
from press import site

PCI = explore.first_choice("pci_score")
FAST = [fit for fit, (_, _, wait, _, _) in explore.FITS.items() if not wait]
SLOW = [fit for fit in explore.FITS if fit not in FAST]
NUMBERS = ["estimate", "std_error", "p_value"]
CELLS = json.loads((paths.notebooks() / "explore.ipynb").read_text("utf-8"))["cells"]


def _estimate(made):
    return made.rows.iloc[0][NUMBERS].to_numpy(float)


def _run(code):
    """Run a cell as a notebook does: return the value of its last line."""
    *body, last = ast.parse(code).body
    names = {}
    exec(compile(ast.Module(body, []), "cell", "exec"), names)  # noqa: S102
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def test_the_usual_choice_gives_the_estimate_of_notebook_07():
    expected = effects.with_bounds(effects.fit_twfe, curve.design_panel("pci_score").frame)
    made = explore.view(PCI)
    assert made.refused == "" and PCI.window == (2013, 2021)
    np.testing.assert_array_equal(made.rows[NUMBERS].to_numpy(float), expected[NUMBERS].to_numpy(float))


@pytest.mark.parametrize("outcome", explore.outcomes().index)
def test_the_usual_years_of_every_outcome_cross_no_break_and_have_leaders(outcome):
    choice = explore.first_choice(outcome)
    first, last = choice.window
    years = tables.indicator(outcome, choice.window)["year"]
    assert terms.FIRST_YEAR <= first == years.min() < last == years.max() <= terms.LAST_YEAR


@pytest.mark.parametrize(
    "choice",
    [
        *(replace(PCI, fit=fit) for fit in explore.FITS),
        *(replace(PCI, fit=fit, covariates=("population_thousand",)) for fit in FAST),
        replace(PCI, window=(2006, 2021), allow_breaks=("pci_weights_2009", "pci_weights_2013"), definition="career"),
        replace(PCI, units=tuple(code for code in places.codes() if places.region(code, "en") == "Mekong River Delta")),
        explore.first_choice("grdp_per_capita_mvnd"),
    ],
    ids=lambda c: f"{c.outcome}-{c.fit}-{len(c.covariates)}-{c.window[0]}",
)
def test_the_code_shown_gives_the_number_shown(choice):
    made = explore.view(choice)
    assert made.refused == ""
    np.testing.assert_allclose(_run(made.code).iloc[0][NUMBERS].to_numpy(float), _estimate(made), rtol=1e-12)


def test_first_differences_are_the_regression_of_changes_on_changes():
    frame = study.build_panel("pci_score", window=(2013, 2021)).frame.dropna(subset=["y", "treated"])
    before = frame.assign(year=frame["year"] + 1)[["unit_code", "year", "y", "treated"]]
    both = frame[["unit_code", "year", "y", "treated"]].merge(
        before, on=["unit_code", "year"], suffixes=("", "_before")
    )
    both = both.assign(
        dy=both["y"] - both["y_before"], dd=both["treated"].astype(float) - both["treated_before"].astype(float)
    )
    peer = smf.ols("dy ~ dd + C(year)", both).fit()
    made = explore.view(replace(PCI, fit="first_differences")).rows.iloc[0]
    assert made["estimate"] == pytest.approx(peer.params["dd"], abs=1e-10)
    assert made["n_obs"] == len(both)
    assert made["n_switching"] == both.loc[both["dd"] != 0, "unit_code"].nunique()


def test_report_lines_are_an_entry_that_notebook_07_accepts():
    (entry,) = tomllib.loads(explore.view(replace(PCI, window=(2009, 2012))).report)["report"]
    assert entry["notebook"] == "07_association" and entry["parameters"]["window"] == [2009, 2012]
    cells = json.loads((paths.notebooks() / "07_association.ipynb").read_text("utf-8"))["cells"]
    (cell,) = [c for c in cells if "parameters" in c["metadata"].get("tags", [])]
    known = {line.target.id for line in ast.parse("".join(cell["source"])).body}
    assert set(entry["parameters"]) | set(entry["over"]) <= known
    given = entry["parameters"]
    data = curve.design_panel(given["outcome"], given["definition"], given["window"], given["allow_breaks"])
    assert (
        effects.fit_twfe(data.frame)["estimate"].item() == _estimate(explore.view(replace(PCI, window=(2009, 2012))))[0]
    )


def test_first_changes_are_those_of_notebook_08():
    (entry,) = tomllib.loads(explore.view(replace(PCI, fit="switchers")).report)["report"]
    source = "".join(
        "".join(c["source"])
        for c in json.loads((paths.notebooks() / f"{entry['notebook']}.ipynb").read_text("utf-8"))["cells"]
    )
    assert "effects.fit_switchers, frame, effects=3" in source


@pytest.mark.parametrize(
    "change",
    [{"units": ("01", "02", "79")}, {"covariates": ("population_thousand",)}, {"fit": "ife"}, {"transform": "log"}],
)
def test_a_choice_without_a_report_says_so(change):
    assert explore.view(replace(PCI, **change)).report.startswith("# No report")


REFUSED = {
    "break": (
        {"window": (2006, 2021)},
        "The weights of the sub-indices changed",
        "Trọng số các chỉ số thành phần thay đổi",
    ),
    "order": ({"window": (2021, 2013)}, "2021, comes after the last, 2013", "2021, đứng sau năm cuối, 2013"),
    "no province": ({"units": ()}, "No province is chosen", "Chưa chọn tỉnh nào"),
    "no data": (
        {"window": (2024, 2025)},
        "from 2005 to 2023; the years chosen are 2024 to 2025",
        "từ năm 2005 đến năm 2023",
    ),
    "covariate without data": (
        {"covariates": ("grdp_per_capita_mvnd",), "window": (2013, 2016)},
        "GRDP per person",
        "GRDP bình quân",
    ),
    "covariate is outcome": (
        {"covariates": ("pci_score",)},
        "both the outcome and a covariate",
        "vừa là chỉ tiêu kết quả",
    ),
    "no covariates": (
        {"fit": "switchers", "covariates": ("population_thousand",)},
        "takes no covariates",
        "không dùng biến kiểm soát",
    ),
    "no logarithm": (
        {"outcome": "grdp_growth_pct", "window": (2005, 2017), "transform": "log"},
        "no logarithm",
        "không lấy logarit được",
    ),
    "nobody switches": ({"units": ("01",)}, "treatment", "can thiệp"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_choice_that_cannot_be_computed_is_refused_in_both_languages(case):
    change, en, vi = REFUSED[case]
    for lang, text in (("en", en), ("vi", vi)):
        made = explore.view(replace(PCI, **change), lang)
        assert text in made.refused
        assert made.rows is None and made.code == "" and made.report == ""


def test_breaks_that_need_leave_are_those_that_the_data_refuse():
    made = explore.view(replace(PCI, window=(2006, 2021)))
    assert list(made.crossed) == ["pci_weights_2009", "pci_weights_2013"]
    with pytest.raises(tables.BreakRefused, match="pci_weights_2009.*pci_weights_2013"):
        study.build_panel("pci_score", window=(2006, 2021))


def test_an_allowed_break_is_computed_and_warned_of():
    half = explore.view(replace(PCI, window=(2006, 2021), allow_breaks=("pci_weights_2009",)))
    assert "2013" in half.refused and "2009" not in half.refused
    made = explore.view(replace(PCI, window=(2006, 2021), allow_breaks=("pci_weights_2009", "pci_weights_2013")))
    assert [text for text in made.warnings if text.startswith("The years cross a break")] != []


def test_leave_for_a_break_outside_the_years_changes_nothing():
    np.testing.assert_array_equal(
        _estimate(explore.view(replace(PCI, allow_breaks=("pci_weights_2009",)))), _estimate(explore.view(PCI))
    )


def test_few_switching_provinces_are_warned_of():
    units = tuple(code for code in places.codes() if places.region(code, "en") == "Central Highlands")
    few, clusters = explore.view(replace(PCI, units=units)).warnings[:2]
    assert "only 2" in few and "Provinces: only 5" in clusters
    assert not explore.view(PCI).warnings


@pytest.mark.parametrize("fit", SLOW)
def test_a_slow_estimator_waits_for_its_button(fit):
    made = explore.view(replace(PCI, fit=fit), compute=False)
    assert made.refused == "" and len(made.rows) == 0 and len(made.data.frame)


def test_a_view_in_vietnamese_has_the_same_numbers():
    en, vi = (
        explore.view(replace(PCI, window=(2006, 2019), allow_breaks=("pci_weights_2009", "pci_weights_2013")), lang)
        for lang in ("en", "vi")
    )
    np.testing.assert_array_equal(_estimate(en), _estimate(vi))
    assert en.code == vi.code and en.report == vi.report
    assert len(en.warnings) == len(vi.warnings) and not set(en.warnings) & set(vi.warnings)


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """The names that the notebook defines, without showing anything."""
    found = {"__name__": "__main__"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRESS_OUT", str(tmp_path_factory.mktemp("explore")))
        for cell in CELLS:
            if cell["cell_type"] == "code" and cell["id"] not in ("show", "files"):
                exec(compile("".join(cell["source"]), cell["id"], "exec"), found)  # noqa: S102
    return found


@pytest.fixture
def desk(names):
    """The controls and the page in English, computed at once."""
    return names["Desk"](PCI, "en")


def test_a_change_of_outcome_sets_its_years_and_scale(desk):
    before = desk.out.value
    desk.controls["outcome"].value = "grdp_per_capita_mvnd"
    assert desk.choice == explore.first_choice("grdp_per_capita_mvnd")
    assert desk.choice.transform == "log" and desk.choice.window == (2018, 2024)
    assert "percent" in desk.out.value and desk.out.value != before


def test_a_refused_choice_leaves_no_number_picture_or_code(desk):
    desk.controls["first"].value = 2022
    assert "comes after" in desk.out.value
    assert "<img" not in desk.out.value and "<table" not in desk.out.value and "<code" not in desk.out.value


def test_a_break_gets_a_box_and_computing_waits_for_it(desk):
    desk.controls["first"].value = 2009
    assert list(desk.leave) == ["pci_weights_2013"] and "<img" not in desk.out.value
    desk.leave["pci_weights_2013"].value = True
    assert desk.choice.allow_breaks == ("pci_weights_2013",) and "<img" in desk.out.value
    assert "The years cross a break, allowed by name" in desk.out.value
    desk.controls["first"].value = 2013
    assert desk.leave == {} and desk.choice.allow_breaks == ()


def test_a_region_marks_its_provinces_and_marks_name_their_region(desk):
    desk.controls["area"].value = "South East"
    assert {places.region(code, "en") for code in desk.choice.units} == {"South East"}
    desk.controls["units"].value = desk.controls["units"].value[1:]
    assert desk.controls["area"].value == ""
    desk.controls["units"].value = ()
    assert "No province is chosen" in desk.out.value
    desk.controls["area"].value = "all"
    assert desk.choice.units is None and "<img" in desk.out.value


def test_the_language_changes_every_text_and_keeps_the_choice(desk):
    desk.controls["definition"].value = "career"
    english = [
        (c.description, *(label for label, _ in c.options)) for name, c in desk.controls.items() if name != "units"
    ]
    rows, choice = desk.made.rows, desk.choice
    desk.switch.value = "vi"
    vietnamese = [
        (c.description, *(label for label, _ in c.options)) for name, c in desk.controls.items() if name != "units"
    ]
    same = {a for e, v in zip(english, vietnamese, strict=True) for a, b in zip(e, v, strict=True) if a == b}
    assert [text for text in same if not text.isdigit()] == []
    assert desk.choice == choice
    np.testing.assert_array_equal(desk.made.rows[NUMBERS].to_numpy(float), rows[NUMBERS].to_numpy(float))
    text = re.sub(r"<pre.*?</pre>|<dd>[^<]*</dd></dl>|<[^>]+>", " ", desk.out.value)
    assert re.search("[ạảấầậắằặẹếềệịọốồộợờụủừự]", text) and not re.search(r"\b(the|under|with|of|is|are)\b", text)
    assert " lang='vi'" in desk.out.value and "data-explore-lang='vi'" in desk.style.value


def test_the_language_keeps_the_leave_for_a_break(desk):
    desk.controls["first"].value = 2009
    desk.leave["pci_weights_2013"].value = True
    desk.switch.value = "vi"
    assert desk.choice.allow_breaks == ("pci_weights_2013",) and "<img" in desk.out.value
    assert desk.leave["pci_weights_2013"].description == "cho phép điểm gián đoạn pci_weights_2013"


def test_what_no_refusal_foresaw_takes_the_place_of_the_page(desk, monkeypatch):
    monkeypatch.setattr(explore, "view", lambda *_: 1 / 0)
    desk.controls["definition"].value = "career"
    assert "ZeroDivisionError" in desk.out.value and "<img" not in desk.out.value


def test_provinces_stand_in_vietnamese_order(desk):
    desk.switch.value = "vi"
    listed = [label for label, _ in desk.controls["units"].options]
    assert listed == desk.words.sort(listed) and listed.index("Cao Bằng") < listed.index("Đà Nẵng") < listed.index(
        "Gia Lai"
    )


def test_both_pictures_are_described_and_unknown_is_said(desk):
    described = re.findall(r'<img [^>]*alt="([^"]+)"', desk.out.value)
    assert len(described) == 2 and "unknown home" in described[0]
    assert re.search(r"2\.8% are unknown", desk.out.value)


def test_design_break_and_smallest_effect_are_said_for_every_estimator(names):
    for fit in explore.FITS:
        for lang, headings in (
            ("en", ["Coverage", "Design", "What would break it"]),
            ("vi", ["Phạm vi số liệu", "Thiết kế", "Điều gì có thể làm sai lệch"]),
        ):
            w, made = names["Words"](lang), explore.view(replace(PCI, fit=fit), lang, compute=False)
            said = names["notes"](made, names["numbers_of"](made, w)[1], w)
            assert [head for head, _ in said[:3]] == headings and all(len(text) > 60 for _, text in said[:3])
            assert any("2.8 standard errors" in text or "2,8 lần sai số chuẩn" in text for _, text in said) == (
                fit in FAST
            )


def test_a_slow_estimator_runs_by_its_button_only(desk):
    desk.controls["fit"].value = "randomisation"
    assert desk.button.layout.display == "" and "press the button" in desk.out.value and "<table" not in desk.out.value
    desk.button.click()
    assert "<table" in desk.out.value
    desk.controls["fit"].value = "twfe"
    assert desk.button.layout.display == "none"


def test_text_in_data_is_not_read_as_html(desk, names, monkeypatch):
    registry = names["registry"].copy()
    registry.loc["pci_score", ["label_en", "unit_en"]] = "<script>x</script>"
    monkeypatch.setitem(names, "registry", registry)
    assert "<script>" not in names["page_of"](explore.view(PCI), names["Words"]("en"))


CHROMIUM = site.chromium()
OPTIONS = ["notebooks/explore.ipynb", "--template=explore", "--Voila.ip=127.0.0.1"]
PATIENCE = 180_000  # milliseconds before a condition is given up; no test says how fast it comes


def test_make_explore_serves_this_notebook_on_this_machine_only():
    recipe = (paths.root() / "Makefile").read_text("utf-8").partition("\nexplore:")[2].partition("\n\n")[0]
    assert all(option in recipe for option in [*OPTIONS, "JUPYTER_PATH", "src/helpers/templates"])


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of the explorer as `make explore` serves it, on a free port."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    home = tmp_path_factory.mktemp("voila")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment |= {
        "IPYTHONDIR": str(home / "ipython"),
        "PRESS_OUT": str(home / "out"),
        "JUPYTER_PATH": str(paths.root() / "src" / "helpers" / "templates"),
    }
    command = [
        sys.executable,
        "-m",
        "voila",
        *OPTIONS,
        "--no-browser",
        f"--port={port}",
        "--Voila.port_retries=0",
        f"--Voila.connection_dir_root={home}",
    ]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=paths.root(), env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        for _ in range(PATIENCE // 500):
            if server.poll() is not None:
                pytest.fail((home / "log").read_text("utf-8")[-2000:])
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/voila/static/voila.js", timeout=5),
            ):
                break
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.send_signal(signal.SIGTERM)  # ends its kernels too; killed, they see that their parent is gone
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def browser():
    """Chromium without a network of its own."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield running
        running.close()


@pytest.fixture
def tab(browser, address):
    """The page, open and computed; at its end it must have asked nobody else and met no error."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.locator(".explore-page img").nth(1).wait_for()
    yield page
    page.close()
    assert asked and [url for url in asked if not re.match(r"((http|ws)://127\.0\.0\.1:\d+/|data:|blob:)", url)] == []
    assert wrong == []


def _settled(page, text):
    """Wait until the page says a text under the choice shown, not a greyed one; return all it says."""
    page.wait_for_function(
        "text => { const p = document.querySelector('.explore-page'); return p && !p.classList.contains('explore-old') && p.innerText.includes(text) }",
        arg=text,
    )
    return page.locator(".explore-page").inner_text()


def _chosen(page, label, value):
    page.get_by_label(label, exact=False).first.select_option(label=value)


def test_in_a_browser_another_outcome_changes_picture_and_numbers(tab):
    said, picture = _settled(tab, "0.46 points lower"), tab.locator(".explore-page img").first.get_attribute("src")
    assert "effects.fit_twfe" in said and "33 of them switching" in said
    _chosen(tab, "Outcome", "Unemployment rate (working age)")
    row = explore.view(explore.first_choice("unemployment_rate_pct")).rows.iloc[0]
    said = _settled(tab, f"{abs(row['estimate']):.2f} percentage points")
    assert tab.locator(".explore-page img").first.get_attribute("src") != picture
    assert "(2018, 2024)" in said and "PCI" not in said
    assert tab.locator(".jp-InputArea-editor, .jp-CodeMirrorEditor").count() == 0


def test_in_a_browser_the_language_is_switched_and_only_one_is_shown(tab):
    assert tab.get_by_role("heading", level=1).all_inner_texts() == [
        "What would another choice of outcome, years, provinces or estimator give?"
    ]
    tab.get_by_role("button", name="Tiếng Việt").click()
    _settled(tab, "thấp hơn 0,46 điểm")
    assert tab.get_by_role("heading", level=1).all_inner_texts() == [
        "Nếu chọn chỉ tiêu, giai đoạn, tỉnh hay phương pháp khác thì kết quả ra sao?"
    ]
    assert tab.evaluate("document.documentElement.lang") == "vi"
    assert tab.get_by_label("Chỉ tiêu").is_visible()
    assert not re.search(
        r"\b(under|provinces|estimate|years)\b", re.sub(r"(?s)Nguồn.*", "", tab.locator("main").inner_text())
    )


def test_in_a_browser_a_break_is_refused_until_its_boxes_are_ticked(tab):
    _chosen(tab, "First year", "2006")
    _settled(tab, "The years chosen pool values of different definitions")
    assert tab.locator(".explore-page img, .explore-page table, .explore-page code").count() == 0
    for name in ("pci_weights_2009", "pci_weights_2013"):
        tab.get_by_label(f"allow the break {name}").check()
    assert "0.33 points lower" in _settled(tab, "The years cross a break, allowed by name")


def test_in_a_browser_the_last_of_many_fast_changes_wins(tab):
    labels = explore.outcomes()["label_en"].tolist()
    for label in (*labels[:12], "Net migration rate"):
        _chosen(tab, "Outcome", label)
    _settled(tab, "net_migration_rate_per_1000")
    tab.wait_for_timeout(1500)
    assert "net_migration_rate_per_1000" in tab.locator(".explore-page").inner_text()


def test_in_a_browser_every_control_is_reached_and_used_by_keyboard(tab):
    tab.get_by_role("button", name="English").focus()
    reached = []
    for _ in range(12):
        tab.keyboard.press("Tab")
        reached.append(
            tab.evaluate("document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText")
        )
    assert [
        label
        for label in ("Outcome", "Non-local", "First year", "Last year", "Scale", "Estimator", "Provinces")
        if label not in reached
    ] == []
    tab.get_by_label("Estimator").focus()
    tab.keyboard.press("ArrowDown")
    _settled(tab, "d='share'")


def test_in_a_browser_a_slow_estimator_runs_by_its_button(tab):
    _chosen(tab, "Estimator", "two-way fixed effects, randomisation of careers")
    _settled(tab, "press the button")
    tab.get_by_role("button", name="Run this estimator").click()
    _settled(tab, "p = 0.149")


@pytest.mark.parametrize("width", [1280, 420])
def test_in_a_browser_the_page_fits_its_window(tab, width):
    tab.set_viewport_size({"width": width, "height": 800})
    tab.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_axe_finds_no_serious_violation(tab, lang):
    if lang == "vi":
        tab.get_by_role("button", name="Tiếng Việt").click()
        _settled(tab, "thấp hơn")
    tab.add_script_tag(path=resources.files("axe_playwright_python") / "axe.min.js")
    found = tab.evaluate("axe.run()")["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")] == []
