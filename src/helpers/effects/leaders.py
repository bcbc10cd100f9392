"""Do individual leaders matter beyond chance: permuted spells, shrunken leader effects, and who connects units by moving."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from helpers.effects.design import DesignRefused, need_columns, numbers
from helpers.effects.linear import TwoWay

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
    need_columns(frame, [unit, time, spell, y])
    rows = frame[[unit, time, spell]].assign(**{y: numbers(frame, y)})
    rows = rows.dropna().sort_values([unit, time], ignore_index=True)
    if rows.duplicated([unit, time]).any():
        text = "a {unit} has more than one row for a {time}; expected one row per unit and {time}. Merge the duplicates first."
        raise DesignRefused(text, unit=unit, time=time)
    rows = rows[rows.groupby(unit)[spell].transform("nunique") > 1].reset_index(drop=True)
    if rows.empty:
        raise DesignRefused("no unit has two leaders with an outcome in these years; expected some. Widen the window.")
    back = rows[spell].ne(rows.groupby(unit)[spell].shift())
    if back.sum() > rows[[unit, spell]].drop_duplicates().shape[0]:
        text = "a {spell} returns after another one in the same unit; give each stay its own {spell}."
        raise DesignRefused(text, spell=spell)
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


def permute_spells(
    frame: pd.DataFrame, *, y: str = "y", spell: str = "spell_id", unit: str = "unit_code", time: str = "year",
    draws: int = 10_000, seed: int = 1,
) -> LeaderTest:  # fmt: skip
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
        text = "all spells of each unit are equally long, so that no other order differs from the observed one."
        raise DesignRefused(text)
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
    noise = _noise(values, permuted, lengths) - variance * _noise(unit_effects, some, lengths)
    noise = np.maximum(noise, 0.1 * _noise(values, permuted, lengths))
    reliability = variance / (variance + noise)
    dummies = sparse.csr_matrix((np.ones(len(block)), (np.arange(len(block)), block))).toarray()
    inner = ways.residuals(dummies)
    slope, _, rank, _ = np.linalg.lstsq(inner, values, rcond=1e-10)
    left = values - inner @ slope
    df = (int(rank), int(len(values) - ways.n_effects - rank))
    f = (total - left @ left) / df[0] / (left @ left / df[1]) if df[1] > 0 and left @ left > 0 else np.nan
    first = np.r_[0, np.cumsum(lengths)[:-1]]
    table = rows.iloc[first][[unit, spell]].reset_index(drop=True)
    table = table.assign(n_years=lengths, mean=means, shrunk=means * reliability, reliability=reliability)
    size = (len(rows), rows[unit].nunique(), len(lengths))
    return LeaderTest(observed / total, chance / total, p, p_calendar, variance, float(f), df, *size, table)


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


def _noise(values, orders, lengths):
    """Mean squared average of blocks of each length under permuted orders, one number per observed block."""
    ends, moved = orders
    total = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
    square = ((total[..., ends] - total[..., ends - moved]) / moved) ** 2
    square = square.reshape(-1, *ends.shape).mean(0)
    by = np.bincount(moved.ravel(), square.ravel()) / np.maximum(np.bincount(moved.ravel()), 1)
    return by[lengths]


def connected_set(
    frame: pd.DataFrame, *, leader: str = "person", unit: str = "unit_code"
) -> tuple[pd.DataFrame, dict[str, int]]:
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
    sizes |= {"set_rows": len(rows), "set_units": rows[unit].nunique() if moved else 0}
    return rows, sizes | {"set_leaders": rows[leader].nunique(), "set_movers": moved}


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
    """Movers without whom the others would no longer connect all units and leaders."""
    places = rows.groupby(leader)[unit].nunique()
    left = {who: rows[rows[leader] != who] for who in places.index[places > 1]}
    return [who for who, others in left.items() if len(_largest(others, leader, unit)) < len(others)]
