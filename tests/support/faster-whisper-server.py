# faster-whisper behind OpenAI's transcription interface, for tests: POST /v1/audio/transcriptions, nothing else. Arguments:
# model folder, CPU threads. Prints {"port": n} when it listens on 127.0.0.1. One request at a time, as the model is.
import email
import email.policy
import http.server
import io
import json
import sys
import time

from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=int(sys.argv[2]), num_workers=1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path != "/v1/audio/transcriptions":
            return self.answer(404, {"error": "not found"})
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        text_of = lambda name: parts[name].get_payload(decode=True).decode() if name in parts else None
        start = time.perf_counter()
        # One temperature: the ladder of fallbacks decodes hard utterances up to six times.
        segments, _ = model.transcribe(
            io.BytesIO(parts["file"].get_payload(decode=True)),
            language=text_of("language"),
            initial_prompt=text_of("prompt"),
            hotwords=text_of("hotwords"),
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            vad_filter=False,
        )
        found = [
            {
                "text": segment.text,
                "tokens": segment.tokens,
                "avg_logprob": segment.avg_logprob,
                "no_speech_prob": segment.no_speech_prob,
            }
            for segment in segments
        ]
        answer = {"text": "".join(segment["text"] for segment in found)}
        if text_of("response_format") == "verbose_json":
            answer["segments"] = found
        answer["x_seconds"] = time.perf_counter() - start
        return self.answer(200, answer)

    def answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_address[1]}), flush=True)
server.serve_forever()
