"""Write `export/imagenet_classes.tsv`: the names of ImageNet's 1,000 classes.

    python tools/make_imagenet_names.py TIMM

Columns: WordNet id, English name, further English names separated by `; `, German name. The English names are
TorchVision's (BSD-3-Clause; torchvision/models/_meta.py), the further ones the lemmas of WordNet 3.0 as in
timm's wheel, unpacked to TIMM (`imagenet_synsets.txt` and `imagenet_synset_to_lemma.txt`, Apache-2.0). The
German names are this project's own translation: the column is kept as it is in the file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from torchvision.models import MobileNet_V2_Weights

TARGET = Path(__file__).resolve().parents[1] / "export" / "imagenet_classes.tsv"
READABLE = {"crane bird": "crane (bird)", "crane": "crane (machine)", "maillot tank suit": "tank suit"}
"""TorchVision's names that are no words: it appends a synonym where two classes have the same name."""


def main(timm: Path) -> None:
    """Write the file."""
    info = timm / "timm" / "data" / "_info"
    synsets = (info / "imagenet_synsets.txt").read_text(encoding="utf-8").split()
    lines = (info / "imagenet_synset_to_lemma.txt").read_text(encoding="utf-8").splitlines()
    lemmas = dict(line.split("\t") for line in lines)
    german = {}
    if TARGET.exists():
        rows = [line.split("\t") for line in TARGET.read_text(encoding="utf-8").splitlines()]
        german = {row[0]: row[3] for row in rows}
    names = MobileNet_V2_Weights.DEFAULT.meta["categories"]
    with TARGET.open("w", encoding="utf-8", newline="\n") as file:
        for synset, name in zip(synsets, names, strict=True):
            readable = READABLE.get(name, name)
            further = [word.strip() for word in lemmas[synset].split(",")]
            further = [word for word in further if word.casefold() != readable.casefold()]
            file.write(f"{synset}\t{readable}\t{'; '.join(further)}\t{german.get(synset, '')}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("timm", type=Path, metavar="TIMM", help="the unpacked wheel")
    main(parser.parse_args().timm)
