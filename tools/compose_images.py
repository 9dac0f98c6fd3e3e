"""Paste cut-out objects onto photographs and write masks, as ground truth.

    python tools/compose_images.py BACKGROUNDS OUT [--cutouts DIR] [--each N] [--seed S]
    whylight evaluate OUT/images --masks OUT/masks

Cut-outs are images with transparency, named after their classes; the default are the sample images.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from whylight.bundled import sample_images
from whylight.errors import WhylightError
from whylight.faithfulness.composites import write_composites
from whylight.images.files import find_images


def main() -> int:
    """Write the composites and print their number."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("backgrounds", type=Path, metavar="BACKGROUNDS")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--cutouts", type=Path, metavar="DIR")
    parser.add_argument("--each", type=int, default=4, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    arguments = parser.parse_args()
    try:
        cutouts = sample_images() if arguments.cutouts is None else list(find_images([arguments.cutouts]))
        backgrounds = list(find_images([arguments.backgrounds]))
        written = write_composites(
            cutouts, backgrounds, arguments.out, each=arguments.each, seed=arguments.seed
        )
    except WhylightError as error:
        sys.stderr.write(f"whylight: {error}\n")
        return 2
    sys.stdout.write(f"{len(written)} images: {arguments.out / 'images'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
