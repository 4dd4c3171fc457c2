"""What the measured functions would cost on AWS, at the prices of `workbook.economics.pricing`.

Lambda gives a function a share of a processor in proportion to its memory, so what was measured
on a whole processor takes longer there. AWS's processors are not this machine's, and what AWS
does before the interpreter starts is not in the figures: compare, do not budget.
"""

from collections.abc import Mapping
from statistics import median

from matplotlib.figure import Figure

from benchmarks.results import Figures, Results
from workbook.economics.cost import MEMORY_OF_A_VCPU_MB
from workbook.economics.pricing import Api, Bill, LambdaUsage, lambda_bill

MEMORY_SIZES = (128, 256, 512, 1024, 1769, 3008)
COLD_SHARE = 0.01
"""AWS: less than one invocation in a hundred initialises an environment.

https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
"""
DAYS_A_MONTH = 730 / 24


def at_memory(milliseconds: float, memory_mb: int) -> float:
    """What takes this long on a whole processor, on the share that comes with this memory.

    A single thread gains nothing from more than one processor.
    """
    return milliseconds * max(1.0, MEMORY_OF_A_VCPU_MB / memory_mb)


def fits(figures: Figures, memory_mb: int) -> bool:
    """Whether the measured peak is in the configured memory with a tenth to spare."""
    return max(figures.memory_mb) * 1.1 < memory_mb * 2**20 / 1e6


def start_ms(figures: Figures, memory_mb: int) -> float:
    """The processor time of the measured start to the first answer, with this memory."""
    return at_memory(median(figures.start_cpu_ms), memory_mb)


def warm_ms(figures: Figures, memory_mb: int) -> float:
    """A warm prediction through AWS's runtime client, with this memory."""
    return at_memory(median(figures.client_us["predict"].p50) / 1e3, memory_mb)


def price(
    figures: Figures,
    requests: float = 1e6,
    memory_mb: int = 1024,
    cold_share: float = COLD_SHARE,
    api: Api = "none",
) -> Bill:
    """The bill of some predictions, one a request, of which a share finds no environment."""
    return lambda_bill(
        LambdaUsage(
            requests=requests,
            duration_ms=warm_ms(figures, memory_mb),
            memory_mb=memory_mb,
            cold_starts=requests * cold_share,
            init_ms=start_ms(figures, memory_mb),
            api=api,
        )
    )


def batch_price(figures: Figures, rows: float = 1e6, size: int = 1000) -> Bill:
    """The bill of as many predictions, sent in warm batches to 1,024 MB."""
    milliseconds = size / median(figures.rows_per_second[str(size)]) * 1e3
    return lambda_bill(LambdaUsage(rows / size, at_memory(milliseconds, 1024)))


def contestants_without_floors(results: Results) -> Mapping[str, Figures]:
    """Those that answer every request."""
    return {key: one for key, one in results.contestants.items() if "list" in one.handler_us}


def month_chart(results: Results, requests_a_day: int, api: Api) -> Figure:
    """US dollars a month by contestant: requests, duration, and what is in front."""
    requests = requests_a_day * DAYS_A_MONTH
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    bills = {
        one.title: price(one, requests, api=api)
        for one in contestants_without_floors(results).values()
    }
    left = [0.0] * len(bills)
    for part, colour in (("requests", "#8da0cb"), ("duration", "#fc8d62"), ("api", "#cccccc")):
        amounts = [getattr(bill, part) for bill in bills.values()]
        bars = axes.barh(list(bills), amounts, left=left, color=colour, label=part)
        left = [start + amount for start, amount in zip(left, amounts, strict=True)]
    axes.bar_label(bars, [f"{total:,.2f}" for total in left], padding=3)
    # Room for the labels; a margin would end at the last bar's edge.
    axes.set(xlabel="US dollars a month", xlim=(0, 1.15 * max(left)))
    figure.legend(loc="outside upper center", ncols=3)
    axes.invert_yaxis()
    return figure
