"""Write the reference results of the bundled pair (`make self-test-record`)."""

import argparse
import json

from whylight.bundled import bundled_model
from whylight.common.atomic_file import write_whole

from .reference import RECORD, make_record

argparse.ArgumentParser(prog="python -m desktop.self_test", description=__doc__).parse_args()
target = bundled_model().parent / RECORD
text = json.dumps(make_record(), indent=1) + "\n"
write_whole(target, lambda beside: beside.write_text(text, encoding="utf-8"))
print(f"recorded: {target}")
