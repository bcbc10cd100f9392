"""
Estimators behind one result shape: designs for a treatment that goes on and off.

Shared parameters: ``frame`` has one row per unit and time; ``y``, ``d``, ``unit``, ``time``, ``covariates``, ``cluster`` name its
columns (clusters are the units unless named); ``draws`` and ``seed`` belong to permutations and bootstraps.
"""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
from scipy import sparse, stats

from helpers.effects import inference
from helpers.effects.inference import CR1, DesignRefused, TwoWay

RESULT_COLUMNS = [
    "outcome", "definition", "estimator", "estimand", "implementation", "event_time", "estimate", "std_error", "conf_low",
    "conf_high", "p_value", "inference", "se_rule", "n_obs", "n_units", "n_clusters", "n_switching", "first_year",
    "last_year", "note",
]  # fmt: skip
_WHOLE = ("event_time", "n_obs", "n_units", "n_clusters", "n_switching", "first_year", "last_year")
_REAL = ("estimate", "std_error", "conf_low", "conf_high", "p_value")


def result(**fields):
    """
    Build one row, or several rows, of results.

    Parameters
    ----------
    **fields
        Values (scalars or equally long sequences) by name of ``RESULT_COLUMNS``; what is not given is missing.
        Given ``std_error`` without an interval, a normal 95% interval and p-value are filled in.

    Returns
    -------
    DataFrame
        Columns ``RESULT_COLUMNS`` with fixed types.

    Raises
    ------
    ValueError
        For an unknown field, or an estimate that is not a finite number.
    """
    unknown = sorted(set(fields) - set(RESULT_COLUMNS))
    if unknown:
        raise ValueError(f"unknown result fields {unknown}; expected names of RESULT_COLUMNS.")
    many = any(np.ndim(v) for v in fields.values())
    rows = pd.DataFrame(fields if many else {k: [v] for k, v in fields.items()}).reindex(columns=RESULT_COLUMNS)
    for name in RESULT_COLUMNS:
        kind = "Int64" if name in _WHOLE else "float64" if name in _REAL else "str"
        rows[name] = pd.to_numeric(rows[name]).astype(kind) if kind != "str" else rows[name].astype(kind)
    if not np.isfinite(rows["estimate"]).all():
        raise ValueError(
            "an estimate is not a finite number; expected one for every row. Leave the row out and say why."
        )
    half = stats.norm.ppf(0.975) * rows["std_error"]
    rows["conf_low"] = rows["conf_low"].fillna(rows["estimate"] - half)
    rows["conf_high"] = rows["conf_high"].fillna(rows["estimate"] + half)
    z = rows["estimate"].abs() / rows["std_error"].where(rows["std_error"] > 0)
    rows["p_value"] = rows["p_value"].fillna(pd.Series(2 * stats.norm.sf(z), index=rows.index))
    return rows


def attempt(fit, *args, **options):
    """
    Fit, or return no rows where the design is refused.

    Parameters
    ----------
    fit : callable
    *args, **options
        For it.

    Returns
    -------
    DataFrame
        The rows of ``fit``; none, with the ``DesignRefused`` in ``attrs["refused"]``, where it raised one.
    """
    try:
        return fit(*args, **options)
    except DesignRefused as reason:
        none = result(estimate=[])
        none.attrs["refused"] = reason
        return none


@dataclass(frozen=True)
class Cells:
    """
    The cells of a checked design, sorted by unit and time.

    ``y``, ``d`` (n,), ``x`` (n, covariates), ``unit``, ``time``, ``cluster`` (codes from 0), ``units``, ``times`` (labels),
    ``row`` (positions in the frame given), ``note`` (what was left out).
    """

    y: np.ndarray
    d: np.ndarray
    x: np.ndarray
    unit: np.ndarray
    time: np.ndarray
    cluster: np.ndarray
    units: pd.Index
    times: pd.Index
    row: np.ndarray
    note: str

    @property
    def n_switching(self):
        """Units whose treatment changes over the cells used."""
        first = self.d[np.r_[0, np.flatnonzero(np.diff(self.unit)) + 1]][self.unit]
        return int((np.bincount(self.unit, np.abs(self.d - first)) > 1e-12).sum())

    @property
    def nested(self):
        """Whether every unit lies in one cluster."""
        return len(np.unique(self.unit + self.cluster.astype(np.int64) * len(self.units))) == len(self.units)

    def need_nested(self):
        """Refuse units that lie in several clusters."""
        if not self.nested:
            raise DesignRefused(
                "a unit lies in more than one cluster; a bootstrap of clusters needs every unit within one."
            )

    def counts(self):
        """The counts and period of a result row."""
        year = [int(t) if np.isfinite(float(t)) else pd.NA for t in (self.times[0], self.times[-1])]
        return {
            "n_obs": len(self.y), "n_units": len(self.units), "n_clusters": int(self.cluster.max()) + 1,
            "n_switching": self.n_switching, "first_year": year[0], "last_year": year[1],
        }  # fmt: skip

    def wide(self, values):
        """Return values as (units, times), NaN where there is no cell."""
        table = np.full((len(self.units), len(self.times)), np.nan)
        table[self.unit, self.time] = values
        return table


