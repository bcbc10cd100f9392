"""Do individual leaders matter beyond chance: permuted spells and shrunken leader effects."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.effects.chance import reached, share_reached
from helpers.effects.design import DesignRefused, need_columns, need_draws, need_once, numbers
from helpers.effects.linear import TwoWay


@dataclass(frozen=True)
class LeaderTest:
    """
    Whether spells part the outcome more than the same spells in another order would.

    ``statistic`` is the share of residual variance between spells, ``draws`` the same under permuted spells, ``p_calendar``
    the p-value when the dates of change are exchanged between units instead, ``variance`` that of leader effects beyond
    chance (outcome units squared, never below 0).
    """

    statistic: float
    draws: np.ndarray
    p_value: float
    p_calendar: float
    variance: float
    n_obs: int
    n_units: int
    n_spells: int
    effects: pd.DataFrame

    @property
    def reached(self) -> np.ndarray:
        """Which of the draws the p-value counts: those at least as large as what was observed."""
        return reached(self.draws, self.statistic)

    @property
    def least(self) -> float:
        """The share that would have been needed to tell it from luck: 95% of the draws lie below."""
        return float(np.quantile(self.draws, 0.95))


def _blocks(frame, y, spell, unit, time):
    """Rows of the units with at least two spells, sorted, also those without an outcome; the block of each row, and the unit of each block."""
    need_columns(frame, [unit, time, spell, y])
    rows = frame[[unit, time, spell]].assign(y=numbers(frame, y)).dropna(subset=[unit, time, spell])
    rows = rows.sort_values([unit, time], ignore_index=True)
    need_once(rows, unit, time, rows.duplicated([unit, time]))
    of_unit = rows.groupby(unit)
    rows = rows[(of_unit[spell].transform("nunique") > 1) & (of_unit["y"].transform("count") > 0)]
    rows = rows.reset_index(drop=True)
    if rows.empty:
        raise DesignRefused("no unit has two leaders with an outcome in these years; expected some. Widen the window.")
    new = rows[spell].ne(rows.groupby(unit)[spell].shift())
    if new.sum() > rows[[unit, spell]].drop_duplicates().shape[0]:
        text = "a {spell} returns after another one in the same unit; give each stay its own {spell}."
        raise DesignRefused(text, spell=spell)
    return rows, new.cumsum().to_numpy() - 1, rows.loc[new, unit].to_numpy()


def _orders(lengths, owner, draws, rng):
    """Ends of the blocks (draws, blocks) when the blocks of each owner come in a random order, and their lengths."""
    codes = pd.factorize(owner)[0]
    if draws is None:
        moved = lengths[None]
    else:
        moved = lengths[np.argsort(rng.random((draws, len(lengths))) + codes * 2.0, axis=1)]
    return np.cumsum(moved, axis=1), moved


def _sums(values, ends, moved):
    """Sums of (..., rows) over the blocks of every order: (..., draws, blocks)."""
    total = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
    sums = total[..., ends]
    sums -= total[..., ends - moved]
    return sums


def _between(values, seen, orders):
    """Sum of squares between blocks for every order (..., draws); rows that are not ``seen`` have the value 0."""
    return (_sums(values, *orders) ** 2 / np.maximum(_sums(seen, *orders), 1)).sum(-1)


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
        One row per unit and time; rows without a spell, and units with one spell only, are left out. Rows without an outcome
        keep their place, so that every order, and every unit's dates, are laid over the same years.
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
    need_draws(draws, seed)
    rows, block, owner = _blocks(frame, y, spell, unit, time)
    lengths, known = np.bincount(block), rows["y"].notna().to_numpy()
    rng, seen = np.random.default_rng(seed), known.astype(float)
    here, permuted = _orders(lengths, owner, None, rng), _orders(lengths, owner, draws, rng)
    if (permuted[1] == lengths).all():
        text = "all spells of each unit are equally long, so that no other order differs from the observed one."
        raise DesignRefused(text)
    codes = [pd.factorize(rows[name], sort=True)[0] for name in (unit, time)]
    ways, outcome = TwoWay(*(code[known] for code in codes)), rows["y"].to_numpy()[known]

    def spread(column):
        """One column over the rows seen, less unit and time effects; 0 elsewhere."""
        out = np.zeros(len(rows))
        out[known] = ways.residuals(column)
        return out

    values = spread(outcome)
    total = float(values @ values)
    if total <= 1e-20 * float((outcome**2).sum()):
        raise DesignRefused("outcome '{name}' has no variation beyond unit and time effects; expected some.", name=y)
    observed = float(_between(values, seen, here)[0])
    chance = _between(values, seen, permuted)
    pairs = _exchanged(values, seen, block, *codes)
    places = np.arange(len(pairs))
    swapped = pairs[places, rng.permuted(np.tile(places, (draws, 1)), axis=1)].sum(1)
    p, p_calendar = (float(share_reached(sums / total, observed / total)) for sums in (chance, swapped))

    some = tuple(part[: min(draws, 100)] for part in permuted)
    drawn = rng.standard_normal((len(lengths), 100))[block][known].T
    drawn = np.array([spread(column) for column in drawn])
    gain = float((_between(drawn, seen, here)[:, 0] - _between(drawn, seen, some).mean(1)).mean())
    variance = max(0.0, (observed - float(chance.mean())) / gain) if gain > 0 else 0.0

    held = np.bincount(block, seen).astype(int)
    means = np.bincount(block, values) / np.maximum(held, 1)
    luck = np.where(held > 0, _noise(values, seen, permuted, held), np.inf)
    noise = np.maximum(luck - variance * _noise(drawn, seen, some, held), 0.1 * luck)
    reliability = variance / (variance + noise)
    table = rows[[unit, spell]].drop_duplicates(ignore_index=True)
    table = table.assign(n_years=held, mean=means, shrunk=means * reliability, reliability=reliability)[held > 0]
    size = (int(known.sum()), ways.n_units, len(table))
    return LeaderTest(observed / total, chance / total, p, p_calendar, variance, *size, table.reset_index(drop=True))


def _exchanged(values, seen, block, unit, time):
    """
    Sum of squares between blocks when unit i changes leaders at the dates of unit j (units, units).

    Where nobody is known in unit j the last one known goes on (before the first one: the first), so that every date of change
    parts the same years of unit i.
    """
    shape = (unit.max() + 1, time.max() + 1)
    wide, count, of = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan)
    wide[unit, time], count[unit, time], of[unit, time] = values, seen, block
    out = np.zeros((len(wide), len(wide)))
    for j, path in enumerate(pd.DataFrame(of).ffill(axis=1).bfill(axis=1).to_numpy()):
        inside = path == np.unique(path)[:, None]
        out[:, j] = ((wide @ inside.T) ** 2 / np.maximum(count @ inside.T, 1)).sum(1)
    return out


def _noise(values, seen, orders, held):
    """Mean squared average of blocks with as many rows seen under permuted orders, one number per observed block."""
    sums = _sums(values, *orders)
    counts = _sums(seen, *orders).astype(int)
    sums /= np.maximum(counts, 1)
    sums **= 2
    counts = np.broadcast_to(counts, sums.shape).ravel()
    square = np.bincount(counts, sums.ravel(), held.max() + 1)
    return (square / np.maximum(np.bincount(counts, minlength=held.max() + 1), 1))[held]
