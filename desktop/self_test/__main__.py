"""Write the record of the bundled pair anew (`make self-test-record`)."""

import json
import os

from whylight.bundled import bundled_model

from .reference import RECORD, make_record

target = bundled_model().parent / RECORD
beside = target.with_name(f"{RECORD}.{os.getpid()}.part")
beside.write_text(json.dumps(make_record(), indent=1) + "\n", encoding="utf-8")
beside.replace(target)
print(f"recorded: {target}")