def need_columns(frame, names):
    """Refuse a frame without these columns, naming the closest."""
    for name in names:
        if name not in frame.columns:
            near = get_close_matches(str(name), [str(c) for c in frame.columns], 1)
            if near:
                raise DesignRefused("no column '{name}'; did you mean '{near}'?", name=name, near=near[0])
            raise DesignRefused(
                "no column '{name}'; found: {columns}.", name=name, columns=", ".join(map(str, frame.columns))
            )


def numbers(frame, name):
    """Return a column as floats, missing as NaN; refuse text and infinite values."""
    column = frame[name]
    try:
        if isinstance(column.dtype, pd.StringDtype):
            raise TypeError
        values = column.astype("Float64" if column.dtype.name == "boolean" else column.dtype).to_numpy(
            float, na_value=np.nan
        )
    except (TypeError, ValueError):
        raise DesignRefused(
            "column '{name}' is not numeric (dtype {dtype}); expected numbers.", name=name, dtype=str(column.dtype)
        ) from None
    if np.isinf(values).any():
        raise DesignRefused(
            "column '{name}' has {n} infinite values; expected finite numbers or missing. Set them missing, "
            "or correct them, first.",
            name=name,
            n=int(np.isinf(values).sum()),
        )
    return values


def cells(frame, *, y="y", d="treated", unit="unit_code", time="year", covariates=(), cluster=None, binary=False):
    """
    Check a design and return its complete cells.

    Parameters
    ----------
    frame : DataFrame
        One row per unit and time; rows with a missing outcome, treatment or covariate are left out and counted in ``note``.
    binary : bool
        Whether the treatment must be 0/1.

    Returns
    -------
    Cells

    Raises
    ------
    DesignRefused
        Unknown column, infinite or non-numeric value, two rows for one unit and time, outcomes all equal, a treatment that
        never changes or is the same in every unit of each period, fewer than two clusters.
    """
    covariates = [covariates] if isinstance(covariates, str) else list(covariates)
    need_columns(frame, [y, d, unit, time, *covariates, *([cluster] if cluster else [])])
    values = [numbers(frame, name) for name in (y, d, *covariates)]
    labels = [frame[unit], frame[time]]
    for name, column in zip((unit, time), labels, strict=True):
        if column.isna().any():
            raise DesignRefused(
                "column '{name}' is missing in {n} rows; expected a value in every row.",
                name=name,
                n=int(column.isna().sum()),
            )
    codes, names = zip(*(pd.factorize(column, sort=True) for column in labels), strict=True)
    place = codes[0].astype(np.int64) * len(names[1]) + codes[1]
    order = np.argsort(place, kind="stable")
    place = place[order]
    twice = np.flatnonzero(np.diff(place) == 0)
    if twice.size:
        row = order[twice[0]]
        raise DesignRefused(
            "{unit} '{code}' has more than one row for {time} {period}; expected one row per unit and {time}. "
            "Merge the duplicates first.",
            unit=unit,
            code=labels[0].iloc[row],
            time=time,
            period=str(labels[1].iloc[row]),
        )
    kept = order[np.isfinite(sum(values))[order]]
    if not kept.size:
        raise DesignRefused("no row has an outcome, a treatment and all covariates; expected some. Check the window.")
    codes, names = zip(
        *(
            (np.unique(c[kept], return_inverse=True)[1], n[np.unique(c[kept])])
            for c, n in zip(codes, names, strict=True)
        ),
        strict=True,
    )
    group = codes[0] if cluster is None else pd.factorize(frame[cluster].iloc[kept])[0]
    if (group < 0).any():
        raise DesignRefused(
            "cluster column '{name}' has missing values; expected a cluster for every row used.", name=cluster
        )
    out = [v[kept] for v in values]
    if np.ptp(out[0]) == 0:
        raise DesignRefused(
            "outcome '{name}' equals {value:g} in every cell used; expected variation.", name=y, value=out[0][0]
        )
    if np.ptp(out[1]) == 0:
        raise DesignRefused(
            "treatment '{name}' equals {value:g} in every cell used; expected a treatment that changes. "
            "Widen the window or the sample.",
            name=d,
            value=out[1][0],
        )
    if binary and not np.isin(out[1], (0, 1)).all():
        raise DesignRefused(
            "treatment '{name}' takes other values than 0 and 1; this estimator needs 0/1. Use fit_twfe for shares.",
            name=d,
        )
    if group.max() < 1:
        raise DesignRefused("only one cluster; expected at least two, better twenty or more.")
    lost, holes = len(frame) - len(kept), len(names[0]) * len(names[1]) - len(kept)
    note = [f"{lost} of {len(frame)} rows without outcome, treatment or covariate left out"] * bool(lost)
    note += [f"unbalanced: {holes} of {len(names[0]) * len(names[1])} unit-periods absent"] * bool(holes)
    made = Cells(
        out[0],
        out[1],
        np.column_stack(out[2:]) if covariates else np.empty((len(kept), 0)),
        *codes,
        group,
        *names,
        kept,
        "; ".join(note),
    )
    if made.n_switching == 0:
        raise DesignRefused(
            "no unit's treatment '{name}' changes between {first} and {last}; expected at least one switching "
            "unit. Widen the window.",
            name=d,
            first=str(names[1][0]),
            last=str(names[1][-1]),
        )
    return made


