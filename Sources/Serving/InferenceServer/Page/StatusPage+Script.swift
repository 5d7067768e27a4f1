extension StatusPage {
    /// The page's script, without libraries.
    static let script = #"""
        "use strict";

        const place = (id) => document.getElementById(id);

        function element(name, text, className) {
            const made = document.createElement(name);
            if (text !== undefined) made.textContent = text;
            if (className) made.className = className;
            return made;
        }

        function list(pairs) {
            const made = element("dl");
            for (const [term, value] of pairs) made.append(element("dt", term), element("dd", value));
            return made;
        }

        async function json(path, options) {
            const response = await fetch(path, options);
            const body = await response.json();
            if (!response.ok && body.error) throw new Error(`${body.error} (${body.code})`);
            return body;
        }

        const milliseconds = (total) => total.count ? (total.ns / total.count / 1e6).toFixed(1) + " ms" : "–";

        async function card(entry, statistics) {
            const made = element("article");
            made.append(element("h3", `${entry.name} ${entry.version}`));
            const state = element("p", entry.state + (entry.reason ? `: ${entry.reason}` : ""));
            state.className = entry.state === "READY" ? "good" : "bad";
            made.append(state);
            if (entry.state !== "READY") return made;
            const version = encodeURIComponent(entry.version);
            const model = await json(`/v2/models/${encodeURIComponent(entry.name)}/versions/${version}`);
            const shape = (tensor) => `${tensor.name}: ${tensor.datatype} [${tensor.shape.join(", ")}]`;
            const pairs = [
                ["What it is", model.properties.summary], ["Licence", model.properties.licence],
                ["Digest", model.properties.model_digest], ["Engines", model.properties.engines],
                ["Takes", model.inputs.map(shape).join("; ") + ", or images"],
                ["Gives", model.outputs.map(shape).join("; ")],
            ];
            const counts = statistics.find((one) => one.name === entry.name && one.version === entry.version);
            if (counts) {
                const times = counts.inference_stats;
                pairs.push(
                    ["Answered, failed", `${times.success.count}, ${times.fail.count}`],
                    ["Images a run", counts.execution_count
                        ? (counts.inference_count / counts.execution_count).toFixed(2) : "–"],
                    ["A request takes", milliseconds(times.success)],
                    ["of that waiting", milliseconds(times.queue)],
                    ["decoding", milliseconds(times.compute_input)],
                    ["computing", milliseconds(times.compute_infer)],
                );
            }
            made.append(list(pairs));
            return made;
        }

        function quantile(buckets, share) {
            const total = buckets.length ? buckets[buckets.length - 1].count : 0;
            const hit = buckets.find((bucket) => bucket.count >= total * share);
            if (!total || !hit) return "–";
            return hit.bound === "+Inf" ? "more than 10 s" : `at most ${Number(hit.bound) * 1000} ms`;
        }

        async function showLoad() {
            const text = await (await fetch("/metrics")).text();
            const value = (name) => (text.match(new RegExp(`^${name} (.*)$`, "m")) || [])[1];
            const routes = new Map();
            const pattern = /^adyton_http_request_duration_seconds_bucket\{route="([^"]*)",le="([^"]*)"\} (\d+)$/gm;
            for (const [, route, bound, count] of text.matchAll(pattern)) {
                if (!/evaluate|infer/.test(route)) continue;
                if (!routes.has(route)) routes.set(route, []);
                routes.get(route).push({ bound, count: Number(count) });
            }
            const pairs = [
                ["Requests under way", value("adyton_requests_under_way")],
                ["Open connections", value("adyton_connections")],
                ["Memory", (Number(value("process_resident_memory_bytes")) / (1 << 20)).toFixed(0) + " MiB"],
            ];
            for (const [route, buckets] of routes) {
                pairs.push([route, `${buckets[buckets.length - 1].count} requests; `
                    + `half of them ${quantile(buckets, 0.5)}, 99 of 100 ${quantile(buckets, 0.99)}`]);
            }
            place("load").replaceChildren(...list(pairs).childNodes);
        }

        async function refresh() {
            try {
                const ready = await json("/v2/health/ready");
                place("state").textContent = ready.ready ? "ready" : `not ready: ${ready.code}`;
                place("state").className = ready.ready ? "good" : "bad";
                const index = await json("/v2/repository/index", { method: "POST" });
                const statistics = (await json("/v2/models/stats")).model_stats;
                const cards = await Promise.all(index.map((entry) => card(entry, statistics)));
                place("models").replaceChildren(...cards);
                await showLoad();
            } catch (error) {
                place("state").textContent = `no answer: ${error.message}`;
                place("state").className = "bad";
            }
        }

        function showAnswer(answer) {
            place("answers").replaceChildren(...answer.engines.map((engine) => {
                const made = element("article");
                made.append(element("h3", `${engine.name} ${engine.version}`));
                const items = element("ol");
                for (const one of engine.top) {
                    const item = element("li");
                    item.append(element("span", one.label));
                    item.append(element("span", (one.probability * 100).toFixed(2) + " %", "number"));
                    const meter = element("meter");
                    meter.value = one.probability;
                    meter.setAttribute("aria-label", one.label);
                    item.append(meter);
                    items.append(item);
                }
                made.append(items);
                return made;
            }));
            const facts = [
                `The model is ${answer.model.name} ${answer.model.version}; its files have the digest ${answer.model.digest}.`,
                "Before it served, every file was compared with the card, and the self-test gave the stated answers.",
            ];
            if (answer.crossCheck) {
                facts.push(`${answer.engines.map((engine) => engine.name).join(" and ")} agree: no probability differs by more `
                    + `than ${answer.crossCheck.maximumProbabilityDifference.toExponential(1)}; `
                    + `${answer.crossCheck.bound.toExponential(1)} would be let through.`);
            } else {
                facts.push("One engine answered, so nothing was compared.");
            }
            facts.push(`Decoding took ${answer.timings.preparation.toFixed(1)} ms, inference ${answer.timings.inference.toFixed(1)} ms.`);
            place("verified").replaceChildren(...facts.map((fact) => element("li", fact)));
        }

        async function ask(file) {
            place("message").textContent = "";
            place("answers").replaceChildren();
            place("preview").hidden = false;
            URL.revokeObjectURL(place("preview").src);
            place("preview").src = URL.createObjectURL(file);
            const form = new FormData();
            // The file's name is not sent.
            form.append("image", new Blob([file]), "image");
            try {
                showAnswer(await json("/evaluate", { method: "POST", body: form, headers: { Accept: "application/json" } }));
            } catch (error) {
                place("message").textContent = error.message;
            }
            refresh();
        }

        const drop = place("drop");
        for (const name of ["dragenter", "dragover"]) {
            drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
        }
        for (const name of ["dragleave", "drop"]) {
            drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
        }
        drop.addEventListener("drop", (event) => {
            if (event.dataTransfer.files.length) ask(event.dataTransfer.files[0]);
        });
        place("file").addEventListener("change", (event) => {
            if (event.target.files.length) ask(event.target.files[0]);
        });
        refresh();
        setInterval(refresh, 5000);

        """#
}
