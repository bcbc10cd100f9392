"""Do individual leaders matter beyond chance: permuted spells, shrunken leader effects, two-way variances with KSS."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from helpers import effects
from helpers.effects.inference import DesignRefused, TwoWay

MIN_MOVERS = 30


@dataclass(frozen=True)
class LeaderTest:
    """
    Whether spells part the outcome more than the same spells in another order would.

    ``statistic`` is the share of residual variance between spells, ``draws`` the same under permuted spells, ``p_calendar``
    the p-value when the dates of change are exchanged between units instead, ``variance`` that of leader effects beyond
    chance (outcome units squared, never below 0), ``f`` the classical F of the spell dummies given unit and time effects.
    """

    statistic: float
    draws: np.ndarray
    p_value: float
    p_calendar: float
    variance: float
    f: float
    f_df: tuple
    n_obs: int
    n_units: int
    n_spells: int
    effects: pd.DataFrame


def _residual_blocks(frame, y, spell, unit, time):
    """Residuals sorted by unit and time, and the lengths of the spells of every unit with at least two spells."""
    effects.need_columns(frame, [unit, time, spell, y])
    rows = (
        frame[[unit, time, spell]]
        .assign(**{y: effects.numbers(frame, y)})
        .dropna()
        .sort_values([unit, time], ignore_index=True)
    )
    if rows.duplicated([unit, time]).any():
        raise DesignRefused(
            "a {unit} has more than one row for a {time}; expected one row per unit and {time}. Merge the duplicates first.",
            unit=unit,
            time=time,
        )
    rows = rows[rows.groupby(unit)[spell].transform("nunique") > 1].reset_index(drop=True)
    if rows.empty:
        raise DesignRefused("no unit has two leaders with an outcome in these years; expected some. Widen the window.")
    back = rows[spell].ne(rows.groupby(unit)[spell].shift())
    if back.sum() > rows[[unit, spell]].drop_duplicates().shape[0]:
        raise DesignRefused(
            "a {spell} returns after another one in the same unit; give each stay its own {spell}.", spell=spell
        )
    ways = TwoWay(pd.factorize(rows[unit])[0], pd.factorize(rows[time])[0])
    block = back.cumsum().to_numpy() - 1
    return rows, ways, block, np.bincount(block), rows.loc[back, unit].to_numpy()


def _orders(lengths, owner, draws, rng):
    """Ends of the blocks (draws, blocks) when the blocks of each owner come in a random order, and their lengths."""
    codes = pd.factorize(owner)[0]
    if draws is None:
        moved = lengths[None]
    else:
        moved = lengths[np.argsort(rng.random((draws, len(lengths))) + codes * 2.0, axis=1)]
    return np.cumsum(moved, axis=1), moved


def _between(values, ends, moved):
    """Sum of squares between blocks for every draw (draws,); values (rows,), or (k, rows) averaged over k."""
    total = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
    sums = total[..., ends] - total[..., ends - moved]
    return (sums**2 / moved).sum(-1)


def permute_spells(frame, *, y="y", spell="spell_id", unit="unit_code", time="year", draws=10_000, seed=1):
    """
    Test whether leaders matter: the order of spells is permuted within units, lengths kept.

    The outcome less unit and time effects is averaged within spells; a leader who matters makes these averages lie further
    apart than those of equally long stretches in another order (Berry and Fowler 2021). Slow change within a unit
    is in both, so it does not count as a leader. Leaders change in the years of congresses, when other things change too: a
    second test exchanges the dates of change between units, which keeps that calendar. The variance beyond chance is the excess of the observed sum of squares over
    its mean under permutation, divided by the same excess for simulated leader effects of variance one; each leader's average
    is then shrunk by that variance over itself plus the noise of an average of as many years.

    Parameters
    ----------
    frame : DataFrame
        One row per unit and time; rows without outcome or spell, and units with one spell only, are left out.
    y, spell, unit, time : str
        Columns.
    draws, seed : int
        Permutations, p = (1 + reaching) / (1 + draws), and the seed of their order.

    Returns
    -------
    LeaderTest
        ``effects`` has a row per spell: unit, spell, n_years, mean (of residuals), shrunk, reliability (0 to 1).

    Raises
    ------
    DesignRefused
        No unit with two spells, a spell that returns, or every order of the spells alike.
    """
    rows, ways, block, lengths, owner = _residual_blocks(frame, y, spell, unit, time)
    rng = np.random.default_rng(seed)
    here, permuted = _orders(lengths, owner, None, rng), _orders(lengths, owner, draws, rng)
    if (permuted[1] == lengths).all():
        raise DesignRefused(
            "all spells of each unit are equally long, so that no other order differs from the observed one."
        )
    values = ways.residuals(rows[y].to_numpy(float))
    total = float(values @ values)
    if total <= 1e-20 * float((rows[y] ** 2).sum()):
        raise DesignRefused("outcome '{name}' has no variation beyond unit and time effects; expected some.", name=y)
    observed = float(_between(values, *here)[0])
    chance = _between(values, *permuted)
    pairs = _exchanged(values, block, *(pd.factorize(rows[k], sort=True)[0] for k in (unit, time)))
    places = np.arange(len(pairs))
    swapped = pairs[places, rng.permuted(np.tile(places, (draws, 1)), axis=1)].sum(1)
    p, p_calendar = (float((1 + (d >= observed * (1 - 1e-12)).sum()) / (1 + draws)) for d in (chance, swapped))

    some = [part[: min(draws, 100)] for part in permuted]
    unit_effects = rng.standard_normal((len(lengths), 100))[block]
    unit_effects = ways.residuals(unit_effects).T
    gain = float((_between(unit_effects, *here)[:, 0] - _between(unit_effects, *some).mean(1)).mean())
    variance = max(0.0, (observed - float(chance.mean())) / gain) if gain > 0 else 0.0

    means = np.bincount(block, values) / lengths
    noise = _noise(values, *permuted, lengths) - variance * _noise(unit_effects, *some, lengths)
    noise = np.maximum(noise, 0.1 * _noise(values, *permuted, lengths))
    reliability = variance / (variance + noise)
    dummies = sparse.csr_matrix((np.ones(len(block)), (np.arange(len(block)), block))).toarray()
    inner = ways.residuals(dummies)
    slope, _, rank, _ = np.linalg.lstsq(inner, values, rcond=1e-10)
    left = values - inner @ slope
    df = (int(rank), int(len(values) - ways.n_effects - rank))
    f = (total - left @ left) / df[0] / (left @ left / df[1]) if df[1] > 0 and left @ left > 0 else np.nan
    first = np.r_[0, np.cumsum(lengths)[:-1]]
    effects = pd.DataFrame(
        {
            unit: rows[unit].to_numpy()[first],
            spell: rows[spell].to_numpy()[first],
            "n_years": lengths,
            "mean": means,
            "shrunk": means * reliability,
            "reliability": reliability,
        }
    )
    return LeaderTest(
        observed / total,
        chance / total,
        p,
        p_calendar,
        variance,
        float(f),
        df,
        len(rows),
        rows[unit].nunique(),
        len(lengths),
        effects,
    )


def _exchanged(values, block, unit, time):
    """Sum of squares between blocks when unit i changes leaders at the dates of unit j (units, units)."""
    shape = (unit.max() + 1, time.max() + 1)
    wide, seen, of = np.zeros(shape), np.zeros(shape), np.full(shape, -1)
    wide[unit, time], seen[unit, time], of[unit, time] = values, 1.0, block
    out = np.zeros((len(wide), len(wide)))
    for j, path in enumerate(of):
        for b in np.unique(path[path >= 0]):
            inside = path == b
            out[:, j] += wide[:, inside].sum(1) ** 2 / np.maximum(seen[:, inside].sum(1), 1)
    return out


def _noise(values, ends, moved, lengths):
    """Mean squared average of blocks of each length under permuted orders, one number per observed block."""
    total = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
    square = ((total[..., ends] - total[..., ends - moved]) / moved) ** 2
    square = square.reshape(-1, *ends.shape).mean(0)
    by = np.bincount(moved.ravel(), square.ravel()) / np.maximum(np.bincount(moved.ravel()), 1)
    return by[lengths]


def connected_set(frame, *, leader="person", unit="unit_code"):
    """
    Find the largest set of leaders and units joined by moves, and the part that stays joined without any one leader.

    Parameters
    ----------
    frame : DataFrame
        One row per leader, unit and time; rows without leader or unit are left out.

    Returns
    -------
    (DataFrame, dict)
        Rows of the leave-one-out set (people seen once, never moving, left out), and sizes: movers, connected_units,
        connected_leaders, set_rows, set_units, set_leaders, set_movers.
    """
    rows = frame.dropna(subset=[leader, unit])
    movers = int((rows.groupby(leader)[unit].nunique() > 1).sum())
    rows = _largest(rows, leader, unit)
    sizes = {"movers": movers, "connected_units": rows[unit].nunique(), "connected_leaders": rows[leader].nunique()}
    while len(rows):
        cut = _cut_leaders(rows, leader, unit)
        if not len(cut):
            break
        rows = _largest(rows[~rows[leader].isin(cut)], leader, unit)
    rows = rows[rows.groupby(leader)[unit].transform("size") > 1]
    moved = int((rows.groupby(leader)[unit].nunique() > 1).sum())
    return rows, sizes | {
        "set_rows": len(rows),
        "set_units": rows[unit].nunique() if moved else 0,
        "set_leaders": rows[leader].nunique(),
        "set_movers": moved,
    }


def _largest(rows, leader, unit):
    if rows.empty:
        return rows
    p, f = pd.factorize(rows[leader])[0], pd.factorize(rows[unit])[0]
    n = p.max() + 1
    _, part = connected_components(
        sparse.csr_matrix((np.ones(len(p)), (p, n + f)), shape=(n + f.max() + 1,) * 2), False
    )
    return rows[part[p] == np.bincount(part[n:]).argmax()]


def _cut_leaders(rows, leader, unit):
    """Leaders whose removal would part the graph (articulation points, by depth-first low points)."""
    pairs = rows[[leader, unit]].drop_duplicates()
    pairs = pairs[pairs.groupby(leader)[unit].transform("size") > 1]
    if pairs.empty:
        return []
    (p, people), (f, _) = pd.factorize(pairs[leader]), pd.factorize(pairs[unit])
    n = len(people)
    near = [[] for _ in range(n + f.max() + 1)]
    for a, b in zip(p.tolist(), (f + n).tolist(), strict=True):
        near[a].append(b)
        near[b].append(a)
    depth, low, cut, tick = [-1] * len(near), [0] * len(near), set(), 0
    for root in range(n, len(near)):
        if depth[root] >= 0:
            continue
        stack = [(root, -1, iter(near[root]))]
        depth[root] = low[root] = tick
        while stack:
            node, parent, others = stack[-1]
            for other in others:
                if depth[other] < 0:
                    tick += 1
                    depth[other] = low[other] = tick
                    stack.append((other, node, iter(near[other])))
                    break
                if other != parent:
                    low[node] = min(low[node], depth[other])
            else:
                stack.pop()
                if parent >= 0:
                    low[parent] = min(low[parent], low[node])
                    if low[node] >= depth[parent] and parent < n:
                        cut.add(parent)
        tick += 1
    return people[sorted(cut)]


def fit_two_way(frame, *, y="y", leader="person", unit="unit_code", min_movers=MIN_MOVERS):
    """
    Part the variance of an outcome into leaders, units and their covariance, with the exact leave-match-out correction.

    y_it = leader + unit + e. The plug-in variances are biased by sampling noise; Kline, Saggio and Solvsten (2020) subtract
    that bias by leaving out each match (leader in unit) in turn, on the set that stays connected without any one leader.

    Parameters
    ----------
    frame : DataFrame
        One row per leader, unit and time (time effects taken out before, if wanted).
    min_movers : int
        Fewer leaders of two or more units than this are refused.

    Returns
    -------
    DataFrame
        component (unit, leader, covariance), plug_in, corrected; ``attrs["sizes"]`` as in `connected_set`.

    Raises
    ------
    DesignRefused
        Too few movers, or no leave-one-out connected set; the message gives its size.
    """
    effects.need_columns(frame, [y, leader, unit])
    rows, sizes = connected_set(
        frame.assign(**{y: effects.numbers(frame, y)}).dropna(subset=[y]), leader=leader, unit=unit
    )
    if sizes["set_movers"] < min_movers:
        raise DesignRefused(
            "{movers} leaders led two or more units, {set_movers} of them in a set of {set_units} "
            "units that stays connected without any one of them; at least {least} are needed to part leaders from "
            "units. Use permute_spells, which compares leaders within a unit.",
            least=min_movers,
            **{name: sizes[name] for name in ("movers", "set_movers", "set_units")},
        )
    match = rows.groupby([leader, unit], sort=False)[y].agg(["size", "mean"]).reset_index()
    p, f = pd.factorize(match[leader])[0], pd.factorize(match[unit])[0]
    w, v = match["size"].to_numpy(float), match["mean"].to_numpy()
    n_p, n_f, total = p.max() + 1, f.max() + 1, w.sum()
    weight_p, weight_f = np.bincount(p, w), np.bincount(f, w)
    share = sparse.csr_matrix((w / weight_p[p], (p, f)), shape=(n_p, n_f))
    spread = sparse.diags(weight_p) @ share
    normal = np.diag(weight_f) - (share.T @ spread).toarray()
    inverse = np.linalg.inv(normal + 1.0 / n_f) - 1.0 / n_f
    psi = inverse @ (np.bincount(f, w * v) - share.T @ np.bincount(p, w * v))
    alpha = np.bincount(p, w * v) / weight_p - share @ psi
    fitted = alpha[p] + psi[f]

    def moments(one, two):
        return float((w * one * two).sum() / total - (w * one).sum() * (w * two).sum() / total**2) * total / (total - 1)

    plug = {
        "unit": moments(psi[f], psi[f]),
        "leader": moments(alpha[p], alpha[p]),
        "covariance": moments(psi[f], alpha[p]),
    }
    own = rows.merge(match[[leader, unit]].assign(_m=np.arange(len(match))), on=[leader, unit])
    inner = np.bincount(own["_m"], (own[y].to_numpy() - v[own["_m"].to_numpy()]) ** 2, len(match)) / np.maximum(
        w - 1, 1
    )
    middle = float((w * v).sum() / total)
    stays = np.bincount(p)[p] == 1
    bias = dict.fromkeys(plug, 0.0)
    bias["leader"] = float((inner * w * (1 / w - 1 / total))[stays].sum()) / (total - 1)
    of_units = (np.diag(weight_f) - np.outer(weight_f, weight_f) / total) / (total - 1)
    of_leaders = ((share.T @ spread).toarray() - np.outer(weight_f, weight_f) / total) / (total - 1)
    moves = np.flatnonzero(~stays)
    for part in np.array_split(moves, max(1, len(moves) // 2000)):
        e = sparse.csr_matrix((np.ones(len(part)), (np.arange(len(part)), f[part])), shape=(len(part), n_f))
        z = (e - share[p[part]]).toarray() @ inverse
        mean_z, one = np.asarray(share[p[part]].multiply(z).sum(1)).ravel(), 1 / weight_p[p[part]]
        free = 1 - w[part] * (one + z[np.arange(len(part)), f[part]] - mean_z)
        noise = (v[part] - middle) * (v[part] - fitted[part]) / free * w[part] ** 2
        apart = (mean_z - z @ weight_f / total) / (total - 1)
        q_leaders = ((z @ of_leaders) * z).sum(1)
        bias["unit"] += float(((z @ of_units) * z).sum(1) @ noise)
        bias["leader"] += float(((one - 1 / total) / (total - 1) - 2 * apart + q_leaders) @ noise)
        bias["covariance"] += float((apart - q_leaders) @ noise)
    made = pd.DataFrame(
        {"component": list(plug), "plug_in": list(plug.values()), "corrected": [plug[k] - bias[k] for k in plug]}
    )
    made.attrs["sizes"] = sizes
    return made