def make_rows(c, estimator, estimand, implementation, estimate, note="", **more):
    """
    Build result rows of a design.

    Parameters
    ----------
    c : Cells
        Gives counts, period and its note.
    estimator, estimand, implementation : str
    estimate : float or sequence
    note : str or sequence of str
        Added to the note of ``c``.
    **more
        Other fields of ``result``.

    Returns
    -------
    DataFrame
    """
    note = [note] * np.size(estimate) if isinstance(note, str) else note
    note = ["; ".join(filter(None, (c.note, part))) for part in note]
    return result(
        estimator=estimator,
        estimand=estimand,
        implementation=implementation,
        estimate=estimate if np.ndim(estimate) else [estimate],
        note=note,
        **c.counts(),
        **more,
    )


def _t_row(c, estimator, estimand, implementation, estimate, se, rule, df, note=""):
    half = stats.t.ppf(0.975, df) * se
    p = 2 * stats.t.sf(abs(estimate) / se, df) if se > 0 else np.nan
    return make_rows(
        c,
        estimator,
        estimand,
        implementation,
        estimate,
        note,
        std_error=se,
        conf_low=estimate - half,
        conf_high=estimate + half,
        p_value=p,
        inference="clustered",
        se_rule=rule,
    )


def _projected(c):
    ways = TwoWay(c.unit, c.time)
    d, x = ways.residuals(c.d), ways.residuals(c.x)
    if x.shape[1]:
        basis = np.linalg.lstsq(x, d, rcond=None)[0]
        left = d - x @ basis
    else:
        left = d
    if left @ left <= 1e-10 * max(((c.d - c.d.mean()) ** 2).sum(), 1e-300):
        raise DesignRefused(
            "the treatment is explained entirely by unit and time effects and covariates; expected units that "
            "switch at different times. Add comparison units or widen the window."
        )
    return ways, ways.residuals(c.y), d, x


def whole_steps(c):
    """Return the period of every cell as a whole number: its label where labels are whole numbers, else its place in order."""
    values = np.asarray(c.times)
    return values[c.time] if np.issubdtype(values.dtype, np.integer) else c.time


def fit_twfe(
    frame,
    *,
    y="y",
    d="treated",
    unit="unit_code",
    time="year",
    covariates=(),
    cluster=None,
    inference_by="cluster",
    draws=10_000,
    seed=1,
    strata=None,
    coordinates=None,
    cutoff_km=None,
    implementation="own",
):
    """
    Two-way fixed effects: y_it = a_i + c_t + b d_it + x_it'g + e_it.

    Parameters
    ----------
    frame : DataFrame
        One row per unit and time; ``d`` may be 0/1 or a share.
    cluster : str, optional
        Column of clusters; the units themselves by default.
    inference_by : str
        ``cluster`` (CR1, t), ``wild`` (cluster bootstrap, null imposed) or ``randomisation`` (whole paths permuted over units,
        within ``strata`` if such a column is given) or ``conley`` (Bartlett weights up to ``cutoff_km`` between units of one
        period, and all periods of a unit; ``coordinates`` are the columns of latitude and longitude in degrees).
    implementation : str
        ``own``, or ``statsmodels`` / ``pyfixest`` as the independent second one (clustered only).

    Returns
    -------
    DataFrame
        One row of ``RESULT_COLUMNS``.
    """
    names = {"y": y, "d": d, "unit": unit, "time": time, "covariates": covariates, "cluster": cluster}
    c = cells(frame, **names)
    text = "change in the outcome per unit of treatment, weighted by two-way residual variance"
    if implementation != "own":
        return _peer_twfe(c, text, implementation)
    ways, yr, dr, xr = _projected(c)
    regressors = np.column_stack([dr, xr])
    absorbed = ways.n_effects - len(c.units) + 1 if c.nested else ways.n_effects
    beta, cov, residual = inference.cluster_fit(yr, regressors, c.cluster, absorbed)
    rule = CR1 if c.nested else CR1.replace("unit effects nested in the clusters not counted", "all effects counted")
    row = _t_row(c, "twfe", text, "own", beta[0], float(np.sqrt(cov[0, 0])), rule, c.cluster.max())
    if inference_by == "cluster":
        return row
    if inference_by == "wild":
        c.need_nested()
        keep = np.linalg.lstsq(xr, np.column_stack([yr, dr]), rcond=None)[0]
        yr, dr = yr - xr @ keep[:, 0], dr - xr @ keep[:, 1]
        p, low, high, method = inference.wild_cluster(yr, dr, _unit_regressors(c), c.cluster, min(draws, 9_999), seed)
    elif inference_by == "randomisation":
        drawn = randomised(
            frame, y=y, d=d, unit=unit, time=time, covariates=covariates, strata=strata, draws=draws, seed=seed
        )
        p, low, high, method = drawn.p_value, drawn.conf_low, drawn.conf_high, drawn.method
    elif inference_by == "conley":
        need_columns(frame, coordinates)
        place = frame.groupby(unit)[list(coordinates)].first().reindex(c.units).to_numpy(float)
        if not np.isfinite(place).all():
            raise DesignRefused(
                "{n} units have no coordinates; expected them for every unit used.",
                n=int((~np.isfinite(place).all(1)).sum()),
            )
        near = inference.conley_covariance(regressors, residual, c.unit, c.time, place, cutoff_km, lags=len(c.times))
        same = inference.conley_covariance(regressors, residual, c.unit, c.time, place, 1e-9, lags=len(c.times))
        se = float(np.sqrt(near[0, 0] - same[0, 0] + cov[0, 0]))
        rule = f"Conley: clustered by unit (CR1) plus Bartlett weights to {cutoff_km:g} km within a period; normal"
        return make_rows(c, "twfe", text, "own", float(beta[0]), std_error=se, inference="Conley", se_rule=rule)
    else:
        raise ValueError(f"inference_by {inference_by!r}; expected 'cluster', 'wild', 'randomisation' or 'conley'.")
    return row.assign(p_value=p, conf_low=low, conf_high=high, inference=method)


