"""Images of a report on several machines, by Ray Data (extra `cluster`).

The driver finds images, passes over those of earlier runs, and writes results, as it does without Ray; the
actors of a pool each hold a model, read, explain and draw. Images go to Ray Data in portions, so that neither
a list of all images nor all results are ever held. What a killed worker had at hand is done again by another.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from whylight.class_names import FolderLabels
from whylight.collection.remote import RemoteFile
from whylight.collection.shards import Shards
from whylight.errors import Message, WhylightError
from whylight.explainer import Explainer
from whylight.parallel.explain_many import ParallelExplainer
from whylight.report.image_worker import ImageResult, ImageWorker, ReportOptions
from whylight.report.render import RenderedImage
from whylight.report.sources import Source

EXTRA = "cluster"
PORTION = 10_000
"""Images that are given to Ray Data at a time."""
BATCH = 4
"""Images that an actor takes at a time."""


@dataclass(frozen=True, slots=True)
class RayCluster:
    """Cluster on which images are explained.

    Raises, when it is used:
        WhylightError: Ray is not installed, or the cluster cannot be reached.
    """

    address: str | None = None
    """Address of an existing cluster, or `auto`; None starts a local one."""
    workers: int | None = None
    """Actors, each with one CPU; None for one a CPU of the cluster."""

    def results(
        self, sources: Iterable[Source], worker: ImageWorker, shards: Shards
    ) -> Iterator[tuple[Source, ImageResult]]:
        """Yield images and their results in the order of the images."""
        data = self._started()
        left = iter(sources)
        while portion := list(islice(left, PORTION)):
            yield from self._portion(data, portion, worker, shards)

    def _started(self) -> Any:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is sent
        try:
            ray: Any = importlib.import_module("ray")
            data: Any = importlib.import_module("ray.data")
        except ImportError:
            raise WhylightError(
                "several machines need the package 'ray', which is not installed; install it with: "
                "pip install 'whylight[{extra}]'",
                extra=EXTRA,
            ) from None
        if not ray.is_initialized():
            try:
                ray.init(
                    address=self.address,
                    include_dashboard=False if self.address is None else None,
                    log_to_driver=False,
                    logging_level="ERROR",
                )
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise WhylightError(
                    "the Ray cluster cannot be reached: {reason}", reason=str(error)[:200]
                ) from error
        context = data.DataContext.get_current()
        context.enable_progress_bars = False
        importlib.import_module("logging").getLogger("ray.data").setLevel("ERROR")
        return data

    def _portion(
        self, data: Any, portion: list[Source], worker: ImageWorker, shards: Shards
    ) -> Iterator[tuple[Source, ImageResult]]:
        """Yield a portion's results, which arrive in any order, in that of the images."""
        ray: Any = importlib.import_module("ray")
        results: dict[int, ImageResult] = {}
        items = []
        for index, source in enumerate(portion):
            if (earlier := worker.earlier_result(source, shards)) is not None:
                results[index] = earlier
            else:
                items.append({"index": index, **_plain(source)})
        arrived: Iterator[Mapping[str, Any]] = iter(())
        if items:
            count = self.workers or max(int(ray.cluster_resources().get("CPU", 1)), 1)
            count = min(count, len(items))
            dataset = data.from_items(items, override_num_blocks=max(len(items) // BATCH, 1)).map_batches(
                _Actor,
                fn_constructor_args=(
                    worker.explainer,
                    worker.workers.further_layers,
                    replace(worker.options),
                    str(worker.out),
                ),
                batch_size=BATCH,
                compute=data.ActorPoolStrategy(size=count),
                num_cpus=1,
            )
            arrived = iter(dataset.iter_rows())
        for index, source in enumerate(portion):
            while index not in results:
                row = next(arrived)
                results[int(row["index"])] = _result(row)
            yield source, results.pop(index)


class _Actor:
    """Holds a model in an actor's process and explains batches of images."""

    def __init__(
        self, explainer: Explainer, further_layers: Sequence[str], options: ReportOptions, out: str
    ) -> None:
        explainer = explainer.with_threads(1)
        card = explainer.card
        self._worker = ImageWorker(
            explainer,
            ParallelExplainer(explainer, 1, further_layers),
            options,
            FolderLabels(card.classes, card.further_names),
            Path(out),
        )

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        columns: dict[str, list[Any]] = {
            name: [] for name in ("index", "record", "html", "error", "panels", "maps", "data")
        }
        for at, index in enumerate(batch["index"]):
            source = _source({name: values[at] for name, values in batch.items()})
            result = self._worker.new_result(source)
            rendered = result.rendered
            panels = {} if rendered is None else dict(rendered.panels)
            maps = {} if rendered is None else dict(rendered.maps)
            columns["index"].append(int(index))
            columns["record"].append(json.dumps(result.record))
            columns["html"].append(result.html)
            columns["error"].append("" if result.error is None else str(result.error))
            columns["panels"].append(json.dumps([*panels]))
            columns["maps"].append(json.dumps([*maps]))
            columns["data"].append([*panels.values(), *maps.values()])
        return columns


def _plain(source: Source) -> dict[str, Any]:
    return {
        "path": os.fsencode(source.path),
        "name": source.name,
        "panels": source.panels,
        "data": source.data or b"",
        "inside": source.data is not None,
        "label": json.dumps(source.label),
        "remote": "" if source.remote is None else json.dumps(asdict(source.remote)),
    }


def _source(row: Mapping[str, Any]) -> Source:
    return Source(
        Path(os.fsdecode(bytes(row["path"]))),
        str(row["name"]),
        str(row["panels"]),
        bytes(row["data"]) if row["inside"] else None,
        json.loads(row["label"]),
        RemoteFile(**json.loads(row["remote"])) if row["remote"] else None,
    )


def _result(row: Mapping[str, Any]) -> ImageResult:
    """Return an image's result from the columns of `_Actor`."""
    record = json.loads(row["record"])
    if row["error"]:
        return ImageResult(record, error=Message("{error}", error=row["error"]))
    panels, maps = json.loads(row["panels"]), json.loads(row["maps"])
    data = [bytes(each) for each in np.asarray(row["data"], object).tolist()]
    files = dict(zip(panels, data, strict=False))
    arrays = dict(zip(maps, data[len(panels) :], strict=True))
    return ImageResult(record, row["html"], RenderedImage(files, row["html"], record, arrays))
