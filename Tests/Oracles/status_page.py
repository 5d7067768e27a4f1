"""Uses the status page as somebody with a browser does, through Chromium's own protocol on a pipe.

    status_page.py CHROMIUM URL IMAGE [SCREENSHOT]

Prints as JSON what was seen: the state, the models, the answers, what is said to be verified, what went wrong, and every
address that the page asked.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

chromium, url, image = sys.argv[1:4]
screenshot = sys.argv[4] if len(sys.argv) > 4 else None


class Browser:
    def __init__(self, profile):
        from_us, to_browser = os.pipe()
        from_browser, to_us = os.pipe()

        def place():
            # Out of the way first: a pipe may have got one of the two numbers that the browser reads and writes.
            reading, writing = os.dup(from_us), os.dup(to_us)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--remote-debugging-pipe", "--no-first-run", "--disable-background-networking", "--window-size=1000,1500",
             f"--user-data-dir={profile}", "about:blank"],
            close_fds=False, preexec_fn=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        self.output = os.fdopen(to_browser, "wb", buffering=0)
        self.input = from_browser
        self.rest = b""
        self.number = 0
        self.session = None
        self.events = []

    def receive(self):
        while b"\0" not in self.rest:
            piece = os.read(self.input, 1 << 16)
            if not piece:
                raise SystemExit("the browser ended")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.output.write(json.dumps(message).encode() + b"\0")
        while True:
            reply = self.receive()
            if reply.get("id") == self.number:
                if "error" in reply:
                    raise SystemExit(f"{method}: {reply['error']}")
                return reply["result"]
            self.events.append(reply)

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait(self, expression, what):
        for _ in range(600):
            if self.value(expression):
                return
            time.sleep(0.1)
        raise SystemExit(f"never came: {what}")


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
    browser = Browser(profile)
    try:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "DOM", "Log"):
            browser.call(f"{domain}.enable")
        browser.call("Page.navigate", url=url)
        browser.wait("document.querySelectorAll('#models article').length > 0", "a model")
        document = browser.call("DOM.getDocument")["root"]["nodeId"]
        field = browser.call("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
        browser.call("DOM.setFileInputFiles", nodeId=field, files=[str(pathlib.Path(image).resolve())])
        browser.wait("document.querySelectorAll('#answers article').length > 0"
                     " || document.querySelector('#message').textContent", "an answer")
        browser.wait("document.querySelectorAll('#load dt').length > 3", "the load")
        seen = browser.value("""JSON.stringify({
            state: document.querySelector('#state').textContent,
            models: [...document.querySelectorAll('#models h3')].map((one) => one.textContent),
            answers: [...document.querySelectorAll('#answers article')].map((one) => ({
                engine: one.querySelector('h3').textContent,
                label: one.querySelector('li span').textContent,
                count: one.querySelectorAll('li').length})),
            verified: [...document.querySelectorAll('#verified li')].map((one) => one.textContent),
            load: [...document.querySelectorAll('#load dt')].map((one) => one.textContent),
            message: document.querySelector('#message').textContent})""")
        if screenshot:
            shot = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
            pathlib.Path(screenshot).write_bytes(base64.b64decode(shot["data"]))
        report = json.loads(seen)
        events = browser.events
        report["addresses"] = sorted({event["params"]["request"]["url"] for event in events
                                      if event.get("method") == "Network.requestWillBeSent"})
        report["problems"] = [event["params"] for event in events
                              if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")]
        browser.session = None
        browser.call("Browser.close")
    finally:
        try:
            browser.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            browser.process.kill()
            browser.process.wait()
print(json.dumps({**report, "problems": [json.dumps(one) for one in report["problems"]]}))