def randomised(
    frame,
    *,
    y="y",
    d="treated",
    unit="unit_code",
    time="year",
    covariates=(),
    strata=None,
    draws=10_000,
    seed=1,
    statistic="coefficient",
):
    """
    Permute whole treatment paths over units and keep the draws.

    Parameters
    ----------
    strata : str, optional
        Column within whose values paths stay.
    statistic : str
        ``coefficient`` or ``t`` of two-way fixed effects, or ``counterfactual``.

    Returns
    -------
    inference.Randomisation
    """
    names = {"y": y, "d": d, "unit": unit, "time": time, "covariates": covariates}
    c = cells(frame, **names, binary=statistic == "counterfactual")
    wide, paths, extra, blocks = wide_paths(frame, c, names, strata)
    return inference.randomise(wide, paths, extra, draws, seed, blocks, statistic)


def leave_one_out(frame, *, y="y", d="treated", unit="unit_code", time="year", covariates=()):
    """
    Two-way fixed effects with each unit left out in turn.

    Parameters
    ----------
    frame, y, d, unit, time, covariates
        As in ``fit_twfe``.

    Returns
    -------
    Series
        The coefficient by the unit left out; NaN where the others do not identify it.
    """
    names = {"y": y, "d": d, "unit": unit, "time": time, "covariates": covariates}
    c = cells(frame, **names)
    wide, paths, extra, _ = wide_paths(frame, c, names)
    index = np.tile(np.arange(len(c.units), dtype=np.int32), (len(c.units), 1))
    np.fill_diagonal(index, len(c.units))
    paths = np.vstack([paths, np.full((1, paths.shape[1]), np.nan)])
    return pd.Series(inference.twfe_draws(wide, paths, index, extra), index=c.units)


def _unit_regressors(c):
    count = np.bincount(c.unit).astype(float)
    rows = np.arange(len(c.unit))
    unit = sparse.csr_matrix((np.ones(len(rows)), (rows, c.unit)))
    full = sparse.hstack([sparse.csr_matrix((np.ones(len(rows)), (rows, c.time))), sparse.csr_matrix(c.x)]).tocsr()
    return full - unit @ (sparse.diags(1 / count) @ (unit.T @ full))


def wide_paths(frame, c, names, strata=None):
    """
    Return outcome, treatment paths, covariates as (units, times) arrays and the strata, for randomisation.

    ``c`` are the cells of the design, ``names`` its columns by parameter; cells without a treatment keep their outcome.
    """
    used = frame[frame[names["unit"]].isin(c.units) & frame[names["time"]].isin(c.times)]
    row, col = c.units.get_indexer(used[names["unit"]]), c.times.get_indexer(used[names["time"]])

    def table(name):
        out = np.full((len(c.units), len(c.times)), np.nan)
        out[row, col] = numbers(used, name)
        return out

    covariates = [names["covariates"]] if isinstance(names["covariates"], str) else names["covariates"]
    blocks = (
        None
        if strata is None
        else used.drop_duplicates(names["unit"]).set_index(names["unit"])[strata].reindex(c.units).to_numpy()
    )
    return table(names["y"]), table(names["d"]), [table(x) for x in covariates], blocks


def _peer_twfe(c, text, implementation):
    data = pd.DataFrame({"y": c.y, "d": c.d, "unit": c.unit, "time": c.time, "group": c.cluster})
    extra = [f"x{j}" for j in range(c.x.shape[1])]
    data[extra] = c.x
    if implementation == "pyfixest":
        import pyfixest

        fit = pyfixest.feols(
            " + ".join(["y ~ d", *extra]) + " | unit + time",
            data,
            vcov={"CRV1": "group"},
            fixef_rm="none",
            demeaner=pyfixest.MapDemeaner(fixef_tol=1e-12),
        )
        return _t_row(c, "twfe", text, "pyfixest", float(fit.coef()["d"]), float(fit.se()["d"]), CR1, c.cluster.max())
    import statsmodels.api as sm

    dummies = pd.get_dummies(data[["unit", "time"]].astype("category"), drop_first=True, dtype=float)
    fit = sm.OLS(c.y, sm.add_constant(pd.concat([data[["d", *extra]], dummies], axis=1))).fit(
        cov_type="cluster", cov_kwds={"groups": c.cluster}, use_t=True
    )
    rule = "CR1, G/(G-1) x (n-1)/(n-k); all effects counted in k; t(G-1)"
    return _t_row(c, "twfe", text, "statsmodels", float(fit.params["d"]), float(fit.bse["d"]), rule, c.cluster.max())


