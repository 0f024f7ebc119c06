"""A page that holds only what is put into it: figures and quizzes are tried here before a chapter shows them."""

import base64
from contextlib import contextmanager
from pathlib import Path

from chromium import PATIENCE, browser

STYLE = (Path(__file__).resolve().parents[2] / "book/_static/custom.css").read_text("utf-8")
GROUND = {"light": "background: #fff; color: #222832", "dark": "background: #121212; color: #ced6dd"}  # the book's own


def drawn(page):
    """Waits until what was changed before is drawn: the figures draw once a frame."""
    if page.evaluate("typeof requestAnimationFrame") == "function":
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def place(element):
    """Where an element stands, once it can be seen; one that is just drawn anew has none for a moment."""
    element.wait_for()
    drawn(element.page)
    while (box := element.bounding_box()) is None:
        element.wait_for()
    return box


def drag(element, right, down, start=None):
    """Drags an element so many pixels by its middle, or by the place `start` within it, and lets go.

    Then the pointer goes back: had the element not been let go, it would follow, and would not have moved in the end.
    """
    box, mouse = place(element), element.page.mouse
    a, b = start or (box["width"] / 2, box["height"] / 2)
    x, y = box["x"] + a, box["y"] + b
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + right, y + down, steps=4)
    mouse.up()
    mouse.move(x, y)
    drawn(element.page)


def cancelled(element, picture):
    """Takes an element by its middle; the browser ends the drag by itself (as where a touch becomes scrolling), and
    what the pointer does then is no drag any more. Returns where the sliders stand at first, when the drag ends, and
    after the pointer has gone on."""
    box, mouse = place(element), element.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    call = "e => [...e.closest('.live').querySelectorAll('input[type=range]')].map(i => i.value)"
    found = [picture.evaluate(call)]
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 8, y - 8, steps=2)
    drawn(element.page)
    picture.dispatch_event("pointercancel")
    found.append(picture.evaluate(call))
    mouse.move(x + 40, y - 30, steps=4)
    drawn(element.page)
    found.append(picture.evaluate(call))
    mouse.up()
    return found


def spoken(page, status, picture):
    """What a figure says when nothing has moved for a while; the words are in its picture's description then, too."""
    call = """([a, b]) => { const text = a.innerText.trim();
        return text && b.getAttribute("aria-label").includes(text) && text; }"""
    arguments = [status.element_handle(), picture.element_handle()]
    return page.wait_for_function(call, arg=arguments).json_value()


@contextmanager
def standalone(tmp_path, *parts, theme="light", width=1280, beside=None, **context):
    """Opens a page from the disk with the HTML of these parts; at the end no error and no request may have occurred.

    beside: {address: text} of scripts that it may load, as a page of the book may, which says where its root is.
    """
    root = "" if beside is None else ' data-content_root="./"'
    for address, text in (beside or {}).items():
        (tmp_path / address).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / address).write_text(text, "utf-8")
    allowed = {(tmp_path / address).as_uri() for address in beside or ()}
    body = "".join(part if isinstance(part, str) else part._repr_html_() for part in parts)
    file = tmp_path / f"{theme}.html"
    file.write_text(
        f'<!doctype html><html lang="en" data-theme="{theme}"{root}><head><meta charset="utf-8"><title>One part</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE} body {{ {GROUND[theme]} }}</style></head>'
        f"<body><main><h1>One part</h1>{body}</main></body></html>",
        encoding="utf-8",
    )
    errors = []
    with browser() as chromium:
        page = chromium.new_page(color_scheme=theme, viewport={"width": width, "height": 900}, **context)
        page.on(
            "request",
            lambda r: (
                None
                if r.url in {file.as_uri(), *allowed} or r.url.startswith("blob:")
                else errors.append(f"request: {r.url}")
            ),
        )
        page.on("pageerror", lambda e: errors.append(f"script error: {e}"))
        page.on("console", lambda m: errors.append(f"console: {m.text}") if m.type == "error" else None)
        page.set_default_timeout(PATIENCE)
        page.goto(file.as_uri())
        if context.get("java_script_enabled", True):  # without scripts no frame calls back
            drawn(page)
        try:
            yield page
        finally:
            page.close()
    assert errors == [], errors


def module(page, source):
    """A JavaScript module in the page, to call what it exports."""
    text = "source => import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})))"
    return page.evaluate_handle(text, source)


def as_widget(page, widget, *traits):
    """A widget's module as a notebook's widget manager calls it: `model.sent` is what the kernel was told, and
    `model.from_python(trait, value)` is a change that it made. Bytes come as a DataView."""
    start = """([m, state, bytes]) => { const listeners = {}, sent = [], full = {...state};
      for (const [k, v] of Object.entries(bytes))
        full[k] = new DataView(Uint8Array.from(atob(v), c => c.charCodeAt(0)).buffer);
      const el = document.querySelector("main").appendChild(document.createElement("div"));
      window.model = { get: k => full[k], set: (k, v) => { full[k] = v; }, sent,
        save_changes: () => sent.push({...full}), on: (e, f) => { listeners[e] = f; },
        from_python: (k, v) => { full[k] = v; listeners["change:" + k](); } };
      m.default.render({ model: window.model, el }); }"""
    state = {trait: getattr(widget, trait) for trait in traits}
    data = {trait: base64.b64encode(value).decode() for trait, value in state.items() if isinstance(value, bytes)}
    page.add_style_tag(content=widget._css)
    page.evaluate(start, [module(page, widget._esm), {k: v for k, v in state.items() if k not in data}, data])
    drawn(page)
