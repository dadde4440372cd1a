# faster-whisper behind a pipe, for whisper-bench.ts: one JSON request per line in, one JSON answer per line out.
# Request {"path": raw float32 samples at 16 kHz, "language"}; answer {"text", "ms"}. Arguments: model folder, CPU threads.
import json
import sys
import time

import numpy as np
from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=int(sys.argv[2]), num_workers=1)
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    audio = np.fromfile(request["path"], dtype=np.float32)
    start = time.perf_counter()
    # One temperature: the fallback ladder would decode hard utterances up to six times, which is not what is compared here.
    segments, _ = model.transcribe(
        audio,
        language=request["language"],
        beam_size=1,
        temperature=0.0,
        without_timestamps=True,
        condition_on_previous_text=False,
        vad_filter=False,
    )
    text = "".join(segment.text for segment in segments)
    print(json.dumps({"text": text.strip(), "ms": (time.perf_counter() - start) * 1000}), flush=True)