def event_times(d, unit, time):
    """
    Count periods from arrivals and exits, spell by spell.

    Parameters
    ----------
    d : ndarray of 0/1 (n,), unit, time : ndarray of int
        Sorted by unit and time.

    Returns
    -------
    (ndarray, ndarray)
        Arrival time: 0 in the first treated period of a spell, then 1, 2, ... while it lasts; -1, -2, ... before the next
        arrival. Exit time: 0 in the first untreated period after a spell, then 1, 2, ...; -1, -2, ... while the spell that
        is going to end lasts. NaN where there is no such event: a spell that runs at the start of the data has no start, one
        that runs at the end no end, and a change across a missing period has no date.
    """
    first = np.r_[True, unit[1:] != unit[:-1]]
    last = np.r_[first[1:], True]
    gap = np.r_[False, np.diff(time) > 1]
    change = np.r_[False, d[1:] != d[:-1]] & ~first
    run = np.cumsum(change | first) - 1
    heads = np.flatnonzero(change | first)
    tails = np.r_[heads[1:] - 1, len(d) - 1]
    has_start, has_end = ~first[heads] & ~gap[heads], ~last[tails] & ~np.r_[gap[heads[1:]], False]
    since = time - time[heads][run]
    following = np.r_[heads[1:], 0][run]
    until = np.where(has_end[run], time[following] - time, 0)
    on = d == 1
    arrival = np.where(on & has_start[run], since, np.where(~on & has_end[run], -until, np.nan))
    leave = np.where(~on & has_start[run], since, np.where(on & has_end[run], -until, np.nan))
    return arrival.astype(float), leave.astype(float)


def fit_counterfactual(
    frame,
    *,
    y="y",
    d="treated",
    unit="unit_code",
    time="year",
    covariates=(),
    cluster=None,
    horizon=(-4, 6),
    draws=500,
    seed=1,
    inference_by="bootstrap",
    implementation="own",
):
    """
    Fixed-effects counterfactual (imputation): unit and time effects are fitted to untreated cells only.

    The effect of a treated cell is y_it - a_i - c_t - x_it'g; rows are its mean, and means by event time for arrivals and
    exits of spells (``event_times``; negative times are in-sample residuals of untreated cells for arrivals). The method of
    Liu, Wang and Xu (2024, ``fect``); event time 0 here is their 1.

    Parameters
    ----------
    horizon : (int, int)
        First and last event time shown.
    draws : int
        Bootstrap draws of clusters; 0 for none.
    inference_by : str
        ``bootstrap``, or ``randomisation`` for the mean effect only.
    implementation : str
        ``own`` or ``statsmodels`` (no standard errors).

    Returns
    -------
    DataFrame
        Rows of ``RESULT_COLUMNS``: the mean effect (event_time missing), arrivals, exits; no standard error where fewer than
        five clusters are behind a row. ``attrs["draws"]`` holds the
        bootstrap draws, one column per row.
    """
    names = {"y": y, "d": d, "unit": unit, "time": time, "covariates": covariates, "cluster": cluster}
    c = cells(frame, **names, binary=True)
    text = "mean effect on treated cells, counterfactual from untreated cells"
    free = c.d == 0
    usable, why = _identified(c, free)
    note = "; ".join(f"{n} {what}" for what, n in why.items() if n)
    labels, members = _event_sets(c, frame, names, usable, horizon)
    effect = _impute(c, free) if implementation == "own" else _peer_impute(c, free)
    draws = draws if implementation == "own" else 0
    estimate = np.array([effect[m].mean() for m in members])
    counts = np.array([m.sum() for m in members])
    fields = {"std_error": np.nan, "inference": "none"}
    drawn = None
    if inference_by == "randomisation":
        done = randomised(frame, y=y, d=d, unit=unit, time=time, draws=draws, seed=seed, statistic="counterfactual")
        labels, estimate, counts = labels[:1], estimate[:1], counts[:1]
        fields = {"inference": done.method, "p_value": done.p_value}
    elif draws:
        drawn = _bootstrap(c, free, members, draws, seed)
        fields = {
            "std_error": np.nanstd(drawn, axis=0, ddof=1),
            "inference": f"bootstrap of clusters, {draws:,} draws",
            "se_rule": "standard deviation of bootstrap draws; normal",
        }
    rows = result(
        estimator="counterfactual", implementation=implementation, estimate=estimate, event_time=[e for _, e in labels],
        estimand=[text if kind is None else f"{text}, by years since {kind}" for kind, _ in labels],
        note=["; ".join(filter(None, (c.note, note, f"{n} cells"))) for n in counts], **c.counts(), **fields,
    )  # fmt: skip
    if drawn is not None:
        rows.attrs["draws"] = drawn
    return rows


def _identified(c, free):
    in_unit = np.bincount(c.unit[free], minlength=len(c.units)) > 0
    in_time = np.bincount(c.time[free], minlength=len(c.times)) > 0
    if not free.any() or not in_unit.any():
        raise DesignRefused("no untreated cell; expected some to build the counterfactual from.")
    ways = TwoWay(np.unique(c.unit[free], return_inverse=True)[1], np.unique(c.time[free], return_inverse=True)[1])
    part_unit, part_time = np.full(len(c.units), -1), np.full(len(c.times), -2)
    part_unit[in_unit], part_time[in_time] = ways.unit_part, ways.time_part
    usable = part_unit[c.unit] == part_time[c.time]
    if not (usable & ~free).any():
        raise DesignRefused(
            "every treated unit is treated in all its cells; expected treated units with untreated years too. Widen the window."
        )
    lost = int((~usable & ~free).sum()) - int((~in_unit[c.unit]).sum())
    return usable, {
        "always treated units left out": int((~in_unit).sum()),
        "treated cells without an untreated comparison left out": lost,
    }


