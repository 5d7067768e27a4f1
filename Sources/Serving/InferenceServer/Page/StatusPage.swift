import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /status`: one page for a browser that shows the models and their load, and tries them with an image.
///
/// It loads nothing from other hosts, and inserts values as text, never as markup.
enum StatusPage {
    /// Only this server's own style and script run, and they connect to this server only.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' blob:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static func add(to router: Router<ServerContext>) {
        let parts = [
            ("/status", "text/html", markup), ("/status/page.css", "text/css", style),
            ("/status/page.js", "text/javascript", script), ("/status/icon.svg", "image/svg+xml", icon),
        ]
        for (path, mediaType, text) in parts {
            router.get("\(path)") { _, _ in response(text, mediaType: "\(mediaType); charset=utf-8") }
        }
    }

    private static func response(_ text: String, mediaType: String) -> Response {
        var response = Response.text(text, mediaType: mediaType)
        if let name = HTTPField.Name("Content-Security-Policy") { response.headers[name] = contentSecurityPolicy }
        if let name = HTTPField.Name("Referrer-Policy") { response.headers[name] = "no-referrer" }
        return response
    }

    private static let markup = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Adyton</title>
        <link rel="stylesheet" href="/status/page.css">
        <link rel="icon" href="/status/icon.svg">
        <script src="/status/page.js" defer></script>
        </head>
        <body>
        <header><h1>Adyton</h1><p id="state" role="status">…</p></header>
        <main>
        <section aria-labelledby="models-title">
        <h2 id="models-title">Models</h2>
        <div id="models"></div>
        </section>
        <section aria-labelledby="load-title">
        <h2 id="load-title">Load</h2>
        <dl id="load"></dl>
        </section>
        <section aria-labelledby="try-title">
        <h2 id="try-title">Try it</h2>
        <label id="drop" for="file">
        <input type="file" id="file" accept="image/jpeg,image/png">
        <span>Drop a JPEG or PNG here, or choose one. It goes to this server and nowhere else.</span>
        <img id="preview" alt="The image that you chose" hidden>
        </label>
        <p id="message" role="alert"></p>
        <div id="answers"></div>
        <h3>What was verified</h3>
        <ul id="verified"><li>Nothing yet: no image was asked about.</li></ul>
        <p class="note">A page cannot vouch for the machine that sent it. Whether this server runs in a sealed machine
        is for a client to find out that demands evidence, and not for a browser.</p>
        </section>
        </main>
        </body>
        </html>

        """

    private static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#3b82c4" d="M1 6 8 1l7 5v1H1zM2 8h2v5H2zm5 \
        0h2v5H7zm5 0h2v5h-2zM1 14h14v1H1z"/></svg>

        """

    private static let style = """
        :root { color-scheme: light dark; --line: #8886; --good: #1a7f37; --bad: #c4320a; --bar: #3b82c4; }
        * { box-sizing: border-box; }
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
        header { align-items: baseline; border-bottom: 1px solid var(--line); display: flex; gap: 1rem; }
        h1 { margin: 0 0 .5rem; } h2 { margin: 1.5rem 0 .5rem; } h3 { margin: 1rem 0 .25rem; }
        #state { font-weight: 600; margin: 0; } .good { color: var(--good); } .bad { color: var(--bad); }
        article { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .75rem 1rem; }
        article h3 { margin-top: 0; }
        dl { display: grid; gap: .1rem 1rem; grid-template-columns: max-content 1fr; margin: 0; }
        dt { opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
        code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
        #drop { align-items: center; border: 2px dashed var(--line); border-radius: .5rem; cursor: pointer;
            display: flex; gap: 1rem; min-height: 7rem; padding: 1rem; }
        #drop.over { border-color: var(--bar); } #drop:focus-within { outline: 2px solid var(--bar); }
        #file { max-width: 14rem; } #preview { max-height: 9rem; max-width: 12rem; }
        #message:empty { display: none; } #message { color: var(--bad); font-weight: 600; }
        #answers { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); }
        #answers li { display: grid; gap: .5rem; grid-template-columns: 1fr 5rem; }
        #answers ol { list-style: none; margin: 0; padding: 0; }
        #answers meter { grid-column: 1 / -1; width: 100%; } #answers .number { text-align: right; }
        .note { font-size: .9em; opacity: .8; }

        """
}
