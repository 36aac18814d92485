"""The figures of the benchmark: what is asked, how parameters are drawn, which ratio is to be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.bench import sampling
from tests.bench.sampling import Parameters, Sample

POSTGREST, POSTGRAPHILE, DATASETTE = "PostgREST", "PostGraphile", "Datasette"
REST_GOALS = {POSTGREST: 2.0, DATASETTE: 8.0}
GROWTH_GOAL = 1.5
SLOWEST_GOAL = 20.0
DIRECT_GOAL = 2.0
BULK_GOAL = 0.5
EXPORT_MEMORY_MB = 300


@dataclass(frozen=True)
class Figure:
    """One search. `goals` are the least ratios of requests per second, by peer."""

    key: str
    title: str
    draw: Callable[[Sample], Iterator[Parameters]]
    goals: dict[str, float] = field(default_factory=lambda: REST_GOALS)
    few: bool = False
    """There are fewer than ten thousand different parameters by nature."""

    @property
    def part(self) -> str:
        """The part of the benchmark: `rest`, `graphql` or `musen`."""
        return self.key.partition("-")[0]

    def parameters(self, sample: Sample) -> list[Parameters]:
        """Different parameters, at least ten thousand where the register has them."""
        return sample.different(lambda: self.draw(sample))


FIGURES = (
    Figure("rest-id", "by id", sampling.ids),
    Figure("rest-sign", "by call sign", sampling.call_signs),
    Figure("rest-page", "100 by class and prefecture", sampling.pages),
    Figure("rest-next", "100 that follow, by class and prefecture", sampling.following_pages),
    Figure("rest-name-rare", "name, two characters, rare", sampling.rare_names),
    Figure("rest-name-common", "name, two characters, common", sampling.common_names),
    Figure("rest-name-absent", "name, two characters, absent", sampling.absent_names),
    Figure("rest-band-narrow", "frequency range, narrow", sampling.narrow_bands),
    Figure("rest-band-wide", "frequency range, half of all", sampling.wide_bands),
    Figure("rest-circle", "radius", sampling.circles),
    Figure("rest-three-name", "class, prefecture, name", sampling.named_in_place),
    Figure("rest-three-band", "class, prefecture, frequency", sampling.heard_in_place),
    Figure("graphql-stations", "GraphQL, 20 with licensee, assignments", sampling.pages, {POSTGRAPHILE: 1.3}),
    Figure("musen-num", "MUSEN num of a class", sampling.classes, {}, few=True),
)