def _event_columns(c, frame, names):
    """Arrival and exit time of every cell, from all rows with a known treatment (the outcome may be missing there)."""
    d = numbers(frame, names["d"])
    unit, time = (pd.factorize(frame[names[k]], sort=True)[0] for k in ("unit", "time"))
    order = np.lexsort((time, unit))
    order = order[np.isfinite(d)[order]]
    for at in event_times(d[order], unit[order], time[order]):
        by_row = np.full(len(frame), np.nan)
        by_row[order] = at
        yield by_row[c.row]


def _event_sets(c, frame, names, usable, horizon):
    labels, members = [(None, pd.NA)], [(c.d == 1) & usable]
    for kind, at in zip(("arrival", "exit"), _event_columns(c, frame, names), strict=True):
        for e in range(horizon[0], horizon[1] + 1):
            member = usable & (at == e)
            if member.any():
                labels.append((kind, e))
                members.append(member)
    return labels, members


def _impute(c, free):
    unit, time = (np.unique(v[free], return_inverse=True) for v in (c.unit, c.time))
    ways = TwoWay(unit[1], time[1])
    slope = np.empty(0)
    if c.x.shape[1]:
        slope = np.linalg.lstsq(ways.residuals(c.x[free]), ways.residuals(c.y[free]), rcond=None)[0]
    left = c.y - c.x @ slope
    a, b = np.full(len(c.units), np.nan), np.full(len(c.times), np.nan)
    a[unit[0]], b[time[0]] = ways.effects(left[free])
    return left - a[c.unit] - b[c.time]


def _bootstrap(c, free, members, draws, seed):
    """Draws of cluster weights; moments are sums over clusters, so that a draw is a small linear system."""
    c.need_nested()
    n_times, k = len(c.times), c.x.shape[1]
    groups = int(c.cluster.max()) + 1
    n_free = np.bincount(c.unit[free], minlength=len(c.units)).astype(float)
    z = sparse.hstack(
        [
            sparse.csr_matrix((np.ones(len(c.y)), (np.arange(len(c.y)), c.time)), shape=(len(c.y), n_times)),
            sparse.csr_matrix(c.x),
        ]
    ).tocsr()
    unit = sparse.csr_matrix((np.ones(len(c.y)), (np.arange(len(c.y)), c.unit)), shape=(len(c.y), len(c.units)))
    keep = sparse.diags(free.astype(float))
    average = sparse.diags(1 / np.maximum(n_free, 1)) @ unit.T @ keep
    zc = (z - unit @ (average @ z)).toarray()
    yc = c.y - unit @ (average @ c.y)
    member = sparse.csr_matrix((np.ones(len(c.y)), (c.cluster, np.arange(len(c.y)))))
    width = n_times + k
    block = np.zeros((len(c.units), n_times, width))
    block[c.unit, c.time] = zc * free[:, None]
    owner = sparse.csr_matrix(
        (np.ones(len(c.units)), (c.cluster[np.searchsorted(c.unit, np.arange(len(c.units)))], np.arange(len(c.units))))
    )
    left = owner @ np.matmul(block.transpose(0, 2, 1), block).reshape(len(c.units), -1)
    right = member @ keep @ (zc * yc[:, None])
    weights = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), draws).astype(float)
    gram = (weights @ left).reshape(draws, width, width)
    theta = inference.solve_times(gram, (weights @ right)[:, :, None], n_times)[:, :, 0]
    out = np.empty((draws, len(members)))
    for j, m in enumerate(members):
        pick = member @ sparse.diags(m.astype(float))
        size = weights @ (pick @ np.ones(len(m)))
        total = weights @ (pick @ yc) - np.einsum("bw,bw->b", weights @ (pick @ zc), theta)
        out[:, j] = np.where(size > 0, total / np.maximum(size, 1), np.nan)
    return out


def _peer_impute(c, free):
    import statsmodels.api as sm

    design = np.column_stack(
        [pd.get_dummies(c.unit, dtype=float), pd.get_dummies(c.time, dtype=float).iloc[:, 1:], c.x]
    )
    design = design[:, design[free].any(0)]
    return c.y - design @ sm.OLS(c.y[free], design[free]).fit().params


def fit_leads(frame, *, y="y", d="treated", unit="unit_code", time="year", covariates=(), cluster=None, leads=3):
    """
    Test parallel trends over the ``leads`` years before arrivals: two-way effects on untreated cells with a dummy for each of the last years before one.

    The pre-trend regression of Borusyak, Jaravel and Spiess, spell by spell; earlier untreated cells are the reference.

    Returns
    -------
    DataFrame
        One row per lead (event time -1 is the last year before an arrival), and one whose estimate is the joint F statistic.
    """
    names = {"y": y, "d": d, "unit": unit, "time": time, "covariates": covariates, "cluster": cluster}
    c = cells(frame, **names, binary=True)
    at = next(_event_columns(c, frame, names))
    shown = [e for e in range(-leads, 0) if ((at == e) & (c.d == 0)).any()]
    free = c.d == 0
    code = [np.unique(v[free], return_inverse=True)[1] for v in (c.unit, c.time, c.cluster)]
    ways = TwoWay(code[0], code[1])
    x = ways.residuals(np.column_stack([*(at[free] == e for e in shown), c.x[free]]).astype(float))
    if not shown or np.linalg.matrix_rank(x) < x.shape[1]:
        raise DesignRefused(
            "the {n} years before arrivals cannot be told from unit and time effects; expected more untreated years. Take fewer leads.",
            n=leads,
        )
    absorbed = ways.n_effects - code[0].max() if cluster is None else ways.n_effects
    beta, cov, _ = inference.cluster_fit(ways.residuals(c.y[free]), x, code[2], absorbed)
    k, df = len(shown), int(code[2].max())
    joint = float(beta[:k] @ np.linalg.pinv(cov[:k, :k]) @ beta[:k] / k)
    text = "difference from the path of other untreated cells, before an arrival"
    rows = [
        _t_row(c, "leads", text, "own", float(b), float(s), CR1, df).assign(event_time=e)
        for b, s, e in zip(beta, np.sqrt(np.diag(cov)), shown, strict=False)
    ]
    test = make_rows(
        c,
        "leads",
        f"joint F statistic of {k} leads",
        "own",
        joint,
        inference=f"F({k}, {df})",
        se_rule=CR1,
        p_value=float(stats.f.sf(joint, k, df)),
    )
    return pd.concat([*rows, test], ignore_index=True).astype({"event_time": "Int64"})


def fit_factor(
    frame,
    *,
    y="y",
    d="treated",
    unit="unit_code",
    time="year",
    covariates=(),
    method="ife",
    rank=1,
    penalty=0.0,
    least=5,
    tol=1e-9,
    rounds=3_000,
    implementation="own",
):
    """
    Counterfactual with interactive fixed effects (``ife``) or matrix completion (``mc``), fitted to untreated cells.

    y_it = a_i + c_t + x_it'g + (L F')_it + e_it. ``ife`` fixes the rank of L F'; ``mc`` penalises the sum of its singular values
    (``penalty`` is that of ``fect``: per cell, so the values shrink by penalty x cells). Iterated to ``tol``, not to the
    1e-3 at which ``fect`` stops by default.

    Parameters
    ----------
    tol, rounds : float, int
        Relative change at which the iteration stops, and its limit.
    least : int
        Untreated periods a unit needs (5 as in ``fect``; more than ``rank`` in any case).
    implementation : str
        ``own`` or ``statspai``.

    Returns
    -------
    DataFrame
        One row, no standard error (bootstrap the units, or randomise).
    """
    names = {"y": y, "d": d, "unit": unit, "time": time, "covariates": covariates}
    c = cells(frame, **names, binary=True)
    free = c.d == 0
    usable, why = _identified(c, free)
    treated = usable & ~free
    note = "; ".join(
        [f"{n} {what}" for what, n in why.items() if n]
        + [f"rank {rank}" if method == "ife" else f"penalty {penalty:g}"]
    )
    short = np.bincount(c.unit[free], minlength=len(c.units)) < max(least, rank + 1 if method == "ife" else 1)
    thin = int(short.sum()) - why["always treated units left out"]
    note += f"; {thin} units with fewer than {least} untreated periods left out" if thin > 0 else ""
    treated, free = treated & ~short[c.unit], free & ~short[c.unit]
    if not treated.any():
        raise DesignRefused(
            "every treated unit has fewer than {n} untreated periods; expected more to fit factors. Widen the window or lower least.",
            n=least,
        )
    text = "mean effect on treated cells, counterfactual with common factors"
    if implementation == "statspai":
        import statspai

        data = pd.DataFrame({"y": c.y, "d": c.d.astype(int), "unit": c.unit, "time": c.time}).join(
            pd.DataFrame(c.x).add_prefix("x")
        )
        data = data[free | treated]
        fit = statspai.fect(
            data,
            "y",
            "d",
            "unit",
            "time",
            covariates=[f"x{j}" for j in range(c.x.shape[1])] or None,
            method=method,
            r=rank if method == "ife" else 0,
            lam=penalty if method == "mc" else None,
            tol=tol,
            max_iter=20_000,
        )
        return make_rows(c, method, text, "statspai", float(fit.estimate), note, inference="none")
    y_table, x_table = c.wide(c.y), [c.wide(column) for column in c.x.T]
    known = c.wide(free.astype(float)) == 1
    keep = known.any(1)
    y_table, known, x_table = y_table[keep], known[keep], [x[keep] for x in x_table]
    effect = y_table - _completed(y_table, known, x_table, method, rank, penalty * known.size, tol, rounds)
    return make_rows(
        c, method, text, "own", float(effect[(c.wide(treated.astype(float)) == 1)[keep]].mean()), note, inference="none"
    )


def rule_of_thumb_penalty(frame, *, y="y", d="treated", unit="unit_code", time="year"):
    """Return a penalty for matrix completion: half the largest singular value of the two-way residuals, per cell."""
    c = cells(frame, y=y, d=d, unit=unit, time=time)
    left = np.nan_to_num(c.wide(TwoWay(c.unit, c.time).residuals(c.y)))
    return float(np.linalg.svd(left, compute_uv=False)[0] / left.size / 2)


def _completed(y, known, extra, method, rank, shrink, tol, rounds):
    """Fit by filling what is unknown with the fit, until the fit stands still (EM, with squared extrapolation)."""
    seen = [np.nan_to_num(x) for x in extra]
    filled = np.where(known, y, np.nan)
    start = np.nanmean(filled, axis=1, keepdims=True) + np.nanmean(
        filled - np.nanmean(filled, axis=1, keepdims=True), axis=0
    )
    fit = np.nan_to_num(start, nan=np.nanmean(filled))
    rows, cols = np.nonzero(known)
    ways = TwoWay(*(np.unique(v, return_inverse=True)[1] for v in (rows, cols)))
    basis = np.column_stack([ways.residuals(x[known]) for x in seen]) if seen else None

    def step(low):
        part = np.zeros_like(fit)
        if seen:
            slope = np.linalg.lstsq(basis, ways.residuals((y - low)[known]), rcond=None)[0]
            part = sum(b * x for b, x in zip(slope, seen, strict=True))
        a, b = ways.effects((y - part - low)[known])
        additive = part + a[:, None] + b
        gap = np.where(known, y - additive, low)
        u, s, v = np.linalg.svd(gap, full_matrices=False)
        s = np.where(np.arange(len(s)) < rank, s, 0) if method == "ife" else np.maximum(s - shrink, 0)
        miss = np.where(known, y - additive - low, 0)
        penalty = 2 * shrink * np.linalg.svd(low, compute_uv=False).sum() if method == "mc" else 0
        return (u * s) @ v, additive, (miss**2).sum() + penalty

    low = safe = np.zeros_like(fit)
    best = np.inf
    for _ in range(rounds):
        one, _, value = step(low)
        if not value <= best * (1 + 1e-12):
            low, best = safe, np.inf
            continue
        two, additive, _ = step(one)
        first, bend, safe, best = one - low, two - 2 * one + low, two, value
        if np.linalg.norm(two - one) < tol * 1e-2 * np.linalg.norm(additive + two):
            return additive + two
        pace = -np.linalg.norm(first) / max(np.linalg.norm(bend), 1e-300)
        low = low - 2 * pace * first + pace**2 * bend if pace < -1 else two
    raise DesignRefused(
        "the common factors did not settle in {n} rounds: the untreated cells determine them poorly. Lower rank, raise least, or widen the window.",
        n=rounds,
    )


def twfe_weights(frame, *, y="y", d="treated", unit="unit_code", time="year", first_differences=False):
    """
    Weights that two-way fixed effects give to the effects of treated cells (de Chaisemartin and D'Haultfoeuille 2020).

    With ``first_differences`` those of the regression in first differences.

    Returns
    -------
    (DataFrame, dict)
        One row per treated cell (unit, time, weight; the weights sum to one), and ``beta``, ``n_positive``, ``n_negative``,
        ``sum_positive``, ``sum_negative``, ``sensibility`` (smallest standard deviation of effects compatible with a mean effect
        of zero) and ``sensibility_sign`` (with all effects of the other sign than beta; NaN without negative weights).
    """
    c = cells(frame, y=y, d=d, unit=unit, time=time)
    if first_differences:
        follows = np.r_[False, (np.diff(c.unit) == 0) & (np.diff(c.time) == 1)]
        move = np.where(follows, np.r_[0, np.diff(c.d)], 0)
        mean = np.bincount(c.time, move) / np.maximum(np.bincount(c.time, follows), 1)
        eps = np.where(follows, move - mean[c.time], 0)
        eps = eps - np.r_[eps[1:] * follows[1:], 0]
    else:
        eps = _projected(c)[2]
    total, on = eps @ c.d, c.d != 0
    mass, weight = c.d[on] / c.d.sum(), eps[on] * c.d[on] / total
    ratio = np.where(np.abs(weight) < 1e-10, 0, weight / mass)
    beta = float(eps @ c.y / total)
    spread = np.sqrt(mass @ (ratio - 1) ** 2 * len(mass) / max(len(mass) - 1, 1))
    order = np.argsort(-ratio)
    order = order[ratio[order] != 0]
    tail = [np.cumsum((mass * ratio**k)[order][::-1])[::-1] for k in range(3)]
    low = np.flatnonzero(ratio[order] < -tail[1] / np.maximum(1 - tail[0], 1e-300))
    sign = [abs(beta) / np.sqrt(tail[2][s] + tail[1][s] ** 2 / (1 - tail[0][s])) for s in low[:1]]
    table = pd.DataFrame({unit: c.units[c.unit[on]], time: c.times[c.time[on]], "weight": weight})
    return table, {
        "beta": beta, "n_positive": int((ratio > 0).sum()), "n_negative": int((ratio < 0).sum()),
        "sum_positive": float(weight[ratio > 0].sum()), "sum_negative": float(weight[ratio < 0].sum()),
        "sensibility": float(abs(beta) / spread), "sensibility_sign": float(sign[0]) if sign else np.nan,
    }  # fmt: skip


def with_bounds(fit, frame, *, d="treated", **options):
    """
    Fit with known homes only, and with all unknown ones taken as local and as non-local.

    Parameters
    ----------
    fit : callable
        Such as ``fit_twfe``; ``options`` go to it.
    frame : DataFrame
        Has ``<d>_low`` and ``<d>_high`` beside ``d`` (unknown filled as local, as non-local).

    Returns
    -------
    DataFrame
        Rows of the three fits; ``estimand`` says which. The extremes are two extreme cases, not sharp bounds: other fillings
        can give estimates outside them.
    """
    cases = {
        d: "",
        f"{d}_low": "; extreme case: all unknown homes local",
        f"{d}_high": "; extreme case: all unknown homes non-local",
    }
    parts = [(fit(frame, d=name, **options), text) for name, text in cases.items()]
    return pd.concat([rows.assign(estimand=rows["estimand"] + text) for rows, text in parts], ignore_index=True)
